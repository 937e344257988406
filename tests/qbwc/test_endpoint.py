"""Whatever comes in by HTTP, SOAP goes out."""

from collections.abc import AsyncIterator, MutableMapping
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest
from lxml import etree
from starlette.applications import Starlette
from structlog.testing import capture_logs

from qbwc.calls import (
    Authenticate,
    Call,
    CloseConnection,
    Qbxml,
    ReceiveResponseXML,
    Reply,
    Strings,
    Text,
)
from qbwc.endpoint import Answer, routes
from qbwc.qbxml.errors import LocalProtocolError, RemoteProtocolError

APP_URL = "https://instep.example.com/qbwc"
FAULT = "{http://schemas.xmlsoap.org/soap/envelope/}Fault"


class Scripted:
    """Answers every call with the same reply, or raises it, and remembers who asked what."""

    def __init__(self, reply: Reply | Exception) -> None:
        self.reply = reply
        self.asked: list[tuple[Call, str]] = []

    async def __call__(self, call: Call, peer: str) -> Reply:
        self.asked.append((call, peer))
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


def a_server(answer: Answer, **limits: int) -> Starlette:
    return Starlette(routes=routes(answer, app_url=APP_URL, **limits))


async def send(
    app: Starlette, method: str = "POST", path: str = "/qbwc", **request: Any
) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=("192.0.2.7", 5555))
    async with httpx.AsyncClient(transport=transport, base_url="https://instep.example.com") as web:
        return await web.request(method, path, **request)


def a_request(operation: str, parameters: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<{operation} xmlns="http://developer.intuit.com/">{parameters}</{operation}>'
        "</soap:Body></soap:Envelope>"
    ).encode()


def the_fault(response: httpx.Response) -> tuple[str, str]:
    """The code and the sentence, after checking that this is a fault as SOAP 1.1 wants it."""
    assert response.status_code == 500
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    fault = etree.fromstring(response.content)[0][0]
    assert fault.tag == FAULT
    return fault.findtext("faultcode", ""), fault.findtext("faultstring", "")


CLOSE = a_request("closeConnection", "<ticket>T</ticket>")


@pytest.mark.parametrize(
    "content_type",
    ["text/xml; charset=utf-8", "application/xml", "application/x-www-form-urlencoded", ""],
)
async def test_a_call_is_answered_whatever_its_content_type(content_type: str) -> None:
    answer = Scripted(Text("OK"))

    response = await send(a_server(answer), content=CLOSE, headers={"content-type": content_type})

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    assert b"<closeConnectionResult>OK</closeConnectionResult>" in response.content
    assert answer.asked == [(CloseConnection(ticket="T"), "192.0.2.7")]


async def test_a_large_answer_of_quickbooks_arrives_whole() -> None:
    """It comes in many pieces, and is read beside the event loop."""
    document = "<QBXML>" + "<Ret>ü &amp; ü</Ret>" * 100_000 + "</QBXML>"
    whole = a_request("receiveResponseXML", f"<response>{escape(document)}</response>")
    answer = Scripted(Text("not a number"))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(whole), 65_536):
            yield whole[start : start + 65_536]

    await send(a_server(answer), content=pieces())

    assert answer.asked == [(ReceiveResponseXML(response=document), "192.0.2.7")]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The request is not well-formed XML (line 1, column 1)."),
        (b"\x00\xff", "The request is not UTF-8."),
        (b"\xff", "The request is not well-formed XML (line 1, column 1)."),
        (b"<html/>", "The request is not a SOAP 1.1 envelope."),
        (b"<!DOCTYPE html><html/>", "A request must not have a document type declaration."),
        (a_request("dropTables"), "There is no operation named 'dropTables' here."),
        (a_request("sendRequestXML"), "qbXMLMajorVers is missing or is not a whole number."),
    ],
)
async def test_what_is_not_a_call_is_answered_with_a_fault_of_the_client(
    body: bytes, sentence: str
) -> None:
    answer = Scripted(Text("OK"))

    response = await send(a_server(answer), content=body)

    assert the_fault(response) == ("soap:Client", sentence)
    assert answer.asked == []


@pytest.mark.parametrize("times", [2, 3, 9])
async def test_a_request_over_the_limit_is_answered_in_soap(times: int) -> None:
    """Not with 413: the Web Connector would call its page "not well-formed XML".

    Up to four times the limit is read and dropped, for who still writes does not read the answer.
    """
    pulled: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(times):
            pulled.append(number)
            yield b"<" * 1_000

    response = await send(a_server(Scripted(Text("OK")), max_bytes=1_000), content=pieces())

    assert the_fault(response) == ("soap:Client", "The request is larger than 1000 bytes.")
    assert len(pulled) == min(times, 5)


async def test_a_refusal_from_within_is_a_fault_of_the_client() -> None:
    broken = Scripted(RemoteProtocolError("The response has no message set."))

    response = await send(a_server(broken), content=CLOSE)

    assert the_fault(response) == ("soap:Client", "The response has no message set.")


