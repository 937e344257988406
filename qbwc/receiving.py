"""`receiveResponseXML`: the answer is stored, committed, and then booked."""

from dataclasses import replace
from uuid import UUID

import structlog

from db.channels import Channel
from db.directory import SessionEntry
from db.unit_of_work import UnitOfWork
from domain.connector import progress
from domain.exchange import Exchange, ExchangeKind, ExchangeState, RawAnswer
from domain.queue import ConnectorSession, SessionState
from qbwc.calls import Number, ReceiveResponseXML
from qbwc.recovery import Ledger
from qbwc.sessions import EDITING, Tools, in_session

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_DONE, _STAY, _FAILED = 100, 99, -1


async def receive_response(tools: Tools, call: ReceiveResponseXML) -> Number:
    """Store and book the answer; give how far this run has come, 100 when nothing is left.

    Two transactions: whatever goes wrong with the booking, the answer itself is safe, and is booked
    at the next occasion. An answer that is not owed changes nothing.
    """
    raw = RawAnswer(call.response, call.hresult, call.message)
    kept: list[Exchange] = []

    async def operate(
        work: UnitOfWork, channel: Channel, session: ConnectorSession
    ) -> ConnectorSession:
        owed = await _owed(work, session)
        if owed is not None:
            kept.append(await Ledger(work, tools.chance, channel).keep_answer(owed, raw))
        return session

    entry = await in_session(tools, call.ticket, operate)
    if entry is None:
        return Number(_FAILED)
    return Number(await _book(tools, entry, kept[0] if kept else None, raw))


async def book_left(tools: Tools, account_id: UUID, connection_id: UUID) -> None:
    """Book every answer of the connection that was stored and, for a crash, never booked."""
    async with tools.open_work(account_id) as work:
        found = await work.exchanges.open_of(connection_id)
    for exchange in found:
        if exchange.state is ExchangeState.ANSWERED:
            await book_stored(tools, account_id, exchange.id)


async def book_stored(tools: Tools, account_id: UUID, exchange_id: UUID) -> None:
    """Book one stored answer, if nobody has; an attempt counts even when it fails."""
    async with tools.open_work(account_id) as work:
        exchange, ledger = await _lock_answered(tools, work, exchange_id)
        if exchange is None or not await ledger.begin_booking(exchange):
            return
    async with tools.open_work(account_id) as work:
        exchange, ledger = await _lock_answered(tools, work, exchange_id)
        if exchange is not None:
            await ledger.book(exchange, await work.exchanges.answer_of(exchange_id))
            log.info("message_set.booked_later", message_set_id=exchange.message_set_id)


async def _lock_answered(
    tools: Tools, work: UnitOfWork, exchange_id: UUID
) -> tuple[Exchange | None, Ledger]:
    seen = await work.exchanges.get(exchange_id)
    if seen is None:
        raise LookupError(f"There is no message set {exchange_id}.")
    channel = await work.channels.lock(seen.connection_id)
    exchange = await work.exchanges.get(exchange_id)
    is_answered = exchange is not None and exchange.state is ExchangeState.ANSWERED
    return exchange if is_answered else None, Ledger(work, tools.chance, channel)


async def _owed(work: UnitOfWork, session: ConnectorSession) -> Exchange | None:
    found = await work.exchanges.open_of(session.connection_id)
    mine = (e for e in found if e.state is ExchangeState.OWED and e.session_id == session.id)
    return next(mine, None)


async def _book(tools: Tools, entry: SessionEntry, kept: Exchange | None, raw: RawAnswer) -> int:
    """Book the answer that was just stored, and give the progress of its session."""
    async with tools.open_work(entry.account_id) as work:
        channel = await work.channels.lock(entry.connection_id)
        session = await work.connector_sessions.lock(entry.id)
        exchange = None if kept is None else await work.exchanges.get(kept.id)
        trouble = None
        if exchange is not None and exchange.state is ExchangeState.ANSWERED:
            trouble = await Ledger(work, tools.chance, channel).book(exchange, raw)
        if session is None or session.state is not SessionState.OPEN:
            return _FAILED
        if exchange is not None:
            answered = session.answered + exchange.size
            session = replace(session, answered=answered, last_error=trouble)
            await work.connector_sessions.save(session)
        if trouble is not None:
            return _FAILED
        return await _progress(tools, work, channel, session, exchange)


async def _progress(
    tools: Tools,
    work: UnitOfWork,
    channel: Channel,
    session: ConnectorSession,
    exchange: Exchange | None,
) -> int:
    waiting = await work.qbxml_requests.count_ready(channel.id)
    waiting += await work.inquiries.count_waiting(channel.id, tools.chance.now())
    waiting += await work.payments.count_due(channel.id, tools.chance.now())
    waiting += len(await work.exchanges.open_of(channel.id))
    if waiting or exchange is None:
        return progress(answered=session.answered, waiting=waiting)
    return _STAY if await _stays(tools, work, channel, session, exchange) else _DONE


async def _stays(
    tools: Tools,
    work: UnitOfWork,
    channel: Channel,
    session: ConnectorSession,
    exchange: Exchange,
) -> bool:
    """Nothing is left: stay for what is saved next, after work, and while somebody edits."""
    hold = tools.linger.hold_of(channel)
    now = tools.chance.now()
    if not hold or now - session.opened_at + hold > tools.linger.cap:
        return False
    if exchange.kind is not ExchangeKind.FAREWELL:
        return True
    return await work.channels.has_draft(channel, since=now - EDITING)
