"""What became of message sets whose answers did not come as they should.

An answer that was stored is booked, by whoever comes first; an answer that was lost is asked for
with QuickBooks' own status check; and what QuickBooks did not keep is asked after invoice by
invoice. Nothing is ever sent again before that.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from db.channels import Channel
from db.unit_of_work import UnitOfWork
from domain.answers import judge_hresult
from domain.exchange import (
    MOST_CHECKS,
    Exchange,
    ExchangeHappening,
    ExchangeKind,
    ExchangeState,
    RawAnswer,
    advance_exchange,
    begin_booking,
    certainly_did_not_run,
    may_be_under_way,
    next_set_size,
    read_check,
)
from domain.issues import AnswerClass
from qbwc.booking import Books
from qbwc.message_set import Chance
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.parse import Answer, parse_answer

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_UNREADABLE = "QuickBooks' answer could not be read: {fault} The next session asks what it did."
_ANOTHER_SET = "QuickBooks answered another message set than the one that was sent."


class Ledger:
    """The open message sets of one connection, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork, chance: Chance, channel: Channel) -> None:
        self._work = work
        self._chance = chance
        self._channel = channel
        self._books = Books(work, chance, channel)

    async def lose_owed(self, *, session_id: UUID | None = None) -> None:
        """The owed answers (of that session alone, if named) will not come any more."""
        for exchange in await self._work.exchanges.open_of(self._channel.id):
            if exchange.state is ExchangeState.OWED and session_id in (None, exchange.session_id):
                await self._lose(exchange)

    async def first_lost(self) -> Exchange | None:
        """Give the oldest set that QuickBooks is to be asked after."""
        found = await self._work.exchanges.open_of(self._channel.id)
        return next((e for e in found if e.state is ExchangeState.LOST), None)

    async def keep_answer(self, exchange: Exchange, raw: RawAnswer) -> Exchange:
        """Store the answer as it came; to be committed before anything is made of it.

        The attempt to book it, which follows, is counted already.
        """
        answered = replace(
            advance_exchange(exchange, ExchangeHappening.ANSWER_CAME),
            answered_at=self._chance.now(),
            bookings=exchange.bookings + 1,
            booking_at=self._chance.now(),
        )
        await self._work.exchanges.keep_answer(answered, raw)
        return answered

    async def book(self, exchange: Exchange, raw: RawAnswer) -> str | None:
        """Book a stored answer; give what to tell the person at QuickBooks if it is a trouble."""
        if raw.hresult or raw.message:
            return await self._book_hresult(exchange, raw)
        try:
            parsed = parse_answer(raw.answer)
        except RemoteProtocolError as fault:
            log.warning("message_set.unreadable", message_set_id=exchange.message_set_id)
            await self._lose(exchange)
            return _UNREADABLE.format(fault=fault)
        if parsed.message_set_id not in (None, exchange.message_set_id):
            await self._lose(exchange)
            return _ANOTHER_SET
        match exchange.kind:
            case ExchangeKind.REQUESTS:
                await self._book_requests(exchange, parsed, answer_bytes=len(raw.answer))
            case ExchangeKind.STATUS_CHECK:
                await self._book_check(exchange, parsed, raw)
            case ExchangeKind.FAREWELL:
                pass
        await self._advance(exchange, ExchangeHappening.BOOKED)
        return None

    async def begin_booking(self, exchange: Exchange) -> bool:
        """Count an attempt to book a stored answer, and tell whether there is one left.

        After the last one has failed, its writes are asked after one by one.
        """
        now = self._chance.now()
        begun = begin_booking(exchange, now)
        if begun is not None:
            await self._work.exchanges.save(begun)
            return True
        if not may_be_under_way(exchange, now):
            log.error("message_set.unbookable", message_set_id=exchange.message_set_id)
            await self._give_up(exchange)
        return False

    async def _book_requests(
        self, exchange: Exchange, parsed: Answer, *, answer_bytes: int
    ) -> None:
        has_responses = bool(parsed.responses)
        if certainly_did_not_run(parsed.message_set_status, has_responses=has_responses):
            log.warning("message_set.refused", status=parsed.message_set_status)
            await self._books.book_as_not_run(exchange)
        else:
            await self._books.book_responses(exchange, parsed.responses)
        log.info("message_set.booked", message_set_id=exchange.message_set_id, size=exchange.size)
        if exchange.clears_id is not None:
            await self._work.exchanges.mark_cleared(exchange.clears_id)
        await self._learn(exchange, answer_bytes)

    async def _book_check(self, check: Exchange, parsed: Answer, raw: RawAnswer) -> None:
        lost = await self._lost_one(check)
        if lost is None:
            return
        happening = read_check(parsed.message_set_status, has_responses=bool(parsed.responses))
        log.info("message_set.checked", message_set_id=lost.message_set_id, found=happening)
        if happening is ExchangeHappening.NOTHING_FOUND:
            await self._give_up(lost)
            return
        found = replace(advance_exchange(lost, happening), answered_at=self._chance.now())
        await self._work.exchanges.keep_answer(found, raw)
        await self._books.book_responses(found, parsed.responses)
        if found.clears_id is not None:  # it ran, so QuickBooks forgot that one
            await self._work.exchanges.mark_cleared(found.clears_id)
        await self._advance(found, ExchangeHappening.BOOKED)

    async def _book_hresult(self, exchange: Exchange, raw: RawAnswer) -> str | None:
        """A set that could not be parsed did not run; anything else leaves its outcome open."""
        verdict = judge_hresult(raw.hresult, raw.message)
        log.warning("message_set.not_answered", hresult=raw.hresult[:20], kind=exchange.kind)
        if verdict.kind is AnswerClass.DEFECT and exchange.kind is ExchangeKind.REQUESTS:
            await self._books.book_unreadable(exchange, verdict)
            await self._advance(exchange, ExchangeHappening.BOOKED)
            return None
        if exchange.kind is ExchangeKind.REQUESTS:
            await self._lose(exchange)
            return f"{verdict.reason} ({raw.hresult} {raw.message})"
        await self._advance(exchange, ExchangeHappening.BOOKED)
        is_hopeless = verdict.kind is AnswerClass.DEFECT  # it does not know status checks at all
        await self._note_failed_check(exchange, is_hopeless=is_hopeless)
        if is_hopeless:
            return None
        return f"{verdict.reason} ({raw.hresult} {raw.message})"

    async def _note_failed_check(self, check: Exchange, *, is_hopeless: bool = False) -> None:
        lost = await self._lost_one(check)
        if lost is not None and (is_hopeless or lost.checks >= MOST_CHECKS):
            await self._give_up(lost)

    async def _lost_one(self, check: Exchange) -> Exchange | None:
        """Give the set that a status check asks after, if it still waits for that."""
        if check.checks_id is None:
            return None
        lost = await self._work.exchanges.get(check.checks_id)
        return lost if lost is not None and lost.state is ExchangeState.LOST else None

    async def _lose(self, exchange: Exchange) -> None:
        lost = await self._advance(exchange, ExchangeHappening.ANSWER_LOST)
        holds_writes = exchange.kind is ExchangeKind.REQUESTS and await self._books.lose(exchange)
        log.warning("message_set.lost", message_set_id=exchange.message_set_id, kind=exchange.kind)
        if not holds_writes:  # there is nothing that QuickBooks would have to tell
            await self._advance(lost, ExchangeHappening.NOTHING_FOUND)
        await self._note_failed_check(exchange)

    async def _give_up(self, exchange: Exchange) -> None:
        """Nothing can be had from the set as a whole: its writes are asked after one by one."""
        if exchange.state is ExchangeState.ANSWERED:
            if exchange.kind is ExchangeKind.REQUESTS:
                await self._books.lose(exchange)
            await self._advance(exchange, ExchangeHappening.UNBOOKABLE)
        else:
            await self._advance(exchange, ExchangeHappening.NOTHING_FOUND)
        await self._books.give_up(exchange)
        await self._note_failed_check(exchange)

    async def _advance(self, exchange: Exchange, happening: ExchangeHappening) -> Exchange:
        after = advance_exchange(exchange, happening)
        await self._work.exchanges.save(after)
        return after

    async def _learn(self, exchange: Exchange, answer_bytes: int) -> None:
        answered_at: datetime = exchange.answered_at or self._chance.now()
        size = next_set_size(
            self._channel.set_size,
            sent=exchange.size,
            took=answered_at - exchange.sent_at,
            answer_bytes=answer_bytes,
        )
        if size != self._channel.set_size:
            await self._work.channels.learn_set_size(self._channel.id, size)
