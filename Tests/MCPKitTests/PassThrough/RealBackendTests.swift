import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

/// Servers of other people behind a pass-through, on both versions of the official library; `make venv` installs them.
@Suite("Real servers behind a pass-through", .timeLimit(.minutes(5)), .enabled(if: PythonHTTPServer.SDK.areThere))
struct RealBackendTests {
    private func command(_ name: String, _ program: String, _ arguments: [String]) -> MCPServerConfiguration {
        MCPServerConfiguration(
            name: name,
            endpoint: .command(.init("\(PythonHTTPServer.root)/\(program)", arguments))
        )
    }

    private func withProxy<Value>(
        _ servers: [MCPServerConfiguration],
        _ body: (MCPProxy, (ProxyRig.Era, MCPClientHandlers) async throws -> MCPClient) async throws -> Value
    ) async throws -> Value {
        // Interpreters may take their time to start on a machine that is busy.
        let proxy = try MCPProxy(servers, options: .init(listTime: .seconds(120)), logger: .disabled)
        var clients: [MCPClient] = []
        let result: Result<Value, any Error>
        do {
            let value = try await body(proxy) { era, handlers in
                let configuration = MCPServerConfiguration(name: "proxy", endpoint: .service(proxy))
                let client = try MCPClient(configuration, handlers: handlers, logger: .disabled)
                await client.loop.run { client.core.value.remember(era.memory) }
                clients.append(client)
                return client
            }
            result = .success(value)
        } catch {
            result = .failure(error)
        }
        for client in clients { await client.close() }
        await proxy.close()
        return try result.get()
    }

    @Test(
        "Three servers with same-named tools, over stdio and HTTP, serve clients of both eras",
        arguments: PythonHTTPServer.SDK.allCases
    )
    func threeServers(sdk: PythonHTTPServer.SDK) async throws {
        let http = try await PythonHTTPServer(sdk, .events)
        let servers = [
            command("new", ".venv-mcp/bin/mcp-server-time", ["--local-timezone", "UTC"]),
            command("old", ".venv-mcp1/bin/mcp-server-time", ["--local-timezone", "UTC"]),
            command("own", ".venv-mcp1/bin/python", [PythonHTTPServer.SDK.ownServer]),
            MCPServerConfiguration(name: "web", endpoint: .remote(.init("http://127.0.0.1:\(http.port)/mcp"))),
        ]
        try await withProxy(servers) { proxy, client in
            for era in ProxyRig.Era.allCases {
                let handlers = MCPClientHandlers(elicitation: { _ in .accept(["name": "Ada"]) })
                let client = try await client(era, handlers)
                let names = try await client.tools().map(\.name)
                for server in ["new", "old", "own"] { #expect(names.contains("\(server)__get_current_time")) }
                #expect(names.contains { $0.hasPrefix("web__") })
                for server in ["new", "old", "own"] {
                    let result = try await client.callTool(
                        "\(server)__get_current_time",
                        arguments: ["timezone": "UTC"]
                    )
                    #expect(!result.isError && result.text.contains("UTC"))
                    #expect(result.text.hasPrefix("own") == (server == "own"))
                }
                // The tool's own answer to wrong arguments comes through.
                let wrong = try await client.callTool("new__get_current_time", arguments: ["timezone": "No/Where"])
                #expect(wrong.isError)
                #expect(try await client.callTool("own__greet", arguments: [:]).text == "hello Ada")
                let reports = Locked<[Double]>([])
                let options = MCPRequestOptions { report in reports.withLock { $0.append(report.progress) } }
                #expect(try await client.callTool("own__count", arguments: [:], options: options).text == "done")
                #expect(reports.withLock { $0 } == [1, 2, 3])
            }
            let status = await proxy.status()
            #expect(status.servers.allSatisfy { $0.state == .ready && $0.error == nil })
            #expect(status.servers.map(\.transport) == ["stdio", "stdio", "stdio", "http"])
            #expect(status.servers[1].version.map { !$0.isStateless } == true)
        }
    }

    @Test("A real server that is killed during calls fails these only, and is back for the next")
    func killed() async throws {
        let script = """
            import os, time
            from mcp.server.fastmcp import FastMCP
            server = FastMCP("own")
            @server.tool()
            def pid() -> int: return os.getpid()
            @server.tool()
            async def die() -> str: os._exit(3)
            server.run()
            """
        let servers = [
            command("own", ".venv-mcp1/bin/python", ["-c", script]),
            command("time", ".venv-mcp1/bin/mcp-server-time", ["--local-timezone", "UTC"]),
        ]
        try await withProxy(servers) { proxy, client in
            let client = try await client(.handshake, MCPClientHandlers())
            let before = try await client.callTool("own__pid", arguments: [:]).text
            let error = await #expect(throws: MCPError.self) { try await client.callTool("own__die", arguments: [:]) }
            #expect(error?.failure?.data?["modelplex/error"]?["code"] == "closed")
            #expect(
                try await client.callTool("time__get_current_time", arguments: ["timezone": "UTC"]).isError == false
            )
            let after = try await client.callTool("own__pid", arguments: [:]).text
            #expect(before != after)
            #expect(await client.statistics().starts == 1)
            #expect(await proxy.status().servers[0].ends == 1)
        }
    }
}
