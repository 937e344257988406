"""Creating and reading invoices, and what hangs on many of them at once."""

from datetime import date
from decimal import Decimal

import pytest

from app.ids import new_id
from domain.edits import NewTask
from domain.eligibility import EligibilityCode
from domain.errors import (
    IdempotencyKeyReused,
    NotFound,
    TextTooLong,
    ValueOutOfRange,
    ValueRequired,
)
from domain.guards import GuardCode
from domain.invoice import ExportStatus
from domain.search import InvoiceFilter, InvoiceSort
from domain.sync_status import SyncStatus
from resolvers.invoice_reading import (
    read_comparisons,
    read_drafts,
    read_eligibility,
    read_invoices,
    read_links,
    read_page,
    read_revision,
    read_revisions,
    read_sync,
    read_task,
)
from resolvers.issues import read_issues
from simulator.bookkeeper import Bookkeeper
from tests.resolvers.asking import (
    details,
    of_task,
    save,
    stage_edits,
    standing,
    the_price_change,
)


async def test_a_new_invoice_is_pending_with_its_total_and_quickbooks_hears_nothing(office, olga):
    invoice = await office.new_invoice(technician_id=office.id_of("Ana"))

    assert (invoice.version, invoice.totals.total) == (1, Decimal("62.44"))
    assert invoice.export_status is ExportStatus.PENDING
    assert invoice.sync_status is SyncStatus.NOT_APPLICABLE
    assert await read_invoices(olga, [invoice.id, new_id()]) == {invoice.id: invoice}
    assert (await standing(office, invoice)).job is None
    assert (await standing(office, invoice)).events == []


@pytest.mark.parametrize(
    ("changes", "kind", "where"),
    [
        ({"number": " "}, ValueRequired, ("number",)),
        ({"number": "1" * 12}, TextTooLong, ("number",)),
        ({"date": date(2038, 1, 19)}, ValueOutOfRange, ("date",)),
        ({"date": date(1969, 12, 31)}, ValueOutOfRange, ("date",)),
        ({"summary": "x" * 4096}, TextTooLong, ("summary",)),
        ({"customer_id": new_id()}, NotFound, ("customer_id",)),
        ({"business_unit_id": new_id()}, NotFound, ("business_unit_id",)),
        ({"technician_id": new_id()}, NotFound, ("technician_id",)),
    ],
)
async def test_what_quickbooks_could_not_hold_is_refused_where_it_stands(
    office, changes, kind, where
):
    with pytest.raises(kind) as refusal:
        await office.new_invoice(**changes)

    assert refusal.value.where == where


async def test_a_task_that_quickbooks_could_not_hold_is_refused_where_it_stands(office):
    bad = NewTask(
        item_id=office.id_of("Seasonal tune-up"),
        description=None,
        taxable=True,
        quantity=Decimal("1.000001"),
        unit_price=Decimal(1),
    )

    with pytest.raises(ValueOutOfRange) as refusal:
        await office.new_invoice(tasks=(*office.tasks(), bad))

    assert refusal.value.where == ("tasks", "2", "quantity")


async def test_list_entries_of_another_account_are_unknown(office, another_office):
    stranger = await another_office()

    for changes in (
        {"customer_id": stranger.id_of("Harriet Doyle")},
        {"tax_zone_id": stranger.id_of("Fort Worth")},
        {"tasks": stranger.tasks()},
    ):
        with pytest.raises(NotFound):
            await office.new_invoice(**changes)


async def test_the_same_key_with_another_invoice_is_refused(office):
    await office.new_invoice("1", idempotency_key="k")

    with pytest.raises(IdempotencyKeyReused):
        await office.new_invoice("2", idempotency_key="k")


async def test_a_page_tells_whether_more_follow(office, olga):
    for n in range(3):
        await office.new_invoice(str(n))
    wish = {"wanted": InvoiceFilter(), "sort": InvoiceSort.INVOICE_NUMBER_ASC, "after": None}

    page, more = await read_page(olga, **wish, first=2)
    whole, none_left = await read_page(olga, **wish, first=3)

    assert ([i.content.number for i in page], more) == (["0", "1"], True)
    assert (len(whole), none_left) == (3, False)


async def test_a_task_is_read_with_its_invoice(office, olga, another_office):
    invoice = await office.new_invoice()
    task = invoice.content.tasks[0]
    stranger = await another_office()

    assert await read_task(olga, task.id) == (invoice, task)
    assert await read_task(olga, new_id()) is None
    assert await read_task(await stranger.as_person(), task.id) is None