@pytest.mark.parametrize(
    "reply",
    [
        RuntimeError("SECRET on /srv"),
        LocalProtocolError("SECRET"),
        ExceptionGroup("SECRET", [ValueError("SECRET")]),
        Qbxml(b"SECRET"),
    ],
)
async def test_our_own_failure_is_a_fault_that_tells_nothing(reply: Reply | Exception) -> None:
    with capture_logs() as logged:
        response = await send(a_server(Scripted(reply)), content=CLOSE)

    code, sentence = the_fault(response)
    assert code == "soap:Server"
    assert sentence.startswith("The server could not answer.")
    assert b"SECRET" not in response.content
    assert logged == [
        {
            "event": "soap_call.failed",
            "operation": "closeConnection",
            "log_level": "error",
            "exc_info": True,
        }
    ]


@pytest.mark.parametrize("trouble", [ConnectionRefusedError(111, "refused"), TimeoutError()])
async def test_an_outage_is_told_in_words_at_each_call_and_logged_once(trouble: Exception) -> None:
    """The Web Connector shows the words; its next run goes on. The log gets one line, and one more
    when a call that needs the database is answered again."""
    answer = Scripted(trouble)
    server = a_server(answer)
    with capture_logs() as logged:
        told = [the_fault(await send(server, content=CLOSE)) for _ in range(3)]
        answer.reply = Text("")
        await send(server, content=a_request("clientVersion"))
        answer.reply = trouble
        await send(server, content=CLOSE)
        answer.reply = Text("OK")
        for _ in range(2):
            await send(server, content=CLOSE)

    assert told == [told[0]] * 3
    code, sentence = told[0]
    assert code == "soap:Server"
    assert sentence.startswith("Instep cannot reach its database for the moment. Nothing is lost")
    assert [(line["event"], line["log_level"]) for line in logged] == [
        ("soap_calls.unavailable", "warning"),
        ("soap_calls.available", "info"),
    ]
    assert logged[0]["reason"].startswith("PostgreSQL cannot be reached: ")
    assert "exc_info" not in logged[0]


@pytest.mark.parametrize(
    ("body", "reply", "events"),
    [
        (
            a_request("authenticate", "<strPassword>SECRET</strPassword>"),
            Strings(("SECRET", "")),
            [],
        ),
        (
            a_request("authenticate", "<strPassword>SECRET</strPassword>"),
            RuntimeError(),
            ["soap_call.failed"],
        ),
        (
            a_request("receiveResponseXML", "<ticket>SECRET</ticket><response>SECRET</response>"),
            RemoteProtocolError("SECRET"),
            ["soap_call.refused"],
        ),
        (
            a_request("authenticate", "<strPassword>SECRET<SECRET</strPassword>"),
            Strings(("SECRET", "")),
            ["soap_call.refused"],
        ),
        (a_request("SECRET"), Text(""), ["soap_call.refused"]),
    ],
)
async def test_no_log_holds_what_was_sent(
    body: bytes, reply: Reply | Exception, events: list[str]
) -> None:
    with capture_logs() as logged:
        await send(a_server(Scripted(reply)), content=body)

    assert [entry["event"] for entry in logged] == events
    assert "SECRET" not in repr(logged)


async def drive(app: Starlette, received: list[dict[str, Any]]) -> list[MutableMapping[str, Any]]:
    """Run one bare ASGI request, for what no HTTP client can be made to do."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/qbwc",
        "headers": [],
        "query_string": b"",
        "client": None,
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return received.pop(0)

    async def send_(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send_)
    return sent


async def test_a_caller_without_an_address_is_answered() -> None:
    """So it is behind a UNIX socket."""
    answer = Scripted(Strings(("T", "none")))
    body = a_request("authenticate", "<strUserName>u</strUserName>")

    sent = await drive(a_server(answer), [{"type": "http.request", "body": body}])

    assert sent[0]["status"] == 200
    assert answer.asked == [(Authenticate(user_name="u"), "")]


async def test_a_caller_that_hangs_up_half_way_is_no_failure_of_ours() -> None:
    answer = Scripted(Text("OK"))

    with capture_logs() as logged:
        await drive(
            a_server(answer),
            [
                {"type": "http.request", "body": CLOSE[:50], "more_body": True},
                {"type": "http.disconnect"},
            ],
        )

    assert answer.asked == []
    assert [entry["event"] for entry in logged] == ["soap_call.refused"]


@pytest.mark.parametrize("path", ["/qbwc", "/qbwc/support"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_pages_that_the_web_connector_looks_for_are_there(method: str, path: str) -> None:
    response = await send(a_server(Scripted(Text("OK"))), method, path)

    assert response.status_code == 200


async def test_the_support_page_is_for_people() -> None:
    response = await send(a_server(Scripted(Text("OK"))), "GET", "/qbwc/support")

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "QuickBooks Web Connector" in response.text


async def test_the_address_itself_tells_a_person_what_it_is_for() -> None:
    response = await send(a_server(Scripted(Text("OK"))), "GET", "/qbwc?other=1")

    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "QuickBooks Web Connector" in response.text


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "Wsdl=", "a=1&wsdl=2"])
async def test_the_wsdl_is_served_in_any_spelling(query: str) -> None:
    response = await send(a_server(Scripted(Text("OK"))), "GET", f"/qbwc?{query}")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    assert f'location="{APP_URL}"' in response.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_no_other_method_brings_a_page(method: str) -> None:
    response = await send(a_server(Scripted(Text("OK"))), method)

    assert response.status_code == 405
    assert "html" not in response.headers["content-type"]
