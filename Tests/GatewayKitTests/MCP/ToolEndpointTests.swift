import Testing
import TransportKit

@testable import GatewayKit

/// A tool service that says what it was asked.
private final class ScriptedTools: ToolService {
    private let requests = Locked<[ToolRequest]>([])
    /// What it was asked.
    var asked: [ToolRequest] { requests.withLock { $0 } }
    let answer: @Sendable (ToolRequest) async throws(ToolRefusal) -> GatewayResponse
    let told: ToolFigures

    init(
        told: ToolFigures = ToolFigures(),
        _ answer: @escaping @Sendable (ToolRequest) async throws(ToolRefusal) -> GatewayResponse = { request in
            GatewayResponse(json: ["path": .string("\(request.path)")])
        }
    ) {
        self.told = told
        self.answer = answer
    }

    func respond(to request: ToolRequest) async throws(ToolRefusal) -> GatewayResponse {
        requests.withLock { $0.append(request) }
        return try await answer(request)
    }

    func figures() async -> ToolFigures { told }

    func close() async {}
}

@Suite("The paths below /mcp", .timeLimit(.minutes(5)))
struct ToolEndpointTests {
    private func gateway(_ tools: ScriptedTools? = ScriptedTools(), keys: [AccessKeys.Key] = []) -> Gateway {
        var options = Gateway.Options(access: AccessKeys(keys), requiresCredentials: !keys.isEmpty)
        options.tools = tools
        options.allowedOrigins = ["https://app.example"]
        return Gateway(serving: ScriptedProvider(), options: options)
    }

    private func request(
        _ method: String,
        _ path: String,
        _ fields: HTTPFields = [:],
        role: ListenAddress.Role = .host,
        at address: Peer.Address = .unix(userID: 7, groupID: 7, processID: 7)
    ) -> GatewayRequest {
        var fields = fields
        if method == "POST" || method == "PUT", fields["content-type"] == nil {
            fields.append("content-type", "application/json")
        }
        let body = method == "POST" || method == "PUT" ? Array("{}".utf8) : []
        return GatewayRequest(
            method: method,
            path: path,
            fields: fields,
            body: body,
            peer: Peer(address: address, role: role, listener: "unix:x")
        )
    }

    @Test(
        "A path says what is asked for",
        arguments: [
            ("POST", "/mcp", .endpoint), ("GET", "/mcp", .endpoint), ("DELETE", "/mcp", .endpoint),
            ("GET", "/mcp/v1/tools", .tools), ("POST", "/mcp/v1/tools/a__b/call", .call(tool: "a__b")),
            ("POST", "/mcp/v1/tools/a%2Fcall/call", .call(tool: "a/call")), ("GET", "/mcp/tools", .servedTools),
            ("POST", "/mcp/tools/a/b%20c", .callAt(server: "a", tool: "b c")),
            ("POST", "/mcp/tools/a/b/c", .callAt(server: "a", tool: "b/c")), ("GET", "/mcp/servers", .servers),
            ("POST", "/mcp/servers", .servers), ("GET", "/mcp/servers/a", .server("a")),
            ("PUT", "/mcp/servers/a", .server("a")), ("DELETE", "/mcp/servers/a", .server("a")),
            ("POST", "/mcp/servers/a/enable", .setEnabled("a", true)),
            ("POST", "/mcp/servers/a/disable", .setEnabled("a", false)),
        ] as [(String, String, ToolRequest.Path)]
    )
    func paths(method: String, path: String, expected: ToolRequest.Path) async {
        let tools = ScriptedTools()
        #expect(await gateway(tools).respond(to: request(method, path)).status == 200)
        #expect(tools.asked.map(\.path) == [expected])
    }

    @Test(
        "Other paths and methods are not there",
        arguments: [
            ("POST", "/mcp/v1/tools/a", 404), ("POST", "/mcp/v1/tools//call", 404), ("POST", "/mcp/tools/a", 404),
            ("POST", "/mcp/tools/a/", 404), ("GET", "/mcp/servers/a/b", 404), ("POST", "/mcp/servers/a/x", 404),
            ("POST", "/mcp/servers/a", 404), ("PUT", "/mcp", 405), ("POST", "/mcp/v1/tools", 405),
        ]
    )
    func noPaths(method: String, path: String, status: Int) async {
        let tools = ScriptedTools()
        #expect(await gateway(tools).respond(to: request(method, path)).status == status)
        #expect(tools.asked.isEmpty)
    }

    @Test("Without servers all paths say so")
    func absent() async throws {
        for (method, path) in [("POST", "/mcp"), ("GET", "/mcp/v1/tools"), ("POST", "/mcp/tools/a/b")] {
            let response = await gateway(nil).respond(to: request(method, path))
            #expect(response.status == 404)
            #expect(try await response.json()["error"]?["code"] == "tools_not_configured")
        }
    }

    @Test("Guests use tools, and have no paths to change servers")
    func guests() async throws {
        let tools = ScriptedTools()
        let gateway = gateway(tools)
        #expect(await gateway.respond(to: request("POST", "/mcp", role: .guest)).status == 200)
        #expect(tools.asked.first?.request.peer.role == .guest)
        for (method, path) in [
            ("GET", "/mcp/servers"), ("POST", "/mcp/servers"), ("DELETE", "/mcp/servers/a"),
            ("POST", "/mcp/servers/a/enable"),
        ] {
            let response = await gateway.respond(to: request(method, path, role: .guest))
            #expect(response.status == 404)
            #expect(try await response.json()["error"]?["code"] == "unknown_path")
        }
    }

