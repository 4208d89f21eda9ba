"""Uses the demo server by the official client and checks what it hears.

usage: use_server.py PROGRAM v1 | legacy | modern
"""

import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
import mcp.types as types

program, mode = sys.argv[1], sys.argv[2]
parameters = StdioServerParameters(command=program, args=["serve"])
heard = {"progress": [], "logs": [], "changes": []}


async def on_progress(progress, total, message):
    heard["progress"].append((progress, total, message))


async def on_log(params):
    heard["logs"].append((params.level, params.data))


async def on_elicit(context, params):
    assert params.message == "Who are you?", params
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def on_sample(context, params):
    return types.CreateMessageResult(
        role="assistant", content=types.TextContent(type="text", text="hi"), model="m"
    )


async def on_message(message):
    root = getattr(message, "root", message)
    heard["changes"].append(getattr(root, "method", type(root).__name__))


def text(result):
    return "".join(part.text for part in result.content)


def is_error(result):
    return getattr(result, "isError", None) or getattr(result, "is_error", False)


def field(value, camel, snake):
    return getattr(value, camel) if hasattr(value, camel) else getattr(value, snake)


async def all_tools(client):
    names, cursor, pages = [], None, 0
    while True:
        page = await client.list_tools(cursor=cursor)
        names += [tool.name for tool in page.tools]
        pages += 1
        cursor = field(page, "nextCursor", "next_cursor")
        if cursor is None:
            return names, pages


async def check(client):
    names, pages = await all_tools(client)
    assert names[:2] == ["add", "add_typed"] and len(names) == 8 and pages == 3, (names, pages)
    assert text(await client.call_tool("add", {"a": 2, "b": 3})) == "5"
    typed = await client.call_tool("add_typed", {"a": 2, "b": 3})
    assert field(typed, "structuredContent", "structured_content") == {"sum": 5}, typed
    assert text(await client.call_tool("work", {}, progress_callback=on_progress)) == "done"
    assert [p[0] for p in heard["progress"]] == [1, 2, 3], heard
    assert ("warning", "almost done") in heard["logs"], heard
    assert text(await client.call_tool("greet", {})) == "Hello, Ada."
    assert text(await client.call_tool("ask_model", {})) == "hi"
    failed = await client.call_tool("fail", {})
    assert is_error(failed) and "onPurpose" in text(failed), failed
    misfit = await client.call_tool("add", {"a": 2})
    assert is_error(misfit), misfit
    try:
        await client.call_tool("nothing", {})
        raise AssertionError("an unknown tool was called")
    except Exception as error:
        assert "no such tool" in str(error), error
    prompt = await client.get_prompt("review", {"text": "x"})
    assert prompt.messages[0].content.text == "Review this in a plain tone: x", prompt
    completion = await client.complete(
        types.PromptReference(type="ref/prompt", name="review"), {"name": "tone", "value": "g"}
    )
    assert completion.completion.values == ["gentle", "grumpy"], completion
    motd = await client.read_resource("demo://motd")
    assert motd.contents[0].text == "Hello, world.", motd
    icon = await client.read_resource("demo://users/7/icon")
    assert icon.contents[0].blob == "Nw==", icon
    try:
        await client.read_resource("demo://users/0/icon")
        raise AssertionError("a resource that is not there was read")
    except Exception as error:
        assert "no such user" in str(error), error
    try:
        await asyncio.wait_for(client.call_tool("wait", {}), 0.3)
        raise AssertionError("waiting ended")
    except (TimeoutError, asyncio.TimeoutError):
        pass


async def with_session():
    async with stdio_client(parameters) as (read, write):
        async with ClientSession(
            read,
            write,
            sampling_callback=on_sample,
            elicitation_callback=on_elicit,
            logging_callback=on_log,
            message_handler=on_message,
        ) as session:
            started = await session.initialize()
            assert started.serverInfo.name == "demo" and started.instructions == "Be kind.", started
            await session.send_ping()
            await session.set_logging_level("warning")
            await check(session)
            await session.subscribe_resource("demo://motd")
            await session.call_tool("grow", {})
            await session.send_ping()
            names, _ = await all_tools(session)
            assert "grown" in names, names
            assert "notifications/tools/list_changed" in heard["changes"], heard
            assert "notifications/resources/updated" in heard["changes"], heard


async def with_client():
    from mcp.client.client import Client

    async with Client(
        parameters,
        mode="legacy" if mode == "legacy" else "auto",
        sampling_callback=on_sample,
        elicitation_callback=on_elicit,
        logging_callback=on_log,
        log_level="warning" if mode == "modern" else None,
        message_handler=on_message,
        cache=None,
    ) as client:
        version = client.protocol_version
        assert version == ("2026-07-28" if mode == "modern" else "2025-11-25"), version
        assert client.server_info.name == "demo" and client.instructions == "Be kind."
        await check(client)
        if mode == "modern":
            async with client.listen(tools_list_changed=True, resource_subscriptions=["demo://motd"]) as changes:
                await client.call_tool("grow", {})
                kinds = []
                async for change in changes:
                    kinds.append(type(change).__name__)
                    if len(kinds) == 2:
                        break
                assert sorted(kinds) == ["ResourceUpdated", "ToolsListChanged"], kinds
        else:
            await client.call_tool("grow", {})
        names, _ = await all_tools(client)
        assert "grown" in names, names


asyncio.run(asyncio.wait_for(with_session() if mode == "v1" else with_client(), 60))
print("ok")
