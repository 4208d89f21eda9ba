"""Connects to an MCP server with the official library, of either major version, lists tools and calls some.

Usage: client.py [--key KEY] stdio|http|unix TARGET CALLS
TARGET is a command as a JSON array, a URL, or a socket's path. CALLS is a JSON array of [tool, arguments].
Prints one JSON object: the version that was agreed on, the tools, and for each call its text or its error.
"""

import asyncio
import json
import sys
from contextlib import AsyncExitStack

from mcp import StdioServerParameters

try:
    from mcp import Client
except ImportError:
    Client = None

key = None
words = sys.argv[1:]
if words[0] == "--key":
    key = words[1]
    words = words[2:]
kind, target, calls = words[0], words[1], json.loads(words[2])


def command():
    program, *arguments = json.loads(target)
    return StdioServerParameters(command=program, args=arguments)


def text(result):
    texts = [piece.text for piece in result.content if piece.type == "text"]
    failed = getattr(result, "is_error", None) or getattr(result, "isError", None)
    return {"error" if failed else "text": "\n".join(texts)}


async def use(list_tools, call_tool):
    results = []
    for tool, arguments in calls:
        try:
            results.append(text(await call_tool(tool, arguments)))
        except Exception as error:
            results.append({"error": str(error)})
    # After the calls, which wait longer for a server that starts slowly than a list does.
    tools = [tool.name for tool in (await list_tools()).tools]
    return {"tools": tools, "results": results}


async def modern():
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    fields = {"authorization": f"Bearer {key}"} if key else {}
    async with AsyncExitStack() as stack:
        if kind == "stdio":
            server = command()
        else:
            transport = httpx2.AsyncHTTPTransport(uds=target) if kind == "unix" else None
            http = await stack.enter_async_context(httpx2.AsyncClient(transport=transport, headers=fields, timeout=60))
            url = "http://localhost/mcp" if kind == "unix" else target
            server = streamable_http_client(url, http_client=http)
        client = await stack.enter_async_context(Client(server))
        answer = await use(client.list_tools, client.call_tool)
        answer["version"] = client.protocol_version
        return answer


async def old():
    import httpx
    from mcp import ClientSession
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client

    fields = {"authorization": f"Bearer {key}"} if key else {}
    async with AsyncExitStack() as stack:
        if kind == "stdio":
            streams = await stack.enter_async_context(stdio_client(command()))
        else:
            transport = httpx.AsyncHTTPTransport(uds=target) if kind == "unix" else None
            http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, headers=fields, timeout=60))
            url = "http://localhost/mcp" if kind == "unix" else target
            streams = await stack.enter_async_context(streamable_http_client(url, http_client=http))
        session = await stack.enter_async_context(ClientSession(streams[0], streams[1]))
        hello = await session.initialize()
        answer = await use(session.list_tools, session.call_tool)
        answer["version"] = hello.protocolVersion
        return answer


print(json.dumps(asyncio.run(modern() if Client else old())))