    @Test(
        "Pages get in by their origin only",
        arguments: [
            ("/mcp", "https://evil.example", 403), ("/mcp", "null", 403), ("/mcp", "https://app.example", 200),
            ("/mcp/tools/a/b", "https://evil.example", 403), ("/mcp/servers", "https://app.example", 403),
        ]
    )
    func origins(path: String, origin: String, status: Int) async {
        let tools = ScriptedTools()
        let response = await gateway(tools).respond(to: request("POST", path, ["origin": origin]))
        #expect(response.status == status)
        #expect(tools.asked.isEmpty == (status != 200))
    }

    @Test("A name that was made to point here, and a body that a page can send unasked, are refused")
    func attacks() async {
        let tcp = Peer.Address.tcp(host: "127.0.0.1", port: 1)
        let rebound = request("POST", "/mcp", ["host": "attacker.example"], at: tcp)
        #expect(await gateway().respond(to: rebound).status == 403)
        let text = request("POST", "/mcp", ["content-type": "text/plain"], at: tcp)
        #expect(await gateway().respond(to: text).status == 415)
    }

    @Test("Over TCP servers are changed with an access key only, and read without")
    func administration() async throws {
        let tcp = Peer.Address.tcp(host: "127.0.0.1", port: 1)
        let refused = await gateway().respond(to: request("POST", "/mcp/servers", at: tcp))
        #expect(refused.status == 403)
        #expect(try await refused.json()["error"]?["code"] == "key_required")
        #expect(await gateway().respond(to: request("GET", "/mcp/servers", at: tcp)).status == 200)
        #expect(await gateway().respond(to: request("POST", "/mcp/servers")).status == 200)
        let tools = ScriptedTools()
        let keyed = gateway(tools, keys: [.init(name: "ops", secret: Secret("k"))])
        let allowed = request("POST", "/mcp/servers", ["authorization": "Bearer k"], at: tcp)
        #expect(await keyed.respond(to: allowed).status == 200)
        #expect(tools.asked.first?.keyName == "ops")
        #expect(await keyed.respond(to: request("GET", "/mcp/servers", at: tcp)).status == 401)
    }

    @Test("A refusal has the usual form")
    func refusals() async throws {
        let tools = ScriptedTools { _ throws(ToolRefusal) in
            throw ToolRefusal(status: 503, code: "busy", message: "later", retryAfter: .seconds(2))
        }
        let response = await gateway(tools).respond(to: request("GET", "/mcp/v1/tools"))
        #expect(response.status == 503)
        #expect(response.fields["retry-after"] == "2")
        let error = try await response.json()["error"]
        #expect(error?["code"] == "busy")
        #expect(error?["message"] == "later")
    }

    @Test("A stream goes through with a keep-alive, and is cancelled when its reader leaves")
    func streams() async throws {
        let pieces = Pieces([Array("data: 1\n\n".utf8)])
        let tools = ScriptedTools { _ in
            GatewayResponse(status: 200, body: .stream(GatewayStream(source: pieces, keepAlive: nil)))
        }
        let response = await gateway(tools).respond(to: request("GET", "/mcp"))
        guard case .stream(let stream) = response.body else {
            Issue.record("no stream")
            return
        }
        #expect(stream.keepAlive?.interval == .seconds(15))
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next() == Array("data: 1\n\n".utf8))
        stream.cancel()
        #expect(pieces.wasCancelled)
        #expect(await iterator.next() == nil)
    }

    @Test("Figures are told in metrics, with bounded labels, and in the status")
    func figures() async throws {
        var servers = [
            ToolFigures.Server(name: "time", state: "ready", restarts: 2, calls: ["ok": 5, "error": 1]),
            ToolFigures.Server(name: "bad", state: "failed", problem: "no program"),
        ]
        let tools = ScriptedTools(told: ToolFigures(sessions: 3, servers: servers))
        let text = await gateway(tools).respond(to: request("GET", "/metrics")).text()
        for line in [
            "modelplex_mcp_sessions 3", #"modelplex_mcp_calls_total{server="time",outcome="ok"} 5"#,
            #"modelplex_mcp_restarts_total{server="time"} 2"#,
            #"modelplex_mcp_server_state{server="bad",state="failed"} 1"#,
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        let status = try await gateway(tools).respond(to: request("GET", "/_internal/status")).json()
        #expect(status["mcp"]?["sessions"] == 3)
        #expect(status["mcp"]?["servers"]?.array?.last?["problem"] == "no program")
        servers = (0..<300).map { ToolFigures.Server(name: "s\($0)", state: "idle", restarts: 1) }
        let many = ScriptedTools(told: ToolFigures(servers: servers))
        let long = await gateway(many).respond(to: request("GET", "/metrics")).text()
        #expect(long.contains(#"modelplex_mcp_restarts_total{server="other"} 44"#))
        #expect(!long.contains(#"server="s256""#))
        #expect(await !gateway(nil).respond(to: request("GET", "/metrics")).text().contains("modelplex_mcp"))
    }
}

private final class Pieces: GatewayStream.Source {
    private let rest: Locked<[[UInt8]]>
    private let isCancelled = Locked(false)
    var wasCancelled: Bool { isCancelled.withLock { $0 } }

    init(_ pieces: [[UInt8]]) {
        rest = Locked(pieces)
    }

    func next() async -> [UInt8]? { rest.withLock { $0.isEmpty ? nil : $0.removeFirst() } }

    func cancel() { isCancelled.withLock { $0 = true } }
}
