"""One open session per connection, and what its contacts leave behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
from asyncpg import UniqueViolationError
from sqlalchemy import text

from app.ids import new_id
from domain.queue import SessionState
from tests.builders import NOW
from tests.db.making import a_session_of, connection_id


async def open_session(office, session):
    async with office.open_work() as work:
        await work.connector_sessions.open(session, new_id().bytes)


async def stored(office, session):
    async with office.open_work() as work:
        return await work.connector_sessions.lock(session.id)


async def test_the_database_refuses_a_second_open_session_of_one_connection(office):
    await open_session(office, a_session_of(office))

    with pytest.raises(UniqueViolationError, match="uq_connector_session_one_open"):
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
    session = a_session_of(office, peer="203.0.113.7")
    later = replace(
        session,
        state=SessionState.CLOSED,
        last_call_at=NOW + timedelta(seconds=3),
        qbxml_version="16.0",
        last_error="Nothing waits.",
        is_met=True,
        answered=7,
        openings_failed=2,
    )
    await open_session(office, session)
    assert await stored(office, session) == session

    async with office.open_work() as work:
        await work.connector_sessions.save(later)

    assert await stored(office, session) == later
    assert await stored(office, replace(session, id=new_id())) is None


async def test_what_the_first_call_told_is_kept_with_nul_replaced(office, owner):
    """PostgreSQL cannot hold NUL."""
    session = a_session_of(office)
    await open_session(office, session)

    async with office.open_work() as work:
        await work.connector_sessions.keep_host_facts(session.id, "<HostRet/>\x00")

    query = text("select host_facts from connector_session where id = :id")
    async with owner.connect() as connection:
        kept = (await connection.execute(query, {"id": session.id})).scalar_one()
    assert kept == "<HostRet/>\ufffd"
    assert await stored(office, session) == session


async def test_the_open_session_of_a_connection_is_found(office, another_office):
    stranger, session = await another_office(), a_session_of(office)
    async with office.open_work() as work:
        assert await work.connector_sessions.open_of(connection_id(office)) is None
    await open_session(office, session)

    async with office.open_work() as work:
        assert await work.connector_sessions.open_of(connection_id(office)) == session
        await work.connector_sessions.save(replace(session, state=SessionState.CLOSED))
        assert await work.connector_sessions.open_of(connection_id(office)) is None
    async with stranger.open_work() as work:
        assert await work.connector_sessions.open_of(connection_id(office)) is None


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
