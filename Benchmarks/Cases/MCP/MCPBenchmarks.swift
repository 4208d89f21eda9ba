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
    let program = absolutePath(CommandLine.arguments[0])
    var measurements = try await stdioCalls(program, group)
    measurements += try await pythonClient(program)
    measurements += try await httpCalls(program, group)
    measurements += try await mcpGatewayCalls(program)
    await group.shutdown()
    return measurements
}

private func stdioCalls(_ program: String, _ group: EventLoopGroup) async throws -> [Measurement] {
    let endpoint = MCPServerConfiguration.Endpoint.command(.init(program, [mcpEchoArgument]))
    let client = try MCPClient(MCPServerConfiguration(name: "echo", endpoint: endpoint), group: group)
    try await client.connect()
    var measurements = try pipeCalls(program)
    measurements += try await calls("mcp.stdio", client, group, inFlight: 64, reference: "mcp.stdio-raw")
    await client.close()
    measurements.append(
        try await Sampler(samples: 5, warmUp: 1).measure("mcp.connect-call-close", operations: 20) {
            let client = try MCPClient(MCPServerConfiguration(name: "echo", endpoint: endpoint), group: group)
            keep(try await client.callTool("echo", arguments: ["text": "x"]))
            await client.close()
        }
    )
    return measurements
}

private func httpCalls(_ program: String, _ group: EventLoopGroup) async throws -> [Measurement] {
    let port = try RawSocket.freePort()
    let server = try await Subprocess.launch(
        SubprocessCommand(
            program,
            [mcpEchoHTTPArgument, "\(port)"],
            environment: SubprocessCommand.inheritedEnvironment
        ),
        on: group.loops[0],
        handlers: Subprocess.Handlers(output: { _ in }, ended: { _ in })
    )
    // It listens within a few milliseconds of its start.
    var tries = 0
    while true {
        do {
            close(try RawSocket.connect(to: .tcp(port: port)))
            break
        } catch {
            tries += 1
            guard tries < 200 else { throw error }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
    let url = "http://127.0.0.1:\(port)/mcp"
    let configuration = MCPServerConfiguration(name: "echo", endpoint: .remote(.init(url)))
    let client = try MCPClient(configuration, group: group)
    try await client.connect()
    var measurements = try await calls("mcp.http", client, group, inFlight: 16)
    await client.close()
    measurements += try await pythonClient(url)
    await withCheckedContinuation { continuation in
        group.loops[0].execute {
            server.value.kill()
            continuation.resume()
        }
    }
    return measurements
}

/// Calls one after another and many at once.
///
/// A caller who lives on the client's event loop saves two changes of threads for each call.
private func calls(
    _ name: String,
    _ client: MCPClient,
    _ group: EventLoopGroup,
    inFlight: Int,
    reference: String? = nil
) async throws -> [Measurement] {
    [
        try await Task(executorPreference: group.loops[0]) {
            try await sequentialCalls("\(name)-call", client, reference)
        }.value,
        try await sequentialCalls("\(name)-call-off-loop", client, reference),
        try await Task(executorPreference: group.loops[0]) {
            try await parallelCalls("\(name)-\(inFlight)-in-flight", client, inFlight)
        }.value,
    ]
}

func absolutePath(_ program: String) -> String {
    guard !program.hasPrefix("/"), let folder = unsafe getcwd(nil, 0) else { return program }
    defer { unsafe free(folder) }
    return "\(unsafe String(cString: folder))/\(program)"
}

private func sequentialCalls(
    _ name: String,
    _ client: MCPClient,
    _ reference: String?
) async throws -> Measurement {
    try await Sampler(samples: 11, warmUp: 3).measure(name, operations: 2000, reference: reference) {
        keep(try await client.callTool("echo", arguments: ["text": "hello"]))
    }
}

private func parallelCalls(_ name: String, _ client: MCPClient, _ inFlight: Int) async throws -> Measurement {
    var series = Series(operations: inFlight * 200)
    for sample in 0..<10 {
        let start = Reading.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<inFlight {
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

/// What the official Python library needs for the same calls, to a program or to a URL.
private func pythonClient(_ server: String) async throws -> [Measurement] {
    let python = ".venv-mcp/bin/python"
    guard unsafe access(python, X_OK) == 0 else { return [] }
    let script = """
        import asyncio, sys, time
        from mcp import ClientSession, StdioServerParameters
        from mcp.client.stdio import stdio_client
        from mcp.client.streamable_http import streamable_http_client
        async def main():
            server = sys.argv[1]
            isRemote = server.startswith("http")
            way = streamable_http_client(server) if isRemote else stdio_client(StdioServerParameters(command=server, args=[sys.argv[2]]))
            async with way as streams:
                async with ClientSession(streams[0], streams[1]) as session:
                    await session.initialize()
                    async def calls(count):
                        for _ in range(count): await session.call_tool("echo", {"text": "hello"})
                    await calls(200)
                    start = time.perf_counter(); await calls(1000)
                    print((time.perf_counter() - start) / 1000 * 1e9)
                    if isRemote: return
                    start = time.perf_counter(); await asyncio.gather(*(calls(30) for _ in range(64)))
                    print((time.perf_counter() - start) / 1920 * 1e9)
        asyncio.run(main())
        """
    let command = SubprocessCommand(
        absolutePath(python),
        ["-c", script, server, mcpEchoArgument],
        environment: SubprocessCommand.inheritedEnvironment
    )
    let output = try await Subprocess.run(command, timeLimit: .seconds(120))
    let figures = String(decoding: output.output, as: UTF8.self).split(separator: "\n").compactMap { Double($0) }
    let names =
        server.hasPrefix("http") ? ["mcp.python-http-call"] : ["mcp.python-call", "mcp.python-64-in-flight"]
    return zip(names, figures).map { name, nanoseconds in
        Measurement(name: name, fastest: nanoseconds, median: nanoseconds, cpu: 0)
    }
}
