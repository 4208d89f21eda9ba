"""A server on the older line of the library, with a tool that mcp-server-time has too."""

from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel
server = FastMCP("own")
class Name(BaseModel):
    name: str
@server.tool()
def get_current_time(timezone: str) -> str: return "own " + timezone
@server.tool()
async def greet(ctx: Context) -> str:
    answer = await ctx.elicit("Who are you?", Name)
    return "hello " + answer.data.name
@server.tool()
async def count(ctx: Context) -> str:
    for step in range(3): await ctx.report_progress(step + 1, 3)
    return "done"
@server.resource("note://{name}")
def note(name: str) -> str: return "note " + name
server.run()
