"""What the Web Connector can ask, and what it may be answered.

What must not reach a log (tickets, passwords, QuickBooks' documents) is left out of every repr.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from qbwc.qbxml.errors import LocalProtocolError

_TICKET_AND_VERDICT = 2


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """Asks which server this is; the first call of a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientVersion:
    """The Web Connector tells its own version, such as "2.3.0.215"."""

    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticate:
    """Who calls, asking whether there is anything to do."""

    user_name: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequestXML:
    """Asks for the next message set for QuickBooks."""

    ticket: str = field(default="", repr=False)
    #: Host, company and preferences as one qbXML document; only in the first call of a session.
    hcp_response: str = field(default="", repr=False)
    company_file_name: str = ""
    country: str = ""
    #: Together the highest qbXML version that this QuickBooks speaks.
    qbxml_major_version: int
    qbxml_minor_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveResponseXML:
    """QuickBooks' answer; or, with an hresult, why there is none."""

    ticket: str = field(default="", repr=False)
    response: str = field(default="", repr=False)
    hresult: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLastError:
    """Asks why the request was empty, or the progress negative."""

    ticket: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFailed:
    """QuickBooks or its company file could not be opened (`connectionError` on the wire)."""

    ticket: str = field(default="", repr=False)
    hresult: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseConnection:
    """The session is over; the answer is shown to the user."""

    ticket: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetInteractiveURL:
    """Asks which page the user shall see."""

    ticket: str = field(default="", repr=False)
    session_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IsInteractiveDone:
    """Asks whether the user has finished on that page."""

    ticket: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractiveRejected:
    """The user did not want to see that page."""

    ticket: str = field(default="", repr=False)
    reason: str = ""


Call = (
    ServerVersion
    | ClientVersion
    | Authenticate
    | SendRequestXML
    | ReceiveResponseXML
    | GetLastError
    | ConnectionFailed
    | CloseConnection
    | GetInteractiveURL
    | IsInteractiveDone
    | InteractiveRejected
)


@dataclass(frozen=True, slots=True)
class Text:
    """An answer in words."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """An answer to receiveResponseXML: progress in percent, 100 when done, negative on an error."""

    number: int


@dataclass(frozen=True, slots=True)
class Strings:
    """An answer to authenticate: ticket, verdict, and if wanted two waits in seconds."""

    values: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        # The Web Connector reads the second element without looking whether there is one.
        if len(self.values) < _TICKET_AND_VERDICT:
            raise LocalProtocolError("authenticate is answered with a ticket and a verdict.")


@dataclass(frozen=True, slots=True)
class Qbxml:
    """An answer to sendRequestXML: one qbXML document, or nothing for "ask getLastError"."""

    body: bytes = field(repr=False)


Reply = Text | Number | Strings | Qbxml


@dataclass(frozen=True, slots=True)
class Operation:
    """A call as it is spelled on the wire."""

    name: str
    call: Callable[..., Call]
    reply: type[Reply]
    #: From the name on the wire to the field of the call, in order.
    parameters: Mapping[str, str]


_TICKET = {"ticket": "ticket"}
_WC_TICKET = {"wcTicket": "ticket"}
_FAILURE = {"hresult": "hresult", "message": "message"}

OPERATIONS: Final[Mapping[str, Operation]] = {
    operation.name: operation
    for operation in (
        Operation("serverVersion", ServerVersion, Text, {}),
        Operation("clientVersion", ClientVersion, Text, {"strVersion": "version"}),
        Operation(
            "authenticate",
            Authenticate,
            Strings,
            {"strUserName": "user_name", "strPassword": "password"},
        ),
        Operation(
            "sendRequestXML",
            SendRequestXML,
            Qbxml,
            {
                **_TICKET,
                "strHCPResponse": "hcp_response",
                "strCompanyFileName": "company_file_name",
                "qbXMLCountry": "country",
                "qbXMLMajorVers": "qbxml_major_version",
                "qbXMLMinorVers": "qbxml_minor_version",
            },
        ),
        Operation(
            "receiveResponseXML",
            ReceiveResponseXML,
            Number,
            {**_TICKET, "response": "response", **_FAILURE},
        ),
        Operation("getLastError", GetLastError, Text, _TICKET),
        Operation("connectionError", ConnectionFailed, Text, {**_TICKET, **_FAILURE}),
        Operation("closeConnection", CloseConnection, Text, _TICKET),
        Operation(
            "getInteractiveURL", GetInteractiveURL, Text, {**_WC_TICKET, "sessionID": "session_id"}
        ),
        Operation("isInteractiveDone", IsInteractiveDone, Text, _WC_TICKET),
        Operation(
            "interactiveRejected", InteractiveRejected, Text, {**_WC_TICKET, "reason": "reason"}
        ),
    )
}
_BY_CALL = {operation.call: operation for operation in OPERATIONS.values()}


def operation_of(call: Call) -> Operation:
    """Find the row of that call."""
    return _BY_CALL[type(call)]
