"""What one read tells a poll: who it is, and whether there is anything to do."""

from datetime import timedelta

import pytest

from app.passwords import verify_secret
from domain.connections import ConnectionPatch, changed
from domain.draft import Draft
from domain.exchange import OPEN, ExchangeState
from domain.sync import JobState
from resolvers.connections import NewConnection, create_connection
from tests.builders import NOW, OLGA, a_link
from tests.db.making import (
    a_job_of,
    add_exchange,
    add_invoice,
    add_request,
    an_invoice_of,
    connection_id,
)

MINUTE = timedelta(minutes=1)


async def sign_in(office, *, drafts_since=NOW, quiet_since=NOW - 10 * MINUTE):
    user_name = office.connection.connection.user_name
    return await office.resources.directory.sign_in(
        user_name, drafts_since=drafts_since, quiet_since=quiet_since
    )


async def add_job(office, **changes):
    job = a_job_of(office, await add_invoice(office), **changes)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
    return job


async def test_a_connection_is_found_by_its_user_name_with_all_that_a_poll_asks(office):
    found = await sign_in(office)

    assert (found.account_id, found.id) == (office.account_id, connection_id(office))
    assert verify_secret(office.connection.password, found.password_hash)
    assert (found.is_disabled, found.last_contact_at, found.retry_at) == (False, None, None)
    assert (found.has_work, found.has_draft) == (False, False)


@pytest.mark.parametrize("user_name", ["nobody", "", "'; drop table connection; --"])
async def test_an_unknown_user_name_finds_nothing(office, user_name):
    found = office.resources.directory.sign_in(user_name, drafts_since=NOW, quiet_since=NOW)
    assert await found is None


async def test_a_disabled_connection_is_found_too(office):
    """The right password of a disabled connection is no guess and must not count as one."""
    async with office.open_work() as work:
        connection = await work.connections.get(connection_id(office))
        await work.connections.save_settings(changed(connection, ConnectionPatch(disabled=True)))

    found = await sign_in(office)

    assert found.is_disabled
    assert verify_secret(office.connection.password, found.password_hash)


async def test_the_last_contact_and_the_pause_after_failed_openings_are_told(office):
    async with office.open_work() as work:
        await work.connections.opening_failed(
            connection_id(office), NOW, trouble="closed", hresult=None, retry_at=NOW + MINUTE
        )

    found = await sign_in(office)

    assert (found.last_contact_at, found.retry_at) == (NOW, NOW + MINUTE)


async def test_a_request_is_work_until_it_has_left(office):
    request = await add_request(office)
    ready = await sign_in(office)
    exchange = await add_exchange(office, state=ExchangeState.BOOKED)

    async with office.open_work() as work:
        await work.qbxml_requests.mark_sent([request.id], exchange.id)
    left = await sign_in(office)

    assert (ready.has_work, left.has_work) == (True, False)


@pytest.mark.parametrize("state", ExchangeState)
async def test_what_is_open_about_an_earlier_message_set_is_work(office, state):
    await add_exchange(office, state=state)

    assert (await sign_in(office)).has_work == (state in OPEN)


@pytest.mark.parametrize("state", JobState)
async def test_of_the_jobs_only_one_that_waits_for_a_session_is_work(office, state):
    await add_job(office, state=state)

    assert (await sign_in(office)).has_work == (state is JobState.RETRY_WAIT)


async def test_a_delayed_job_with_a_time_of_its_own_is_left_to_the_sweeper(office):
    await add_job(office, state=JobState.RETRY_WAIT, next_attempt_at=NOW)

    assert not (await sign_in(office)).has_work


async def furnish(office, connection_id, company_file_id):
    """Everything that makes a poll of this connection find something."""
    await add_request(office, connection_id=connection_id)
    await add_exchange(office, connection_id=connection_id)
    await add_job(office, connection_id=connection_id, state=JobState.RETRY_WAIT)
    await add_draft(office, company_file_id)


async def add_draft(office, company_file_id, *, touched_at=NOW + MINUTE):
    """A draft of an invoice that the company file holds."""
    invoice = an_invoice_of(office)
    link = a_link(
        company_file_id=company_file_id,
        connection_id=connection_id(office),
    )
    async with office.open_work() as work:
        await work.invoices.add(invoice)
        await work.links.save(invoice.id, link)
        await work.drafts.save(
            Draft(
                invoice_id=invoice.id,
                base_version=invoice.version,
                editor=OLGA,
                started_at=NOW,
                touched_at=touched_at,
                is_of_exported=True,
                content=invoice.content,
            )
        )


async def test_another_account_and_another_connection_never_count(office, another_office):
    stranger = await another_office()
    await furnish(stranger, connection_id(stranger), stranger.connection.connection.company_file_id)
    wish = NewConnection(company_file_id=None, company_file_name="CF-2", name="Shop")
    shop = (await create_connection(await office.as_person("Adam"), wish)).connection
    await furnish(office, shop.id, shop.company_file_id)

    own, theirs = await sign_in(office), await sign_in(stranger)

    assert (own.has_work, own.has_draft) == (False, False)
    assert (theirs.has_work, theirs.has_draft) == (True, True)


async def test_somebody_who_edits_an_invoice_of_the_company_file_is_seen(office):
    company_file_id = office.connection.connection.company_file_id

    await add_draft(office, company_file_id, touched_at=NOW)

    assert (await sign_in(office, drafts_since=NOW - MINUTE)).has_draft
    assert not (await sign_in(office, drafts_since=NOW)).has_draft
    async with office.open_work() as work:
        channel = await work.channels.lock(connection_id(office))
        assert await work.channels.has_draft(channel, since=NOW - MINUTE)
        assert not await work.channels.has_draft(channel, since=NOW)
