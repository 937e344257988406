"""The Web Connector: calls a service in the documented order and runs what it is given.

Source: QuickBooks Web Connector Programmer's Guide 2.0, chapters 2 and 10.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cache
from typing import Final

import httpx

from simulator import hcp
from simulator.clock import SystemClock, Timekeeper, wait
from simulator.company_file import CompanyFile
from simulator.computer import Computer
from simulator.errors import ComError
from simulator.faults import FaultScript, LoseAnswer, Meanwhile, RaiseComError, SetFault, SlowAnswer
from simulator.interaction import interact
from simulator.interpreter import process
from simulator.journal import JournalSession
from simulator.opening import open_company
from simulator.reports import CallFailed, Ending, Outcome, SessionEnded, UpdateReport, verdict
from simulator.soap import Style
from simulator.wire import HTTP_TIMEOUT_SECONDS, Wire

VERSION: Final = "2.3.0.215"

_HIGHEST_QBXML: Final = (16, 0)
_DONE_PERCENT: Final = 100
_UNTOLD: Final = ""
_INTEGER: Final = re.compile(r"\s*-?[0-9]+\s*")

_HCP_FAILED: Final = "QBWC1014"
_RECEIVE_FAILED: Final = "QBWC1042"


@cache
def _trust() -> ssl.SSLContext:
    """Whom a computer trusts, read once: reading it takes longer than many an update."""
    return httpx.create_ssl_context()


@dataclass(slots=True)
class WebConnector:
    """One application added to one Web Connector, next to one company file."""

    url: str
    user_name: str
    password: str
    company_file: CompanyFile
    _: KW_ONLY
    #: The caller's client is used and left open; without one each update opens its own.
    client: httpx.AsyncClient | None = None
    noop_seconds: float = 5
    faults: FaultScript | None = None
    style: Style = Style.DOCUMENT
    owner_id: str = "{9c3f4be2-3d0a-4a8e-9a0c-5f1f7f0c1a01}"
    file_id: str = "{2e1d7c40-6b58-4f0f-8f35-1b7a44c9d202}"
    #: Connectors of one computer share its UpdateLock.
    computer: Computer = field(default_factory=Computer)
    #: Every pause goes by it; give a virtual one to the company file too, as its `now`.
    clock: Timekeeper = field(default_factory=SystemClock)

    @property
    def machine(self) -> str:
        """The name that stands in the company file's lock."""
        return self.computer.machine

    async def run_update(self) -> UpdateReport:
        """Run one update session and report how it ended. Never raises for what went wrong."""
        async with self.computer.update_lock:
            if self.client is not None:
                return await self._run_update(self.client)
            async with httpx.AsyncClient(timeout=HTTP_TIMEOUT_SECONDS, verify=_trust()) as client:
                return await self._run_update(client)

    async def run_forever(
        self,
        every_seconds: float,
        stop: asyncio.Event,
        on_report: Callable[[UpdateReport], None] | None = None,
    ) -> None:
        """Run updates until `stop` is set, as often as the service allows (Auto-Run).

        A minimum that the service asks for stays; a postponement counts once.
        """
        while not stop.is_set():
            report = await self.run_update()
            if on_report is not None:
                on_report(report)
            every_seconds = max(every_seconds, report.minimum_seconds or 0)
            await wait(self.clock, report.postponed_seconds or every_seconds, stop)

    async def _run_update(self, client: httpx.AsyncClient) -> UpdateReport:
        begun = self.clock()
        journal = self.company_file.journal.open_session(self.machine, begun)
        faults = self.faults or FaultScript()
        faults.begin(begun)
        wire = Wire(self.url, client, self.style, self.clock, faults, journal)
        session = _Session(self, wire)
        ending = await session.run()
        report = UpdateReport(
            outcome=ending.outcome,
            requests_sent=session.requests_sent,
            status_text=ending.text,
            error_codes=(ending.code,) if ending.code else (),
            seconds=(self.clock() - begun).total_seconds(),
            postponed_seconds=ending.postponed_seconds,
            minimum_seconds=ending.minimum_seconds,
            progress=tuple(session.progress),
            messages=tuple(session.messages),
        )
        _close(journal, report)
        return report


def _close(journal: JournalSession, report: UpdateReport) -> None:
    journal.outcome = str(report.outcome)
    journal.status_text = report.status_text
    journal.error_codes = report.error_codes


