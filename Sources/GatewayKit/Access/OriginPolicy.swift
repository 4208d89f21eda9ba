internal import TransportKit

/// Keeps web pages out that the operator did not let in.
///
/// A gateway on the loopback interface without keys is open to every program of the machine, and a browser runs programs of
/// strangers. A page elsewhere cannot send JSON here without asking first (the Fetch standard's preflight), which is granted
/// to the listed origins only. A page whose own name was made to point here (DNS rebinding) is known by that name.
struct OriginPolicy: Sendable {
    /// The origins whose pages may use the gateway; `*` stands for all.
    let allowedOrigins: Set<String>
    /// Names beside those of this machine by which the gateway may be called.
    let allowedHosts: Set<String>

    /// The origin to name in the answer, if pages of the request's origin may read it.
    func grantedOrigin(_ fields: HTTPFields) -> String? {
        guard !allowedOrigins.isEmpty, let origin = fields["origin"] else { return nil }
        if allowedOrigins.contains("*") { return "*" }
        return allowedOrigins.contains(origin) ? origin : nil
    }

    /// The answer to a browser that asks whether a page may send a request; `nil` if it may not.
    func preflight(_ fields: HTTPFields) -> GatewayResponse? {
        guard fields["access-control-request-method"] != nil, grantedOrigin(fields) != nil else { return nil }
        return GatewayResponse(
            status: 204,
            fields: [
                "access-control-allow-methods": "GET, POST, DELETE",
                "access-control-allow-headers": fields["access-control-request-headers"] ?? "content-type",
                "access-control-max-age": "600",
            ]
        )
    }

    /// Whether a request that no key protects calls the gateway by a name that only its own machine uses.
    func isHostTrusted(_ request: GatewayRequest) -> Bool {
        guard case .tcp = request.peer.address, let host = request.fields["host"] else { return true }
        // Most callers use one of these, and the rest costs more than they need.
        if Self.isUsual(host) { return true }
        let name = Self.name(of: host).lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") || Self.isAddress(name)
            || allowedHosts.contains(name)
    }

    private static func isUsual(_ host: String) -> Bool {
        begins(host, with: "127.0.0.1") || begins(host, with: "localhost")
    }

    private static func begins(_ host: String, with name: StaticString) -> Bool {
        let (bytes, count) = (host.utf8.span, name.utf8CodeUnitCount)
        guard bytes.count >= count else { return false }
        for index in 0..<count where unsafe bytes[index] != name.utf8Start[index] { return false }
        return bytes.count == count || bytes[count] == UInt8(ascii: ":")
    }

    private static func name(of host: String) -> Substring {
        if host.hasPrefix("[") { return host.prefix { $0 != "]" } }
        return host.prefix { $0 != ":" }
    }

    // A page cannot be served under an address that it does not have, so addresses need no list.
    private static func isAddress(_ name: String) -> Bool {
        if name.hasPrefix("[") { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
