import MCPKit
import Testing
import TransportKit

/// What tools cost a model before it has said a word, counted by a real model's tokenizer.
@Suite(.timeLimit(.minutes(5)))
struct LeanToolTests {
    private static let servers: [MCPServerConfiguration] = [
        ("time", ".venv-mcp/bin/mcp-server-time", ["--local-timezone", "UTC"]),
        ("git", ".venv-mcp/bin/mcp-server-git", []),
        ("fetch", ".venv-mcp/bin/mcp-server-fetch", []),
        ("sqlite", ".venv-mcp1/bin/mcp-server-sqlite", ["--db-path", ":memory:"]),
    ].map { name, program, arguments in
        MCPServerConfiguration(name: name, endpoint: .command(.init("\(Rig.root)/\(program)", arguments)))
    }

    /// The definitions, as a request to a model has them.
    private func definitions(_ listing: MCPProxy.Options.Listing) async throws -> [JSONValue] {
        let proxy = try MCPProxy(
            Self.servers,
            options: .init(listing: listing, listTime: .seconds(120)),
            logger: .disabled
        )
        let client = try MCPClient(MCPServerConfiguration(name: "proxy", endpoint: .service(proxy)), logger: .disabled)
        let tools = try await client.tools()
        await client.close()
        await proxy.close()
        return tools.map { tool in
            let function: JSONValue = [
                "name": .string(tool.name), "description": .string(tool.description), "parameters": tool.inputSchema,
            ]
            return ["type": "function", "function": function]
        }
    }

    private func tokens(_ definitions: [JSONValue]) async throws -> Int {
        let body: JSONValue = ["content": .string(JSONValue.array(definitions).serializedString)]
        let url = try await "\(Engine.shared().url)/tokenize"
        let request = HTTPRequest(
            method: "POST",
            url: url,
            fields: ["content-type": "application/json"],
            body: .bytes(body.serialized)
        )
        let answer = try await HTTPClient().send(request).body.collect(upTo: 1 << 20)
        return try #require(JSONValue(parsing: answer)["tokens"]?.array?.count)
    }

    @Test("The three tools in place of four servers' cost less than a tenth of their tokens")
    func saving() async throws {
        let all = try await definitions(.full)
        let lean = try await definitions(.lean)
        let (many, few) = (try await tokens(all), try await tokens(lean))
        #expect(all.count > 20 && lean.count == 3)
        #expect(few * 10 < many, "\(all.count) tools, \(many) tokens; \(few) tokens")
    }
}
