"""The bookkeeper edits the same invoice: what does not overlap merges, what does is a conflict."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.actor import ActorKind
from domain.edits import DetailsPatch, Edits, TaskEdit, TaskPatch
from domain.errors import VersionConflict
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.drafts import Stage, stage
from simulator.bookkeeper import Bookkeeper
from tests.sync_worker.connector import bypass, new_price, new_summary, refusal, save


@pytest.fixture
def bookkeeper(played):
    return Bookkeeper(played.company)


class Shared:
    """One invoice on both sides."""

    def __init__(self, played, invoice, copy):
        self.played = played
        self.invoice = invoice
        self.txn_id = copy.txn_id
        self.line_ids = [line.txn_line_id for line in copy.lines]

    async def standing(self):
        return await self.played.standing(self.invoice)

    @property
    def in_quickbooks(self):
        return self.played.company.invoice(self.txn_id)

    async def revisions(self):
        async with self.played.office.open_work() as work:
            return await work.revisions.page(self.invoice.id, before=None, limit=100)


@pytest.fixture
async def shared(played):
    invoice = await played.exported()
    return Shared(played, invoice, (await played.standing(invoice)).link.copy)


async def saved(played, shared, edits=None):
    return await save(played.office, shared.invoice, edits)


async def test_another_field_of_the_bookkeepers_ends_on_both_sides(played, shared, bookkeeper):
    """We changed the price and they the date: nobody has to do anything."""
    bookkeeper.edit_invoice(shared.txn_id, date="2026-11-19")
    ours = await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.version == ours.version + 1
    assert after.invoice.synced_version == after.invoice.version
    assert after.invoice.content.date.isoformat() == "2026-11-19"
    assert after.invoice.content.tasks[0].unit_price == Decimal(42)
    assert shared.in_quickbooks.values["TxnDate"] == "2026-11-19"
    assert shared.in_quickbooks.lines[0].rate == Decimal(42)
    assert after.issue is None


async def test_what_was_taken_over_is_a_revision_by_quickbooks(played, shared, bookkeeper):
    """The history says who changed what, field by field."""
    bookkeeper.edit_invoice(shared.txn_id, date="2026-11-19")
    await saved(played, shared)

    await played.settle()

    latest = max(await shared.revisions(), key=lambda revision: revision.version)
    assert latest.actor.kind is ActorKind.QUICKBOOKS
    assert "QuickBooks" in latest.reason
    [change] = latest.changes
    assert change.path == ("date",)


@pytest.mark.parametrize(
    ("theirs", "field", "value"),
    [
        ({"description": "Gutters as well"}, "description", "Gutters as well"),
        ({"quantity": Decimal(3)}, "quantity", Decimal(3)),
        ({"rate": Decimal(13)}, "unit_price", Decimal(13)),
    ],
)
async def test_a_field_of_another_line_merges(played, shared, bookkeeper, theirs, field, value):
    bookkeeper.change_line(shared.txn_id, shared.line_ids[1], **theirs)
    await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    first, second = after.invoice.content.tasks
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert (first.unit_price, getattr(second, field)) == (Decimal(42), value)
    assert shared.in_quickbooks.lines[0].rate == Decimal(42)
    assert after.invoice.totals.subtotal == after.link.copy.subtotal


async def test_another_class_of_a_line_becomes_its_business_unit(played, shared, bookkeeper):
    bookkeeper.change_line(shared.txn_id, shared.line_ids[1], class_name="Plumbing")
    await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.content.tasks[1].business_unit_id == played.office.id_of("Plumbing")
    assert shared.in_quickbooks.lines[1].class_name == "Plumbing"


async def test_totals_follow_what_was_taken_over(played, shared, bookkeeper):
    bookkeeper.change_line(shared.txn_id, shared.line_ids[1], quantity=Decimal(3))
    await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert after.invoice.totals.subtotal == Decimal("78.00")  # 42.00 and 3 x 12.00
    assert after.link.copy.subtotal == Decimal("78.00")


async def test_a_line_the_bookkeeper_deleted_is_gone_on_both_sides(played, shared, bookkeeper):
    bookkeeper.delete_line(shared.txn_id, shared.line_ids[1])
    await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert [task.unit_price for task in after.invoice.content.tasks] == [Decimal(42)]
    assert len(shared.in_quickbooks.lines) == 1


async def test_the_bookkeepers_own_lines_and_fields_survive(played, shared, bookkeeper):
    """They are never synced, so nothing has to be merged, and nothing is taken away."""
    bookkeeper.insert_text_line(shared.txn_id, "Thank you")
    bookkeeper.edit_invoice(shared.txn_id, po_number="PO-7")
    ours = await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert (after.invoice.sync_status, after.invoice.version) == (SyncStatus.SYNCED, ours.version)
    assert shared.in_quickbooks.values["PONumber"] == "PO-7"
    assert "Thank you" in [line.values.get("Desc") for line in shared.in_quickbooks.lines]


async def test_the_same_field_with_the_same_value_is_no_conflict(played, shared, bookkeeper):
    bookkeeper.change_line(shared.txn_id, shared.line_ids[0], rate=Decimal(42))
    ours = await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert (after.invoice.sync_status, after.invoice.version) == (SyncStatus.SYNCED, ours.version)


# What cannot merge


def values_of(conflict):
    return conflict.base, conflict.ours, conflict.quickbooks


async def test_the_same_field_is_a_conflict_with_all_three_values(played, shared, bookkeeper):
    bookkeeper.change_line(shared.txn_id, shared.line_ids[0], description="Theirs")
    task = shared.invoice.content.tasks[0]
    edits = Edits(edit_tasks=(TaskEdit(task.id, TaskPatch(description="Ours")),))
    await saved(played, shared, edits)

    await played.settle()

    after = await shared.standing()
    assert after.job.state is JobState.CONFLICT
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    [conflict] = after.issue.conflicts
    assert values_of(conflict) == ("Seasonal tune-up", "Ours", "Theirs")
    assert shared.in_quickbooks.lines[0].values["Desc"] == "Theirs"
    assert after.invoice.content.tasks[0].description == "Ours"


async def test_a_conflict_takes_nothing_else_over_either(played, shared, bookkeeper):
    """A person decides on the invoice as it was saved; only then all of it goes on."""
    bookkeeper.edit_invoice(shared.txn_id, date="2026-11-19")
    bookkeeper.change_line(shared.txn_id, shared.line_ids[0], rate=Decimal(50))
    ours = await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert after.job.state is JobState.CONFLICT
    assert after.invoice.version == ours.version
    assert after.invoice.content.date == shared.invoice.content.date
    assert shared.in_quickbooks.lines[0].rate == Decimal(50)


async def test_a_class_that_no_business_unit_has_is_a_conflict(played, shared, bookkeeper):
    """It has no place here, and our write must not undo it."""
    bookkeeper.rename("ClassRef", "Plumbing", "Landscaping")
    bookkeeper.change_line(shared.txn_id, shared.line_ids[0], class_name="Landscaping")
    ours = await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert after.job.state is JobState.CONFLICT
    [conflict] = after.issue.conflicts
    assert conflict.path[-1] == "business_unit"
    assert values_of(conflict) == ("HVAC", "HVAC", "Landscaping")
    assert after.invoice.version == ours.version
    assert shared.in_quickbooks.lines[0].rate == Decimal("35.50")


async def test_a_memo_without_the_batch_is_a_conflict(played, shared, bookkeeper):
    """The memo begins with the batch's name, and a summary has no place for anything else."""
    bookkeeper.edit_invoice(shared.txn_id, memo="Paid in cash")
    await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    [conflict] = after.issue.conflicts
    assert (conflict.path, conflict.quickbooks) == (("memo",), "Paid in cash")
    assert shared.in_quickbooks.memo == "Paid in cash"


