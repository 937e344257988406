"""What was lost on its way through a connection that is gone goes on through another one."""

from datetime import timedelta

import pytest

from domain.connections import ConnectionPatch
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.connections import (
    NewConnection,
    UpdateConnection,
    create_connection,
    update_connection,
)
from tests.sync_worker.connector import PlayedConnector, save

LONG = timedelta(minutes=11)


@pytest.fixture
def played(office):
    return PlayedConnector(office)


async def a_sibling(played):
    """A second Web Connector of the same company file."""
    context = await played.office.as_person("Adam")
    wish = NewConnection(
        company_file_id=played.office.connection.connection.company_file_id,
        company_file_name=None,
        name="Back office",
    )
    created = await create_connection(context, wish)
    sibling = PlayedConnector(played.office, played.company, connection=created)
    sibling.ahead = played.ahead
    return sibling


async def disable(played):
    context = await played.office.as_person("Adam")
    patch = ConnectionPatch(disabled=True)
    wish = UpdateConnection(connection_id=played.office.connection.connection.id, patch=patch)
    await update_connection(context, wish)


async def lost_edit(played, *, has_run):
    invoice = await played.exported()
    saved = await save(played.office, invoice)
    document = await played.fetch()
    if has_run:
        played.run(document)
    return saved


@pytest.mark.parametrize("has_run", [True, False])
async def test_a_lost_edit_of_a_disabled_connection_is_asked_after_by_its_sibling(played, has_run):
    saved = await lost_edit(played, has_run=has_run)
    sibling = await a_sibling(played)
    await disable(played)
    sibling.ahead += LONG

    await sibling.settle()

    after = await sibling.standing(saved)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.job.connection_id == sibling.side.connection.connection.id
    assert sibling.side.writes().count("InvoiceModRq") == 1


async def test_what_may_still_be_at_work_is_left_alone(played):
    saved = await lost_edit(played, has_run=False)
    sibling = await a_sibling(played)
    await disable(played)

    assert await sibling.sign_in() == "none"

    assert (await sibling.standing(saved)).job.state is JobState.SENT


async def test_a_connection_that_is_merely_silent_keeps_what_it_has(played):
    """Its computer may sleep with the set in its hands, and go on when it wakes."""
    saved = await lost_edit(played, has_run=False)
    sibling = await a_sibling(played)
    sibling.ahead += LONG

    assert await sibling.sign_in() == "none"

    job = (await sibling.standing(saved)).job
    assert job.state is JobState.SENT
    assert job.connection_id == played.office.connection.connection.id


async def test_another_company_file_adopts_nothing(played):
    saved = await lost_edit(played, has_run=False)
    context = await played.office.as_person("Adam")
    wish = NewConnection(company_file_id=None, company_file_name="Branch", name="Branch desk")
    stranger = PlayedConnector(
        played.office, played.company, connection=await create_connection(context, wish)
    )
    stranger.ahead = played.ahead + LONG
    await disable(played)

    assert await stranger.sign_in() == "none"

    assert (await stranger.standing(saved)).job.state is JobState.SENT
