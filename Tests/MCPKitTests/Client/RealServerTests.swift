import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

/// Servers of other people, on both versions of the official library; `make venv` installs them.
@Suite(.timeLimit(.minutes(5)), .enabled(if: PythonHTTPServer.SDK.areThere))
struct RealServerTests {
    private func withClient<Value>(
        _ program: String,
        _ arguments: [String],
        policy: MCPServerConfiguration.Policy = .persistent(),
        _ body: (MCPClient) async throws -> Value
    ) async throws -> Value {
        let command = MCPServerConfiguration.Command("\(PythonHTTPServer.root)/\(program)", arguments)
        let client = try MCPClient(
            MCPServerConfiguration(name: "real", endpoint: .command(command), policy: policy),
            logger: .disabled
        )
        return try await client.use(body)
    }

    @Test(
        "The time server answers, on both versions of the library, kept or per call",
        arguments: [
            (".venv-mcp", MCPServerConfiguration.Policy.persistent(), ProtocolVersion.v2026_07_28),
            (".venv-mcp1", .persistent(), .v2025_11_25), (".venv-mcp", .perCall, .v2026_07_28),
            (".venv-mcp1", .perCall, .v2025_11_25),
        ]
    )
    func tellsTime(environment: String, policy: MCPServerConfiguration.Policy, version: ProtocolVersion) async throws {
        let program = "\(environment)/bin/mcp-server-time"
        try await withClient(program, ["--local-timezone", "UTC"], policy: policy) { client async throws in
            let information = try await client.connect()
            #expect(information.version <= version)
            #expect(try await client.tools().map(\.name).contains("get_current_time"))
            let result = try await client.callTool("get_current_time", arguments: ["timezone": "UTC"])
            #expect(!result.isError)
            #expect(try JSONValue(parsing: result.text)["timezone"] == "UTC")
            let wrong = try await client.callTool("get_current_time", arguments: ["timezone": "Nowhere/Land"])
            #expect(wrong.isError)
        }
    }

    @Test("The git server reads a repository")
    func readsRepositories() async throws {
        let folder = "/tmp/plex-mcp-git-\(UInt32.random(in: 0 ... .max))"
        let environment = ["PATH": "/usr/bin:/bin", "HOME": "/tmp"]
        let script = """
            git init -q \(folder) && cd \(folder) && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m Begin
            """
        let made = try await Subprocess.run(SubprocessCommand("sh", ["-c", script], environment: environment))
        #expect(made.exit == .status(0))
        try await withClient(".venv-mcp/bin/mcp-server-git", ["--repository", folder]) { client async throws in
            let result = try await client.callTool(
                "git_log",
                arguments: ["repo_path": .string(folder), "max_count": 1]
            )
            #expect(result.text.contains("Begin"))
        }
        _ = try await Subprocess.run(SubprocessCommand("rm", ["-rf", folder], environment: environment))
    }

    @Test("The SQLite server runs queries, and has prompts and resources")
    func runsQueries() async throws {
        let path = "/tmp/plex-mcp-\(UInt32.random(in: 0 ... .max)).db"
        try await withClient(".venv-mcp1/bin/mcp-server-sqlite", ["--db-path", path]) { client async throws in
            let result = try await client.callTool("read_query", arguments: ["query": "select 1 as x"])
            #expect(result.text.contains("'x': 1"))
            #expect(try await client.prompts().map(\.name) == ["mcp-demo"])
            let prompt = try await client.prompt("mcp-demo", arguments: ["topic": "cats"])
            #expect(prompt.messages.first?.content.text?.contains("cats") == true)
            let resource = try #require(try await client.resources().first)
            #expect(try await client.readResource(resource.uri).first?.text?.isEmpty == false)
        }
        _ = try await Subprocess.run(SubprocessCommand("rm", ["-f", path], environment: ["PATH": "/usr/bin:/bin"]))
    }

    @Test("The fetch server reads a page")
    func readsPages() async throws {
        let site = try await ScriptedUpstream { request in
            .http(200, fields: ["Content-Type": "text/plain"], body: Array("The page at \(request.path)".utf8))
        }
        let program = ".venv-mcp/bin/mcp-server-fetch"
        try await withClient(program, ["--ignore-robots-txt", "--allow-private-ips"]) { client async throws in
            let url = "http://127.0.0.1:\(site.port)/a.txt"
            let result = try await client.callTool("fetch", arguments: ["url": .string(url)])
            #expect(result.text.contains("The page at /a.txt"))
        }
    }

    @Test("A proxy in front of a server over HTTP is a server like another")
    func callsThroughProxy() async throws {
        let server = try await PythonHTTPServer(.handshake, .events)
        let arguments = ["--transport", "streamablehttp", "http://127.0.0.1:\(server.port)/mcp"]
        try await withClient(".venv-mcp1/bin/mcp-proxy", arguments) { client async throws in
            #expect(try await client.tools().map(\.name).contains("add"))
            #expect(try await client.callTool("add", arguments: ["a": 2, "b": 3]).text == "5")
        }
    }

    @Test("A proxy that serves a program over HTTP is spoken to in both of its ways", arguments: ["mcp", "sse"])
    func callsProxyOverHTTP(path: String) async throws {
        let port = Int.random(in: 20000..<32000)
        let program = "\(PythonHTTPServer.root)/.venv-mcp1/bin"
        let proxy = try await ChildProcess(
            "\(program)/mcp-proxy",
            ["--port", "\(port)", "--", "\(program)/mcp-server-time", "--local-timezone", "UTC"]
        )
        try #require(try await proxy.errorLine(containing: "Uvicorn running") != nil, "\(proxy.errorOutput)")
        let endpoint = MCPServerConfiguration.Endpoint.remote(.init("http://127.0.0.1:\(port)/\(path)"))
        let client = try MCPClient(MCPServerConfiguration(name: "proxy", endpoint: endpoint), logger: .disabled)
        let result = try await client.callTool("get_current_time", arguments: ["timezone": "UTC"])
        #expect(try JSONValue(parsing: result.text)["timezone"] == "UTC")
        await client.close()
    }

    @Test("A real server that is killed is started anew for the next call")
    func startsAnew() async throws {
        try await withClient(".venv-mcp1/bin/mcp-server-time", ["--local-timezone", "UTC"]) { client async throws in
            try await client.connect()
            let process = try #require(await client.statistics().processID)
            let environment = ["PATH": "/usr/bin:/bin"]
            _ = try await Subprocess.run(
                SubprocessCommand("sh", ["-c", "kill -9 \(process)"], environment: environment)
            )
            while await client.statistics().processID == process { await Task.yield() }
            #expect(try await client.callTool("get_current_time", arguments: ["timezone": "UTC"]).isError == false)
            #expect(await client.statistics().processID != process)
        }
    }
}