@dataclass(slots=True)
class _Session:
    connector: WebConnector
    wire: Wire
    ticket: str = ""
    #: The company file while this session holds its lock.
    company: CompanyFile | None = None
    hcp_sent: bool = False
    requests_sent: int = 0
    progress: list[int] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    async def run(self) -> Ending:
        try:
            ending = await self._update()
        except SessionEnded as ended:
            if ended.connector_lives:
                self._unlock()
            return ended.ending
        self._unlock()
        return ending

    async def _update(self) -> Ending:
        await self._exchange_versions()
        strings = await self.wire.strings(
            "authenticate",
            strUserName=self.connector.user_name,
            strPassword=self.connector.password,
        )
        self.ticket = strings[0]
        ending = verdict(strings)
        if ending.outcome is Outcome.GO_ON:
            worked = await self._open_and_work(strings[1])
            ending = replace(worked, minimum_seconds=ending.minimum_seconds)
        self._unlock()
        closing = await self.wire.text("closeConnection", ticket=self.ticket)
        return ending if ending.text else replace(ending, text=closing)

    async def _exchange_versions(self) -> None:
        """Make the two optional calls. Raises SessionEnded when the update ends with them."""
        await self._optional("serverVersion")
        answer = await self._optional("clientVersion", strVersion=VERSION)
        mark, text = answer[:2], answer[2:]
        if mark in {"W:", "E:"}:
            self.messages.append(text)
        elif mark == "O:":
            self.messages.append(f"The server needs version {text} of the Web Connector")
        if mark == "E:" or (mark == "W:" and not self.connector.computer.accepts_warnings):
            raise SessionEnded(Ending(Outcome.VERSION_REFUSED, text))

    async def _optional(self, operation: str, **parameters: str) -> str:
        try:
            return await self.wire.text(operation, **parameters)
        except CallFailed:
            return ""

    async def _open_and_work(self, path: str) -> Ending:
        connector = self.connector
        faults = self.wire.faults.at_opening(self.wire.clock())
        company = await open_company(self.wire, self.ticket, path, connector.company_file, faults)
        try:
            hcp.lock(company, connector.owner_id, connector)
        except hcp.UsedElsewhere as used:
            raise SessionEnded(Ending(Outcome.LOCKED, str(used), _HCP_FAILED)) from None
        self.company = company
        return await self._work(company)

    async def _work(self, company: CompanyFile) -> Ending:
        while True:
            document = await self._ask(company)
            if not document:
                ending = await self._nothing_to_send()
                if ending is not None:
                    return ending
                continue
            progress = await self._deliver(company, document)
            if progress < 0:
                return Ending(Outcome.STOPPED, await self._last_error())
            if progress >= _DONE_PERCENT:
                return Ending(Outcome.DONE)

    async def _ask(self, company: CompanyFile) -> str:
        told = _UNTOLD if self.hcp_sent else hcp.answers(company, self.connector.owner_id)
        self.hcp_sent = True
        major, minor = _HIGHEST_QBXML
        return await self.wire.text(
            "sendRequestXML",
            ticket=self.ticket,
            strHCPResponse=told,
            strCompanyFileName=company.path,
            qbXMLCountry="US",
            qbXMLMajorVers=major,
            qbXMLMinorVers=minor,
        )

    async def _nothing_to_send(self) -> Ending | None:
        word = await self._last_error()
        match word.casefold():
            case "noop":
                await self.wire.clock.sleep(self.connector.noop_seconds)
                return None
            case "interactive mode":
                return await interact(self.wire, self.ticket, self.connector.computer)
            case _:
                return Ending(Outcome.STOPPED, word)

    async def _deliver(self, company: CompanyFile, document: str) -> int:
        """Run the document and report the answer or the error; returns the progress."""
        self.requests_sent += 1
        response, hresult, message = "", "", ""
        try:
            response = await self._process(company, document)
        except ComError as error:
            hresult, message = error.hresult, error.message
        answer = await self.wire.text(
            "receiveResponseXML",
            ticket=self.ticket,
            response=response,
            hresult=hresult,
            message=message,
        )
        if not _INTEGER.fullmatch(answer):
            raise CallFailed(_RECEIVE_FAILED, f'"{answer}" is not an integer')
        self.progress.append(int(answer))
        return self.progress[-1]

    async def _process(self, company: CompanyFile, document: str) -> str:
        clock = self.wire.clock
        faults = self.wire.faults.at_message_set(clock())
        for fault in faults:
            if isinstance(fault, Meanwhile):
                fault.happens(company)
        _fail(faults, after_write=False)
        with company.journal.stamping(clock(), self.wire.journal.number):
            response = process(company, document, application=self.connector.owner_id)
        _fail(faults, after_write=True)
        for fault in faults:
            if isinstance(fault, SlowAnswer):
                await clock.sleep(fault.seconds)
        return response

    async def _last_error(self) -> str:
        return await self.wire.text("getLastError", ticket=self.ticket)

    def _unlock(self) -> None:
        if self.company is not None:
            hcp.unlock(self.company, self.connector.owner_id)
            self.company = None


def _fail(faults: list[SetFault], *, after_write: bool) -> None:
    for fault in faults:
        if isinstance(fault, LoseAnswer) and fault.after_write == after_write:
            lost = Ending(Outcome.ANSWER_LOST, "The Web Connector was closed")
            raise SessionEnded(lost, connector_lives=False)
        if isinstance(fault, RaiseComError) and fault.after_write == after_write:
            raise ComError(fault.hresult, fault.message)
