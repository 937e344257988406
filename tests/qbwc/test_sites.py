"""Inventory sites that QuickBooks does not have are created before the invoice that names them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.issues import ObjectKind
from domain.known_entries import EntryKey
from domain.sync import JobState
from domain.sync_status import SyncStatus
from simulator.lists import ListKind
from tests.resolvers.asking import of_task
from tests.sync_worker.connector import PlayedConnector, names_in, refusal, resync_now, save

SITE_QUERY, SITE_ADD = "InventorySiteQueryRq", "InventorySiteAddRq"
TRUCK = "Truck 7"
BUSY = 3180


@pytest.fixture
async def played(office):
    """A company file that told that it keeps sites, and has no site called Truck 7."""
    connector = PlayedConnector(office)
    await connector.side.export(await office.new_invoice("21250"))
    connector.company.lists.remove(site_of(connector))
    connector.ahead += timedelta(seconds=2)
    connector.company.journal.entries.clear()
    return connector


def site_of(played, name=TRUCK):
    return played.company.lists.by_name(ListKind.INVENTORY_SITE, name)


def of_truck(office, **changes):
    """The tasks of the sample invoice, the filter from Truck 7."""
    tune_up, filters = office.tasks()
    return tune_up, replace(filters, inventory_location_id=office.id_of(TRUCK), **changes)


async def posted(played, number="21259", **changes):
    """An invoice from Truck 7 on its way to QuickBooks for the first time."""
    invoice = await played.office.new_invoice(number, tasks=of_truck(played.office), **changes)
    await played.office.export(invoice)
    return invoice


async def line_sites(played, invoice):
    lines = (await played.side.held(invoice)).lines
    sites = [line.refs.get("InventorySiteRef") for line in lines]
    return [site and site.full_name for site in sites]


def asked(documents):
    return [name for document in documents for name in names_in(document) if "Host" not in name]


async def test_a_site_that_is_missing_is_asked_for_created_and_then_named(played):
    """Requirement 113: each of the three is committed and answered before the next."""
    invoice = await posted(played)

    documents = await played.settle()

    assert asked(documents) == [SITE_QUERY, SITE_ADD, "InvoiceAddRq"]
    assert site_of(played).is_active
    assert await line_sites(played, invoice) == [None, TRUCK]
    assert (await played.standing(invoice)).job.state is JobState.APPLIED


async def test_a_site_that_is_there_is_not_created_and_asked_for_once(played):
    played.company.lists.add(replace(site_of(played, "Warehouse"), list_id="8-7", full_name=TRUCK))
    first = await posted(played)
    assert asked(await played.settle()) == [SITE_QUERY, "InvoiceAddRq"]

    second = await posted(played, "21260")
    documents = await played.settle()

    assert asked(documents) == ["InvoiceAddRq"]
    assert await line_sites(played, first) == await line_sites(played, second) == [None, TRUCK]


async def test_an_edit_that_names_a_new_site_creates_it_first(played):
    invoice = await played.exported("21261")
    move = of_task(invoice.content.tasks[1], inventory_location_id=played.office.id_of(TRUCK))
    saved = await save(played.office, invoice, move)

    documents = await played.settle()

    assert asked(documents) == [SITE_QUERY, SITE_ADD, "InvoiceModRq"]
    assert await line_sites(played, invoice) == [None, TRUCK]
    assert (await played.standing(saved)).invoice.sync_status is SyncStatus.SYNCED


async def test_two_invoices_at_once_create_it_once(played):
    """The second one's name is in use by then (3100), which means that the site is there."""
    invoices = [await posted(played), await posted(played, "21260")]

    documents = await played.settle()

    sites = [s for s in played.company.lists.of(ListKind.INVENTORY_SITE) if s.full_name == TRUCK]
    assert len(sites) == 1
    assert asked(documents).count("InvoiceAddRq") == 2
    for invoice in invoices:
        assert (await played.standing(invoice)).job.state is JobState.APPLIED
        assert await line_sites(played, invoice) == [None, TRUCK]


