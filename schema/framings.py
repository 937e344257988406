"""How the results of an operation become the bytes of a stream over HTTP."""

from collections.abc import Mapping
from typing import Protocol

from schema.media_types import EVENT_STREAM, PARTS

_BOUNDARY = "graphql"
#: Proxies neither keep a stream, nor wait for more of it, nor change it.
_LIVE = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


class Framing(Protocol):
    """Bytes around results that are JSON already."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What the head of the answer says."""

    def begin(self) -> bytes:
        """Give what comes first: it tells the client that the stream stands."""

    def heartbeat(self) -> bytes:
        """Give what keeps proxies from closing a silent stream."""

    def result(self, result: bytes) -> bytes:
        """Give one result."""

    def failure(self, answer: bytes) -> bytes:
        """Give why there are no more results."""

    def end(self) -> bytes:
        """Give what tells clients that there is nothing to come back for."""


class ServerSentEvents:
    """graphql-sse in its distinct mode. Lines end in LF alone: urql splits at nothing else.

    Source: graphql-sse, PROTOCOL.md, "Distinct connections mode".
    """

    headers: Mapping[str, str] = {"Content-Type": f"{EVENT_STREAM}; charset=utf-8", **_LIVE}

    def begin(self) -> bytes:
        return self.heartbeat()

    def heartbeat(self) -> bytes:
        return b":\n\n"

    def result(self, result: bytes) -> bytes:
        return b"event: next\ndata: " + result + b"\n\n"

    def failure(self, answer: bytes) -> bytes:
        return self.result(answer)

    def end(self) -> bytes:
        return b"event: complete\ndata:\n\n"  # browsers drop an event without data


class Parts:
    """Apollo's subscriptions over HTTP. Each part is followed by its boundary at once.

    Source: Apollo Router, "HTTP callback and multipart protocols", subscriptionSpec 1.0.
    """

    headers: Mapping[str, str] = {
        "Content-Type": f'{PARTS};boundary="{_BOUNDARY}";subscriptionSpec=1.0',
        **_LIVE,
    }

    def begin(self) -> bytes:
        return f"\r\n--{_BOUNDARY}".encode() + self.heartbeat()

    def heartbeat(self) -> bytes:
        return _part(b"{}")

    def result(self, result: bytes) -> bytes:
        return _part(b'{"payload":' + result + b"}")

    def failure(self, answer: bytes) -> bytes:
        return _part(b'{"payload":null,' + answer.removeprefix(b"{"))

    def end(self) -> bytes:
        return b"--\r\n"


#: By media type.
FRAMINGS: Mapping[str, Framing] = {EVENT_STREAM: ServerSentEvents(), PARTS: Parts()}


def _part(body: bytes) -> bytes:
    head = f"\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body + f"\r\n--{_BOUNDARY}".encode()
