"""A Web Connector that times the service alone: real SOAP and HTTP, QuickBooks' own time apart."""

import time
from dataclasses import dataclass, field
from typing import Final

from benchmarks.http_line import Line, request_of
from simulator import hcp
from simulator.company_file import CompanyFile
from simulator.interpreter import process
from simulator.soap import Call, read_strings, read_text

_PATH: Final = "/qbwc"
_VERSION: Final = "2.3.0.215"
_OWNER_ID: Final = "{9c3f4be2-3d0a-4a8e-9a0c-5f1f7f0c1a01}"
_DONE_PERCENT: Final = 100


class NoSession(Exception):
    """The service had no work, or did not know the user."""


@dataclass(slots=True)
class Drained:
    """One session: its message sets as they came, and where its seconds went."""

    documents: list[str] = field(default_factory=list)
    #: Until the replies of the service were there.
    service_seconds: float = 0
    #: Spent by the simulated QuickBooks on the requests.
    quickbooks_seconds: float = 0
    #: All of it, the Web Connector's own work with it.
    seconds: float = 0


async def drain(line: Line, company: CompanyFile, *, user_name: str, password: str) -> Drained:
    """Run one session to its end. Raises NoSession when there is none."""
    connector = _Connector(line)
    began, waited = time.perf_counter(), line.waited
    drained = Drained()
    ticket = await connector.sign_in(user_name, password)
    told, progress = hcp.answers(company, _OWNER_ID), 0
    while 0 <= progress < _DONE_PERCENT:
        document = await connector.ask(ticket, told, company.path)
        told = ""
        if not document:
            break
        started = time.perf_counter()
        response = process(company, document, application=_OWNER_ID)
        drained.quickbooks_seconds += time.perf_counter() - started
        drained.documents.append(document)
        progress = await connector.deliver(ticket, response)
    await connector.text("closeConnection", ticket=ticket)
    drained.service_seconds = line.waited - waited
    drained.seconds = time.perf_counter() - began
    return drained


def poll_requests(user_name: str, password: str) -> list[bytes]:
    """Give the four requests of a poll that finds nothing due, ready to be sent."""
    calls = (
        Call("serverVersion", {}),
        Call("clientVersion", {"strVersion": _VERSION}),
        Call("authenticate", {"strUserName": user_name, "strPassword": password}),
        Call("closeConnection", {"ticket": ""}),
    )
    return [_request(call) for call in calls]


class _Connector:
    def __init__(self, line: Line) -> None:
        self._line = line

    async def sign_in(self, user_name: str, password: str) -> str:
        await self.text("serverVersion")
        await self.text("clientVersion", strVersion=_VERSION)
        call = Call("authenticate", {"strUserName": user_name, "strPassword": password})
        ticket, word = read_strings(call.operation, await self._line.post(_request(call)))[:2]
        if not ticket:
            raise NoSession(word)
        return ticket

    async def ask(self, ticket: str, told: str, path: str) -> str:
        return await self.text(
            "sendRequestXML",
            ticket=ticket,
            strHCPResponse=told,
            strCompanyFileName=path,
            qbXMLCountry="US",
            qbXMLMajorVers=16,
            qbXMLMinorVers=0,
        )

    async def deliver(self, ticket: str, response: str) -> int:
        answer = await self.text(
            "receiveResponseXML", ticket=ticket, response=response, hresult="", message=""
        )
        return int(answer)

    async def text(self, operation: str, **parameters: str | int) -> str:
        reply = await self._line.post(_request(Call(operation, parameters)))
        return read_text(operation, reply)


def _request(call: Call) -> bytes:
    return request_of(_PATH, call.body(), call.headers)
