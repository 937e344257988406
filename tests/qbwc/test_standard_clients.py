"""A standard SOAP client reads the WSDL over HTTP and then speaks with the service."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import zeep
from zeep.exceptions import Fault, ValidationError

from app.settings import Settings
from app.web import build_app
from qbwc.calls import (
    OPERATIONS,
    Authenticate,
    Call,
    ClientVersion,
    CloseConnection,
    ConnectionFailed,
    GetInteractiveURL,
    GetLastError,
    InteractiveRejected,
    IsInteractiveDone,
    ReceiveResponseXML,
    SendRequestXML,
    ServerVersion,
    operation_of,
)
from qbwc.qbxml.errors import RemoteProtocolError
from sync_worker.broker import make_broker
from tests.people import Office
from tests.qbwc.serving import Clerk, a_listener, clerk_at_work, serving

HARD_TEXT = "<QBXML>Café & Söhne ]]> 😀\ttab\nline</QBXML>"


@contextmanager
def a_client(url: str) -> Iterator[zeep.Client]:
    """A zeep client made from nothing but the address of the WSDL."""
    with zeep.Client(f"{url}?wsdl") as client:
        yield client
    client.transport.session.close()


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def service(clerk: Clerk) -> Iterator[Any]:
    with clerk_at_work(clerk) as url, a_client(url) as client:
        yield client.service


CALLS: list[tuple[dict[str, Any], Call, object]] = [
    ({}, ServerVersion(), "OK"),
    ({"strVersion": "2.3.0.215"}, ClientVersion(version="2.3.0.215"), "OK"),
    (
        {"strUserName": "instep", "strPassword": HARD_TEXT},
        Authenticate(user_name="instep", password=HARD_TEXT),
        ["OK", None, "60", None],
    ),
    (
        {
            "ticket": "T",
            "strHCPResponse": HARD_TEXT,
            "strCompanyFileName": "C:\\Büro.qbw",
            "qbXMLCountry": "US",
            "qbXMLMajorVers": 13,
            "qbXMLMinorVers": 0,
        },
        SendRequestXML(
            ticket="T",
            hcp_response=HARD_TEXT,
            company_file_name="C:\\Büro.qbw",
            country="US",
            qbxml_major_version=13,
            qbxml_minor_version=0,
        ),
        "OK",
    ),
    (
        {"ticket": "T", "response": HARD_TEXT, "hresult": "0x80040400", "message": "No."},
        ReceiveResponseXML(ticket="T", response=HARD_TEXT, hresult="0x80040400", message="No."),
        -7,
    ),
    ({"ticket": "T"}, GetLastError(ticket="T"), "OK"),
    (
        {"ticket": "T", "hresult": "0x80040408", "message": "No."},
        ConnectionFailed(ticket="T", hresult="0x80040408", message="No."),
        "OK",
    ),
    ({"ticket": "T"}, CloseConnection(ticket="T"), "OK"),
    ({"wcTicket": "T", "sessionID": "S"}, GetInteractiveURL(ticket="T", session_id="S"), "OK"),
    ({"wcTicket": "T"}, IsInteractiveDone(ticket="T"), "OK"),
    ({"wcTicket": "T", "reason": "No."}, InteractiveRejected(ticket="T", reason="No."), "OK"),
]


def test_every_operation_is_called_in_these_tests() -> None:
    assert [operation_of(call).name for _, call, _ in CALLS] == list(OPERATIONS)


def test_every_operation_arrives_with_its_arguments_and_is_answered_in_its_type(
    service: Any, clerk: Clerk
) -> None:
    """Texts as str, numbers as int, ArrayOfString as a list; zeep reads an empty string as None."""
    answers = [service[operation_of(call).name](**arguments) for arguments, call, _ in CALLS]

    assert clerk.asked == [call for _, call, _ in CALLS]
    assert answers == [expected for _, _, expected in CALLS]


def test_a_text_of_ours_arrives_as_it_was_written(service: Any, clerk: Clerk) -> None:
    clerk.text = HARD_TEXT

    assert service.getLastError(ticket="T") == HARD_TEXT
    assert service.sendRequestXML(qbXMLMajorVers=13, qbXMLMinorVers=0) == HARD_TEXT
    assert service.authenticate()[0] == HARD_TEXT


def test_texts_may_be_left_out_and_numbers_may_not(service: Any, clerk: Clerk) -> None:
    service.authenticate()
    service.receiveResponseXML()
    with pytest.raises(ValidationError, match="qbXMLMajorVers"):
        service.sendRequestXML(ticket="T")

    assert clerk.asked == [Authenticate(), ReceiveResponseXML()]


@pytest.mark.parametrize(
    ("failure", "code", "sentence"),
    [
        (RemoteProtocolError("The response has no message set."), "Client", "The response has"),
        (RuntimeError("SECRET"), "Server", "The server could not answer."),
        (TimeoutError("SECRET"), "Server", "Instep cannot reach its database for the moment."),
    ],
)
def test_a_failure_is_raised_as_a_fault(
    service: Any, clerk: Clerk, failure: Exception, code: str, sentence: str
) -> None:
    clerk.failure = failure

    with pytest.raises(Fault) as caught:
        service.closeConnection(ticket="T")

    assert caught.value.code == f"soap:{code}"
    assert str(caught.value.message).startswith(sentence)


async def test_the_running_application_answers_a_standard_client(
    settings: Settings, office: Office, namespace: str
) -> None:
    """An idle poll, a wrong password and a ticket that never was."""
    held = office.connection
    listener, url = a_listener()
    of_this_port = settings.model_copy(update={"public_url": url.removesuffix("/qbwc")})
    app = build_app(of_this_port, make_broker(settings.redis_url, namespace=namespace))

    def poll() -> list[object]:
        with listener, serving(app, listener), a_client(url) as client:
            service = client.service
            return [
                service.serverVersion().split()[0],
                service.clientVersion("2.3.0.215"),
                service.authenticate(held.connection.user_name, held.password),
                service.authenticate(held.connection.user_name, "wrong"),
                service.receiveResponseXML("no such ticket", "<QBXML/>", "", ""),
                service.closeConnection("no such ticket"),
            ]

    answers = await asyncio.to_thread(poll)

    assert answers == ["Instep", None, [None, "none"], [None, "nvu"], -1, "OK"]
