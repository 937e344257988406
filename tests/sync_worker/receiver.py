"""A partner's little HTTP server on loopback, which keeps what it was sent and may misbehave."""

import asyncio
import hashlib
import hmac
import json
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass

OK = (204, {})


@dataclass(frozen=True)
class Received:
    """One POST as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def events(self):
        return json.loads(self.body)["events"]


class Receiver:
    """`script` holds what to do with the next POSTs: a status with headers, or a coroutine function."""

    def __init__(self):
        self.received = []
        self.script = deque()
        self.url = ""
        self.port = 0
        self.arrived = asyncio.Event()

    @property
    def sequences(self):
        return [event["sequence"] for post in self.received for event in post.events]

    async def until(self, is_so, *, seconds=20):
        async with asyncio.timeout(seconds):
            while not is_so(self):
                self.arrived.clear()
                await self.arrived.wait()

    async def serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines) if k}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.received.append(Received(first.split()[1], headers, body))
            self.arrived.set()
            answer = self.script.popleft() if self.script else OK
            if callable(answer):
                await answer(writer)
            else:
                status, extra = answer
                told = "".join(f"{k}: {v}\r\n" for k, v in extra.items())
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{told}\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def a_receiver(*, ssl=None):
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=ssl)
    receiver.port = server.sockets[0].getsockname()[1]
    receiver.url = f"http://127.0.0.1:{receiver.port}/instep"
    try:
        yield receiver
    finally:
        server.close()


def is_genuine(secret, header, body, *, now, tolerance=300):
    """What a partner does, written from the documentation and not from our code."""
    parts = [part.split("=", 1) for part in header.split(",")]
    moment = int(dict(parts[:1])["t"])
    wanted = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    is_ours = any(hmac.compare_digest(wanted, value) for name, value in parts if name == "v1")
    return is_ours and abs(now - moment) <= tolerance
