"""A provider of every dialect for a soak: it answers well, or, told so, with every fault.

A prompt says what is to be answered: `caller-N words=W pace=S` gets W words, one each S seconds.
"""
import asyncio
import random
import re
import signal
import socket
import struct
import sys

import dialects
from dialects import dump

PROMPT = re.compile(r"(caller-[0-9]+) words=([0-9]+) pace=([0-9.]+)")
# How often each comes, of a hundred requests to the provider that has faults; the others are answered well.
FAULTS = {
    "429": 4, "500": 4, "503": 4, "529": 1, "html": 1, "reset": 3, "close": 3, "stall": 2, "reset midway": 3,
    "close midway": 3, "end midway": 2, "stall midway": 2, "error first": 3, "error midway": 3, "empty": 3,
    "malformed": 3, "malformed midway": 2, "bytes": 3, "keep-alives": 2, "large": 1, "late": 3,
}


def words(caller, count):
    return [f"{caller} wörd {number} " for number in range(count)]


class Upstream:
    def __init__(self, has_faults, seed):
        self.has_faults = has_faults
        self.random = random.Random(seed)

    def choose(self):
        if not self.has_faults:
            return "none"
        place = self.random.random() * 100
        for fault, share in FAULTS.items():
            place -= share
            if place < 0:
                return fault
        return "none"

    async def serve(self, reader, writer):
        try:
            while await self.answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split(" ", 2)
        length = re.search(r"(?i)\r\ncontent-length: *([0-9]+)", head)
        body = (await reader.readexactly(int(length[1]))).decode() if length else ""
        if method == "GET":
            self.write_whole(writer, 200, dump({"object": "list", "data": [{"id": "m", "object": "model"}],
                                                "models": [{"name": "models/m", "model": "m"}]}))
            return True
        dialect = dialects.dialect_of(path)
        streamed = "streamGenerate" in path or re.search(r'"stream": *true', body) is not None
        caller, count, pace = PROMPT.search(body).groups()
        pieces = words(caller, int(count))
        return await self.speak(reader, writer, dialect, streamed, pieces, float(pace), self.choose())

    async def speak(self, reader, writer, dialect, streamed, pieces, pace, fault):
        if fault in ("429", "500", "503", "529"):
            extra = "Retry-After: 1\r\n" if fault == "429" else ""
            self.write_whole(writer, int(fault), dump(dialects.error_body(dialect, f"the soak's {fault}")), extra=extra)
            return True
        if fault == "html":
            self.write_whole(writer, 502, b"<html><body>Bad gateway</body></html>", "text/html")
            return True
        if fault in ("reset", "close"):
            return self.leave(writer, fault == "reset")
        if fault == "stall":
            return await self.stall(reader)
        if fault == "late":
            await asyncio.sleep(0.5)
        if fault == "large":
            # As long as a client of ours may ask: the caller knows the text by its words.
            pieces = ["".join(pieces)]
        if streamed:
            return await self.stream(reader, writer, dialect, pieces, pace, fault)
        body = dump(dialects.whole(dialect, "".join(pieces)))
        body = {"error first": dump(dialects.error_body(dialect, "it broke")), "empty": b"",
                "malformed": b'{"id": "x", "choices": [}', "end midway": body[:len(body) // 2]}.get(fault, body)
        if fault in ("reset midway", "close midway", "stall midway"):
            self.write_head(writer, f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n")
            writer.write(body[:len(body) // 2])
            await writer.drain()
            if fault == "stall midway":
                return await self.stall(reader)
            return self.leave(writer, fault == "reset midway")
        if fault == "bytes":
            self.write_head(writer, f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n")
            for byte in body:
                writer.write(bytes([byte]))
            return True
        self.write_whole(writer, 200, body)
        return True

    async def stream(self, reader, writer, dialect, pieces, pace, fault):
        kind = "application/x-ndjson" if dialect == "ollama" else "text/event-stream"
        self.write_head(writer, f"Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\n")
        first, middle, last = dialects.frames(dialect, pieces)
        if fault == "error first":
            first, middle, last = [dialects.error_frame(dialect, "it broke")], [], []
        elif fault == "empty":
            first, middle, last = [], [], []
        elif fault == "malformed":
            first, middle, last = [b'{"broken": \n' if dialect == "ollama" else b'data: {"broken": \n\n'], [], []
        elif fault.endswith("midway"):
            middle, last = middle[:len(middle) // 2], []
            if fault == "error midway":
                last = [dialects.error_frame(dialect, "it broke")]
            elif fault == "malformed midway":
                last = [b'{"broken": \n' if dialect == "ollama" else b'data: {"broken": \n\n']
        elif fault == "keep-alives":
            comment = b"\n" if dialect == "ollama" else b": keep-alive\n\n"
            middle = [comment + frame for frame in middle]
        for place, frame in enumerate(first + middle + last):
            if fault == "bytes":
                for byte in frame:
                    writer.write(b"1\r\n%c\r\n" % byte)
            else:
                writer.write(b"%x\r\n%b\r\n" % (len(frame), frame))
            await writer.drain()
            if pace and len(first) <= place < len(first) + len(middle):
                await asyncio.sleep(pace)
        if fault in ("reset midway", "close midway"):
            # What was sent before is to be seen.
            await asyncio.sleep(0.02)
            return self.leave(writer, fault == "reset midway")
        if fault == "stall midway":
            return await self.stall(reader)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    @staticmethod
    async def stall(reader):
        """Until the peer leaves."""
        while await reader.read(1024):
            pass
        return False

    @staticmethod
    def leave(writer, is_reset):
        if is_reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return False

    @staticmethod
    def write_head(writer, fields, status=200):
        writer.write(f"HTTP/1.1 {status} {'OK' if status < 400 else 'Error'}\r\n{fields}\r\n".encode())

    def write_whole(self, writer, status, body, kind="application/json", extra=""):
        self.write_head(writer, f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}", status)
        writer.write(body)


async def main():
    """upstream.py PORT SEED [faults]: serves until it is killed."""
    upstream = Upstream("faults" in sys.argv[3:], int(sys.argv[2]))
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", int(sys.argv[1]), backlog=512)
    print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