async def test_ours_is_held_against_quickbooks_copy_field_by_field(office, invoice, olga):
    pending = await office.new_invoice("2")
    saved = (await save(olga, invoice, the_price_change(office, invoice))).invoice

    compared = await read_comparisons(olga, [saved, pending])

    unequal = {c.path[-1]: (c.ours, c.quickbooks) for c in compared[saved.id] if not c.equal}
    assert unequal["unit_price"] == ("42", "35.5")
    assert unequal["business_unit"] == ("Plumbing", "HVAC")
    assert pending.id not in compared
    assert (await read_links(olga, [saved.id, pending.id])).keys() == {saved.id}


async def test_what_has_no_name_in_quickbooks_cannot_be_compared(office, invoice, olga, change_row):
    await change_row("business_unit", quickbooks_class=None)

    assert await read_comparisons(olga, [invoice]) == {}


async def test_eligibility_tells_each_caller_their_own_reasons(office, invoice, olga, nick):
    pending = await office.new_invoice("2")

    ours = await read_eligibility(olga, [invoice, pending])
    nicks = await read_eligibility(nick, [invoice])

    assert ours[invoice.id].can_sync
    assert ours[pending.id].reasons == (EligibilityCode.NOT_EXPORTED,)
    assert nicks[invoice.id].reasons == (EligibilityCode.PERMISSION_MISSING,)
    told = nicks[invoice.id].message(EligibilityCode.PERMISSION_MISSING)
    assert "Contact your account administrator (Adam)" in told


async def test_a_draft_shows_the_guards_its_save_would_meet(office, invoice, olga):
    gone = of_task(invoice.content.tasks[0], unit_price=Decimal(-100))
    await stage_edits(olga, invoice, gone)

    views = await read_drafts(olga, [invoice, await office.new_invoice("2")])

    assert views.keys() == {invoice.id}
    assert [guard.code for guard in views[invoice.id].guards] == [GuardCode.SIGN_WOULD_CHANGE]


async def test_a_draft_warns_of_a_number_that_is_in_use(office, side, invoice, olga):
    """The same warning that its save will give."""
    await side.export(await office.new_invoice("21260"))
    await stage_edits(olga, invoice, details(number="21260"))

    view = (await read_drafts(olga, [invoice]))[invoice.id]

    assert [guard.code for guard in view.guards] == [GuardCode.INVOICE_NUMBER_IN_USE]


async def test_progress_names_the_place_in_the_queue_and_what_is_not_sent(office, invoice, olga):
    cost = of_task(invoice.content.tasks[1], cost=Decimal("7.10"))
    saved = (await save(olga, invoice, cost)).invoice
    pending = await office.new_invoice("2")

    views = await read_sync(olga, [saved, pending])

    task = saved.content.tasks[1].id
    assert views[saved.id].queue_position == 1
    assert [path for path, _ in views[saved.id].not_sent] == [f"tasks.{task}.cost"]
    assert views[pending.id].job is None
    assert views[pending.id].not_sent == ()


async def test_a_summary_too_long_for_the_memo_is_told(office, side, olga):
    invoice = await side.export(await office.new_invoice(summary="x" * 4095))

    view = (await read_sync(olga, [invoice]))[invoice.id]

    assert [path for path, _ in view.not_sent] == ["summary"]
    assert (await side.held(invoice)).memo.endswith("x...")


async def test_an_open_issue_is_told_and_can_be_read_later(office, side, invoice, olga):
    saved = (await save(olga, invoice, the_price_change(office, invoice))).invoice
    Bookkeeper(side.company).delete_invoice((await side.held(invoice)).txn_id)
    await side.settle()

    issue = (await read_sync(olga, [saved]))[saved.id].issue

    assert issue.steps
    assert await read_issues(olga, [issue.id]) == {issue.id: issue}


async def test_revisions_are_read_newest_first_page_by_page(office, side, invoice, olga):
    current = invoice
    for summary in ("One", "Two", "Three"):
        current = (await save(olga, current, details(summary=summary))).invoice

    page, more = await read_revisions(olga, invoice.id, before=None, first=2)
    rest, none_left = await read_revisions(olga, invoice.id, before=page[-1].version, first=2)

    assert ([r.content.summary for r in page], more) == (["Three", "Two"], True)
    assert ([r.content.summary for r in rest], none_left) == (["One"], False)
    assert await read_revision(olga, rest[0].id) == rest[0]
    assert await read_revision(olga, new_id()) is None
