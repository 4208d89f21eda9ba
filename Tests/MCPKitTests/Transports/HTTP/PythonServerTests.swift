import Testing
import TransportKit

@testable import MCPKit

@Suite(
    "Servers of Python's SDKs over HTTP",
    .timeLimit(.minutes(5)),
    .serialized,
    .enabled(if: PythonHTTPServer.SDK.areThere)
)
struct PythonServerTests {
    private typealias SDK = PythonHTTPServer.SDK

    @Test(
        "The handshake era: answers as JSON and as events, with sessions and without",
        arguments: PythonHTTPServer.SDK.allCases,
        [PythonHTTPServer.Mode.json, .events, .stateless]
    )
    func handshakeEra(sdk: PythonHTTPServer.SDK, mode: PythonHTTPServer.Mode) async throws {
        let server = try await PythonHTTPServer(sdk, mode)
        let transport = try server.streamable()
        let line = try await TransportLine.open(transport)
        let result = try await line.handshake()
        #expect(result["protocolVersion"] == "2025-11-25")
        #expect((transport.state.withLock { $0.session } != nil) == (mode != .stateless))
        try await line.request(1, "tools/call", ["name": "add", "arguments": ["a": 2, "b": 3]])
        #expect(try await line.answer()["structuredContent"]?["result"] == 5)
        try await line.request(2, "tools/call", ["name": "steps", "_meta": ["progressToken": "p"]])
        var steps = 0
        while case .message(.notification("notifications/progress", _))? = await line.next() { steps += 1 }
        #expect(steps == (mode == .json ? 0 : 3))
        try await line.request(3, "no/such")
        #expect(await line.text()?.hasPrefix("failure 3 -326") == true)
        await line.transport.close()
        #expect(await line.text() == "closed")
    }

    @Test("Every revision of the handshake era is spoken", arguments: ProtocolVersion.handshakeEra)
    func versions(version: ProtocolVersion) async throws {
        let server = try await PythonHTTPServer(.both, .events)
        let line = try await TransportLine.open(server.streamable())
        #expect(try await line.handshake(version)["protocolVersion"]?.string == version.rawValue)
        try await line.request(1, "tools/call", ["name": "add", "arguments": ["a": 2, "b": 3]], version: version)
        #expect(try await line.answer()["content"]?.array?.count == 1)
        await line.transport.close()
    }

    @Test("A session that the server has forgotten is noticed", arguments: PythonHTTPServer.SDK.allCases)
    func forgotten(sdk: PythonHTTPServer.SDK) async throws {
        let server = try await PythonHTTPServer(sdk, .events)
        let transport = try server.streamable()
        let line = try await TransportLine.open(transport)
        _ = try await line.handshake()
        // What a restart of the server does.
        transport.state.withLock { $0.session = "0123456789abcdef0123456789abcdef" }
        try await line.request(1, "tools/list")
        #expect(await line.text() == "session expired")
        #expect(await line.text() == "lost 1 closed 404")
        _ = try await line.handshake()
        try await line.request(2, "tools/list")
        #expect(try await line.answer()["tools"]?.array?.isEmpty == false)
        await line.transport.close()
    }

    @Test("A stream that the server closes before the answer is resumed", arguments: PythonHTTPServer.SDK.allCases)
    func resumption(sdk: PythonHTTPServer.SDK) async throws {
        let server = try await PythonHTTPServer(sdk, .resumable)
        let line = try await TransportLine.open(server.streamable())
        _ = try await line.handshake()
        try await line.request(1, "tools/call", ["name": "interrupted"])
        #expect(try await line.answer()["content"]?.array?.first?["text"] == "after the gap")
        await line.transport.close()
    }

    @Test("A server of 2024-11-05 is found by falling back", arguments: PythonHTTPServer.SDK.allCases)
    func older(sdk: PythonHTTPServer.SDK) async throws {
        let server = try await PythonHTTPServer(sdk, .older)
        let line = try await TransportLine.open(server.streamable(path: "/sse"))
        #expect(try await line.handshake(.v2024_11_05)["protocolVersion"] == "2024-11-05")
        try await line.request(1, "tools/call", ["name": "add", "arguments": ["a": 2, "b": 3]])
        #expect(try await line.answer()["content"]?.array?.first?["text"] == "5")
        await line.transport.close()
        #expect(await line.text() == "closed")
    }

    @Test(
        "The stateless era: no handshake, and arguments as header fields",
        arguments: [PythonHTTPServer.Mode.json, .events, .stateless]
    )
    func statelessEra(mode: PythonHTTPServer.Mode) async throws {
        let server = try await PythonHTTPServer(.both, mode)
        let line = try await TransportLine.open(server.streamable())
        try await line.requestStateless(1, "server/discover")
        let discovered = try await line.answer()
        #expect(discovered["supportedVersions"]?.array?.contains("2026-07-28") == true)
        try await line.requestStateless(2, "tools/list")
        let tools = try await line.answer()["tools"]?.array ?? []
        let schema = try #require(tools.first { $0["name"] == "where" }?["inputSchema"])
        let headers = try ParameterHeaders(schema: schema)
        #expect(headers.marks.map(\.field).contains("Mcp-Param-Region"))
        let arguments: JSONValue = ["region": " süd ", "count": 42]
        let fields = headers.fields(for: arguments)
        try await line.requestStateless(3, "tools/call", ["name": "where", "arguments": arguments], fields)
        #expect(try await line.answer()["content"]?.array?.first?["text"] == " süd  42")
        // The server checks that the fields are there.
        try await line.requestStateless(4, "tools/call", ["name": "where", "arguments": arguments])
        #expect(await line.text() == "failure 4 -32020")
        try await line.requestStateless(5, "no/such")
        #expect(await line.text() == "failure 5 -32601")
        try await line.requestStateless(6, "tools/call", ["name": "steps", "_meta": ["progressToken": 1]])
        var last = await line.text()
        while last == "notification notifications/progress" { last = await line.text() }
        #expect(last?.hasPrefix("response 6 ") == true)
        await line.transport.close()
    }

    @Test("A server of the handshake era refuses the stateless one in a way that leads to initialize")
    func wrongEra() async throws {
        let server = try await PythonHTTPServer(.handshake, .events)
        let line = try await TransportLine.open(server.streamable())
        try await line.requestStateless(1, "server/discover")
        #expect(await line.text()?.hasPrefix("failure 1 -32") == true)
        _ = try await line.handshake()
        try await line.request(2, "tools/list")
        #expect(try await line.answer()["tools"]?.array?.isEmpty == false)
        await line.transport.close()
    }
}

extension TransportLine {
    /// The result of the next answer.
    fileprivate func answer() async throws -> JSONValue {
        let event = await next()
        guard case .message(.response(_, let result))? = event else {
            throw MCPError(.protocolViolation, "no answer: \(event.map(Self.text) ?? "none")")
        }
        return result
    }

    /// Sends a request of the stateless era.
    fileprivate func requestStateless(
        _ id: Int,
        _ method: String,
        _ params: JSONObject = [:],
        _ fields: [(name: String, value: String)] = []
    ) async throws {
        var params = params
        var meta = params["_meta"]?.object ?? [:]
        meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28"
        meta["io.modelcontextprotocol/clientCapabilities"] = [:]
        params["_meta"] = .object(meta)
        try await transport.send(
            .request(id: .integer(id), method: method, params: .object(params)),
            MessageContext(version: .v2026_07_28, parameterFields: fields)
        )
    }
}
