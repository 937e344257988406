"""What strangers may send: a clear fault, bounded memory, and nobody is asked anything."""

import asyncio
import gzip
import socket
import tracemalloc
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from sqlalchemy.exc import InterfaceError
from starlette.applications import Starlette
from structlog.testing import capture_logs

from qbwc.calls import (
    Authenticate,
    CloseConnection,
    SendRequestXML,
    Text,
)
from qbwc.endpoint import routes
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.soap import MAX_BYTES, MAX_DEPTH, MAX_TAG_BYTES, MAX_TAGS, parse_call
from simulator.soap import Call as WebConnectorCall
from simulator.soap import Style, fault_text, read_text
from tests.plain_http import http_client
from tests.qbwc.serving import LAUGHS, PATIENCE_SECONDS, Clerk, clerk_at_work, send

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
INTUIT = "http://developer.intuit.com/"
TICKET = "<ticket>T</ticket>"
VERSIONS = "<qbXMLMajorVers>13</qbXMLMajorVers><qbXMLMinorVers>0</qbXMLMinorVers>"
MEGABYTE = 1024 * 1024


def an_envelope(body: str, *, prolog: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    return (
        f'{prolog}<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    )


def a_request(operation: str = "closeConnection", parameters: str = TICKET, **more: str) -> str:
    return an_envelope(f'<{operation} xmlns="{INTUIT}">{parameters}</{operation}>', **more)


def with_declarations(declarations: str, parameters: str = "<ticket>&x;</ticket>") -> str:
    return a_request(parameters=parameters, prolog=f"<!DOCTYPE e [{declarations}]>")


def what_the_web_connector_reads(response: httpx.Response) -> str:
    """The fault's sentence, read by the simulator; "" is no fault that it could show."""
    assert response.status_code == 500
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    assert len(response.content) < 1_000
    return fault_text(response.content)


def half_a_million(attribute: str) -> str:
    written = " ".join(map(attribute.replace("#", "{}").format, range(500_000)))
    return a_request(parameters=f"<ticket {written}/>")


DECLARED = {
    "billion laughs": with_declarations(LAUGHS),
    "quadratic blowup": with_declarations(
        f'<!ENTITY x "{"a" * 100_000}">', f"<ticket>{'&x;' * 10_000}</ticket>"
    ),
    "an entity in an attribute": with_declarations(LAUGHS, '<ticket a="&x;">T</ticket>'),
    "an entity that refers to itself": with_declarations('<!ENTITY x "&x;">'),
    "a parameter entity": with_declarations("<!ENTITY % p \"<!ENTITY x 'T'>\"> %p;"),
    "a declaration without entities": with_declarations("<!ELEMENT e ANY>", TICKET),
    "an empty declaration": a_request(prolog="<!DOCTYPE e>"),
    "default attributes": with_declarations('<!ATTLIST ticket x CDATA "T">', TICKET),
}
MARKUP = {
    "100,000 levels": a_request(parameters="<a>" * 100_000),
    "one level too many": a_request(parameters="<a>" * (MAX_DEPTH - 2)),
    "100,000 elements": a_request(parameters=f"<ticket>{'<a/>' * 2 * MAX_TAGS}</ticket>"),
    "100,000 parameters": a_request(parameters="".join(f"<p{n}/>" for n in range(2 * MAX_TAGS))),
    "half a million attributes": half_a_million("a#=''"),
    "half a million namespaces": half_a_million("xmlns:a#='u'"),
    "an attribute of a megabyte": a_request(parameters=f'<ticket a="{"x" * MEGABYTE}"/>'),
    "a name of a megabyte": a_request(operation="x" * MEGABYTE),
    "a comment of a megabyte": a_request(parameters=f"<!--{'x' * MEGABYTE}-->"),
    "an instruction of a megabyte": a_request(parameters=f"<?x {'x' * MEGABYTE}?>"),
}
SHAPES = {
    "SOAP 1.2": a_request().replace(SOAP, "http://www.w3.org/2003/05/soap-envelope"),
    "an envelope of no namespace": a_request()
    .replace(f' xmlns:soap="{SOAP}"', "")
    .replace("soap:", ""),
    "an envelope of another namespace": a_request().replace(SOAP, "urn:other"),
    "a prefix that is redefined": a_request().replace(
        "<soap:Body>", '<soap:Body xmlns:soap="urn:x">'
    ),
    "a prefix that is nowhere defined": a_request(parameters="<x:ticket/>"),
    "an attribute twice": a_request(parameters='<ticket a="1" a="2"/>'),
    "an attribute twice by two prefixes": a_request(
        parameters='<ticket xmlns:p="u" xmlns:q="u" p:a="" q:a=""/>'
    ),
    "no body": f'<soap:Envelope xmlns:soap="{SOAP}"/>',
    "a header only": a_request().replace("soap:Body", "soap:Header"),
    "an empty body": an_envelope(""),
    "a body of text": an_envelope("closeConnection"),
    "two bodies": a_request().replace("<soap:Body>", "<soap:Body/><soap:Body>"),
    "two operations": an_envelope(f'<a xmlns="{INTUIT}"/><b xmlns="{INTUIT}"/>'),
    "a parameter twice": a_request(parameters=TICKET * 2),
    "an unknown operation": a_request("dropTables"),
    "an operation in other letters": a_request("CloseConnection"),
    "a fault": an_envelope("<soap:Fault><faultcode>soap:Server</faultcode></soap:Fault>"),
    "JSON": '{"ticket": "T"}',
    "a form": "ticket=T",
    "a page": "<!doctype html><html><body>Log in</body></html>",
    "nothing": "",
    "an unknown entity": a_request(parameters="<ticket>&nbsp;</ticket>"),
    "a reference to NUL": a_request(parameters="<ticket>&#0;</ticket>"),
    "a reference to a surrogate": a_request(parameters="<ticket>&#xD800;</ticket>"),
    "NUL": a_request(parameters="<ticket>\x00</ticket>"),
    "a control character": a_request(parameters="<ticket>\x0b</ticket>"),
    "something after the end": a_request() + "<more/>",
    "a second declaration": a_request() + '<?xml version="1.0"?>',
    "another encoding declared": a_request(prolog='<?xml version="1.0" encoding="iso-8859-1"?>'),
    "UTF-7 declared": a_request(prolog='<?xml version="1.0" encoding="UTF-7"?>'),
}
NUMBERS = ["13.0", "", " ", "1e9", "-1", "+13", "0x0D", "1_3", "1\u0663", "NaN", "9" * 5_000]
TRUNCATED = [a_request()[:length] for length in (1, 20, 60, 150, 200, len(a_request()) - 1)]


@pytest.mark.parametrize("body", DECLARED.values(), ids=DECLARED)
async def test_no_document_type_is_looked_into(body: str) -> None:
    clerk = Clerk()

    response = await send(clerk, body)

    said = what_the_web_connector_reads(response)
    assert said == "A request must not have a document type declaration."
    assert clerk.asked == []


@pytest.mark.parametrize("body", MARKUP.values(), ids=MARKUP)
async def test_more_markup_than_a_call_can_have_is_refused(body: str) -> None:
    clerk = Clerk()

    response = await send(clerk, body)

    said = what_the_web_connector_reads(response)
    assert said in {
        "The request holds too much markup; escape its documents.",
        "The request has a tag without an end.",
    }
    assert clerk.asked == []


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
async def test_what_is_no_call_is_refused(body: str) -> None:
    clerk = Clerk()

    response = await send(clerk, body)

    assert what_the_web_connector_reads(response) != ""
    assert clerk.asked == []


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_version_that_is_no_whole_number_is_refused(number: str) -> None:
    clerk = Clerk()
    body = a_request("sendRequestXML", VERSIONS.replace("13", number))

    response = await send(clerk, body)

    said = what_the_web_connector_reads(response)
    assert said == "qbXMLMajorVers is missing or is not a whole number."
    assert clerk.asked == []


@pytest.mark.parametrize("body", TRUNCATED, ids=len)
async def test_a_truncated_envelope_is_refused(body: str) -> None:
    clerk = Clerk()

    response = await send(clerk, body)

    said = what_the_web_connector_reads(response)
    assert said.startswith("The request is not well-formed XML")
    assert clerk.asked == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (a_request().encode("utf-16"), "The request is not UTF-8."),
        (a_request(prolog="").encode("utf-16-le"), "The request is not UTF-8."),
        (a_request(prolog="").encode("utf-16-be"), "The request is not UTF-8."),
        (a_request(prolog="").encode("utf-32"), "The request is not UTF-8."),
        (a_request(parameters="<ticket>é</ticket>").encode("latin-1"), "not well-formed XML"),
        (a_request().encode().replace(b">T<", b">\xed\xa0\x80<"), "not well-formed XML"),
        (a_request().encode().replace(b">T<", b">\xc0\xaf<"), "not well-formed XML"),
        (a_request().encode().replace(b">T<", b">\xef\xbf\xbf<"), "not well-formed XML"),
        (a_request(prolog="").encode("cp037"), "not well-formed XML"),
    ],
    ids=["16", "16 LE", "16 BE", "32", "latin-1", "surrogate", "overlong", "U+FFFF", "EBCDIC"],
)
async def test_what_is_not_utf_8_is_refused(body: bytes, sentence: str) -> None:
    """Guessing could alter a customer's name without a word."""
    clerk = Clerk()

    response = await send(clerk, body)

    assert sentence in what_the_web_connector_reads(response)
    assert clerk.asked == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip"])
