import Glibc
import MCPKit
import TransportKit

/// Calls of a tool over standard input and output: the cost of the client and of two pipes.
///
/// Wall time counts: at 64 in flight it is the time for a call among many. The client of the official Python library calls the same server,
/// where it is installed.
@Sendable
func mcpBenchmarks() async throws -> [Measurement] {
    let group = EventLoopGroup(count: 1)
    let program = CommandLine.arguments[0]
    let endpoint = MCPServerConfiguration.Endpoint.command(.init(absolutePath(program), [mcpEchoArgument]))
    let client = try MCPClient(MCPServerConfiguration(name: "echo", endpoint: endpoint), group: group)
    try await client.connect()
    var measurements = [
        try await Task(executorPreference: group.loops[0]) { try await sequentialCalls("mcp.stdio-call", client) }
            .value,
        try await sequentialCalls("mcp.stdio-call-off-loop", client),
        try await Task(executorPreference: group.loops[0]) { try await parallelCalls("mcp.stdio-64-in-flight", client) }
            .value,
    ]
    await client.close()
    measurements.append(
        try await Sampler(samples: 5, warmUp: 1).measure("mcp.connect-call-close", operations: 20) {
            let client = try MCPClient(MCPServerConfiguration(name: "echo", endpoint: endpoint), group: group)
            keep(try await client.callTool("echo", arguments: ["text": "x"]))
            await client.close()
        }
    )
    await group.shutdown()
    return measurements + (try await pythonClient(absolutePath(program)))
}

private func absolutePath(_ program: String) -> String {
    guard !program.hasPrefix("/"), let folder = unsafe getcwd(nil, 0) else { return program }
    defer { unsafe free(folder) }
    return "\(unsafe String(cString: folder))/\(program)"
}

private func sequentialCalls(_ name: String, _ client: MCPClient) async throws -> Measurement {
    try await Sampler(samples: 11, warmUp: 3).measure(name, operations: 2000) {
        keep(try await client.callTool("echo", arguments: ["text": "hello"]))
    }
}

private func parallelCalls(_ name: String, _ client: MCPClient) async throws -> Measurement {
    var series = Series(operations: 64 * 200)
    for sample in 0..<10 {
        let start = Reading.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    for _ in 0..<200 { keep(try await client.callTool("echo", arguments: ["text": "hello"])) }
                }
            }
            try await group.waitForAll()
        }
        if sample >= 2 { series.add(from: start, to: .now) }
    }
    return series.measurement(name: name, bytes: nil, reference: nil)
}

/// What the official Python library needs for the same calls.
private func pythonClient(_ program: String) async throws -> [Measurement] {
    let python = ".venv-mcp/bin/python"
    guard unsafe access(python, X_OK) == 0 else { return [] }
    let script = """
        import asyncio, sys, time
        from mcp import ClientSession, StdioServerParameters
        from mcp.client.stdio import stdio_client
        async def main():
            async with stdio_client(StdioServerParameters(command=sys.argv[1], args=[sys.argv[2]])) as (reader, writer):
                async with ClientSession(reader, writer) as session:
                    await session.initialize()
                    async def calls(count):
                        for _ in range(count): await session.call_tool("echo", {"text": "hello"})
                    await calls(200)
                    start = time.perf_counter(); await calls(1000)
                    print((time.perf_counter() - start) / 1000 * 1e9)
                    start = time.perf_counter(); await asyncio.gather(*(calls(30) for _ in range(64)))
                    print((time.perf_counter() - start) / 1920 * 1e9)
        asyncio.run(main())
        """
    let command = SubprocessCommand(
        absolutePath(python),
        ["-c", script, program, mcpEchoArgument],
        environment: SubprocessCommand.inheritedEnvironment
    )
    let output = try await Subprocess.run(command, timeLimit: .seconds(120))
    let figures = String(decoding: output.output, as: UTF8.self).split(separator: "\n").compactMap { Double($0) }
    return zip(["mcp.python-call", "mcp.python-64-in-flight"], figures).map { name, nanoseconds in
        Measurement(name: name, fastest: nanoseconds, median: nanoseconds, cpu: 0)
    }
}