async def test_a_memo_behind_the_batch_s_name_becomes_the_summary(played, shared, bookkeeper):
    memo = shared.in_quickbooks.memo
    bookkeeper.edit_invoice(shared.txn_id, memo=memo.replace("Fall", "Early fall"))
    await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.content.summary == "Early fall tune-up"


async def test_a_line_removed_here_and_changed_there_is_a_conflict(played, shared, bookkeeper):
    bookkeeper.change_line(shared.txn_id, shared.line_ids[1], quantity=Decimal(3))
    removed = shared.invoice.content.tasks[1].id
    await saved(played, shared, Edits(remove_task_ids=(removed,)))

    await played.settle()

    after = await shared.standing()
    assert after.job.state is JobState.CONFLICT
    assert {conflict.path[1] for conflict in after.issue.conflicts} == {str(removed)}
    assert len(shared.in_quickbooks.lines) == 2


async def test_a_void_is_never_overwritten(played, shared, bookkeeper):
    bookkeeper.void_invoice(shared.txn_id)
    await saved(played, shared)

    await played.settle()

    after = await shared.standing()
    assert after.issue.code == "INVOICE_VOIDED"
    assert shared.in_quickbooks.memo.startswith("VOID:")


# Behind a newer save, a bypass, a lost answer


async def read_on_its_way(played, shared, bookkeeper):
    """Our edit was refused as outdated; QuickBooks' copy, with another date, is being read."""
    bookkeeper.edit_invoice(shared.txn_id, date="2026-11-19")
    ours = await saved(played, shared)
    await played.update()
    return ours, await played.fetch()