async def test_a_compressed_request_is_refused_unopened(encoding: str) -> None:
    """So none can unfold to gigabytes."""
    clerk = Clerk()

    response = await send(
        clerk, gzip.compress(a_request().encode()), headers={"content-encoding": encoding}
    )

    said = what_the_web_connector_reads(response)
    assert said == "The request is compressed; send it as it is."
    assert clerk.asked == []


@pytest.fixture
def bait() -> Iterator[socket.socket]:
    """A server that nobody may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.mark.parametrize("parameters", [TICKET, "<ticket>&x;</ticket>"], ids=["unused", "used"])
@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE e SYSTEM "{}">',
        '<!DOCTYPE e PUBLIC "p" "{}">',
        '<!DOCTYPE e [<!ENTITY x SYSTEM "{}">]>',
        '<!DOCTYPE e [<!ENTITY % p SYSTEM "{}"> %p;]>',
        '<?xml-stylesheet type="text/xsl" href="{}"?>',
        '<?xml-model href="{}"?>',
    ],
)
async def test_nothing_outside_the_request_is_fetched(
    tmp_path: Any, bait: socket.socket, prolog: str, parameters: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    host, port = bait.getsockname()
    clerk = Clerk()

    for place in (secret.as_uri(), f"http://{host}:{port}/x"):
        response = await send(clerk, a_request(parameters=parameters, prolog=prolog.format(place)))
        assert b"SECRET" not in response.content

    assert "SECRET" not in repr([getattr(call, "ticket", "") for call in clerk.asked])
    with pytest.raises(BlockingIOError):
        bait.accept()


@pytest.mark.parametrize("part", ["ticket", "response"])
async def test_an_inclusion_is_text_like_any_other(
    tmp_path: Any, bait: socket.socket, part: str
) -> None:
    """XInclude and schema locations are nobody's wish here."""
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    host, port = bait.getsockname()
    inclusions = "".join(
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{place}"/>'
        for place in (secret.as_uri(), f"http://{host}:{port}/x")
    )
    clerk = Clerk()

    await send(clerk, a_request("receiveResponseXML", f"<{part}>{inclusions}</{part}>"))

    [call] = clerk.asked
    assert getattr(call, part).startswith('<include parse="text" href="file:')
    assert "SECRET" not in getattr(call, part)
    with pytest.raises(BlockingIOError):
        bait.accept()


