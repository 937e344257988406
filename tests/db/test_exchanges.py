"""Every message set with its answer: what is open, what QuickBooks keeps, what it said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from asyncpg import ForeignKeyViolationError
from sqlalchemy import text

from app.ids import new_id
from domain.exchange import OPEN, ExchangeKind, ExchangeState, RawAnswer
from tests.builders import NOW
from tests.db.making import add_exchange, an_exchange_of, connection_id, open_session

LATER = NOW + timedelta(seconds=3)


async def got(office, exchange):
    async with office.open_work() as work:
        return await work.exchanges.get(exchange.id)


async def open_now(office):
    async with office.open_work() as work:
        return await work.exchanges.open_of(connection_id(office))


async def kept(office):
    async with office.open_work() as work:
        return await work.exchanges.kept_by_quickbooks(connection_id(office))


async def test_a_message_set_comes_back_as_it_left_with_its_very_bytes(office, owner):
    earlier, lost = await add_exchange(office), await add_exchange(office)
    body = b'<?xml version="1.0"?>\r\n<QBXML>\x80\xff</QBXML>'

    exchange = await add_exchange(
        office,
        body,
        kind=ExchangeKind.STATUS_CHECK,
        clears_id=earlier.id,
        checks_id=lost.id,
        size=3,
        checks=1,
        bookings=2,
        booking_at=LATER,
    )

    assert await got(office, exchange) == exchange
    async with owner.connect() as connection:
        query = text("select body from exchange where id = :id")
        assert (await connection.execute(query, {"id": exchange.id})).scalar_one() == body


async def test_a_message_set_belongs_to_a_session_that_there_is(office):
    session = replace(await open_session(office), id=new_id())

    async def owe():
        async with office.open_work() as work:
            await work.exchanges.owe(an_exchange_of(session), b"<QBXML/>")

    with pytest.raises(ForeignKeyViolationError, match="fk_exchange_account_id_session_id"):
        await owe()


async def test_only_what_something_must_be_done_about_is_open(office):
    found = {state: await add_exchange(office, state=state) for state in ExchangeState}

    assert await open_now(office) == [found[state] for state in ExchangeState if state in OPEN]


async def test_what_is_open_comes_in_the_order_it_left(office):
    """The oldest loss is asked after first, whichever transaction stored it."""
    first, second, third = sorted(new_id() for _ in range(3))
    for key in (second, third, first):
        await add_exchange(office, id=key, state=ExchangeState.LOST)

    assert [exchange.id for exchange in await open_now(office)] == [first, second, third]


async def test_how_far_a_set_has_come_is_saved_and_nothing_else_of_it(office):
    exchange = await add_exchange(office, size=3)
    later = replace(exchange, state=ExchangeState.LOST, checks=2, bookings=1, booking_at=LATER)

    async with office.open_work() as work:
        await work.exchanges.save(replace(later, size=9, message_set_id="other"))

    assert await got(office, exchange) == later


async def test_an_answer_is_kept_as_it_came(office):
    exchange = await add_exchange(office)
    raw = RawAnswer('<?xml version="1.0" ?>\n<QBXML>é €\r\n</QBXML>', "", "")
    answered = replace(
        exchange,
        state=ExchangeState.ANSWERED,
        answered_at=LATER,
        bookings=1,
        booking_at=LATER,
    )

    async with office.open_work() as work:
        await work.exchanges.keep_answer(answered, raw)

    assert await got(office, exchange) == answered
    async with office.open_work() as work:
        assert await work.exchanges.answer_of(exchange.id) == raw


async def test_nul_which_postgresql_cannot_hold_is_replaced_wherever_quickbooks_says_it(office):
    exchange = await add_exchange(office)

    async with office.open_work() as work:
        await work.exchanges.keep_answer(exchange, RawAnswer("a\x00b", "0x8004\x00", "\x00"))

    async with office.open_work() as work:
        stored = await work.exchanges.answer_of(exchange.id)
    assert stored == RawAnswer("a\ufffdb", "0x8004\ufffd", "\ufffd")


async def test_a_set_without_an_answer_said_nothing(office):
    exchange = await add_exchange(office)

    async with office.open_work() as work:
        assert await work.exchanges.answer_of(exchange.id) == RawAnswer()
        assert await work.exchanges.answer_of(new_id()) == RawAnswer()


async def test_quickbooks_is_told_to_forget_the_newest_answer_that_was_booked(office):
    assert await kept(office) is None
    older = await add_exchange(office, state=ExchangeState.BOOKED)
    newer = await add_exchange(office, state=ExchangeState.BOOKED)
    for state in set(ExchangeState) - {ExchangeState.BOOKED}:
        await add_exchange(office, state=state)
    for kind in set(ExchangeKind) - {ExchangeKind.REQUESTS}:
        await add_exchange(office, state=ExchangeState.BOOKED, kind=kind)
    assert await kept(office) == newer

    for told in (newer, older):
        async with office.open_work() as work:
            await work.exchanges.mark_cleared(told.id)

    assert await kept(office) is None


async def test_another_account_sees_and_changes_nothing_of_it(office, another_office):
    stranger = await another_office()
    lost = await add_exchange(office, state=ExchangeState.LOST)
    booked = await add_exchange(office, state=ExchangeState.BOOKED)

    async with stranger.open_work() as work:
        assert await work.exchanges.get(lost.id) is None
        assert await work.exchanges.open_of(connection_id(office)) == []
        assert await work.exchanges.kept_by_quickbooks(connection_id(office)) is None
        await work.exchanges.save(replace(lost, state=ExchangeState.UNTOLD))
        await work.exchanges.keep_answer(lost, RawAnswer("theirs"))
        await work.exchanges.mark_cleared(booked.id)

    assert await open_now(office) == [lost]
    assert await kept(office) == booked
    async with office.open_work() as work:
        assert await work.exchanges.answer_of(lost.id) == RawAnswer()
