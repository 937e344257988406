"""One open session per connection, and every message set with its answer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.ids import new_id
from domain.errors import NotFound
from domain.queue import ExchangeState, SessionState
from tests.builders import NOW
from tests.db.making import a_session_of, add_exchange, connection_id


async def open_session(office, session):
    async with office.open_work() as work:
        await work.connector_sessions.open(session, new_id().bytes)


async def stored(office, session):
    async with office.open_work() as work:
        return await work.connector_sessions.lock(session.id)


async def row_of(owner, exchange):
    query = text("select * from exchange where id = :id")
    async with owner.connect() as connection:
        return (await connection.execute(query, {"id": exchange.id})).one()


async def test_the_database_refuses_a_second_open_session_of_one_connection(office):
    await open_session(office, a_session_of(office))

    with pytest.raises(IntegrityError, match="uq_connector_session_one_open"):
        await open_session(office, a_session_of(office))


async def test_a_newer_sign_in_ends_the_older_session(office):
    older, newer = a_session_of(office), a_session_of(office)
    await open_session(office, older)

    async with office.open_work() as work:
        await work.connector_sessions.fence(connection_id(office))
        await work.connector_sessions.open(newer, new_id().bytes)

    assert (await stored(office, older)).state is SessionState.FENCED
    assert (await stored(office, newer)).state is SessionState.OPEN
    async with office.open_work() as work:
        (connection,) = await work.connections.all()
    assert connection.session.called_at == NOW


async def test_a_session_comes_back_as_it_was_saved(office):
    session = a_session_of(office)
    later = replace(
        session,
        state=SessionState.CLOSED,
        last_call_at=NOW + timedelta(seconds=3),
        qbxml_version="16.0",
        last_error="Nothing waits.",
    )
    await open_session(office, session)
    assert await stored(office, session) == session

    async with office.open_work() as work:
        await work.connector_sessions.save(later, host_facts="<HostRet/>\x00")

    assert await stored(office, session) == later
    assert await stored(office, replace(session, id=new_id())) is None


async def test_a_message_set_is_owed_until_its_answer_came_or_is_given_up(office):
    exchange = await add_exchange(office)
    async with office.open_work() as work:
        assert await work.exchanges.owed_by(connection_id(office)) == [exchange]
        await work.exchanges.answered(
            exchange.id, answer="<QBXML/>", hresult="", message="", now=NOW
        )
    lost = await add_exchange(office)

    async with office.open_work() as work:
        assert await work.exchanges.owed_by(connection_id(office)) == [lost]
        await work.exchanges.lost(lost.id)

    async with office.open_work() as work:
        assert await work.exchanges.owed_by(connection_id(office)) == []


async def test_an_answer_is_kept_as_it_came(office, owner):
    exchange = await add_exchange(office)
    answer = '<?xml version="1.0" ?>\n<QBXML>é €\r\n</QBXML>'

    async with office.open_work() as work:
        await work.exchanges.answered(exchange.id, answer=answer, hresult="", message="", now=NOW)

    row = await row_of(owner, exchange)
    assert (row.state, row.answer, row.hresult, row.message) == (
        ExchangeState.ANSWERED,
        answer,
        None,
        None,
    )
    assert bytes(row.body) == exchange.body


async def test_nul_which_postgresql_cannot_hold_is_replaced_wherever_quickbooks_says_it(
    office, owner
):
    exchange = await add_exchange(office)

    async with office.open_work() as work:
        await work.exchanges.answered(
            exchange.id, answer="a\x00b", hresult="0x8004\x00", message="\x00", now=NOW
        )

    row = await row_of(owner, exchange)
    assert (row.answer, row.hresult, row.message) == ("a\ufffdb", "0x8004\ufffd", "\ufffd")


async def test_a_contact_that_found_nothing_is_noted_at_most_as_often_as_asked(office):
    async def hear(now, unless_since):
        async with office.open_work() as work:
            await work.connections.heard_while_idle(
                connection_id(office), now, unless_since=unless_since
            )
        async with office.open_work() as work:
            return (await work.connections.all())[0].last_contact_at

    minute = timedelta(minutes=1)
    assert await hear(NOW, NOW - minute) == NOW
    assert await hear(NOW + minute / 2, NOW - minute / 2) == NOW
    assert await hear(NOW + 2 * minute, NOW + minute) == NOW + 2 * minute


async def test_what_quickbooks_complained_of_is_forgotten_when_it_opens_again(office):
    for trouble in ("QuickBooks is closed.", None):
        async with office.open_work() as work:
            await work.connections.heard(connection_id(office), NOW, trouble=trouble)
        async with office.open_work() as work:
            (connection,) = await work.connections.all()
            assert connection.trouble == trouble


async def test_an_unknown_connection_can_neither_be_locked_nor_signed_in_to(office):
    async with office.open_work() as work:
        assert await work.connections.password_hash(new_id()) is None
        with pytest.raises(NotFound):
            await work.connections.lock(new_id())


async def test_a_disabled_connection_has_no_password_to_compare_with(office, owner):
    async with owner.begin() as connection:
        await connection.execute(
            text("update connection set is_disabled = true where id = :id"),
            {"id": connection_id(office)},
        )

    async with office.open_work() as work:
        assert await work.connections.password_hash(connection_id(office)) is None
