"""An administrator tells what entries are called in QuickBooks; what waited for it goes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.audit import AuditAction
from domain.edits import Edits
from domain.errors import Forbidden, NotFound, TextTooLong
from domain.guards import AcknowledgementNeeded, GuardCode
from domain.issues import ObjectKind
from domain.naming import FindingCode, NamedList
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.auditing import read_trail
from resolvers.naming import (
    CogsWish,
    NameWish,
    read_findings,
    set_cogs_account,
    set_quickbooks_name,
)
from tests.resolvers.asking import details, of_task, save, standing
from tests.resolvers.conftest import let_an_hour_pass

CONFIRMED = (GuardCode.EXPORTED_TRANSACTIONS_AFFECTED,)
LISTS = {
    NamedList.CUSTOMER: ("customer", "Harriet Doyle", "quickbooks_name"),
    NamedList.ITEM: ("item", "Seasonal tune-up", "quickbooks_name"),
    NamedList.BUSINESS_UNIT: ("business_unit", "HVAC", "quickbooks_class"),
    NamedList.TAX_ZONE: ("tax_zone", "Fort Worth", "quickbooks_item"),
    NamedList.INVENTORY_LOCATION: ("inventory_location", "Truck 7", "quickbooks_site"),
}


def a_name(office, named, name, **changes):
    entry = office.id_of(LISTS[named][1])
    wish = {"named": named, "entry_id": entry, "quickbooks_name": name, "acknowledge": CONFIRMED}
    return NameWish(**wish | changes)


async def stored(office, named):
    async with office.open_work() as work:
        entry = await work.naming.lock(named, office.id_of(LISTS[named][1]))
    return entry.quickbooks_name


@pytest.mark.parametrize("named", LISTS)
async def test_a_name_is_stored_and_noted(office, adam, named):
    old = await stored(office, named)

    done = await set_quickbooks_name(adam, a_name(office, named, " Another "))

    assert (await stored(office, named), done.affected) == ("Another", 0)
    (entry,) = [
        e for e in (await read_trail(adam, before=None, first=5))[0]
        if e.action is AuditAction.QUICKBOOKS_NAME_CHANGED
    ]  # fmt: skip
    assert entry.subject.kind.value == named.value
    assert [(c.before, c.after) for c in entry.changes] == [(old, "Another")]


@pytest.mark.parametrize("named", LISTS)
async def test_invoices_in_quickbooks_under_the_old_name_are_told_first(office, side, adam, named):
    tune_up, filters = office.tasks()
    filters = replace(filters, inventory_location_id=office.id_of("Truck 7"))
    await side.export(await office.new_invoice(tasks=(tune_up, filters)))

    with pytest.raises(AcknowledgementNeeded, match="1 exported transactions name the") as asked:
        await set_quickbooks_name(adam, a_name(office, named, "Another", acknowledge=()))

    assert [guard.code for guard in asked.value.guards] == list(CONFIRMED)
    assert await stored(office, named) != "Another"
    done = await set_quickbooks_name(adam, a_name(office, named, "Another"))
    assert (await stored(office, named), done.affected) == ("Another", 1)


async def test_the_first_name_needs_no_confirmation(office, side, adam, change_row):
    await side.export(await office.new_invoice())
    await change_row("item", quickbooks_name=None)

    done = await set_quickbooks_name(
        adam, a_name(office, NamedList.ITEM, "SVC-TUNE", acknowledge=())
    )

    assert done.affected == 1


async def test_another_kind_of_entry_s_id_is_not_found(office, adam):
    wrong = a_name(office, NamedList.ITEM, "X", entry_id=office.id_of("HVAC"))

    with pytest.raises(NotFound, match="There is no such item"):
        await set_quickbooks_name(adam, wrong)


async def test_another_account_s_entry_is_not_found(office, another_office, adam):
    elsewhere = (await another_office()).id_of("Seasonal tune-up")

    with pytest.raises(NotFound):
        await set_quickbooks_name(adam, a_name(office, NamedList.ITEM, "X", entry_id=elsewhere))
    with pytest.raises(NotFound):
        await set_cogs_account(adam, CogsWish(elsewhere, "COGS"))


async def test_only_who_manages_connections_may(office, olga, nick):
    for caller in (olga, nick):
        with pytest.raises(Forbidden):
            await set_quickbooks_name(caller, a_name(office, NamedList.ITEM, "X"))
        with pytest.raises(Forbidden):
            await set_cogs_account(caller, CogsWish(office.id_of("Seasonal tune-up"), "COGS"))


async def test_a_name_that_quickbooks_cannot_have_changes_nothing(office, adam):
    with pytest.raises(TextTooLong):
        await set_quickbooks_name(adam, a_name(office, NamedList.ITEM, "x" * 32))

    assert await stored(office, NamedList.ITEM) == "SVC-TUNE"


@pytest.mark.parametrize("named", [NamedList.ITEM, NamedList.BUSINESS_UNIT, NamedList.TAX_ZONE])
async def test_a_sync_that_lacked_the_name_goes_again_by_itself(
    office, side, invoice, change_row, named
):
    table, entry, column = LISTS[named]
    right = await stored(office, named)
    edits = of_task(invoice.content.tasks[0], unit_price=Decimal(42))
    saved = await save(await office.as_person("Olga"), invoice, edits)
    await change_row(table, office.id_of(entry), **{column: None})
    await side.plan_all()
    failed = await standing(office, saved.invoice)
    assert (failed.job.state, failed.issue.code) == (JobState.FAILED, "NAME_MISSING")

    adam = await office.as_person("Adam")
    done = await set_quickbooks_name(adam, a_name(office, named, right))
    await side.settle()

    after = await standing(office, saved.invoice)
    assert (done.released, after.status, after.issue) == (1, SyncStatus.SYNCED, None)


async def test_the_events_tell_that_a_refused_sync_goes_on(office, side, invoice, change_row):
    """From *Action Required* back to *Syncing*: each event begins where the last one ended."""
    saved = await save(await office.as_person("Olga"), invoice, details(date=date(2026, 11, 3)))
    await change_row("tax_zone", office.id_of("Fort Worth"), quickbooks_item=None)
    await side.plan_all()

    adam = await office.as_person("Adam")
    await set_quickbooks_name(adam, a_name(office, NamedList.TAX_ZONE, "Fort Worth Tax"))
    await side.settle()

    events = (await standing(office, saved.invoice)).events
    chain = [event.status for event in events]
    assert SyncStatus.ACTION_REQUIRED in chain
    assert [event.previous_status for event in events[1:]] == chain[:-1]


async def test_who_lacked_another_name_is_left_alone(office, side, invoice, olga, adam, change_row):
    saved = await save(olga, invoice, details(summary="Late"))
    await change_row("item", office.id_of("Seasonal tune-up"), quickbooks_name=None)
    await side.plan_all()

    done = await set_quickbooks_name(adam, a_name(office, NamedList.INVENTORY_LOCATION, "Van"))

    assert done.released == 0
    assert (await standing(office, saved.invoice)).job.state is JobState.FAILED


async def test_the_right_name_releases_the_root_and_all_who_waited_for_it(
    office, side, invoice, olga, adam
):
    """One wrong name stopped two invoices; neither needs a Re-Sync of its own."""
    other = await side.export(await office.new_invoice("21260"))
    await let_an_hour_pass(office, other)
    await set_quickbooks_name(adam, a_name(office, NamedList.ITEM, "No such item"))
    for one in (invoice, other):
        await save(olga, one, Edits(add_tasks=(office.tasks()[0],)))
        await side.settle()
    root, dependent = await standing(office, invoice), await standing(office, other)
    assert (root.issue.object.kind, root.issue.root_id) == (ObjectKind.ITEM, None)
    assert (dependent.job.state, dependent.issue.root_id) == (JobState.BLOCKED, root.issue.id)

    done = await set_quickbooks_name(adam, a_name(office, NamedList.ITEM, "SVC-TUNE"))
    await side.settle()

    assert done.released == 2
    for one in (invoice, other):
        after = await standing(office, one)
        assert (after.status, after.issue) == (SyncStatus.SYNCED, None)
        assert len((await side.held(one)).lines) == 3


async def test_what_lacks_a_name_or_a_cogs_account_is_listed(office, adam, nick, change_row):
    """Requirement 109, and what an export would stumble over."""
    assert await read_findings(nick) == []
    for table, entry, column in LISTS.values():
        await change_row(table, office.id_of(entry), **{column: " "})
    await change_row("item", office.id_of("Air filter 16x25"), cogs_account=None)

    found = {finding.code: finding.name for finding in await read_findings(nick)}

    assert found == {
        FindingCode.CUSTOMER_WITHOUT_NAME: "Harriet Doyle",
        FindingCode.ITEM_WITHOUT_NAME: "Seasonal tune-up",
        FindingCode.COGS_ACCOUNT_MISSING: "Air filter 16x25",
        FindingCode.BUSINESS_UNIT_WITHOUT_CLASS: "HVAC",
        FindingCode.TAX_ZONE_WITHOUT_ITEM: "Fort Worth",
        FindingCode.LOCATION_WITHOUT_SITE: "Truck 7",
    }
    filters = office.id_of("Air filter 16x25")
    assert await set_cogs_account(adam, CogsWish(filters, "Cost of Goods Sold")) == filters
    assert FindingCode.COGS_ACCOUNT_MISSING not in {f.code for f in await read_findings(nick)}
    newest = (await read_trail(adam, before=None, first=1))[0][0]
    assert newest.action is AuditAction.COGS_ACCOUNT_CHANGED


async def test_findings_are_the_account_s_own(office, another_office, nick, change_row):
    await another_office()
    await change_row("item", quickbooks_name=None)

    there = await (await another_office()).as_person()

    assert len(await read_findings(nick)) == 3
    assert await read_findings(there) == []
