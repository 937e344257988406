"""One function per call of the Web Connector: call in, reply out."""

from dataclasses import replace
from typing import assert_never

import structlog

from db.unit_of_work import UnitOfWork
from domain.answers import judge_hresult
from domain.queue import ConnectorSession, Exchange, SessionState
from qbwc.booking import Books
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
    Number,
    Qbxml,
    ReceiveResponseXML,
    Reply,
    SendRequestXML,
    ServerVersion,
    Strings,
    Text,
)
from qbwc.company_guard import check_company_file
from qbwc.message_set import take_message_set
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.parse import parse_answer
from qbwc.sessions import (
    Tools,
    has_something_to_do,
    in_session,
    is_valid,
    note_contact,
    open_session,
)

log: structlog.stdlib.BoundLogger = structlog.get_logger()

SessionCall = (
    SendRequestXML | ReceiveResponseXML | GetLastError | ConnectionFailed | CloseConnection
)

_NOTHING = "Nothing waits for QuickBooks any more."
_EXPIRED = "This session has ended; it starts again at the next run."
_DONE, _FAILED = 100, -1


async def answer(tools: Tools, call: Call) -> Reply:
    """Answer one call; when it returns, what it did is committed."""
    match call:
        case ServerVersion():
            return Text(f"Instep {tools.version}")
        case ClientVersion() | GetInteractiveURL() | IsInteractiveDone() | InteractiveRejected():
            return _decline(call)
        case Authenticate():
            return await authenticate(tools, call)
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


def _decline(
    call: ClientVersion | GetInteractiveURL | IsInteractiveDone | InteractiveRejected,
) -> Reply:
    """Any client version is welcome, and there is no interactive mode: it is done at once."""
    return Text("DONE" if isinstance(call, IsInteractiveDone) else "")


async def authenticate(tools: Tools, call: Authenticate) -> Reply:
    """Give a ticket and the company file; `none` when nothing is due, `nvu` if not valid.

    A new sign-in while an answer is owed means that the answer was lost: those jobs become UNKNOWN
    before anything else is handed out. It fences the older session of the connection.
    """
    entry = await tools.find.connection(call.user_name)
    if entry is None:
        return Strings(("", "nvu"))
    async with tools.open_work(entry.account_id) as work:
        if not await is_valid(work, tools, entry.id, call.password):
            return Strings(("", "nvu"))
        await note_contact(work, tools, entry.id)
        if not await has_something_to_do(work, entry.id):
            return Strings(("", "none"))
        await work.connections.lock(entry.id)
        await Books(work, tools.chance, entry.id).give_up_owed()
        if not await work.connections.has_work(entry.id):
            await work.connector_sessions.fence(entry.id)
            return Strings(("", "none"))  # what was lost is asked after once a worker planned it
        ticket = await open_session(work, tools, entry.id)
        company = await work.connections.company_identity(entry.id)
    return Strings((ticket, company.path or ""))


async def send_request(tools: Tools, call: SendRequestXML) -> Reply:
    """Hand out what is ready as one message set; empty when nothing is due or it is not live."""
    handed_out: list[Exchange] = []

    async def operate(work: UnitOfWork, session: ConnectorSession) -> ConnectorSession:
        version = f"{call.qbxml_major_version}.{call.qbxml_minor_version}"
        session = replace(session, qbxml_version=version)
        if call.hcp_response:
            trouble = await _meet_quickbooks(tools, work, session, call)
            if trouble is not None:
                return replace(session, last_error=trouble)
        books = Books(work, tools.chance, session.connection_id)
        await books.give_up_owed()  # asked again without an answer to the last set: it was lost
        exchange = await take_message_set(
            work,
            tools.chance,
            connection_id=session.connection_id,
            session_id=session.id,
            version=(call.qbxml_major_version, call.qbxml_minor_version),
        )
        if exchange is not None:
            handed_out.append(exchange)
        return replace(session, last_error=None if exchange else _NOTHING)

    await in_session(tools, call.ticket, operate)
    if not handed_out:
        return Qbxml(b"")
    log.info("message_set.handed_out", message_set_id=handed_out[0].message_set_id)
    return Qbxml(handed_out[0].body)


