import Testing
import TransportKit

@testable import MCPKit

struct EraDetectionTests {
    private static let discovery: JSONValue = [
        "supportedVersions": ["2026-07-28"], "capabilities": ["tools": [:]], "instructions": "Be kind.",
        "_meta": ["io.modelcontextprotocol/serverInfo": ["name": "s"]],
    ]
    private static let greeting: JSONValue = [
        "protocolVersion": "2025-06-18", "serverInfo": ["name": "s"], "capabilities": [:],
    ]

    private static func refusal(_ code: Int, supported: [JSONValue]? = nil, status: Int? = nil) -> Result<
        JSONValue, MCPError
    > {
        let data = supported.map { JSONValue.object(["supported": .array($0)]) }
        let failure = JSONRPCFailure(.init(rawValue: code), "no", data: data)
        return .failure(MCPError(.request, "no", failure: failure, status: status))
    }

    @Test("A server that answers the probe is of the stateless era")
    func agreesStateless() {
        var detection = EraDetection()
        #expect(detection.start() == .discover(.v2026_07_28))
        let agreement = Agreement(
            version: .v2026_07_28,
            capabilities: ["tools": [:]],
            serverInformation: ["name": "s"],
            instructions: "Be kind."
        )
        #expect(detection.discovered(.success(Self.discovery)) == .agreed(agreement))
        #expect(detection.memory(of: agreement) == .stateless(.v2026_07_28))
    }

    @Test(
        "Whatever does not show the stateless era leads to the handshake",
        arguments: [
            refusal(-32601), refusal(-32602), refusal(-32000), refusal(-32022),
            refusal(-32022, supported: ["2025-06-18"]),
            refusal(-32022, supported: ["2031-01-01", "2025-11-25"]), .failure(MCPError(.timeout, "late")),
            .failure(MCPError(.protocolViolation, "odd")), .failure(MCPError(.request, "400", status: 400)),
            .failure(MCPError(.request, "404", status: 404)), .success([:]),
            .success(["supportedVersions": ["2025-06-18"]]),
        ]
    )
    func fallsBack(result: Result<JSONValue, MCPError>) {
        var detection = EraDetection()
        _ = detection.start()
        #expect(detection.discovered(result) == .initialize(.v2025_11_25))
        let agreement = Agreement(version: .v2025_06_18, serverInformation: ["name": "s"])
        #expect(detection.initialized(.success(Self.greeting)) == .agreed(agreement))
        #expect(detection.memory(of: agreement) == .handshake)
    }

    @Test(
        "What says nothing about the era ends the attempt",
        arguments: [
            refusal(-32022, supported: ["2031-01-01"]), .failure(MCPError(.authorization, "no", status: 401)),
            .failure(MCPError(.connection, "refused")), .failure(MCPError(.cancelled, "gone")),
        ]
    )
    func fails(result: Result<JSONValue, MCPError>) {
        var detection = EraDetection()
        _ = detection.start()
        guard case .failed = detection.discovered(result) else {
            Issue.record("it went on")
            return
        }
    }

    @Test("A server that ends over the probe is started again, once, for the handshake")
    func reconnects() {
        var detection = EraDetection()
        _ = detection.start()
        let closed = Result<JSONValue, MCPError>.failure(MCPError(.closed, "gone"))
        #expect(detection.discovered(closed) == .reconnect)
        #expect(detection.reconnected() == .initialize(.v2025_11_25))
        guard case .failed = detection.initialized(closed) else {
            Issue.record("it went on")
            return
        }
    }

    @Test("A slow server that reads the probe late, and ends over it, is started again for the handshake")
    func reconnectsLate() {
        var detection = EraDetection()
        _ = detection.start()
        #expect(detection.discovered(.failure(MCPError(.timeout, "late"))) == .initialize(.v2025_11_25))
        #expect(detection.initialized(.failure(MCPError(.closed, "gone"))) == .reconnect)
        #expect(detection.reconnected() == .initialize(.v2025_11_25))
    }

    @Test("A server that names a version of the era is asked for that, and one that had read the late probe again")
    func probesTwice() {
        var detection = EraDetection()
        _ = detection.start()
        let named = Self.refusal(-32022, supported: ["2026-07-28"])
        #expect(detection.discovered(named) == .discover(.v2026_07_28))
        #expect(detection.discovered(named) == .initialize(.v2025_11_25))

        var slow = EraDetection()
        _ = slow.start()
        _ = slow.discovered(.failure(MCPError(.timeout, "late")))
        #expect(slow.initialized(named) == .discover(.v2026_07_28))
        guard case .agreed = slow.discovered(.success(Self.discovery)) else {
            Issue.record("no agreement")
            return
        }
    }

    @Test("What is known of a server saves the probe")
    func remembers() {
        var handshake = EraDetection(memory: .handshake)
        #expect(handshake.start() == .initialize(.v2025_11_25))
        var stateless = EraDetection(memory: .stateless(.v2026_07_28))
        #expect(stateless.start() == .discover(.v2026_07_28))
    }

    @Test("A version that nobody knows, or none, is no agreement", arguments: ["1999-01-01", "2026-07-28", nil])
    func refusesVersions(text: String?) {
        var detection = EraDetection(memory: .handshake)
        _ = detection.start()
        let value: JSONValue = text.map { ["protocolVersion": .string($0)] } ?? [:]
        guard case .failed = detection.initialized(.success(value)) else {
            Issue.record("it agreed")
            return
        }
    }
}
