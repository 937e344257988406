"""A program that holds many sockets, each with a subscription, and tells when all have an event.

It costs as little as it can beside what it measures: frames are cut apart by hand. The first line
of its input says what to hold; it answers `ready`, and then one line for each event.
"""

import asyncio
import base64
import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

_HOST: Final = "127.0.0.1"
_AT_A_TIME: Final = 20
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_SHORT, _MIDDLE = 126, 127
_SEQUENCE: Final = b'"sequence":'


@dataclass(slots=True)
class Board:
    """Who has heard what."""

    expected: dict[int, int]
    heard: dict[tuple[int, int], list[float]] = field(default_factory=lambda: defaultdict(list))

    def note(self, group: int, sequence: int) -> None:
        """Note that one more of a group has the event; tell once all have it."""
        moments = self.heard[group, sequence]
        moments.append(time.monotonic())
        if len(moments) == self.expected[group]:
            told = {"group": group, "sequence": sequence, "first": moments[0], "last": moments[-1]}
            print(json.dumps(told), flush=True)


class Listener(asyncio.Protocol):
    """One socket: it signs in, subscribes, and notes what it is told."""

    def __init__(self, board: Board, wish: dict[str, Any], query: str) -> None:
        self._board = board
        self._wish = wish
        self._query = query
        self._unread = b""
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        self.has_begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shake hands."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives no other
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: {_HOST}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Read frames; the answer to the handshake comes before the first one."""
        self._unread += data
        if not self._is_open:
            head, end, rest = self._unread.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self._fail(head)
                return
            self._unread, self._is_open = rest, True
            self._say(
                {"type": "connection_init", "payload": {"authorization": self._wish["token"]}}
            )
        while self._read_frame():
            pass

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody hangs up in the middle of a measurement."""
        self._fail(b"The connection was lost")

    def _read_frame(self) -> bool:
        unread = self._unread
        if len(unread) < 2:  # noqa: PLR2004 - the shortest frame
            return False
        length, start = unread[1], 2
        if length == _SHORT:
            length, start = int.from_bytes(unread[2:4], "big"), 4
        elif length == _MIDDLE:
            length, start = int.from_bytes(unread[2:10], "big"), 10
        if len(unread) < start + length:
            return False
        body, self._unread = unread[start : start + length], unread[start + length :]
        self._take(unread[0] & 0x0F, body)
        return True

    def _take(self, opcode: int, body: bytes) -> None:
        if opcode == _PING:
            self._write(_PONG, body)
        elif opcode == _CLOSE:
            self._fail(body)
        elif _SEQUENCE in body:
            self._note(body)
        elif b"connection_ack" in body:
            payload = {"query": self._query, "variables": {"after": self._wish["after"]}}
            self._say({"id": "1", "type": "subscribe", "payload": payload})
        else:
            self._fail(body)

    def _note(self, body: bytes) -> None:
        number = body.partition(_SEQUENCE)[2]
        self._board.note(self._wish["group"], int(number[: number.index(b",")]))
        if not self.has_begun.done():
            self.has_begun.set_result(None)

    def _say(self, message: dict[str, Any]) -> None:
        self._write(_TEXT, json.dumps(message).encode())

    def _write(self, opcode: int, body: bytes) -> None:
        """Masked with zeros: the server wants a mask, and this one changes nothing."""
        size = len(body)
        head = bytes([0x80 | opcode, 0x80 | size]) if size < _SHORT else b""
        head = head or bytes([0x80 | opcode, 0x80 | _SHORT]) + size.to_bytes(2, "big")
        if self._transport is not None:
            self._transport.write(head + bytes(4) + body)

    def _fail(self, reason: bytes) -> None:
        if not self.has_begun.done():
            self.has_begun.set_exception(RuntimeError(reason.decode(errors="replace")[:500]))


async def _hold(wish: dict[str, Any]) -> None:
    loop, room = asyncio.get_running_loop(), asyncio.Semaphore(_AT_A_TIME)
    expected: dict[int, int] = defaultdict(int)
    for subscriber in wish["subscribers"]:
        expected[subscriber["group"]] += 1
    board = Board(expected)

    async def begin(subscriber: dict[str, Any]) -> None:
        async with room:
            _, listener = await loop.create_connection(
                lambda: Listener(board, subscriber, wish["query"]), _HOST, wish["port"]
            )
            await listener.has_begun

    async with asyncio.TaskGroup() as beginning:
        for subscriber in wish["subscribers"]:
            beginning.create_task(begin(subscriber))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_hold(json.loads(sys.stdin.readline())))
