"""Month end over HTTP: what the two books differ by, and whether a month can be closed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.ids import new_id
from domain.invoice import ExportOrigin, ExportStatus
from domain.merge import FieldConflict
from domain.sync_status import SyncStatus
from domain.totals import Totals
from schema.ids import global_id
from tests.builders import NOW, a_draft, a_link
from tests.db.making import a_job_of, add_invoice, an_issue_of, connection_id
from tests.schema.office_api import answer_to, ask
from tests.sync_worker.connector import PlayedConnector, bypass, new_price, resync_now, save

AFTER = datetime(2026, 12, 5, tzinfo=UTC)
INVOICES = "invoices(first: 100) { nodes { id } }"
FIELDS = f"kind message count difference notInQuickbooks oldestSince {INVOICES}"
DEBT = f"""{{ bypassDebt {{ count difference notInQuickbooks oldestSince
  months {{ month count difference notInQuickbooks oldestSince parts {{ {FIELDS} }} }} }} }}"""
READY = f"""query ($month: String!) {{ periodReadiness(month: $month) {{
  month firstDay lastDay phase isReady message reasons {{ {FIELDS} }} }} }}"""
PAGE = """query ($month: String!, $first: Int!, $after: String) { periodReadiness(month: $month) {
  reasons { kind invoices(first: $first, after: $after) {
    nodes { id } pageInfo { hasNextPage endCursor } } } } }"""


async def debt(office, **options):
    return (await ask(office, DEBT, **options))["bypassDebt"]


async def readiness(office, month="2026-11", now=AFTER):
    return (await ask(office, READY, month=month, now=now))["periodReadiness"]


async def reasons(office, month="2026-11"):
    """The reasons against closing the month, each with the invoices it names."""
    found = (await readiness(office, month))["reasons"]
    return {
        reason["kind"]: [node["id"] for node in reason["invoices"]["nodes"]] for reason in found
    }


def the_id(invoice):
    return global_id("Invoice", invoice.id)


def parts(debt):
    return {
        (month["month"], part["kind"]): (part["count"], part["difference"])
        for month in debt["months"]
        for part in month["parts"]
    }


@pytest.fixture
def played(office):
    return PlayedConnector(office)


async def settled(office, **changes):
    """An invoice that QuickBooks proved to hold, with its link."""
    invoice = await add_invoice(office, **{"synced_version": 1} | changes)
    await hold(office, invoice, invoice.totals)
    return invoice


async def hold(office, invoice, totals):
    """QuickBooks last told these figures of the invoice."""
    link = a_link(
        connection_id=connection_id(office),
        company_file_id=office.connection.connection.company_file_id,
    )
    copy = replace(
        link.copy,
        txn_id=str(invoice.id),
        subtotal=totals.subtotal,
        sales_tax=totals.sales_tax,
    )
    async with office.open_work() as work:
        await work.links.save(invoice.id, replace(link, copy=copy))


async def differing(office, ours, theirs, **changes):
    """An invoice with our total and the one that QuickBooks last told."""
    totals = Totals(Decimal(ours), Decimal("0.00"))
    invoice = await add_invoice(office, totals=totals, **changes)
    if theirs is not None:
        await hold(office, invoice, Totals(Decimal(theirs), Decimal("0.00")))
    return invoice


async def test_a_bypassed_edit_is_debt_until_a_re_sync_proves_it(played):
    """The amount is what our total exceeds QuickBooks' by: 42.00 instead of 35.50, and its tax."""
    office = played.office
    exported = await played.exported()
    assert (await debt(office))["count"] == 0

    bypassed = await bypass(office, exported, new_price(exported))

    found = await debt(office)
    more = bypassed.totals.total - exported.totals.total
    assert (found["count"], found["difference"]) == (1, str(more))
    assert found["notInQuickbooks"] == 0
    assert parts(found) == {("2026-11", "BYPASSED"): (1, str(more))}
    [part] = found["months"][0]["parts"]
    assert [node["id"] for node in part["invoices"]["nodes"]] == [the_id(exported)]
    assert not (await readiness(office))["isReady"]

    await resync_now(office, bypassed)
    await played.settle()

    assert await debt(office) == {
        "count": 0,
        "difference": "0.00",
        "notInQuickbooks": 0,
        "oldestSince": None,
        "months": [],
    }
    assert (await readiness(office))["isReady"]


async def test_debt_is_as_old_as_the_first_edit_that_quickbooks_lacks(played):
    """A second bypassed edit does not make it younger."""
    office = played.office
    invoice = await played.exported()
    first = await bypass(office, invoice, new_price(invoice, "42.00"))
    second = await bypass(office, first, new_price(first, "43.00"))

    told = (await debt(office))["oldestSince"]

    assert datetime.fromisoformat(told) == first.updated_at
    assert second.updated_at > first.updated_at


