"""The Web Connector: calls a service in the documented order and runs what it is given.

Source: QuickBooks Web Connector Programmer's Guide 2.0, chapters 2 and 10.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Final

import httpx

from simulator import hcp
from simulator.company_file import CompanyFile
from simulator.errors import ComError
from simulator.faults import (
    FaultScript,
    LoseAnswer,
    Meanwhile,
    OtherCompanyOpen,
    RaiseComError,
    RefuseToOpen,
    SetFault,
    SlowAnswer,
)
from simulator.interpreter import process
from simulator.reports import Ending, Outcome, UpdateReport, verdict
from simulator.soap import Call, SoapError, Style, fault_text, read_strings, read_text

VERSION: Final = "2.3.0.215"

# The time-out of the real one is not documented; this is the default of its HTTP library.
_HTTP_TIMEOUT_SECONDS: Final = 100
_MOST_ATTEMPTS_TO_OPEN: Final = 5
_HIGHEST_QBXML: Final = (16, 0)
_DONE_PERCENT: Final = 100
_HTTP_OK: Final = 200
_UNTOLD: Final = ""

_OPTIONAL_CALL: Final = "QBWC1040"
_AUTHENTICATE_FAILED: Final = "QBWC1012"
_NOT_CONNECTED: Final = "QBWC1013"
_SEND_FAILED: Final = "QBWC1041"
_RECEIVE_FAILED: Final = "QBWC1042"
_LAST_ERROR_FAILED: Final = "QBWC1043"
_CLOSE_FAILED: Final = "QBWC1044"
_CONNECTION_ERROR_FAILED: Final = "QBWC1045"


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
    machine: str = "OFFICE-PC"
    #: Shared by all applications of one Windows user: only one of them updates at a time.
    update_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run_update(self) -> UpdateReport:
        """Run one update session and report how it ended. Never raises for what went wrong."""
        async with self.update_lock:
            if self.client is not None:
                return await self._run_update(self.client)
            async with httpx.AsyncClient(timeout=_HTTP_TIMEOUT_SECONDS) as client:
                return await self._run_update(client)

    async def run_forever(
        self,
        every_seconds: float,
        stop: asyncio.Event,
        on_report: Callable[[UpdateReport], None] | None = None,
    ) -> None:
        """Run updates until `stop` is set, later when the service asks for it (Auto-Run)."""
        while not stop.is_set():
            report = await self.run_update()
            if on_report is not None:
                on_report(report)
            wait_seconds = max(every_seconds, report.next_run_in or 0)
            try:
                await asyncio.wait_for(stop.wait(), wait_seconds)
            except TimeoutError:
                continue

    async def _run_update(self, client: httpx.AsyncClient) -> UpdateReport:
        begun = time.monotonic()
        session = _Session(self, client, self.faults or FaultScript())
        ending = await session.run()
        return UpdateReport(
            outcome=ending.outcome,
            requests_sent=session.requests_sent,
            status_text=ending.text,
            error_codes=(ending.code,) if ending.code else (),
            seconds=time.monotonic() - begun,
            next_run_in=ending.next_run_in,
        )


class _Broken(Exception):
    """A call failed, which ends the session; the service hears nothing more."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.ending = Ending(Outcome.FAILED, text, code)


class _Died(Exception):
    """A scripted fault ended the connector in the middle of a session."""


