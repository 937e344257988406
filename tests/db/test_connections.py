"""What is known of a connection: contacts, trouble, settings, and who signs in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.ids import new_id
from app.passwords import hash_secret, verify_secret
from domain.connections import ConnectionPatch, OpenSession, changed
from domain.errors import NotFound
from domain.exchange import FIRST_SET_SIZE, ExchangeState, RawAnswer
from tests.builders import NOW
from tests.db.making import a_session_of, add_exchange, connection_id, stored_password

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def read(office):
    async def read_connection():
        async with office.open_work() as work:
            return await work.connections.get(connection_id(office))

    return read_connection


async def test_a_new_connection_has_neither_trouble_nor_a_past(office, read):
    connection = await read()

    assert (connection.failures, connection.retry_at, connection.trouble_hresult) == (0, None, None)
    assert (connection.machine, connection.client_version, connection.session) == (None, None, None)
    assert connection.set_size == FIRST_SET_SIZE
    assert connection.linger_seconds is None


async def test_the_hresult_of_a_trouble_is_kept_and_forgotten_with_it(office, read):
    for trouble, hresult in (("No permission.", "0x8004041A"), (None, None)):
        async with office.open_work() as work:
            await work.connections.heard(
                connection_id(office), NOW, trouble=trouble, hresult=hresult
            )

        connection = await read()
        assert (connection.trouble, connection.trouble_hresult) == (trouble, hresult)


async def test_sessions_that_cannot_open_quickbooks_are_counted_until_one_can(office, read):
    counted = []
    for n in range(3):
        async with office.open_work() as work:
            counted.append(
                await work.connections.opening_failed(
                    connection_id(office),
                    NOW + timedelta(minutes=n),
                    trouble="A window waits for an answer.",
                    hresult="0x80040414",
                    retry_at=LATER,
                )
            )
    failing = await read()
    async with office.open_work() as work:
        await work.connections.opened(connection_id(office), LATER)
    well = await read()

    assert counted == [1, 2, 3]
    assert (failing.failures, failing.retry_at, failing.trouble_hresult) == (3, LATER, "0x80040414")
    assert failing.last_contact_at == NOW + timedelta(minutes=2)
    assert (well.failures, well.retry_at, well.trouble, well.trouble_hresult) == (
        0,
        None,
        None,
        None,
    )
    assert well.last_contact_at == LATER


async def test_quickbooks_that_is_opened_again_no_longer_holds_the_wrong_file(office, read):
    async with office.open_work() as work:
        await work.connections.heard(
            connection_id(office), NOW, trouble="Another file.", is_wrong_company_file=True
        )
    async with office.open_work() as work:
        await work.connections.opened(connection_id(office), LATER)

    assert not (await read()).is_wrong_company_file


async def test_the_end_of_a_long_session_is_a_contact_and_no_proof_of_health(office, read):
    """Else it would be missed between its end and its next poll."""
    async with office.open_work() as work:
        await work.connections.heard(connection_id(office), NOW, trouble="It is closed.")
    async with office.open_work() as work:
        await work.connections.seen(connection_id(office), LATER)

    connection = await read()
    assert (connection.last_contact_at, connection.trouble) == (LATER, "It is closed.")


async def test_computer_and_client_are_kept_until_others_are_seen(office, read):
    for seen in ({"machine": "DESK-1"}, {"client_version": "34.0.10013.90"}, {}):
        async with office.open_work() as work:
            await work.connections.met(connection_id(office), **seen)

    connection = await read()
    assert (connection.machine, connection.client_version) == ("DESK-1", "34.0.10013.90")


async def test_settings_are_stored_and_nothing_else_with_them(office, read):
    async with office.open_work() as work:
        await work.connections.heard(connection_id(office), NOW, trouble="closed", hresult="0x1")
    before = await read()
    patch = ConnectionPatch(name="Back office", disabled=True, linger_seconds=7)

    async with office.open_work() as work:
        await work.connections.save_settings(changed(before, patch))

    assert await read() == changed(before, patch)


async def test_a_new_password_takes_the_place_of_the_old_one(office):
    async with office.open_work() as work:
        await work.connections.save_password(connection_id(office), hash_secret("new"))

    stored = await stored_password(office)
    assert verify_secret("new", stored)
    assert not verify_secret(office.connection.password, stored)


async def test_an_open_session_is_read_with_its_connection(office, read):
    session = a_session_of(office, last_call_at=LATER, qbxml_version="13.0")
    async with office.open_work() as work:
        await work.connector_sessions.open(session, new_id().bytes)
    open_one = await read()
    async with office.open_work() as work:
        await work.connector_sessions.fence(connection_id(office))

    assert open_one.session == OpenSession(LATER, is_quickbooks_at_work=False)
    assert (await read()).session is None


async def test_quickbooks_is_at_work_while_it_opens_the_file_and_while_it_owes_an_answer(
    office, read
):
    opening = a_session_of(office)
    async with office.open_work() as work:
        await work.connector_sessions.open(opening, new_id().bytes)
    assert (await read()).session.is_quickbooks_at_work

    exchange = await add_exchange(office)
    async with office.open_work() as work:
        session = a_session_of(office, id=exchange.session_id, qbxml_version="13.0")
        await work.connector_sessions.save(session)
    assert (await read()).session.is_quickbooks_at_work

    async with office.open_work() as work:
        answered = replace(exchange, state=ExchangeState.ANSWERED)
        await work.exchanges.keep_answer(answered, RawAnswer())
    assert not (await read()).session.is_quickbooks_at_work


async def test_what_one_account_changes_stays_its_own(office, read, another_office):
    stranger = await another_office()
    before = await read()

    async with stranger.open_work() as work:
        await work.connections.met(before.id, machine="THEIRS")
        await work.connections.save_password(before.id, hash_secret("theirs"))
        assert await work.connections.get(before.id) is None
        with pytest.raises(NotFound):
            await work.connections.lock(before.id)

    assert await read() == before
    assert verify_secret(office.connection.password, await stored_password(office))
