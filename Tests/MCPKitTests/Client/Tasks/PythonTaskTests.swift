import Testing
import TransportKit

@testable import MCPKit

/// The official library's own tasks, as of 2025-11-25.
@Suite("Tasks of the official library", .timeLimit(.minutes(5)), .enabled(if: PythonHTTPServer.SDK.areThere))
struct PythonTaskTests {
    static let script = #"""
        import asyncio
        import mcp.types as types
        from mcp.server.lowlevel import Server
        from mcp.server.stdio import stdio_server
        server = Server("tasks")
        server.experimental.enable_tasks()
        @server.list_tools()
        async def tools():
            execution = types.ToolExecution(taskSupport="required")
            return [types.Tool(name=name, inputSchema={"type": "object"}, execution=execution) for name in ["ask", "slow"]]
        @server.call_tool()
        async def call(name, arguments):
            context = server.request_context
            context.experimental.validate_task_mode("required")
            async def work(task):
                if name == "slow": await asyncio.Event().wait()
                await task.update_status("asking")
                answer = await task.elicit(message="Who?", requestedSchema={"type": "object", "properties": {"name": {"type": "string"}}})
                return types.CallToolResult(content=[types.TextContent(type="text", text="Hello " + answer.content["name"])])
            return await context.experimental.run_task(work)
        async def main():
            async with stdio_server() as (reader, writer):
                await server.run(reader, writer, server.create_initialization_options())
        asyncio.run(main())
        """#

    @Test("A tool that needs a task asks a question on the way; one that is given up is cancelled there")
    func followsTasks() async throws {
        let command = MCPServerConfiguration.Command(
            "\(PythonHTTPServer.root)/.venv-mcp1/bin/python",
            ["-c", Self.script]
        )
        let client = try MCPClient(
            MCPServerConfiguration(name: "tasks", endpoint: .command(command)),
            handlers: MCPClientHandlers(elicitation: { _ in .accept(["name": "Ada"]) }),
            logger: .disabled
        )
        #expect(try await client.callTool("ask", arguments: [:]).text == "Hello Ada")
        guard case .running(let task) = try await client.startTool("slow", arguments: [:]) else {
            Issue.record("no task")
            return
        }
        #expect(try await task.state().status == .working)
        try await task.cancel()
        #expect(try await client.task(task.id).state().status == .cancelled)
        let error = await #expect(throws: MCPError.self) { try await task.result() }
        #expect(error?.code == .request)
        await client.close()
    }
}