async def test_an_edit_that_quickbooks_refused_is_debt(played):
    office = played.office
    saved = await save(office, await played.exported())
    assert (await debt(office))["count"] == 0, "what has just been saved is on its way"
    await played.refuse(3210)

    assert list(parts(await debt(office))) == [("2026-11", "ACTION_REQUIRED")]
    assert await reasons(office) == {
        "ACTION_REQUIRED": [the_id(saved)],
        "ISSUE": [the_id(saved)],
    }


async def test_what_is_on_its_way_becomes_debt_when_the_connector_does_not_come(played):
    """Two polls and a quarter of an hour: longer than that nothing explains."""
    office = played.office
    saved = await save(office, await played.exported())
    poll = timedelta(seconds=office.connection.connection.poll_seconds)
    limit = saved.updated_at + timedelta(minutes=15) + 2 * poll

    assert parts(await debt(office, now=limit)) == {}
    late = await debt(office, now=limit + timedelta(seconds=1))
    assert list(parts(late)) == [("2026-11", "LATE")]
    assert datetime.fromisoformat(late["oldestSince"]) == saved.updated_at
    assert list(await reasons(office)) == ["SYNCING"]


async def test_debt_is_told_by_month_and_adds_up(office):
    """Signed: what QuickBooks holds more of is taken off; what it lacks counts whole."""
    october, november = date(2026, 10, 31), date(2026, 11, 1)
    waiting = {"sync_status": SyncStatus.BYPASSED}
    await differing(office, "100.00", "80.00", date=october, **waiting)
    await differing(office, "50.00", "60.50", date=november, **waiting)
    await differing(office, "7.00", None, date=november, **waiting)
    refused = {"sync_status": SyncStatus.ACTION_REQUIRED}
    await differing(office, "1.00", "1.00", date=november, **refused)
    await settled(office, date=november)

    found = await debt(office)

    assert parts(found) == {
        ("2026-10", "BYPASSED"): (1, "20.00"),
        ("2026-11", "BYPASSED"): (2, "-3.50"),
        ("2026-11", "ACTION_REQUIRED"): (1, "0.00"),
    }
    assert [(m["month"], m["count"], m["difference"]) for m in found["months"]] == [
        ("2026-10", 1, "20.00"),
        ("2026-11", 3, "-3.50"),
    ]
    assert (found["count"], found["difference"], found["notInQuickbooks"]) == (4, "16.50", 1)


async def test_exported_without_proof_is_debt_and_imported_is_not(office):
    exported = {"export_status": ExportStatus.EXPORTED}
    never_proven = await settled(office, synced_version=None, **exported)
    proven_long_ago = await settled(office, synced_version=1, version=2, **exported)
    bypassed = await add_invoice(office, export_origin=ExportOrigin.BYPASSED, **exported)
    await add_invoice(office, export_origin=ExportOrigin.IMPORTED, **exported)

    assert await reasons(office) == {
        "EXPORT_BYPASSED": [the_id(bypassed)],
        "UNVERIFIED": [the_id(never_proven), the_id(proven_long_ago)],
    }
    assert {kind for _, kind in parts(await debt(office))} == {"EXPORT_BYPASSED", "UNVERIFIED"}


async def test_every_reason_is_told_at_once_with_its_invoices(office):
    """Each invoice of the month that keeps it open, and none of another month."""
    by_status = {
        status: await settled(office, sync_status=status)
        for status in (SyncStatus.BYPASSED, SyncStatus.SYNCING, SyncStatus.ACTION_REQUIRED)
    }
    pending = await add_invoice(office, export_status=ExportStatus.PENDING, export_origin=None)
    posted = await add_invoice(office, export_status=ExportStatus.POSTED, export_origin=None)
    unverified = await settled(office, synced_version=None)
    edited, parted, remarked = [await settled(office) for _ in range(3)]
    await settled(office, date=date(2026, 10, 31), sync_status=SyncStatus.BYPASSED)
    await settled(office, date=date(2026, 12, 1), sync_status=SyncStatus.BYPASSED)
    async with office.open_work() as work:
        draft = a_draft(invoice_id=edited.id)
        await work.drafts.save(draft)
        for invoice, conflicts in (
            (parted, (FieldConflict(("summary",), "a", "b", "c"),)),
            (remarked, ()),
        ):
            job = a_job_of(office, invoice)
            await work.sync_jobs.add(job)
            await work.sync_issues.add(an_issue_of(job, conflicts=conflicts))
            await work.sync_issues.add(an_issue_of(job, conflicts=conflicts, resolved_at=NOW))

    found = await readiness(office)

    assert await reasons(office) == {
        "BYPASSED": [the_id(by_status[SyncStatus.BYPASSED])],
        "ACTION_REQUIRED": [the_id(by_status[SyncStatus.ACTION_REQUIRED])],
        "SYNCING": [the_id(by_status[SyncStatus.SYNCING])],
        "UNVERIFIED": [the_id(unverified)],
        "NEVER_EXPORTED": [the_id(pending), the_id(posted)],
        "DRAFT_OPEN": [the_id(edited)],
        "CONFLICT": [the_id(parted)],
        "ISSUE": [the_id(remarked)],
    }
    counts = {reason["kind"]: reason["count"] for reason in found["reasons"]}
    assert counts.pop("NEVER_EXPORTED") == 2
    assert set(counts.values()) == {1}
    assert found["message"].startswith("2026-11 is not ready. 1 invoice was saved and not sent")
    drafts = next(reason for reason in found["reasons"] if reason["kind"] == "DRAFT_OPEN")
    assert datetime.fromisoformat(drafts["oldestSince"]) == draft.started_at


