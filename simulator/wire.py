"""The calls of one session: posted, noted in the journal, and failing when the script says so."""

from dataclasses import dataclass
from typing import Final

import httpx
from lxml import etree

from simulator.clock import Timekeeper
from simulator.documents import hardened_parser
from simulator.faults import Asleep, CallFault, CutSession, DropConnection, FaultScript, Kill
from simulator.journal import JournalCall, JournalSession
from simulator.reports import CallFailed, Ending, Outcome, SessionEnded
from simulator.soap import Call, SoapError, Style, fault_text, read_strings, read_text

# The time-out of the real one is not documented; this is the default of its HTTP library.
HTTP_TIMEOUT_SECONDS: Final = 100
_HTTP_OK: Final = 200
#: Which code the window shows when a call fails. Source: guide, appendix A.
_CODES: Final = {
    "authenticate": "QBWC1012",
    "sendRequestXML": "QBWC1041",
    "receiveResponseXML": "QBWC1042",
    "getLastError": "QBWC1043",
    "closeConnection": "QBWC1044",
    "connectionError": "QBWC1045",
}
_DROPPED: Final = "The internet connection was lost"
_CLOSED: Final = "The Web Connector was closed"


@dataclass(slots=True)
class Wire:
    """How one session reaches the service. Every call raises SessionEnded when it is the last."""

    url: str
    client: httpx.AsyncClient
    style: Style
    clock: Timekeeper
    faults: FaultScript
    journal: JournalSession

    async def text(self, operation: str, **parameters: str | int) -> str:
        """Call the service and return its one string or int. Raises CallFailed."""
        reply = await self._reply(Call(operation, parameters))
        try:
            answer = read_text(operation, reply)
        except SoapError as error:
            raise self._failed(operation, str(error)) from None
        self._note(operation, _shown(operation, answer))
        return answer

    async def strings(self, operation: str, **parameters: str | int) -> list[str]:
        """Call the service and return its array of strings. Raises CallFailed."""
        reply = await self._reply(Call(operation, parameters))
        try:
            answer = read_strings(operation, reply)
        except SoapError as error:
            raise self._failed(operation, str(error)) from None
        self._note(operation, " | ".join(answer[1:]))
        return answer

    async def _reply(self, call: Call) -> bytes:
        faults = self.faults.at_call(call.operation, self.clock())
        for fault in faults:
            await self._before(call.operation, fault)
        reply = await self._post(call)
        for fault in faults:
            if isinstance(fault, Kill | DropConnection):
                raise self._broken_off(call.operation, fault)
        return reply

    async def _before(self, operation: str, fault: CallFault) -> None:
        if isinstance(fault, Asleep):
            await self.clock.sleep(fault.seconds)
        elif isinstance(fault, CutSession):
            text = f"The user ended the update before {operation}"
            raise SessionEnded(Ending(Outcome.CUT, text))
        elif not fault.request_sent:
            raise self._broken_off(operation, fault)

    def _broken_off(self, operation: str, fault: Kill | DropConnection) -> SessionEnded:
        if isinstance(fault, DropConnection):
            return self._failed(operation, _DROPPED)
        self._note(operation, None, _CLOSED)
        return SessionEnded(Ending(Outcome.KILLED, _CLOSED), connector_lives=False)

    async def _post(self, call: Call) -> bytes:
        try:
            reply = await self.client.post(
                self.url, content=call.body(self.style), headers=call.headers
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failed(call.operation, str(error) or type(error).__name__) from None
        if reply.status_code != _HTTP_OK:
            status = f"The request failed with HTTP status {reply.status_code}"
            raise self._failed(call.operation, fault_text(reply.content) or status)
        return reply.content

    def _failed(self, operation: str, text: str) -> CallFailed:
        self._note(operation, None, text)
        return CallFailed(_CODES.get(operation, ""), text)

    def _note(self, operation: str, answer: str | None, failure: str = "") -> None:
        self.journal.calls.append(JournalCall(self.clock(), operation, answer, failure))


def _shown(operation: str, answer: str) -> str:
    """Return what the journal keeps of an answer: of a message set its id, if it has one."""
    if operation != "sendRequestXML" or not answer:
        return answer
    try:
        message_set = etree.fromstring(answer.encode(), hardened_parser()).find("QBXMLMsgsRq")
    except etree.XMLSyntaxError:
        return "qbXML that cannot be read"
    message_set_id = None if message_set is None else message_set.get("newMessageSetID")
    return f"message set {message_set_id}" if message_set_id else "a message set without an id"
