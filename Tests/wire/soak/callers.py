"""The callers of a soak: mixed requests to a gateway, each of which has to end in one right answer or one right error."""
import asyncio
import collections
import json
import random

import dialects
from upstream import words

# What a failure of a provider may be called: docs/gateway.md. Anything else would be the gateway's own.
CODES = {"network", "upstream", "overloaded", "stream_cut", "malformed_response", "rate_limit_exceeded"}
STATUS = {"network": 502, "upstream": 502, "stream_cut": 502, "malformed_response": 502, "overloaded": 503,
          "rate_limit_exceeded": 429}
PROMPT = "soak canary prompt 5b1f"


class Unexplained(Exception):
    """Something that must not be."""


class Connection:
    """One connection of a caller; HTTP/1.1, as little of it as is needed."""

    def __init__(self, address):
        self.address = address
        self.writer = None

    async def send(self, method, path, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        if self.writer is None:
            if self.address.startswith("/"):
                self.reader, self.writer = await asyncio.open_unix_connection(self.address, limit=8 << 20)
            else:
                host, port = self.address.split(":")
                self.reader, self.writer = await asyncio.open_connection(host, int(port), limit=8 << 20)
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        self.fields = {name.lower(): value.strip() for name, _, value in
                       (line.partition(":") for line in head.split("\r\n")[1:] if line)}
        return int(head.split(" ")[1])

    async def pieces(self):
        if "content-length" in self.fields:
            yield await self.reader.readexactly(int(self.fields["content-length"]))
        elif self.fields.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                yield (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readexactly(2)
        else:
            # It ends with the connection, and a broken one is no end.
            while piece := await self.reader.read(1 << 16):
                yield piece
        if self.fields.get("connection", "").lower() == "close":
            self.close()

    async def body(self):
        return b"".join([piece async for piece in self.pieces()])

    def close(self):
        if self.writer:
            self.writer.transport.abort()
        self.writer = None


class Callers:
    def __init__(self, addresses, seed, limit):
        self.addresses = addresses
        self.random = random.Random(seed)
        self.limit = limit
        self.counts = collections.Counter()
        self.errors = collections.Counter()
        self.unexplained = collections.Counter()
        self.examples = []
        self.number = 0

    async def work(self, until, pause):
        """One caller after another, on a connection that is kept as long as it can be."""
        connection = Connection(self.random.choice(self.addresses))
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            kind, call = self.choose()
            self.counts[kind] += 1
            try:
                await asyncio.wait_for(call(connection), self.limit)
            except Unexplained as failure:
                self.note(kind, str(failure))
                connection.close()
            except TimeoutError:
                self.note(kind, f"no end within {self.limit} s")
                connection.close()
            except (OSError, EOFError, ValueError, KeyError, TypeError) as failure:
                self.note(kind, repr(failure))
                connection.close()
            if self.random.random() < 0.2 or connection.writer is None:
                connection.close()
                connection = Connection(self.random.choice(self.addresses))
            await asyncio.sleep(self.random.random() * 2 * pause)
        connection.close()

    def note(self, kind, text):
        self.unexplained[kind] += 1
        if len(self.examples) < 20:
            self.examples.append(f"{kind}: {text[:600]}")

    def choose(self):
        return self.random.choices(
            (("steady", self.steady), ("faulty", self.faulty), ("failover", self.failover), ("leaving", self.leaving),
             ("wrong", self.wrong), ("listing", self.listing), ("tool", self.tool)), (30, 25, 20, 12, 3, 4, 6))[0]

    # A model is asked.

    async def ask(self, connection, model, count=None, pace=0.0):
        """Returns the answer's view, its status and what should have been said."""
        self.number += 1
        dialect, streamed = self.random.choice(dialects.DIALECTS), self.random.random() < 0.6
        caller, count = f"caller-{self.number}", count or self.random.choice((3, 20, 20, 60, 400))
        if streamed and self.random.random() < 0.15:
            count, pace = 20, 0.1
        prompt = f"{caller} words={count} pace={pace} {PROMPT}"
        status = await connection.send("POST", *dialects.request(dialect, model(), prompt, streamed))
        view = dialects.View(dialect)
        body = await connection.body()
        if streamed and status == 200:
            view.read_stream(body)
        else:
            view.read_whole(status, body)
        return view, status, "".join(words(caller, count)), f"{dialect} {'streamed' if streamed else 'whole'}: " \
            f"{status} {view}"

    def upstream(self, name):
        return f"{name}-{self.random.choice(dialects.DIALECTS)}/m"

    async def steady(self, connection):
        view, status, text, what = await self.ask(connection, lambda: self.upstream("steady"))
        if status != 200 or not view.is_whole(text):
            raise Unexplained(what)

    async def faulty(self, connection):
        view, status, text, what = await self.ask(connection, lambda: self.upstream("faulty"))
        self.check_either(connection, view, status, text, what)

    async def failover(self, connection):
        view, status, text, what = await self.ask(connection, lambda: self.random.choice(("any", "held")))
        self.check_either(connection, view, status, text, what)
        # The second provider is well: only what was begun may fail.
        if status != 200:
            raise Unexplained(what)

    def check_either(self, connection, view, status, text, what):
        if status == 200 and view.is_whole(text):
            return
        code = view.errors[0] if view.is_right_error(text) else None
        known = code and (code in CODES or code.startswith("timeout"))
        if not known or (status not in (200, STATUS.get(code, 504))):
            raise Unexplained(what)
        if status in (429, 503) and "retry-after" not in connection.fields:
            raise Unexplained(f"no Retry-After: {what}")
        self.errors[code] += 1

    async def leaving(self, connection):
        """Leaves before the first byte, or after some."""
        self.number += 1
        dialect = self.random.choice(dialects.DIALECTS)
        prompt = f"caller-{self.number} words=400 pace=0.05 {PROMPT}"
        path, value = dialects.request(dialect, self.upstream("steady"), prompt, True)
        try:
            if self.random.random() < 0.3:
                await asyncio.wait_for(connection.send("POST", path, value), 0.02)
            else:
                status = await connection.send("POST", path, value)
                if status != 200:
                    raise Unexplained(f"{dialect}: {status}")
                async for _ in connection.pieces():
                    if self.random.random() < 0.3:
                        break
        except TimeoutError:
            pass
        finally:
            connection.close()

    # Other things.

    async def wrong(self, connection):
        path, value, expected = self.random.choice((
            ("/v1/chat/completions", {"model": "none/m", "messages": [{"role": "user", "content": "Hi"}]}, 404),
            ("/v1/messages", {"model": "steady-openai/m", "messages": 5}, 400), ("/nothing", {}, 404),
            ("/api/chat", "no object", 400)))
        status = await connection.send("POST", path, value)
        value = json.loads(await connection.body())
        if status != expected or not value.get("error"):
            raise Unexplained(f"{path}: {status} {value}")

    async def listing(self, connection):
        path = self.random.choice(("/v1/models", "/api/tags", "/health", "/v1beta/models", "/mcp/v1/tools"))
        status = await connection.send("GET", path)
        await connection.body()
        if status != 200:
            raise Unexplained(f"{path}: {status}")

    async def tool(self, connection):
        name = self.random.choices(("echo", "fail", "die"), (92, 7.7, 0.3))[0]
        text = f"text {self.random.random()}"
        status = await connection.send("POST", f"/mcp/v1/tools/soak__{name}/call", {"arguments": {"text": text}})
        value = json.loads(await connection.body())
        if status == 200:
            right = text if name == "echo" else "it failed"
            if name == "die" or value["content"][0]["text"] != right or bool(value.get("isError")) != (name == "fail"):
                raise Unexplained(f"{name}: {value}")
        # Who calls while the server dies hears of it.
        elif status != 502 or value["error"]["code"] not in ("server_unavailable", "tool_failed"):
            raise Unexplained(f"{name}: {status} {value}")
        else:
            self.errors[value["error"]["code"]] += 1
