import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

/// The demo server of MCPProbe, at the end of pipes.
@Suite("A server at standard input and output", .timeLimit(.minutes(5)))
struct StdioServerTests {
    @Test(
        "The official client finds all of it, on both versions of the library and in both eras",
        .enabled(if: PythonHTTPServer.SDK.areThere),
        arguments: [(".venv-mcp1", "v1"), (".venv-mcp", "legacy"), (".venv-mcp", "modern")]
    )
    func officialClient(environment: String, mode: String) async throws {
        let script = #filePath.dropLast("Server/StdioServerTests.swift".count) + "Fixtures/use_server.py"
        let outcome = try await ChildProcess(
            "\(PythonHTTPServer.root)/\(environment)/bin/python",
            [String(script), ChildProcess.path(ofProgram: "MCPProbe"), mode]
        ).outcome()
        #expect(outcome.status == 0 && outcome.output.contains("ok"), "\(outcome.output)\(outcome.errorOutput)")
    }

    @Test("Our own client uses it in both eras", arguments: ServiceTransportTests.eras)
    func ownClient(era: EraDetection.Memory) async throws {
        let command = MCPServerConfiguration.Command(ChildProcess.path(ofProgram: "MCPProbe"), ["serve"])
        let client = try MCPClient(
            MCPServerConfiguration(name: "demo", endpoint: .command(command)),
            handlers: MCPClientHandlers(elicitation: { _ in .accept(["name": "Ada"]) }),
            logger: .disabled
        )
        await client.loop.run { client.core.value.remember(era) }
        #expect(try await client.connect().version.isStateless == (era == .nothing))
        #expect(try await client.tools().count == 8)
        #expect(try await client.callTool("greet", arguments: [:]).text == "Hello, Ada.")
        #expect(try await client.callTool("add_typed", arguments: ["a": 1, "b": 2]).structuredContent == ["sum": 3])
        await client.close()
    }

    @Test("What was asked before the end of the input is answered, and garbage costs nothing else")
    func pipedIn() async throws {
        let input = """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{}}}
            this is no JSON
            {"jsonrpc":"2.0","method":"notifications/initialized"}

            {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}
            {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"wait"}}
            """
        let program = ChildProcess.path(ofProgram: "MCPProbe")
        let file = "/tmp/plex-mcp-in-\(UInt32.random(in: 0 ... .max))"
        let script = "cat > \(file); '\(program)' serve < \(file); cat \(file) | '\(program)' serve; rm \(file)"
        let outcome = try await Subprocess.run(
            SubprocessCommand("sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"]),
            input: Array(input.utf8)
        )
        let lines = outcome.output.split(separator: UInt8(ascii: "\n")).map { try? JSONValue(parsing: Array($0)) }
        // Once from a file, and once from a pipe.
        try #require(lines.count == 6, "\(String(decoding: outcome.output, as: UTF8.self))")
        for start in [0, 3] {
            #expect(Set(lines[start..<start + 3].map { $0?["id"] }) == [1, .null, 2])
            #expect(lines[start..<start + 3].contains { $0?["error"]?["code"] == -32700 })
            #expect(lines[start..<start + 3].contains { $0?["result"]?["protocolVersion"] == "2024-11-05" })
        }
    }
}
