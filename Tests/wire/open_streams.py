#!/usr/bin/env python3
"""Holds many streams open at once: open_streams.py SOCKET COUNT MODEL

Prints OPEN when each has had its first event. When a line comes on standard input, reads all to their ends, of which each
must be whole, and prints what it counted.
"""
import asyncio
import json
import resource
import sys

socket, count, model = sys.argv[1], int(sys.argv[2]), sys.argv[3]
body = json.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": "Hi"}]}).encode()
head = (
    f"POST /v1/chat/completions HTTP/1.1\r\nHost: modelplex\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(body)}\r\n\r\n"
).encode()


async def read_events(reader, until):
    """The chunked body's text, until a text occurs in it or it ends."""
    text = b""
    while until not in text:
        size = int(await reader.readline(), 16)
        text += await reader.readexactly(size)
        await reader.readexactly(2)
        if size == 0:
            break
    return text


async def main():
    room = asyncio.Semaphore(100)

    async def begin():
        async with room:
            reader, writer = await asyncio.open_unix_connection(socket)
            writer.write(head + body)
            status = await reader.readuntil(b"\r\n\r\n")
            if not status.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(status.decode())
            return reader, writer, await read_events(reader, b"\n\n")

    streams = await asyncio.gather(*(begin() for _ in range(count)))
    print(f"OPEN {len(streams)}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

    async def end(reader, writer, text):
        text += await read_events(reader, b"data: [DONE]\n\n")
        writer.close()
        events = [line[6:] for line in text.decode().split("\n") if line.startswith("data: ")]
        said = "".join(
            choice["delta"].get("content") or "" for event in events[:-1] for choice in json.loads(event)["choices"]
        )
        return said == "Hello there" and events[-1] == "[DONE]"

    whole = await asyncio.gather(*(end(*stream) for stream in streams), return_exceptions=True)
    for failure in {repr(result) for result in whole if result is not True}:
        print(failure, file=sys.stderr)
    print(f"WHOLE {sum(result is True for result in whole)}", flush=True)


limit = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
asyncio.run(main())
