"""The door for the Web Connector: bytes in, bytes out, and always SOAP."""

import asyncio
from typing import Protocol

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from db.engine import is_outage
from db.outages import Outage, explain
from qbwc.calls import (
    Call,
    ClientVersion,
    GetInteractiveURL,
    InteractiveRejected,
    IsInteractiveDone,
    Reply,
    ServerVersion,
    operation_of,
)
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.soap import MAX_BYTES, parse_call, render_fault, render_reply
from qbwc.wsdl import render_wsdl

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_XML = "text/xml"
_SMALL_BYTES = 256 * 1024
_READ_SECONDS = 300  # longer than any client is known to wait for an answer
_REQUESTS_HELD = 8
_BROKEN = "The server could not answer. It noted why; the Web Connector may simply try again."
_AWAY = (
    "Instep cannot reach its database for the moment. Nothing is lost: the next automatic run"
    " goes on where this one ended, or run the update again in a minute."
)
_BUSY = "The server is reading too many large requests. Please try again."
#: Answered without the database: that they go through tells nothing of it.
_NEEDS_NO_DATABASE = (
    ServerVersion,
    ClientVersion,
    GetInteractiveURL,
    IsInteractiveDone,
    InteractiveRejected,
)
_PAGE = "This address is for the QuickBooks Web Connector. Add it there with a .qwc file.\n"
_SUPPORT = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Instep and the QuickBooks Web Connector</title>
<h1>Instep and the QuickBooks Web Connector</h1>
<p>Instep keeps your invoices in step with QuickBooks Desktop.</p>
<ul>
<li>Keep the Web Connector running, with Auto-Run ticked.</li>
<li>If it says that the user is not valid, type the connection's password again.</li>
<li>If it cannot reach QuickBooks, open the company file once, close every dialog in it,
and choose Update Selected.</li>
<li>If an update ends with an error, hand its text to whoever looks after Instep for you.</li>
</ul>
</html>
"""


class Answer(Protocol):
    """Whoever answers calls; when it returns, what it did is committed."""

    async def __call__(self, call: Call, peer: str) -> Reply:
        """Answer a call that came from the network address `peer` ("" when unknown).

        It is the address that the server gives: the connection's, or, behind a reverse proxy that
        the server was told to trust, the one in the proxy's X-Forwarded-For.
        """


def routes(
    answer: Answer,
    *,
    app_url: str,
    max_bytes: int = MAX_BYTES,
    read_seconds: float = _READ_SECONDS,
) -> list[Route]:
    """Build the SOAP endpoint, its WSDL and its support page.

    Args:
        answer: Answers each call; what it raises becomes a SOAP fault.
        app_url: The address under which the Web Connector knows the endpoint.
        max_bytes: The largest request that is read; a larger one is answered with a fault. All
            requests together may hold eight times as much.
        read_seconds: How long a request may take to arrive.
    """

    async def page(request: Request) -> Response:
        if any(name.lower() == "wsdl" for name in request.query_params):
            return Response(render_wsdl(app_url), media_type=_XML)
        return PlainTextResponse(_PAGE)

    async def support(request: Request) -> Response:
        return HTMLResponse(_SUPPORT)

    door = _Door(answer, max_bytes=max_bytes, read_seconds=read_seconds)
    return [
        Route("/qbwc", door, methods=["POST"]),
        Route("/qbwc", page, methods=["GET"]),  # Starlette adds HEAD to GET
        Route("/qbwc/support", support, methods=["GET"]),
    ]


class _TooBusy(Exception):
    """So many large requests are being read that one more could exhaust the memory."""


class _Door:
    """Answers POST: an ASGI application, for a poll is four requests and Starlette's cost more."""

    def __init__(self, answer: Answer, *, max_bytes: int, read_seconds: float) -> None:
        self._answer = answer
        self._max_bytes = max_bytes
        self._read_seconds = read_seconds
        self._held_bytes = 0
        self._outage = Outage()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body()
        try:
            status, envelope = await self._respond(scope, receive, body)
        finally:
            self._held_bytes -= body.held_bytes
        headers = [
            (b"content-type", b"text/xml; charset=utf-8"),
            (b"content-length", b"%d" % len(envelope)),
        ]
        if not body.is_whole:  # who still writes, is not waited for
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": envelope})

    async def _respond(self, scope: Scope, receive: Receive, body: "_Body") -> tuple[int, bytes]:
        operation = "unread"
        try:
            await self._read(scope, receive, body)
            call = await _parse(body.content(), self._max_bytes)
            operation = operation_of(call).name
            client = scope.get("client")
            reply = await self._answer(call, client[0] if client else "")
            self._note_answered(call)
            return 200, render_reply(call, reply)
        except RemoteProtocolError as refusal:
            log.warning("soap_call.refused", operation=operation, error=type(refusal).__name__)
            return 500, render_fault(str(refusal), code="Client")  # SOAP 1.1, 6.2
        except _TooBusy:
            log.warning("soap_call.refused", operation=operation, error="TooBusy")
            return 500, render_fault(_BUSY)
        except asyncio.CancelledError:
            if _is_being_cancelled():
                raise
            log.exception("soap_call.failed", operation=operation)
            return 500, render_fault(_BROKEN)
        except Exception as fault:
            # The outermost frame of this door: a framework's error page would end the session with
            # "not well-formed XML", and nobody would learn what happened.
            if is_outage(fault):
                self._note_outage(operation, fault)
                return 500, render_fault(_AWAY)  # the next session asks for what is owed
            log.exception("soap_call.failed", operation=operation)
            return 500, render_fault(_BROKEN)

    def _note_answered(self, call: Call) -> None:
        if not isinstance(call, _NEEDS_NO_DATABASE) and self._outage.end():
            log.info("soap_calls.available", operation=operation_of(call).name)

    def _note_outage(self, operation: str, fault: Exception) -> None:
        """Log that it has begun; how it goes on is no news, however many calls meet it."""
        if self._outage.begin():
            log.warning("soap_calls.unavailable", operation=operation, reason=explain(fault))

    async def _read(self, scope: Scope, receive: Receive, body: "_Body") -> None:
        for name, value in scope["headers"]:
            if name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
                raise RemoteProtocolError("The request is compressed; send it as it is.")
        try:
            async with asyncio.timeout(self._read_seconds):
                await self._receive(receive, body)
        except TimeoutError:
            raise RemoteProtocolError(
                f"The request did not arrive within {self._read_seconds:g} seconds."
            ) from None
        if body.size > self._max_bytes:
            raise RemoteProtocolError(f"The request is larger than {self._max_bytes} bytes.")

    async def _receive(self, receive: Receive, body: "_Body") -> None:
        while not body.is_whole:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RemoteProtocolError("The connection ended before the request did.")
            chunk = message.get("body", b"")
            body.size += len(chunk)
            body.is_whole = not message.get("more_body", False)
            if body.size <= self._max_bytes:
                self._hold(chunk, body)
                continue
            body.chunks.clear()
            if body.size > 4 * self._max_bytes:
                return  # in between it is read and dropped: who still writes, sees no answer

    def _hold(self, chunk: bytes, body: "_Body") -> None:
        if self._held_bytes + len(chunk) > _REQUESTS_HELD * self._max_bytes:
            raise _TooBusy
        self._held_bytes += len(chunk)
        body.held_bytes += len(chunk)
        body.chunks.append(chunk)


class _Body:
    """A request's body as far as it has arrived."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.size = 0
        self.held_bytes = 0
        self.is_whole = False

    def content(self) -> bytes:
        """Give the body in one piece; its pieces are forgotten."""
        whole = self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)
        self.chunks.clear()
        return whole


async def _parse(body: bytes, max_bytes: int) -> Call:
    if len(body) <= _SMALL_BYTES:
        return parse_call(body, max_bytes=max_bytes)
    # Half a second for the largest: other connectors are answered meanwhile.
    return await run_in_threadpool(parse_call, body, max_bytes=max_bytes)


def _is_being_cancelled() -> bool:
    """Tell whether it is we who are to stop, and not something that the answer waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
