import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("Streamable HTTP", .timeLimit(.minutes(5)))
struct StreamableHTTPTransportTests {
    private static let message = "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"n\":1}}\n\n"

    // MARK: Answers

    @Test(
        "An answer comes as JSON or among events, with whatever is said before it",
        arguments: [
            (.result(1, ["n": 1]), ["response 1 {\"n\":1}"]),
            (.events(message), ["response 1 {\"n\":1}"]),
            (
                .events(
                    ": hello\n\nid: 1\ndata:\n\n",
                    "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n",
                    "event: other\ndata: {}\n\ndata: nonsense\n\n",
                    message
                ),
                ["notification notifications/x", "garbage protocol_violation", "response 1 {\"n\":1}"]
            ),
            (
                .json([["jsonrpc": "2.0", "method": "notifications/x"], UpstreamAnswer.answer()]),
                ["notification notifications/x", "response 1 {}"]
            ),
            (
                .json(["jsonrpc": "2.0", "id": .null, "error": ["code": -32600, "message": "no"]]), ["failure 1 -32600"]
            ),
            (.json(UpstreamAnswer.answer(2)), ["response 2 {}", "lost 1 protocol_violation"]),
            (
                .http(200, fields: ["Content-Type": "application/json"], body: [1]),
                ["garbage protocol_violation", "lost 1 protocol_violation"]
            ),
            (.http(200, fields: ["Content-Type": "text/html"]), ["lost 1 protocol_violation"]),
            (.http(202), ["lost 1 protocol_violation"]),
            (.http(500), ["lost 1 request 500"]),
            (.http(401), ["lost 1 authorization 401"]),
            (.http(404), ["lost 1 request 404"]),
            (
                .json(
                    ["jsonrpc": "2.0", "id": "server-error", "error": ["code": -32022, "message": "no"]],
                    status: 400
                ),
                ["failure 1 -32022"]
            ),
            (
                .json(["jsonrpc": "2.0", "id": 1, "error": ["code": -32601, "message": "no"]], status: 404),
                ["failure 1 -32601"]
            ),
            (.events("data: {}"), ["lost 1 closed"]),
            (.steps([.reset]), ["lost 1 closed"]),
        ] as [(UpstreamAnswer, [String])]
    )
    func answers(answer: UpstreamAnswer, expected: [String]) async throws {
        try await ScriptedUpstream.run(answer) { upstream in
            let line = try await TransportLine.open(upstream.streamable())
            try await line.request(1, "tools/list")
            for text in expected { #expect(await line.text() == text) }
            await line.transport.close()
            #expect(await line.text() == "closed")
            #expect(await line.next() == nil)
            #expect(upstream.malformedInput.isEmpty)
        }
    }

    @Test("A message that is larger than allowed is neither sent nor read")
    func sizes() async throws {
        var limits = StreamableHTTPTransport.Limits()
        limits.messageSize = 200
        let large = JSONValue.string(String(repeating: "x", count: 300))
        let answers: [UpstreamAnswer] = [.result(1, large), .events("data: \(large.serializedString)\n\n")]
        let upstream = try await ScriptedUpstream(answers)
        let line = try await TransportLine.open(upstream.streamable(limits: limits))
        #expect(await line.refusal(9, "tools/call", large) == .tooLarge)
        for _ in answers {
            try await line.request(1, "tools/list")
            #expect(await line.text() == "lost 1 too_large")
        }
        #expect(upstream.requests.count == 2)
        await line.transport.close()
    }

    // MARK: Sessions

    @Test("The session's id is sent from the handshake on, and the session is ended at the close")
    func session() async throws {
        let upstream = try await ScriptedUpstream { request in
            switch request.method {
            case "GET": .http(405)
            case "DELETE": .http(200)
            default:
                switch request.json?["method"]?.string {
                case "initialize": .result(0, fields: ["Mcp-Session-Id": "s-1"])
                case "tools/list": .result()
                default: .accepted
                }
            }
        }
        let line = try await TransportLine.open(upstream.streamable())
        _ = try await line.handshake()
        try await line.request(1, "tools/list")
        #expect(await line.text() == "response 1 {}")
        await line.transport.close()
        let requests = upstream.requests.filter { $0.method != "GET" }
        #expect(requests.map(\.method) == ["POST", "POST", "POST", "DELETE"])
        #expect(requests.map { $0.fields["mcp-session-id"] } == [nil, "s-1", "s-1", "s-1"])
        #expect(
            requests.map { $0.fields["mcp-protocol-version"] } == [nil, "2025-11-25", "2025-11-25", "2025-11-25"]
        )
        #expect(requests.prefix(3).allSatisfy { $0.fields["accept"] == "application/json, text/event-stream" })
    }