async def test_behind_a_bypass_nothing_is_taken_over(played, shared, bookkeeper):
    ours, question = await read_on_its_way(played, shared, bookkeeper)
    await bypass(played.office, ours)

    await played.tell(played.run(question))

    after = await shared.standing()
    assert (after.invoice.sync_status, after.invoice.version) == (
        SyncStatus.BYPASSED,
        ours.version,
    )
    assert after.invoice.content.date == shared.invoice.content.date


async def test_what_the_bookkeeper_did_before_a_bypass_is_not_lost_by_a_later_edit(
    played, shared, bookkeeper
):
    ours, question = await read_on_its_way(played, shared, bookkeeper)
    await bypass(played.office, ours)
    await played.tell(played.run(question))
    await played.close()
    bypassed = (await shared.standing()).invoice

    await save(played.office, bypassed, new_summary("Later"))
    await played.settle()

    after = await shared.standing()
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.content.date.isoformat() == "2026-11-19"
    assert shared.in_quickbooks.values["TxnDate"] == "2026-11-19"
    assert shared.in_quickbooks.lines[0].rate == Decimal(42)


async def test_behind_a_newer_save_the_newer_one_merges(played, shared, bookkeeper):
    ours, question = await read_on_its_way(played, shared, bookkeeper)
    newer = await save(played.office, ours, new_summary("Newer"))

    await played.tell(played.run(question))
    between = await shared.standing()
    await played.close()
    await played.settle()

    assert between.invoice.version == newer.version
    after = await shared.standing()
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.version == newer.version + 1
    assert after.invoice.content.date.isoformat() == "2026-11-19"
    assert after.invoice.content.summary == "Newer"
    assert shared.in_quickbooks.values["TxnDate"] == "2026-11-19"


async def test_a_newer_save_of_the_very_field_is_a_conflict_all_the_same(
    played, shared, bookkeeper
):
    ours, question = await read_on_its_way(played, shared, bookkeeper)
    new_date = (ours.content.date + timedelta(days=9)).isoformat()
    await save(
        played.office,
        ours,
        Edits(details=DetailsPatch(date=ours.content.date + timedelta(days=9))),
    )

    await played.tell(played.run(question))
    await played.close()
    await played.settle()

    after = await shared.standing()
    assert after.job.state is JobState.CONFLICT
    [conflict] = after.issue.conflicts
    assert values_of(conflict) == ("2026-11-18", new_date, "2026-11-19")