@dataclass(slots=True)
class _Session:
    connector: WebConnector
    client: httpx.AsyncClient
    faults: FaultScript
    ticket: str = ""
    #: The company file while it is open.
    company: CompanyFile | None = None
    hcp_sent: bool = False
    requests_sent: int = 0

    async def run(self) -> Ending:
        try:
            return await self._update()
        except _Broken as broken:
            return broken.ending
        except _Died:
            return Ending(Outcome.ANSWER_LOST, "The Web Connector was closed")
        finally:
            if self.company is not None:
                hcp.unlock(self.company, self.connector.owner_id)

    async def _update(self) -> Ending:
        refusal = await self._exchange_versions()
        if refusal:
            return Ending(Outcome.VERSION_REFUSED, refusal)
        strings = await self._authenticate()
        self.ticket = strings[0]
        ending = verdict(strings)
        if ending.outcome is Outcome.GO_ON:
            worked = await self._open_and_work(strings[1])
            if worked.outcome is Outcome.NOT_OPENED:
                return worked
            ending = replace(worked, next_run_in=ending.next_run_in)
        closing = await self._call("closeConnection", _CLOSE_FAILED, ticket=self.ticket)
        return ending if ending.text else replace(ending, text=closing)

    async def _exchange_versions(self) -> str:
        """Make the two optional calls; returns why the service refuses this version, or ''."""
        try:
            await self._call("serverVersion", _OPTIONAL_CALL)
            answer = await self._call("clientVersion", _OPTIONAL_CALL, strVersion=VERSION)
        except _Broken:
            return ""
        return answer[2:] if answer.startswith("E:") else ""

    async def _authenticate(self) -> list[str]:
        user_name, password = self.connector.user_name, self.connector.password
        call = Call("authenticate", {"strUserName": user_name, "strPassword": password})
        reply = await self._post(call, _AUTHENTICATE_FAILED)
        try:
            return read_strings(call.operation, reply)
        except SoapError as error:
            raise _Broken(_AUTHENTICATE_FAILED, str(error)) from None

    async def _open_and_work(self, path: str) -> Ending:
        faults = self.faults.at_opening()
        refusals = [fault for fault in faults if isinstance(fault, RefuseToOpen)]
        others = [fault.company_file for fault in faults if isinstance(fault, OtherCompanyOpen)]
        open_file = (others or [self.connector.company_file])[0]
        error = ComError("0x80040401")
        for _attempt in range(_MOST_ATTEMPTS_TO_OPEN):
            try:
                _check_opening(path, open_file, refusals)
            except ComError as refusal:
                error = refusal
            else:
                self.company = open_file
                hcp.lock(open_file, self.connector.owner_id, self.connector)
                return await self._work(open_file)
            path = await self._report_connection_error(error)
            if path.casefold() == "done":
                break
        return Ending(Outcome.NOT_OPENED, error.message, _NOT_CONNECTED)

    async def _report_connection_error(self, error: ComError) -> str:
        return await self._call(
            "connectionError",
            _CONNECTION_ERROR_FAILED,
            ticket=self.ticket,
            hresult=error.hresult,
            message=error.message,
        )

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
        return await self._call(
            "sendRequestXML",
            _SEND_FAILED,
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
                await asyncio.sleep(self.connector.noop_seconds)
                return None
            case "interactive mode":
                return Ending(Outcome.INTERACTIVE, await self._decline_interaction())
            case _:
                return Ending(Outcome.STOPPED, word)

    async def _decline_interaction(self) -> str:
        session_id = self.ticket
        ticket = self.ticket
        await self._call("getInteractiveURL", _OPTIONAL_CALL, wcTicket=ticket, sessionID=session_id)
        return await self._call(
            "interactiveRejected",
            _OPTIONAL_CALL,
            wcTicket=ticket,
            reason="Nobody sits at this computer",
        )

    async def _deliver(self, company: CompanyFile, document: str) -> int:
        """Run the document and report the answer or the error; returns the progress."""
        self.requests_sent += 1
        response, hresult, message = "", "", ""
        try:
            response = await self._process(company, document, self.faults.at_message_set())
        except ComError as error:
            hresult, message = error.hresult, error.message
        progress = await self._call(
            "receiveResponseXML",
            _RECEIVE_FAILED,
            ticket=self.ticket,
            response=response,
            hresult=hresult,
            message=message,
        )
        try:
            return int(progress)
        except ValueError:
            raise _Broken(_RECEIVE_FAILED, f'"{progress}" is not an integer') from None

    async def _process(self, company: CompanyFile, document: str, faults: list[SetFault]) -> str:
        for fault in faults:
            if isinstance(fault, Meanwhile):
                fault.happens(company)
        _fail(faults, after_write=False)
        response = process(company, document, application=self.connector.owner_id)
        _fail(faults, after_write=True)
        for fault in faults:
            if isinstance(fault, SlowAnswer):
                await asyncio.sleep(fault.seconds)
        return response

    async def _last_error(self) -> str:
        return await self._call("getLastError", _LAST_ERROR_FAILED, ticket=self.ticket)

    async def _call(self, operation: str, failure: str, **parameters: str | int) -> str:
        reply = await self._post(Call(operation, parameters), failure)
        try:
            return read_text(operation, reply)
        except SoapError as error:
            raise _Broken(failure, str(error)) from None

    async def _post(self, call: Call, failure: str) -> bytes:
        connector = self.connector
        try:
            reply = await self.client.post(
                connector.url, content=call.body(connector.style), headers=call.headers
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _Broken(failure, str(error) or type(error).__name__) from None
        if reply.status_code != _HTTP_OK:
            status = f"The request failed with HTTP status {reply.status_code}"
            text = fault_text(reply.content) or status
            raise _Broken(failure, text)
        return reply.content


def _check_opening(path: str, open_file: CompanyFile, refusals: list[RefuseToOpen]) -> None:
    for refusal in refusals:
        raise ComError(refusal.hresult, refusal.message)
    if path and path.casefold() != open_file.path.casefold():
        raise ComError("0x8004040A")


def _fail(faults: list[SetFault], *, after_write: bool) -> None:
    for fault in faults:
        if isinstance(fault, LoseAnswer) and fault.after_write == after_write:
            raise _Died
        if isinstance(fault, RaiseComError) and fault.after_write == after_write:
            raise ComError(fault.hresult, fault.message)