async def test_a_month_in_which_all_is_proven_is_ready_once_it_is_over(office):
    await settled(office)

    over = await readiness(office)
    running = await readiness(office, now=datetime(2026, 11, 20, tzinfo=UTC))
    to_come = await readiness(office, "2027-01")

    assert (over["isReady"], over["phase"], over["reasons"]) == (True, "OVER", [])
    assert (over["firstDay"], over["lastDay"]) == ("2026-11-01", "2026-11-30")
    assert (running["isReady"], running["phase"]) == (False, "RUNNING")
    assert running["message"] == "2026-11 is still running, until 2026-11-30."
    assert (to_come["isReady"], to_come["phase"]) == (False, "TO_COME")


@pytest.mark.parametrize("month", ["", "2026-13", "November", "2026-11-01"])
async def test_what_is_no_month_is_refused(office, month):
    answer = await answer_to(office, READY, month=month)

    assert answer["errors"][0]["message"].startswith("month must be a year and a month")


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_a_reasons_invoices_come_on_pages_by_date(office, size):
    """Several of one day stand in the order of their ids; none is missed or met twice."""
    days = (3, 1, 2, 2, 30, 2)
    made = [
        await settled(office, date=date(2026, 11, day), sync_status=SyncStatus.BYPASSED)
        for day in days
    ]
    wanted = sorted(made, key=lambda invoice: (invoice.content.date, invoice.id))

    found, after = [], None
    while True:
        data = await ask(office, PAGE, month="2026-11", first=size, after=after)
        page = data["periodReadiness"]["reasons"][0]["invoices"]
        found += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert found == [the_id(invoice) for invoice in wanted]


async def test_a_cursor_of_another_list_is_refused(office):
    await settled(office, sync_status=SyncStatus.BYPASSED)

    answer = await answer_to(office, PAGE, month="2026-11", first=1, after="WyJhIiwiYiJd")

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_another_accounts_debt_is_not_ours(office, another_office):
    await settled(office, sync_status=SyncStatus.BYPASSED)
    stranger = await another_office()

    assert (await debt(stranger))["count"] == 0
    assert (await readiness(stranger))["isReady"]


async def test_month_end_after_an_outage(played):
    """Journey G3, step 6: one refused, two bypassed; the refused one is bypassed too: debt three."""
    office = played.office
    exported = [await played.exported(number) for number in ("1", "2", "4")]
    for invoice in exported[:2]:
        await bypass(office, invoice, new_price(invoice, "101.10"))
    refused = await save(office, exported[2])
    await played.refuse(3171, "… with a date on or before the closing date of the company.")

    before = {r["kind"]: r["count"] for r in (await readiness(office))["reasons"]}
    assert before == {"BYPASSED": 2, "ACTION_REQUIRED": 1, "ISSUE": 1}

    document = """mutation ($input: SaveAndBypassInput!) { saveAndBypass(input: $input) {
      invoice { syncStatus } userErrors { message } } }"""
    wish = {
        "invoiceId": the_id(refused),
        "version": refused.version,
        "idempotencyKey": str(new_id()),
    }
    answered = (await ask(office, document, input=wish))["saveAndBypass"]

    assert answered == {"invoice": {"syncStatus": "BYPASSED"}, "userErrors": []}
    found = await debt(office)
    assert list(parts(found)) == [("2026-11", "BYPASSED")]
    assert found["count"] == 3
    assert await reasons(office) == {"BYPASSED": [the_id(invoice) for invoice in exported]}