@pytest.mark.parametrize("has_run", [True, False])
@pytest.mark.parametrize("keeps", [True, False])
async def test_an_edit_of_the_bookkeepers_after_a_lost_answer_merges(
    played, shared, bookkeeper, has_run, keeps
):
    await saved(played, shared)
    await played.lose(has_run=has_run)
    bookkeeper.edit_invoice(shared.txn_id, date="2026-11-19")
    if not keeps:
        played.company.message_sets.clear()

    await played.settle()

    assert shared.in_quickbooks.values["TxnDate"] == "2026-11-19"
    assert shared.in_quickbooks.lines[0].rate == Decimal(42)
    assert (await shared.standing()).link.copy.lines[0].rate == Decimal(42)


async def test_quickbooks_changed_twice_while_we_tried_merges_both(played, shared, bookkeeper):
    """Another 3200 after the first merge: read, merge and try once more."""
    bookkeeper.edit_invoice(shared.txn_id, date="2026-11-19")
    await saved(played, shared)
    await played.update()
    await played.update()
    bookkeeper.change_line(shared.txn_id, shared.line_ids[1], quantity=Decimal(3))

    await played.settle()

    after = await shared.standing()
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.content.date.isoformat() == "2026-11-19"
    assert after.invoice.content.tasks[1].quantity == Decimal(3)
    assert shared.in_quickbooks.lines[0].rate == Decimal(42)


async def test_a_merged_edit_that_is_refused_needs_a_person_with_both_values_kept(
    played, shared, bookkeeper
):
    await read_and_merge(played, shared, bookkeeper)
    document = await played.fetch()

    await played.tell(refusal(document, 3210, "The price is not valid."))

    after = await shared.standing()
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.invoice.content.date.isoformat() == "2026-11-19"
    assert after.invoice.content.tasks[0].unit_price == Decimal(42)
    assert shared.in_quickbooks.values["TxnDate"] == "2026-11-19"


async def read_and_merge(played, shared, bookkeeper):
    _, question = await read_on_its_way(played, shared, bookkeeper)
    await played.tell(played.run(question))
    await played.close()


async def test_an_edit_of_ours_that_quickbooks_has_made_itself_needs_no_write(
    played, shared, bookkeeper
):
    """The bookkeeper typed our price and another date: only the date is taken over."""
    bookkeeper.change_line(shared.txn_id, shared.line_ids[0], rate=Decimal(42))
    bookkeeper.edit_invoice(shared.txn_id, date="2026-11-19")
    await saved(played, shared, new_price(shared.invoice))
    await played.settle()

    after = await shared.standing()
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.content.date.isoformat() == "2026-11-19"
    assert played.side.writes().count("InvoiceModRq") == 1  # the refused one


async def test_a_save_that_has_not_seen_the_merge_is_refused(played, shared, bookkeeper):
    """Its author is shown the bookkeeper's date first, and does not undo it unawares."""
    ours, question = await read_on_its_way(played, shared, bookkeeper)
    draft = Stage(
        invoice_id=ours.id,
        version=ours.version,
        edits=new_price(ours, "50.00"),
    )
    await stage(await played.office.as_person(), "updateInvoiceDetails", draft)
    await played.tell(played.run(question))
    merged = (await shared.standing()).invoice

    for version in (ours.version, merged.version):  # even with the new version, the draft is old
        with pytest.raises(VersionConflict):
            await save(played.office, replace(ours, version=version), new_summary("Unawares"))

    assert merged.version == ours.version + 1
    await played.close()
    await played.settle()
    assert shared.in_quickbooks.values["TxnDate"] == "2026-11-19"
