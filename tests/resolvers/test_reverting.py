"""Back to an earlier version: a draft like any other, saved and sent like any other."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.ids import new_id
from domain.access import Permission
from domain.edits import Edits
from domain.eligibility import NotEligible
from domain.errors import (
    AnotherInvoiceOpen,
    BeingEdited,
    Forbidden,
    NotFound,
    NothingToSave,
    VersionConflict,
)
from domain.guards import GuardCode, GuardRefused
from domain.sync_status import SyncStatus
from resolvers.invoice_reading import read_drafts
from resolvers.reverting import Revert, revert_to
from simulator.bookkeeper import Bookkeeper
from tests.resolvers.asking import (
    a_new_task,
    bypass,
    details,
    everything_stored,
    of_task,
    save,
    stage_edits,
    standing,
    the_price_change,
)
from tests.resolvers.conftest import let_an_hour_pass


async def revert(context, invoice, revision=None, **changes):
    wish = {
        "invoice_id": invoice.id,
        "version": invoice.version,
        "revision_id": None if revision is None else revision.id,
    }
    return await revert_to(context, Revert(**wish | changes))


async def synced(office, side, context, invoice, edits=None):
    """The invoice after Save & Sync of these edits or of the draft, confirmed and an hour old."""
    saved = (await save(context, invoice, edits)).invoice
    await side.settle()
    await let_an_hour_pass(office, saved)
    found = await standing(office, saved)
    assert found.status is SyncStatus.SYNCED
    return found.invoice


async def revision_of(office, invoice, version):
    revisions = (await standing(office, invoice)).revisions
    return next(revision for revision in revisions if revision.version == version)


async def test_version_1_before_any_revision_is_staged_and_nothing_else_happens(
    office, side, invoice, olga
):
    newer = await synced(office, side, olga, invoice, the_price_change(office, invoice))
    before = await everything_stored(office, newer)

    staged = await revert(olga, newer)

    assert staged.draft.content == invoice.content
    assert staged.draft.base_version == 2
    found, *others = await everything_stored(office, newer)
    assert (replace(found, draft=None), *others) == before
    view = (await read_drafts(olga, [newer]))[newer.id]
    assert view.totals.total == Decimal("62.44")
    assert [change.after for change in view.changes] == ["35.5", "HVAC"]


async def test_a_saved_revert_reaches_quickbooks_and_can_itself_be_reverted(
    office, side, invoice, olga
):
    newer = await synced(office, side, olga, invoice, the_price_change(office, invoice))
    change = await revision_of(office, newer, 2)

    await revert(olga, newer)
    back = await synced(office, side, olga, newer)
    assert (await side.held(back)).total == Decimal("62.44")
    assert back.content == invoice.content

    await revert(olga, back, change)
    again = await synced(office, side, olga, back)
    assert (await side.held(again)).total == Decimal("69.47")
    assert again.content == newer.content
    assert side.writes() == ["InvoiceAddRq", *["InvoiceModRq"] * 3]


async def test_a_task_removed_since_comes_back_as_a_new_line_with_an_id_of_its_own(
    office, side, invoice, olga
):
    """QuickBooks has dropped its line for good: the old TxnLineID must never be named again."""
    filters = invoice.content.tasks[1]
    link = (await standing(office, invoice)).link
    old_line = link.line_of(filters.id)
    added = Edits(add_tasks=(a_new_task(office),), remove_task_ids=(filters.id,))
    newer = await synced(office, side, olga, invoice, added)
    assert old_line not in {line.txn_line_id for line in (await side.held(newer)).lines}

    await revert(olga, newer)
    back = await synced(office, side, olga, newer)

    after = await standing(office, back)
    held = list((await side.held(back)).flat_lines())
    assert [task.id for task in back.content.tasks] == [t.id for t in invoice.content.tasks]
    assert [line.description for line in held] == ["Seasonal tune-up", "Air filter 16x25"]
    assert after.link.line_of(filters.id) == held[1].txn_line_id != old_line
    (mod,) = side.company.journal.requests_named("InvoiceModRq")[1:]
    assert [line.findtext("TxnLineID") for line in mod.iter("InvoiceLineMod")] == [
        held[0].txn_line_id,
        "-1",
    ]
    assert (await side.held(back)).total == Decimal("62.44")


async def test_a_task_whose_removal_was_bypassed_keeps_the_line_that_is_still_there(
    office, side, invoice, olga
):
    filters = invoice.content.tasks[1]
    line = (await standing(office, invoice)).link.line_of(filters.id)
    newer = (await bypass(olga, invoice, Edits(remove_task_ids=(filters.id,)))).invoice

    await revert(olga, newer)
    back = await synced(office, side, olga, newer)

    assert (await standing(office, back)).link.line_of(filters.id) == line
    assert side.writes() == ["InvoiceAddRq"]  # QuickBooks held all of it


async def test_the_state_after_any_revision_can_be_chosen(office, invoice, olga):
    for summary in ("One", "Two", "Three"):
        invoice = (await bypass(olga, invoice, details(summary=summary))).invoice
    one = await revision_of(office, invoice, 2)

    staged = await revert(olga, invoice, one)

    assert staged.draft.content.summary == "One"


async def test_what_was_staged_before_gives_way(invoice, olga):
    newer = (await bypass(olga, invoice, details(summary="Newer"))).invoice
    first = await stage_edits(olga, newer, details(number="21260"))

    staged = await revert(olga, newer)

    assert staged.draft.content == invoice.content
    assert staged.draft.started_at == first.draft.started_at


async def test_an_invoice_that_is_as_it_was_then_has_nothing_to_revert(office, invoice, olga):
    with pytest.raises(NothingToSave, match="never changed"):
        await revert(olga, invoice)
    newer = (await bypass(olga, invoice, details(summary="Newer"))).invoice

    with pytest.raises(NothingToSave, match="as it was then"):
        await revert(olga, newer, await revision_of(office, newer, 2))

    assert (await standing(office, newer)).draft is None


async def test_a_revision_of_another_invoice_is_no_way_back(office, side, invoice, olga):
    other = await side.export(await office.new_invoice("2"))
    theirs = (await bypass(olga, other, details(summary="Other"))).invoice
    newer = (await bypass(olga, invoice, details(summary="Newer"))).invoice

    for stray in (await revision_of(office, theirs, 2), replace_id(theirs)):
        with pytest.raises(NotFound, match="no such revision") as refusal:
            await revert(olga, newer, stray)
        assert refusal.value.where == ("revision_id",)


def replace_id(invoice):
    return replace(invoice, id=new_id())


async def test_the_rules_of_staging_hold(office, side, invoice, olga, nick, partner):
    newer = (await bypass(olga, invoice, details(summary="Newer"))).invoice
    granted = partner.principal.permissions - {Permission.MANAGE_EMPLOYEES}
    partner = replace(partner, principal=replace(partner.principal, permissions=granted))

    with pytest.raises(Forbidden):
        await revert(nick, newer)
    with pytest.raises(VersionConflict):
        await revert(olga, newer, version=1)
    await stage_edits(olga, newer, details(summary="Mine"))
    with pytest.raises(BeingEdited, match="Olga"):
        await revert(partner, newer)
    other = await side.export(await office.new_invoice("2"))
    other = (await bypass(partner, other, details(summary="Other"))).invoice
    with pytest.raises(AnotherInvoiceOpen, match="21259"):
        await revert(olga, other)


async def test_an_invoice_that_may_not_be_edited_may_not_be_reverted(invoice, olga, change_row):
    newer = (await bypass(olga, invoice, details(summary="Newer"))).invoice
    await change_row("account", edit_exported_enabled=False)

    with pytest.raises(NotEligible):
        await revert(olga, newer)


async def test_the_guards_of_a_save_judge_the_way_back(office, invoice, olga, change_row):
    """A payment has covered the newer, higher total: the old one would not do."""
    newer = (await bypass(olga, invoice, the_price_change(office, invoice))).invoice
    await change_row("invoice", newer.id, applied=Decimal("69.47"))

    await revert(olga, newer)

    with pytest.raises(GuardRefused) as refusal:
        await save(olga, newer)
    assert [guard.code for guard in refusal.value.guards] == [GuardCode.TOTAL_BELOW_PAYMENTS]


async def test_list_entries_that_are_gone_are_refused_by_name(office, settings, invoice, olga):
    newer = (await bypass(olga, invoice, Edits(add_tasks=(a_new_task(office),)))).invoice
    extra = newer.content.tasks[2]
    removal = Edits(remove_task_ids=(extra.id,))
    newer = (await bypass(olga, newer, removal)).invoice
    engine = create_async_engine(settings.database_url)
    async with engine.begin() as connection:
        await connection.execute(text("delete from item where id = :id"), {"id": extra.item_id})
    await engine.dispose()

    with pytest.raises(NotFound) as refusal:
        await revert(olga, newer, await revision_of(office, newer, 2))

    assert "the item of the task “Diagnostic visit: 1 x 89, Diagnostic visit”" in str(refusal.value)
    assert refusal.value.where == ("revision_id",)
    assert (await standing(office, newer)).draft is None


async def test_the_same_call_again_gets_the_same_answer(office, invoice, olga):
    newer = (await bypass(olga, invoice, details(summary="Newer", date=date(2026, 11, 19)))).invoice
    first = await revert(olga, newer, idempotency_key="once")
    await stage_edits(olga, newer, details(summary="Edited behind it"))

    again = await revert(olga, newer, idempotency_key="once")

    assert again.draft.content.summary == "Edited behind it"
    assert again.draft.started_at == first.draft.started_at


async def test_what_quickbooks_changed_meanwhile_is_not_overwritten_by_a_revert(
    office, side, invoice, olga
):
    """The way back is an edit like any other: a field that both sides changed asks a person."""
    task = invoice.content.tasks[0]
    newer = await synced(office, side, olga, invoice, of_task(task, unit_price=Decimal("42.00")))
    held = await side.held(newer)
    line_id = (await standing(office, newer)).link.line_of(task.id)
    Bookkeeper(side.company).change_line(held.txn_id, line_id, rate=Decimal("40.00"))

    await revert(olga, newer)
    saved = (await save(olga, newer)).invoice
    await side.settle()

    after = await standing(office, saved)
    assert after.status is SyncStatus.ACTION_REQUIRED
    assert after.issue.code == "EDIT_CONFLICT"
    assert (await side.held(saved)).lines[0].rate == Decimal("40.00")
