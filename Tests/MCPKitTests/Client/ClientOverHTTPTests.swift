import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("The client over HTTP", .timeLimit(.minutes(5)), .serialized)
struct ClientOverHTTPTests {
    private static func withClient<Value>(
        _ url: String,
        _ body: (MCPClient) async throws -> Value
    ) async throws -> Value {
        let configuration = MCPServerConfiguration(name: "web", endpoint: .remote(.init(url)))
        let client = try MCPClient(configuration, logger: .disabled)
        return try await client.use(body)
    }

    @Test(
        "Servers of both SDKs are found in their era and called",
        .enabled(if: PythonHTTPServer.SDK.areThere),
        arguments: [
            (PythonHTTPServer.SDK.both, PythonHTTPServer.Mode.json, "/mcp", ProtocolVersion.v2026_07_28),
            (.both, .events, "/mcp", .v2026_07_28), (.handshake, .json, "/mcp", .v2025_11_25),
            (.handshake, .events, "/mcp", .v2025_11_25), (.handshake, .stateless, "/mcp", .v2025_11_25),
            (.handshake, .resumable, "/mcp", .v2025_11_25), (.both, .older, "/sse", .v2025_11_25),
            (.handshake, .older, "/sse", .v2025_11_25),
        ]
    )
    func eras(
        sdk: PythonHTTPServer.SDK,
        mode: PythonHTTPServer.Mode,
        path: String,
        version: ProtocolVersion
    ) async throws {
        let server = try await PythonHTTPServer(sdk, mode)
        try await Self.withClient("http://127.0.0.1:\(server.port)\(path)") { client async throws in
            #expect(try await client.connect().version == version)
            let sum = try await client.callTool("add", arguments: ["a": 2, "b": 3])
            #expect(sum.text == "5")
            // Whatever stands in header fields is found out by itself.
            let place = try await client.callTool("where", arguments: ["region": "süd", "count": 7])
            #expect(place.text == "süd 7")
            if mode == .resumable {
                #expect(try await client.callTool("interrupted", arguments: [:]).text == "after the gap")
            }
        }
    }

    @Test("A session that the server forgets is begun anew for the next call")
    func forgottenSession() async throws {
        let upstream = try await ScriptedUpstream { request in
            if request.method != "POST" { return .http(405) }
            let id = request.json?["id"]?.int ?? 0
            switch request.json?["method"]?.string {
            case "initialize":
                return .result(
                    id,
                    ["protocolVersion": "2025-11-25", "capabilities": ["tools": [:]], "serverInfo": ["name": "x"]],
                    fields: ["Mcp-Session-Id": "s-\(request.index)"]
                )
            case "tools/call" where request.json?["params"]?["name"] == "forget": return .http(404)
            case "tools/call": return .result(id, ["content": [["type": "text", "text": "done"]]])
            case "server/discover": return .http(400)
            default: return .http(202)
            }
        }
        try await Self.withClient("http://127.0.0.1:\(upstream.port)/mcp") { client async throws in
            #expect(try await client.callTool("work", arguments: [:]).text == "done")
            _ = try? await client.callTool("forget", arguments: [:])
            #expect(try await client.callTool("work", arguments: [:]).text == "done")
        }
        let methods = upstream.requests.compactMap { $0.json?["method"]?.string }
        #expect(methods.filter { $0 == "initialize" }.count >= 2)
        #expect(upstream.requests.last?.method == "DELETE")
    }

    @Test("A server that wants a login gets one while the client connects")
    func login() async throws {
        let rig = try await AuthorizationRig()
        let sender = try rig.tools.sender(authorizer: rig.authorizer())
        let client = MCPClient(
            MCPServerConfiguration(name: "web", endpoint: .remote(.init(try rig.location.url))),
            factory: TransportFactory { StreamableHTTPTransport(sender) },
            loop: EventLoopGroup.shared.next()
        )
        // The rig answers everything with an empty object, which is no handshake.
        await #expect(throws: MCPError.self) { _ = try await client.connect() }
        await client.close()
        #expect(rig.forms("/token").count == 1)
        #expect(rig.tools.requests.last?.fields["authorization"]?.hasPrefix("Bearer token-") == true)
    }
}
