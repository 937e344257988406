"""A revert saved while the edit it undoes is still on its way: QuickBooks ends with one of each line."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.ids import new_id
from domain.edits import DetailsPatch, Edits, NewTask
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.conflicts import ConflictChoice, ConflictSide, Resolution, resolve_conflict
from resolvers.reverting import Revert, revert_to
from resolvers.saving import Save, save_and_sync
from simulator.bookkeeper import Bookkeeper
from tests.sync_worker.connector import resync_now, save


async def revert_and_sync(played, invoice):
    """Back to version 1, by Save & Sync."""
    olga = await played.office.as_person()
    wish = Revert(invoice_id=invoice.id, version=invoice.version, revision_id=None)
    await revert_to(olga, wish)
    saving = Save(invoice_id=invoice.id, version=invoice.version, idempotency_key=str(new_id()))
    return (await save_and_sync(olga, saving)).invoice


def removal(invoice):
    return Edits(remove_task_ids=(invoice.content.tasks[1].id,))


def addition(played):
    return Edits(
        add_tasks=(
            NewTask(
                item_id=played.office.id_of("Diagnostic visit"),
                description="Diagnostic visit",
                taxable=False,
                quantity=Decimal(1),
                unit_price=Decimal("89.00"),
            ),
        )
    )


@pytest.mark.parametrize("forgets", [False, True], ids=["stored", "forgotten"])
@pytest.mark.parametrize("has_run", [True, False], ids=["ran", "never ran"])
@pytest.mark.parametrize("edit", ["removal", "addition"])
async def test_it_is_as_it_was_in_the_end_whatever_became_of_the_lost_edit(
    played, edit, has_run, forgets
):
    invoice = await played.exported()
    (held,) = played.company.invoices.values()
    before = [(line.item_name, line.quantity, line.rate) for line in held.lines]
    edits = removal(invoice) if edit == "removal" else addition(played)
    edited = await save(played.office, invoice, edits)
    await played.lose(has_run=has_run)
    if forgets:
        played.company.message_sets.clear()

    back = await revert_and_sync(played, edited)
    await played.settle()

    found = await played.standing(back)
    (held,) = played.company.invoices.values()
    assert found.invoice.sync_status is SyncStatus.SYNCED
    assert [(line.item_name, line.quantity, line.rate) for line in held.lines] == before
    assert {line.txn_line_id for line in held.lines} == set(found.link.tasks_by_line)
    assert set(found.link.tasks_by_line.values()) == {t.id for t in invoice.content.tasks}
    assert held.total == Decimal("62.44")


@pytest.mark.parametrize("way", ["ours", "theirs", "saved again"])
async def test_new_tasks_of_a_lost_edit_are_not_added_again_behind_a_conflict(played, way):
    """QuickBooks had run it; the bookkeeper then typed over its summary, and nobody was told."""
    invoice = await played.exported()
    edits = replace(addition(played), details=DetailsPatch(summary="Ours"))
    edited = await save(played.office, invoice, edits)
    await played.lose(has_run=True)
    played.company.message_sets.clear()
    (held,) = played.company.invoices.values()
    prefix = held.memo.removesuffix("Ours")
    Bookkeeper(played.company).edit_invoice(held.txn_id, memo=f"{prefix}Theirs")
    played.ahead += timedelta(seconds=2)
    await played.settle()
    conflict = await played.standing(edited)
    assert conflict.job.state is JobState.CONFLICT

    if way == "saved again":
        same = Edits(details=DetailsPatch(summary="Theirs"))
        await save(played.office, conflict.invoice, same)
    else:
        await resync_now(played.office, conflict.invoice)
        await played.settle()
        again = await played.standing(edited)
        side = ConflictSide.OURS if way == "ours" else ConflictSide.QUICKBOOKS
        wish = Resolution(
            invoice_id=invoice.id,
            version=again.invoice.version,
            choices=tuple(ConflictChoice(c.path, side) for c in again.issue.conflicts),
            idempotency_key=str(new_id()),
        )
        await resolve_conflict(await played.office.as_person(), wish)
    played.ahead += timedelta(seconds=2)
    await played.settle()

    after = await played.standing(edited)
    (held,) = played.company.invoices.values()
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert [line.item_name for line in held.lines].count("SVC-DIAG") == 1
    assert len(held.lines) == len(after.invoice.content.tasks)