@pytest.mark.parametrize("has_run", [True, False])
async def test_after_a_lost_answer_the_site_is_asked_for_by_name(played, has_run):
    """Whether QuickBooks created it or not: nothing is sent again blindly."""
    invoice = await posted(played)
    await played.update()
    document = await played.lose(has_run=has_run)
    assert asked([document]) == [SITE_ADD]
    await played.close()

    documents = await played.settle()

    again = [] if has_run else [SITE_ADD]
    assert asked(documents) == [SITE_QUERY, *again, "InvoiceAddRq"]
    assert [s.full_name for s in played.company.lists.of(ListKind.INVENTORY_SITE)].count(TRUCK) == 1
    assert await line_sites(played, invoice) == [None, TRUCK]


async def test_a_lost_question_is_asked_again(played):
    invoice = await posted(played)
    assert asked([await played.lose()]) == [SITE_QUERY]
    await played.close()

    assert asked(await played.settle()) == [SITE_QUERY, SITE_ADD, "InvoiceAddRq"]
    assert (await played.standing(invoice)).job.state is JobState.APPLIED


async def test_a_locked_list_is_tried_again_later(played):
    invoice = await posted(played)
    await played.update()
    await played.refuse(BUSY, "This list has been modified by another user.")
    assert (await played.standing(invoice)).job.state is JobState.RETRY_WAIT

    played.ahead += timedelta(seconds=10)
    documents = await played.settle()

    assert asked(documents) == [SITE_QUERY, SITE_ADD, "InvoiceAddRq"]


async def test_who_may_not_create_sites_is_told(played):
    invoice = await posted(played)
    await played.update()
    await played.refuse(3260, "Insufficient permission level to perform this action.")

    after = await played.standing(invoice)

    assert after.job.state is JobState.FAILED
    assert after.issue.quickbooks_code == 3260
    assert site_of(played) is None


async def test_a_question_that_quickbooks_refuses_lets_the_invoice_speak(played):
    """Nobody knows then whether the site is there; QuickBooks' answer to the invoice tells."""
    invoice = await posted(played)
    await played.refuse(3250, "This feature is not enabled or not available.")

    documents = await played.settle()

    assert asked(documents) == ["InvoiceAddRq"]
    issue = (await played.standing(invoice)).issue
    assert (issue.quickbooks_code, issue.object.name) == (3140, TRUCK)


async def test_a_site_that_was_deleted_since_is_created_by_the_next_re_sync(played):
    """What is known of a list is forgotten as soon as QuickBooks says otherwise."""
    await posted(played)
    await played.settle()
    other = await played.exported("21261")
    known = site_of(played)
    played.company.lists.remove(known)
    move = of_task(other.content.tasks[1], inventory_location_id=played.office.id_of(TRUCK))
    saved = await save(played.office, other, move)
    assert asked(await played.settle())[-1] == "InvoiceModRq"
    assert (await played.standing(saved)).issue.object.kind is ObjectKind.INVENTORY_SITE

    await resync_now(played.office, (await played.standing(saved)).invoice)
    documents = await played.settle()

    assert [n for n in asked(documents) if "Site" in n] == [SITE_QUERY, SITE_ADD]
    assert (await played.standing(saved)).invoice.sync_status is SyncStatus.SYNCED


async def test_without_sites_in_the_company_file_none_is_created(office):
    connector = PlayedConnector(office)
    connector.company.preferences.inventory_sites = False
    await connector.side.export(await office.new_invoice("21250"))
    connector.company.lists.remove(site_of(connector))
    invoice = await posted(connector)

    documents = await connector.settle()

    assert asked(documents) == ["InvoiceAddRq"]
    assert site_of(connector) is None
    assert (await connector.standing(invoice)).issue.quickbooks_code == 3250


async def test_what_one_company_file_has_says_nothing_of_another(office, played):
    await posted(played)
    await played.settle()
    key = EntryKey.of(ObjectKind.INVENTORY_SITE, TRUCK)

    async with office.open_work() as work:
        here = (await played.standing(await posted(played, "21260"))).job.connection_id
        file = await work.company_files.of_connection(here)
        known = await work.known_entries.find(file.id, [key])
        elsewhere = await work.known_entries.find(here, [key])

    assert (known[key].is_missing, elsewhere) == (False, {})
    assert known[key].list_id == site_of(played).list_id


async def test_an_answer_without_its_request_is_asked_again(played):
    invoice = await posted(played)
    document = await played.fetch()
    await played.tell(refusal(document, 0, only=[]))
    await played.close()

    assert asked(await played.settle()) == [SITE_QUERY, SITE_ADD, "InvoiceAddRq"]
    assert (await played.standing(invoice)).job.state is JobState.APPLIED