@pytest.mark.parametrize(
    "body",
    [
        a_request().encode("utf-8-sig"),
        a_request(prolog="").encode(),
        a_request(prolog='<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n').encode(),
        a_request(prolog='<?xml version="1.0"?><?a b?><!-- c -->').encode(),
        a_request(prolog='<?xml version="1.1"?>').encode(),
        a_request().replace("soap:", "s:").replace("xmlns:soap", "xmlns:s").encode(),
        a_request().replace("soap:", "").replace("xmlns:soap", "xmlns").encode(),
        a_request().replace(f' xmlns="{INTUIT}"', "").encode(),
        a_request().replace(INTUIT, "urn:other").encode(),
        a_request()
        .replace("<soap:Body>", "<soap:Header><a>b</a></soap:Header><soap:Body>")
        .encode(),
        a_request(parameters="<ticket><![CDATA[T]]></ticket>").encode(),
        a_request(parameters="<ticket>&#84;</ticket>").encode(),
        a_request(parameters=f"{TICKET}<other>x</other>").encode(),
        WebConnectorCall("closeConnection", {"ticket": "T"}).body(Style.RPC),
        WebConnectorCall("closeConnection", {"ticket": "T"}).body(Style.DOCUMENT),
    ],
)
async def test_what_only_looks_unusual_is_answered(body: bytes) -> None:
    clerk = Clerk()

    response = await send(clerk, body)

    assert read_text("closeConnection", response.content) == "OK"
    assert clerk.asked == [CloseConnection(ticket="T")]