    @Test("A session that the server has forgotten is told once, however many requests hear of it")
    func expiry() async throws {
        let gate = Gate()
        let gone = UpstreamAnswer.steps([
            .wait(gate), .write(Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8)),
        ])
        let upstream = try await ScriptedUpstream { request in
            if request.method == "GET" { return .http(405) }
            switch request.json?["method"]?.string {
            case "initialize": return .result(0, fields: ["Mcp-Session-Id": "s-\(request.index)"])
            case "tools/list" where request.fields["mcp-session-id"] == "s-0": return gone
            case "tools/list": return .result(3)
            default: return .accepted
            }
        }
        let line = try await TransportLine.open(upstream.streamable())
        _ = try await line.handshake()
        try await line.request(1, "tools/list")
        try await line.request(2, "tools/list")
        // Both are on their way before one learns of it.
        while upstream.requests.count(where: { $0.json?["method"] == "tools/list" }) < 2 { await Task.yield() }
        gate.open()
        var events: [String] = []
        for _ in 0..<3 { events.append(await line.text() ?? "") }
        #expect(events.filter { $0 == "session expired" }.count == 1)
        #expect(Set(events) == ["session expired", "lost 1 closed 404", "lost 2 closed 404"])
        _ = try await line.handshake()
        try await line.request(3, "tools/list")
        #expect(await line.text() == "response 3 {}")
        await line.transport.close()
    }

    @Test("A session's id with characters that are not allowed is refused")
    func badSession() async throws {
        try await ScriptedUpstream.run(.result(0, fields: ["Mcp-Session-Id": "a b"])) { upstream in
            let line = try await TransportLine.open(upstream.streamable())
            try await line.request(0, "initialize", version: nil)
            #expect(await line.text() == "lost 0 protocol_violation")
            await line.transport.close()
            #expect(upstream.requests.count == 1)
        }
    }

    // MARK: The stateless era

    @Test("In the stateless era a request has its method and name as fields and no session, and nothing is resumed")
    func stateless() async throws {
        let answers: [UpstreamAnswer] = [.result(1, fields: ["Mcp-Session-Id": "s"]), .events("id: 1\ndata:\n\n")]
        let upstream = try await ScriptedUpstream(answers)
        let line = try await TransportLine.open(upstream.streamable())
        let call = JSONRPCMessage.request(id: .integer(1), method: "tools/call", params: ["name": "add"])
        let context = MessageContext(version: .v2026_07_28, parameterFields: [("Mcp-Param-A", "1")])
        try await line.transport.send(call, context)
        #expect(await line.text() == "response 1 {}")
        try await line.request(2, "tools/list", version: .v2026_07_28)
        #expect(await line.text() == "lost 2 closed")
        await line.transport.close()
        #expect(upstream.requests.map(\.method) == ["POST", "POST"])
        let fields = upstream.requests[0].fields
        #expect(fields["mcp-method"] == "tools/call")
        #expect(fields["mcp-name"] == "add")
        #expect(fields["mcp-param-a"] == "1")
        #expect(upstream.requests[1].fields["mcp-session-id"] == nil)
    }

    @Test("Letting go of a request closes its stream, and says nothing")
    func abandoning() async throws {
        let upstream = try await ScriptedUpstream([.steps([.stall]), .result(2)])
        let line = try await TransportLine.open(upstream.streamable())
        try await line.request(1, "tools/call", version: .v2026_07_28)
        _ = try await upstream.request(0)
        line.transport.abandon(.integer(1))
        #expect(try await upstream.peerLeft(request: 0) != nil)
        try await line.request(2, "tools/list", version: .v2026_07_28)
        #expect(await line.text() == "response 2 {}")
        await line.transport.close()
        #expect(await line.text() == "closed")
    }

    @Test("Closing ends what is in flight")
    func closing() async throws {
        let upstream = try await ScriptedUpstream([.steps([.stall])])
        let line = try await TransportLine.open(upstream.streamable())
        try await line.request(1, "tools/call")
        _ = try await upstream.request(0)
        await line.transport.close()
        #expect(await line.text() == "closed")
        #expect(await line.refusal(2, "tools/list") == .closed)
        await line.transport.close()
        #expect(await line.next() == nil)
    }

    // MARK: Redirects

    @Test("A redirect on the same origin is followed and remembered; one to another origin gets nothing")
    func redirects() async throws {
        let other = try await ScriptedUpstream([])
        let upstream = try await ScriptedUpstream { [port = other.port] request in
            switch request.target {
            case "/mcp": .http(307, fields: ["Location": "/mcp/?a=b"])
            case "/mcp/?a=b": .result(request.json?["id"]?.int ?? 0)
            default: .http(307, fields: ["Location": "http://127.0.0.1:\(port)/mcp"])
            }
        }
        let credentials = ["Authorization": Secret("Bearer planted")]
        let line = try await TransportLine.open(upstream.streamable(credentials: credentials))
        for id in 1...2 {
            try await line.request(id, "tools/list")
            #expect(await line.text() == "response \(id) {}")
        }
        #expect(upstream.requests.map(\.target) == ["/mcp", "/mcp/?a=b", "/mcp/?a=b"])
        #expect(upstream.requests.allSatisfy { $0.fields["authorization"] == "Bearer planted" })
        await line.transport.close()

        let away = try await TransportLine.open(upstream.streamable(path: "/away", credentials: credentials))
        try await away.request(1, "tools/list")
        #expect(await away.text() == "lost 1 connection 307")
        await away.transport.close()
        #expect(other.requests.isEmpty)
    }
}
