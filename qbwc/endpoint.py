"""The door for the Web Connector: bytes in, bytes out, and always SOAP."""

from typing import Protocol

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from qbwc.calls import Call, Reply, operation_of
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.soap import MAX_BYTES, parse_call, render_fault, render_reply
from qbwc.wsdl import render_wsdl

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_XML = "text/xml"
_SMALL_BYTES = 256 * 1024
_BROKEN = "The server could not answer. It noted why; the Web Connector may simply try again."
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
        """Answer a call that came from the network address `peer` ("" when unknown)."""


def routes(answer: Answer, *, app_url: str, max_bytes: int = MAX_BYTES) -> list[Route]:
    """Build the SOAP endpoint, its WSDL and its support page.

    Args:
        answer: Answers each call; what it raises becomes a SOAP fault.
        app_url: The address under which the Web Connector knows the endpoint.
        max_bytes: The largest request that is read; a larger one is answered with a fault.
    """

    async def soap(request: Request) -> Response:
        return await _respond(request, answer, max_bytes)

    async def page(request: Request) -> Response:
        if any(name.lower() == "wsdl" for name in request.query_params):
            return Response(render_wsdl(app_url), media_type=_XML)
        return PlainTextResponse(_PAGE)

    async def support(request: Request) -> Response:
        return HTMLResponse(_SUPPORT)

    return [
        Route("/qbwc", soap, methods=["POST"]),
        Route("/qbwc", page, methods=["GET"]),  # Starlette adds HEAD to GET
        Route("/qbwc/support", support, methods=["GET"]),
    ]


async def _respond(request: Request, answer: Answer, max_bytes: int) -> Response:
    operation = "unread"
    try:
        call = await _parse(await _read(request, max_bytes), max_bytes)
        operation = operation_of(call).name
        peer = "" if request.client is None else request.client.host
        return Response(render_reply(call, await answer(call, peer)), media_type=_XML)
    except RemoteProtocolError as refusal:
        log.warning("soap_call.refused", operation=operation, error=type(refusal).__name__)
        return _fault(render_fault(str(refusal), code="Client"))
    except Exception:
        # The outermost frame of this door: a framework's error page would end the session with
        # "not well-formed XML", and nobody would learn what happened.
        log.exception("soap_call.failed", operation=operation)
        return _fault(render_fault(_BROKEN))


async def _read(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= max_bytes:
                body += chunk
            elif size > 4 * max_bytes:
                break  # in between it is read and dropped: who still writes, sees no answer
    except ClientDisconnect:
        raise RemoteProtocolError("The connection ended before the request did.") from None
    if size > max_bytes:
        raise RemoteProtocolError(f"The request is larger than {max_bytes} bytes.")
    return bytes(body)


async def _parse(body: bytes, max_bytes: int) -> Call:
    if len(body) <= _SMALL_BYTES:
        return parse_call(body, max_bytes=max_bytes)
    # Half a second for the largest: other connectors are answered meanwhile.
    return await run_in_threadpool(parse_call, body, max_bytes=max_bytes)


def _fault(body: bytes) -> Response:
    return Response(body, status_code=500, media_type=_XML)  # SOAP 1.1, 6.2