async def test_numbers_of_the_rpc_style_are_numbers() -> None:
    clerk = Clerk()
    call = WebConnectorCall(
        "sendRequestXML", {"ticket": "", "qbXMLMajorVers": 16, "qbXMLMinorVers": 0}
    )

    await send(clerk, call.body(Style.RPC))

    assert clerk.asked == [SendRequestXML(qbxml_major_version=16, qbxml_minor_version=0)]


async def test_very_long_names_arrive_or_are_refused_but_break_nothing() -> None:
    clerk, long = Clerk(), "x" * 5 * MEGABYTE

    response = await send(
        clerk,
        a_request(
            "authenticate", f"<strUserName>{long}</strUserName><strPassword>{long}</strPassword>"
        ),
    )

    assert response.status_code == 200
    assert clerk.asked == [Authenticate(user_name=long, password=long)]


@pytest.mark.parametrize("ending", ["/>", "></ticket>"])
async def test_a_tag_may_be_as_long_as_the_limit_and_not_much_longer(ending: str) -> None:
    def padded(length: int) -> str:
        return a_request(parameters=f'<ticket a="{"x" * length}"{ending}')

    assert parse_call(padded(MAX_TAG_BYTES // 2).encode()) == CloseConnection()
    with pytest.raises(RemoteProtocolError, match="a tag without an end"):
        parse_call(padded(4 * MAX_TAG_BYTES).encode())


def test_names_that_nobody_knows_leave_nothing_behind() -> None:
    """A parser that remembers each name it met would let a stranger fill the memory."""

    def run(number: int) -> None:
        names = "".join(f"<n{number}x{n}{'x' * 10_000}/>" for n in range(1_000))
        parse_call(a_request(parameters=names).encode())

    run(0)
    before = resident_bytes()
    for number in range(1, 7):
        run(number)

    assert resident_bytes() - before < 25 * MEGABYTE  # of 60 MB of names


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * 4096


@pytest.mark.parametrize("megabytes", [17, 50, 63])
async def test_a_body_over_the_limit_is_never_held(megabytes: int) -> None:
    clerk, read = Clerk(), 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(megabytes * 16):
            read += 1
            yield bytes(MEGABYTE // 16)

    tracemalloc.start()
    try:
        response = await send(clerk, pieces())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    said = what_the_web_connector_reads(response)
    assert said == f"The request is larger than {MAX_BYTES} bytes."
    assert read == megabytes * 16
    assert peak < MAX_BYTES + 2 * MEGABYTE
    assert clerk.asked == []


async def drive(
    app: Starlette, received: list[dict[str, Any]], *, headers: Any = ()
) -> list[MutableMapping[str, Any]]:
    """Run one bare ASGI request; when its messages are used up, no more ever come."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/qbwc",
        "headers": list(headers),
        "query_string": b"",
        "client": None,
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not received:
            await asyncio.Event().wait()
        return received.pop(0)

    async def send_(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send_)
    return sent


def a_piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_that_never_ends_is_given_up() -> None:
    """Past four times the limit the connection is closed."""
    app = Starlette(routes=routes(Clerk(), app_url="", max_bytes=1_000))

    start, body = await drive(app, [a_piece(b"x" * 1_000)] * 5)

    assert (b"connection", b"close") in start["headers"]
    assert fault_text(body["body"]) == "The request is larger than 1000 bytes."


@pytest.mark.parametrize("first", [b"", a_request()[:50].encode()], ids=["headers only", "a part"])
async def test_a_body_that_dawdles_is_given_up(first: bytes) -> None:
    clerk = Clerk()
    app = Starlette(routes=routes(clerk, app_url="", read_seconds=0.01))

    start, body = await drive(app, [a_piece(first)])

    assert (b"connection", b"close") in start["headers"]
    assert fault_text(body["body"]) == "The request did not arrive within 0.01 seconds."
    assert clerk.asked == []


async def test_many_large_bodies_at_once_share_one_allowance() -> None:
    """Eight times the limit; what is refused may come again, and what is answered is let go."""
    clerk = Clerk()
    app = Starlette(routes=routes(clerk, app_url="", max_bytes=1_000))
    request = a_request().encode()
    arriving = [asyncio.create_task(drive(app, [a_piece(b" " * 1_000)])) for _ in range(8)]
    await asyncio.sleep(0)

    _, refused = await drive(app, [a_piece(request, more=False)])
    for task in arriving:
        task.cancel()
    await asyncio.gather(*arriving, return_exceptions=True)
    answered = [await drive(app, [a_piece(request, more=False)]) for _ in range(50)]

    assert "too many large requests" in fault_text(refused["body"])
    assert all(b">OK<" in body["body"] for _, body in answered)
    assert len(clerk.asked) == 50


@pytest.mark.parametrize(
    "failure",
    [
        RuntimeError("SECRET"),
        MemoryError(),
        RecursionError(),
        ExceptionGroup("SECRET", [OSError("SECRET")]),
        asyncio.CancelledError("a query that was given up"),
        StopAsyncIteration(),
    ],
    ids=repr,
)
async def test_whatever_fails_behind_it_the_answer_is_soap(failure: BaseException) -> None:
    with capture_logs() as logged:
        response = await send(Clerk(failure=failure), a_request())

    assert what_the_web_connector_reads(response).startswith("The server could not answer.")
    assert b"SECRET" not in response.content
    assert [entry["event"] for entry in logged] == ["soap_call.failed"]


@pytest.mark.parametrize(
    "failure",
    [
        TimeoutError(),
        ConnectionRefusedError("SECRET"),
        InterfaceError("SECRET", None, Exception("SECRET")),
        asyncpg.InternalClientError("cannot switch to SECRET; another operation is in progress"),
    ],
    ids=repr,
)
async def test_a_database_that_is_away_behind_it_is_no_fault_and_told_as_such(
    failure: Exception,
) -> None:
    with capture_logs() as logged:
        response = await send(Clerk(failure=failure), a_request())

    told = what_the_web_connector_reads(response)
    assert told.startswith("Instep cannot reach its database for the moment. Nothing is lost")
    assert b"SECRET" not in response.content
    assert [entry["event"] for entry in logged] == ["soap_calls.unavailable"]


async def test_a_request_that_is_itself_cancelled_ends_at_once() -> None:
    """So it is when the server shuts down."""
    asked = asyncio.Event()

    async def never(call: object, peer: str) -> Text:
        asked.set()
        await asyncio.Event().wait()
        return Text("OK")

    app = Starlette(routes=routes(never, app_url=""))
    request = asyncio.create_task(drive(app, [a_piece(a_request().encode(), more=False)]))
    await asked.wait()
    request.cancel()

    with pytest.raises(asyncio.CancelledError):
        await request


async def test_no_error_text_can_break_the_fault() -> None:
    text = "]]></faultstring>&\x00\ud800\uffff" + "x" * 300

    response = await send(Clerk(failure=RemoteProtocolError(text)), a_request())

    assert what_the_web_connector_reads(response).startswith("]]></faultstring>&\ufffd\ufffd\ufffd")


def an_http_request(body: str, *more_headers: str) -> bytes:
    headers = [
        "POST /qbwc HTTP/1.1",
        "Host: localhost",
        "Content-Type: text/xml; charset=utf-8",
        f"Content-Length: {len(body.encode())}",
        *more_headers,
    ]
    return "\r\n".join([*headers, "", body]).encode()


async def connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    there = urlsplit(url)
    return await asyncio.open_connection(there.hostname, there.port)


async def read_response(reader: asyncio.StreamReader) -> httpx.Response:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, *lines = head.split("\r\n")[:-2]
    headers = httpx.Headers([tuple(line.split(": ", 1)) for line in lines])
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    return httpx.Response(int(status.split()[1]), headers=headers, content=content)


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def url(clerk: Clerk) -> Iterator[str]:
    """The endpoint over real HTTP; it reads no more than a megabyte."""
    with clerk_at_work(clerk, max_bytes=MEGABYTE) as address:
        yield address


async def test_a_body_may_wait_for_leave_to_come(url: str, clerk: Clerk) -> None:
    """The Web Connector sends `Expect: 100-continue`."""
    whole = an_http_request(a_request(), "Expect: 100-continue")
    head, _, body = whole.partition(b"\r\n\r\n")
    reader, writer = await connect(url)

    async with asyncio.timeout(PATIENCE_SECONDS):
        writer.write(head + b"\r\n\r\n")
        leave = await read_response(reader)
        writer.write(body)
        response = await read_response(reader)

    assert leave.status_code == 100
    assert read_text("closeConnection", response.content) == "OK"
    assert clerk.asked == [CloseConnection(ticket="T")]
    writer.close()
    await writer.wait_closed()


async def test_calls_in_one_go_are_answered_one_by_one(url: str, clerk: Clerk) -> None:
    """Sound and unsound ones, over one connection that stays open."""
    bodies = [a_request(), "<broken", a_request("getLastError"), "", a_request()]
    reader, writer = await connect(url)

    async with asyncio.timeout(PATIENCE_SECONDS):
        writer.write(b"".join(map(an_http_request, bodies)))
        responses = [await read_response(reader) for _ in bodies]

    assert [response.status_code for response in responses] == [200, 500, 200, 500, 200]
    assert len(clerk.asked) == 3
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
async def test_fifty_megabytes_are_answered_in_soap(url: str, clerk: Clerk, chunked: bool) -> None:
    """Here at three times the limit of this server: read, dropped, and the answer is seen."""
    size = 3 * MEGABYTE

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size // 65_536):
            yield b"x" * 65_536

    async with http_client(timeout=PATIENCE_SECONDS) as web:
        response = await web.post(url, content=pieces() if chunked else b"x" * size)

    said = what_the_web_connector_reads(response)
    assert said == f"The request is larger than {MEGABYTE} bytes."
    assert clerk.asked == []


async def test_who_never_stops_writing_is_cut_off(url: str, clerk: Clerk) -> None:
    _, writer = await connect(url)
    writer.write(b"POST /qbwc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n")
    written = 0

    async def write_on() -> None:
        nonlocal written
        while True:
            writer.write(b"x" * 65_536)
            written += 65_536
            await writer.drain()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(write_on(), PATIENCE_SECONDS)

    assert written < 40 * MEGABYTE  # four megabytes, and what the sockets hold
    assert clerk.asked == []
    writer.close()


async def test_a_caller_that_goes_away_half_way_leaves_the_server_well(
    url: str, clerk: Clerk
) -> None:
    for end in (60, 200, -10):
        _, writer = await connect(url)
        writer.write(an_http_request(a_request())[:end])
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with http_client(timeout=PATIENCE_SECONDS) as web:
        response = await web.post(url, content=a_request())

    assert read_text("closeConnection", response.content) == "OK"
    assert clerk.asked == [CloseConnection(ticket="T")]


@pytest.mark.parametrize(
    ("forwarded", "peer"),
    [
        ({}, "127.0.0.1"),
        ({"X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
        ({"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}, "203.0.113.9"),
        ({"Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9"}, "127.0.0.1"),
    ],
    ids=["direct", "behind a proxy", "with an address of the caller's own making", "unheard"],
)
async def test_the_caller_s_address_is_the_one_that_the_nearest_proxy_saw(
    url: str, clerk: Clerk, forwarded: dict[str, str], peer: str
) -> None:
    """A caller may write any address into the header; the proxy's own is the last."""
    async with http_client(timeout=PATIENCE_SECONDS) as web:
        await web.post(url, content=a_request(), headers=forwarded)

    assert clerk.peers == [peer]