async def _meet_quickbooks(
    tools: Tools, work: UnitOfWork, session: ConnectorSession, call: SendRequestXML
) -> str | None:
    """Keep what the first call of a session tells; give why nothing may be sent, if so."""
    await work.connector_sessions.save(session, host_facts=call.hcp_response)
    trouble = await check_company_file(work, session, call)
    await work.connections.heard(
        session.connection_id,
        tools.chance.now(),
        trouble=trouble,
        is_wrong_company_file=trouble is not None,
    )
    return trouble


async def receive_response(tools: Tools, call: ReceiveResponseXML) -> Reply:
    """Store and book the answer; give how far this run has come, 100 when nothing is left."""
    progress: list[int] = []

    async def operate(work: UnitOfWork, session: ConnectorSession) -> ConnectorSession:
        error = None
        owed = await work.exchanges.owed_by(session.connection_id)
        for exchange in (e for e in owed if e.session_id == session.id):
            error = await _book(tools, work, call, exchange)
        waiting = await work.qbxml_requests.count_ready(session.connection_id)
        progress.append(_FAILED if error else _progress(waiting))
        return replace(session, last_error=error)

    live = await in_session(tools, call.ticket, operate)
    return Number(progress[0] if live else _FAILED)


async def get_last_error(tools: Tools, call: GetLastError) -> Reply:
    """Give why the last call had nothing, in words for the Status column."""
    said: list[str] = []

    async def operate(_: UnitOfWork, session: ConnectorSession) -> ConnectorSession:
        said.append(session.last_error or _NOTHING)
        return session

    await in_session(tools, call.ticket, operate)
    return Text(said[0] if said else _EXPIRED)


async def connection_failed(tools: Tools, call: ConnectionFailed) -> Reply:
    """Note why QuickBooks could not be opened, and end the session: the work stays queued."""

    async def operate(work: UnitOfWork, session: ConnectorSession) -> ConnectorSession:
        verdict = judge_hresult(call.hresult, call.message)
        trouble = f"{verdict.reason} ({call.hresult} {call.message})".strip()
        await work.connections.heard(
            session.connection_id, tools.chance.now(), trouble=trouble.replace("\x00", "\ufffd")
        )
        log.warning("quickbooks.not_opened", hresult=call.hresult[:20])
        return await _close(tools, work, session)

    await in_session(tools, call.ticket, operate)
    return Text("done")


async def close_connection(tools: Tools, call: CloseConnection) -> Reply:
    """End the session; a dead ticket is told the same."""

    async def operate(work: UnitOfWork, session: ConnectorSession) -> ConnectorSession:
        return await _close(tools, work, session)

    await in_session(tools, call.ticket, operate)
    return Text("OK")


async def _book(
    tools: Tools, work: UnitOfWork, call: ReceiveResponseXML, exchange: Exchange
) -> str | None:
    """Store the answer as it came, then book it; give what to show when it could not be read."""
    books = Books(work, tools.chance, exchange.connection_id)
    await work.exchanges.answered(
        exchange.id,
        answer=call.response,
        hresult=call.hresult,
        message=call.message,
        now=tools.chance.now(),
    )
    if call.hresult or call.message:
        await books.book_hresult(exchange, call.hresult, call.message)
        return None
    try:
        parsed = parse_answer(call.response)
    except RemoteProtocolError as fault:
        log.warning("message_set.unreadable", message_set_id=exchange.message_set_id)
        await books.book_responses(exchange, ())
        return f"QuickBooks' answer could not be read: {fault}"
    if parsed.message_set_id not in (None, exchange.message_set_id):
        await books.book_responses(exchange, ())
        return "QuickBooks answered another message set than the one that was sent."
    await books.book_responses(exchange, parsed.responses)
    return None


async def _close(tools: Tools, work: UnitOfWork, session: ConnectorSession) -> ConnectorSession:
    await Books(work, tools.chance, session.connection_id).give_up_owed()
    log.info("session.closed", session_id=str(session.id))
    return replace(session, state=SessionState.CLOSED)


def _progress(waiting: int) -> int:
    """Below 100 the Web Connector asks again; the exact share means nothing to it."""
    return _DONE if waiting == 0 else max(1, _DONE - min(waiting, _DONE - 1))
