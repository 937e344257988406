"""One function per call of the Web Connector: call in, reply out."""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

import structlog

from db.channels import Channel
from db.unit_of_work import UnitOfWork
from domain.answers import judge_opening
from domain.backoff import opening_pause, reopens
from domain.connections import is_other_file
from domain.connector import is_older
from domain.queue import ConnectorSession, SessionState
from qbwc.calls import (
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
    Reply,
    SendRequestXML,
    ServerVersion,
    Text,
)
from qbwc.handing_out import send_request
from qbwc.receiving import receive_response
from qbwc.recovery import Ledger
from qbwc.sessions import Tools, in_session
from qbwc.signing_in import authenticate
from qbwc.watching import ask_if_due

log: structlog.stdlib.BoundLogger = structlog.get_logger()

SessionCall = (
    SendRequestXML | ReceiveResponseXML | GetLastError | ConnectionFailed | CloseConnection
)

_NOTHING = "Nothing waits for QuickBooks any more."
_EXPIRED = "This session has ended; it starts again at the next run."
_FINISHED = "done"


async def answer(tools: Tools, call: Call, peer: str = "") -> Reply:
    """Answer one call; when it returns, what it did is committed.

    `peer` is the network address that calls, "" when it is not known.
    """
    match call:
        case ServerVersion():
            return Text(f"Instep {tools.version}")
        case ClientVersion():
            return _welcome(tools, call, peer)
        case GetInteractiveURL() | IsInteractiveDone() | InteractiveRejected():
            return _decline(call)
        case Authenticate():
            return await authenticate(tools, call, peer)
        case _:
            return await _answer_in_session(tools, call)


async def _answer_in_session(tools: Tools, call: SessionCall) -> Reply:
    match call:
        case SendRequestXML():
            return await send_request(tools, call)
        case ReceiveResponseXML():
            return await receive_response(tools, call)
        case GetLastError():
            return await get_last_error(tools, call)
        case ConnectionFailed():
            return await connection_failed(tools, call)
        case CloseConnection():
            return await close_connection(tools, call)
        case _:
            assert_never(call)


def _welcome(tools: Tools, call: ClientVersion, peer: str) -> Text:
    """Turn away what is older than the operator allows; a warning would stop at a dialog box."""
    tools.greetings.heard(peer, call.version)
    if tools.least_client is None or not is_older(call.version, tools.least_client):
        return Text("")
    return Text(
        f"E:This Web Connector has version {call.version}; Instep needs {tools.least_client} or"
        " newer. Install the newest one from Intuit's site and run the update again."
    )


def _decline(call: GetInteractiveURL | IsInteractiveDone | InteractiveRejected) -> Text:
    """There is no interactive mode: it is done at once."""
    return Text("DONE" if isinstance(call, IsInteractiveDone) else "")


async def get_last_error(tools: Tools, call: GetLastError) -> Reply:
    """Give why the last call had nothing, in words for the Status column."""
    said: list[str] = []

    async def operate(
        _work: UnitOfWork, _channel: Channel, session: ConnectorSession
    ) -> ConnectorSession:
        said.append(session.last_error or _NOTHING)
        return session

    await in_session(tools, call.ticket, operate)
    return Text(said[0] if said else _EXPIRED)


async def connection_failed(tools: Tools, call: ConnectionFailed) -> Text:
    """Note why QuickBooks could not be opened: the work stays queued.

    Where trying again helps, the Web Connector is told to open the company file once more; where
    another file is open, to take that: it is looked at before anything is sent. Otherwise the
    session ends, and after repeated failures the next one waits a while.
    """
    answers: list[str] = []

    async def operate(
        work: UnitOfWork, channel: Channel, session: ConnectorSession
    ) -> ConnectorSession:
        now, verdict = tools.chance.now(), judge_opening(call.hresult, call.message)
        log.warning("quickbooks.not_opened", hresult=call.hresult[:20])
        session = replace(session, openings_failed=session.openings_failed + 1)
        if session.openings_failed == 1 and is_other_file(call.hresult):
            answers.append("")  # it may have been moved: the guard looks at what is open
            return session
        if reopens(verdict, session.openings_failed):
            answers.append(await work.company_files.path_of(channel.id) or "")
            return session
        pause = opening_pause(channel.failures + 1, now, now)
        trouble = f"{verdict.reason} ({call.hresult} {call.message})".replace("\x00", "\ufffd")
        await work.connections.opening_failed(
            channel.id,
            now,
            trouble=trouble,
            hresult=call.hresult.replace("\x00", "\ufffd"),
            retry_at=now + timedelta(seconds=pause) if pause else None,
        )
        work.ring()
        return await _close(tools, work, channel, session)

    await in_session(tools, call.ticket, operate)
    return Text(answers[0] if answers else _FINISHED)


async def close_connection(tools: Tools, call: CloseConnection) -> Reply:
    """End the session; a dead ticket is told the same."""

    async def operate(
        work: UnitOfWork, channel: Channel, session: ConnectorSession
    ) -> ConnectorSession:
        return await _close(tools, work, channel, session)

    await in_session(tools, call.ticket, operate)
    return Text("OK")


async def _close(
    tools: Tools, work: UnitOfWork, channel: Channel, session: ConnectorSession
) -> ConnectorSession:
    await Ledger(work, tools.chance, channel).lose_owed(session_id=session.id)
    await work.connections.seen(channel.id, tools.chance.now())
    if session.is_met and not channel.is_disabled:
        await ask_if_due(work, tools.chance, channel.id, every=tools.watch_every)
    work.ring()
    log.info("session.closed", session_id=str(session.id))
    return replace(session, state=SessionState.CLOSED)
