import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

/// Clients of the official library, in both versions, in front of a pass-through; `make venv` installs them.
@Suite("Other people's clients of a pass-through", .timeLimit(.minutes(5)), .enabled(if: PythonHTTPServer.SDK.areThere))
struct PythonClientTests {
    private static let client = """
        import asyncio, json, sys
        from mcp import StdioServerParameters, types
        async def elicited(context, params):
            return types.ElicitResult(action="accept", content={"name": "Ada"})
        async def uses(client):
            told = []
            tools = (await client.list_tools()).tools
            async def call(name, arguments={}, **more):
                result = await client.call_tool(name, arguments, **more)
                return result.content[0].text
            async def progress(done, total, message): told.append(done)
            print(json.dumps({
                "tools": sorted(tool.name for tool in tools),
                "new": "UTC" in await call("new__get_current_time", {"timezone": "UTC"}),
                "old": "UTC" in await call("old__get_current_time", {"timezone": "UTC"}),
                "own": await call("own__get_current_time", {"timezone": "UTC"}),
                "greeting": await call("own__greet"),
                "count": await call("own__count", progress_callback=progress),
                "told": told,
                "templates": (await client.list_resource_templates()).model_dump(by_alias=True)["resourceTemplates"],
                "note": (await client.read_resource("own+note://x")).contents[0].text,
            }))
        async def main():
            server = StdioServerParameters(command=sys.argv[2], args=sys.argv[3:])
            if sys.argv[1] == "session":
                from mcp import ClientSession
                from mcp.client.stdio import stdio_client
                async with stdio_client(server) as (reader, writer):
                    async with ClientSession(reader, writer, elicitation_callback=elicited) as session:
                        await session.initialize()
                        await uses(session)
            else:
                from mcp import Client
                async with Client(server, elicitation_callback=elicited) as client: await uses(client)
        asyncio.run(main())
        """

    @Test(
        "Clients of both eras list, call, answer questions, hear of progress and read, over standard input and output",
        arguments: [
            (PythonHTTPServer.SDK.handshake, "session"), (.both, "session"), (.both, "client"),
        ]
    )
    func uses(sdk: PythonHTTPServer.SDK, kind: String) async throws {
        let (new, old) = (PythonHTTPServer.SDK.both.python, PythonHTTPServer.SDK.handshake.python)
        func time(_ python: String) -> [String] {
            ["\(python.dropLast("python".count))mcp-server-time", "--local-timezone", "UTC"]
        }
        let servers = [["new"] + time(new), ["old"] + time(old), ["own", old, PythonHTTPServer.SDK.ownServer]]
        let arguments =
            ["-c", Self.client, kind, ChildProcess.path(ofProgram: "MCPProbe"), "proxy"]
            + servers.joined(separator: ["--"])
        let outcome = try await ChildProcess(sdk.python, arguments).outcome()
        try #require(outcome.status == 0, "\(outcome.errorOutput)")
        let seen = try JSONValue(parsing: outcome.output)
        let names = seen["tools"]?.array?.compactMap(\.string) ?? []
        #expect(names.filter { $0.hasSuffix("__get_current_time") }.count == 3)
        #expect(seen["new"] == true && seen["old"] == true && seen["own"] == "own UTC")
        #expect(seen["greeting"] == "hello Ada")
        #expect(seen["count"] == "done" && seen["told"]?.array?.compactMap(\.double) == [1, 2, 3])
        #expect(seen["templates"]?.array?.first?["uriTemplate"] == "own+note://{name}")
        #expect(seen["note"] == "note x")
    }
}
