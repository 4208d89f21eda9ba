"""A server of tools over HTTP, for tests: made with the SDK of the environment that runs it.

Usage: http_server.py json | events | stateless | resumable | older
Prints its port, then serves until its standard input ends.
"""

import asyncio
import os
import socket
import sys
import threading
from typing import Annotated

import uvicorn
from pydantic import Field

try:
    from mcp.server.mcpserver import Context, MCPServer
except ImportError:
    from mcp.server.fastmcp import Context
    from mcp.server.fastmcp import FastMCP as MCPServer
from mcp.server.streamable_http import EventMessage, EventStore


class Events(EventStore):
    """Keeps everything."""

    def __init__(self):
        self.events = []

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id, send_callback):
        last = int(last_event_id)
        stream = self.events[last - 1][0]
        for number, (stream_id, message) in enumerate(self.events[last:], last + 1):
            if stream_id == stream and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream


def add_tools(server):
    @server.tool()
    def add(a: int, b: int) -> int:
        return a + b

    @server.tool()
    async def steps(ctx: Context) -> str:
        for step in (1, 2, 3):
            await ctx.report_progress(step, 3)
        return "done"

    @server.tool()
    async def interrupted(ctx: Context) -> str:
        await ctx.close_sse_stream()
        await asyncio.sleep(0.05)
        return "after the gap"

    @server.tool()
    def where(
        region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})],
        count: Annotated[int | None, Field(json_schema_extra={"type": "integer", "x-mcp-header": "Count", "anyOf": None})] = None,
    ) -> str:
        return f"{region} {count}"


def make_app(mode):
    options = {"json_response": mode == "json", "stateless_http": mode == "stateless"}
    stored = {"event_store": Events(), "retry_interval": 30} if mode == "resumable" else {}
    if MCPServer.__name__ == "FastMCP":
        server = MCPServer("tools", **options, **stored)
        add_tools(server)
        return server.sse_app() if mode == "older" else server.streamable_http_app()
    server = MCPServer("tools")
    add_tools(server)
    return server.sse_app() if mode == "older" else server.streamable_http_app(**options, **stored)


def leave_at_end_of_input():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    app = make_app(sys.argv[1])
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=leave_at_end_of_input, daemon=True).start()
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
