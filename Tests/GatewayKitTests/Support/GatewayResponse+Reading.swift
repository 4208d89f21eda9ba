import GatewayKit
import TransportKit

extension GatewayResponse {
    /// The whole body, read to its end.
    func wholeBody() async -> [UInt8] {
        switch body {
        case .bytes(let bytes): return bytes
        case .stream(let stream):
            var bytes: [UInt8] = []
            for await piece in stream { bytes += piece }
            return bytes
        @unknown default: return []
        }
    }

    /// The whole body as text.
    func text() async -> String {
        await String(decoding: wholeBody(), as: UTF8.self)
    }

    /// The whole body as JSON.
    func json() async throws -> JSONValue {
        try await JSONValue(parsing: wholeBody())
    }
}

extension GatewayRequest {
    /// A request with a JSON body.
    static func post(_ path: String, _ body: String, role: ListenAddress.Role = .host) -> GatewayRequest {
        GatewayRequest(
            method: "POST",
            path: path,
            fields: ["content-type": "application/json"],
            body: Array(body.utf8),
            peer: Peer(address: .unknown, role: role)
        )
    }

    /// A request without a body.
    static func get(_ path: String, query: String? = nil, role: ListenAddress.Role = .host) -> GatewayRequest {
        GatewayRequest(method: "GET", path: path, query: query, peer: Peer(address: .unknown, role: role))
    }
}
