"""One HTTP/1.1 connection that is kept open and costs little beside what it measures."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

_HOST: Final = "127.0.0.1"
_OK: Final = b"200"
_LENGTH: Final = b"content-length:"
_LARGEST_HEAD: Final = 64 * 1024


class Refused(Exception):
    """The service answered with another status than 200; the text holds what it said."""


class Line:
    """Posts one request at a time; `waited` adds up the seconds until the replies were there."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.waited = 0.0

    async def post(self, request: bytes) -> bytes:
        """Send a request made by `request_of` and give the body of the reply. Raises Refused."""
        reader, writer = await self._open()
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        self.waited += time.perf_counter() - began
        if head.split(b" ", 2)[1] != _OK:
            raise Refused(body.decode(errors="replace")[:500])
        return body

    def close(self) -> None:
        """Hang up."""
        if self._ends is not None:
            self._ends[1].close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Dial, again if the service hung up on a line that was quiet for too long."""
        if self._ends is None or self._ends[0].at_eof():
            self.close()
            self._ends = await asyncio.open_connection(_HOST, self._port, limit=_LARGEST_HEAD)
        return self._ends


@contextmanager
def connected(port: int) -> Iterator[Line]:
    """Give a line to a service on this machine for as long as the block runs."""
    line = Line(port)
    try:
        yield line
    finally:
        line.close()


def request_of(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Give the bytes of a POST."""
    given = {"Host": _HOST, **headers, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _length(head: bytes) -> int:
    named = head.lower().partition(_LENGTH)[2]
    return int(named.partition(b"\r\n")[0])
