"""Ours or QuickBooks', field by field: how a person ends an edit conflict."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.ids import new_id
from domain.actor import ActorKind
from domain.edits import DetailsPatch, Edits, TaskEdit, TaskPatch
from domain.errors import Forbidden, InvalidValue, NotFound, NothingToSync, VersionConflict
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.conflicts import ConflictChoice, ConflictSide, Resolution, resolve_conflict
from resolvers.queueing import Saved
from simulator.bookkeeper import Bookkeeper
from tests.resolvers.asking import details
from tests.sync_worker.connector import PlayedConnector, bypass, save

OURS, QUICKBOOKS = ConflictSide.OURS, ConflictSide.QUICKBOOKS


@pytest.fixture
def played(office):
    return PlayedConnector(office)


async def in_conflict(played, *, edits=None, number="21259"):
    """An invoice whose first price is 42 here, 50 in QuickBooks, and was 35.50 before."""
    invoice = await played.exported(number)
    link = (await played.standing(invoice)).link
    book = Bookkeeper(played.company)
    book.change_line(link.copy.txn_id, link.copy.lines[0].txn_line_id, rate=Decimal(50))
    played.ahead += timedelta(seconds=2)
    saved = await save(played.office, invoice, edits)
    await played.settle()
    after = await played.standing(saved)
    assert after.job.state is JobState.CONFLICT
    return after


async def resolve(played, standing, choices=None, *, take=OURS, person=None, **changes):
    if choices is None:
        choices = [ConflictChoice(c.path, take) for c in standing.issue.conflicts]
    wish = Resolution(
        invoice_id=standing.invoice.id,
        version=standing.invoice.version,
        choices=tuple(choices),
        idempotency_key=str(new_id()),
    )
    context = await (played.office.as_person(person) if person else played.office.as_person())
    return await resolve_conflict(context, replace(wish, **changes))


async def price_in_quickbooks(played, standing):
    return (await played.side.held(standing.invoice)).lines[0].rate


async def test_what_quickbooks_stored_otherwise_by_itself_is_no_choice_and_says_what_to_do(played):
    """READ_BACK_DIFFERS shows the field as well, but nobody there has chosen its value."""
    invoice = await played.edited()
    answer = played.run(await played.fetch())
    await played.tell(answer.replace("<Rate>42.00</Rate>", "<Rate>41.00</Rate>"))
    standing = await played.standing(invoice)
    assert standing.issue.code == "READ_BACK_DIFFERS"

    with pytest.raises(NothingToSync, match="Press Re-Sync"):
        await resolve(played, standing)


async def test_ours_is_written_over_what_the_person_saw(played):
    conflict = await in_conflict(played)

    saved = await resolve(played, conflict, take=OURS)
    await played.settle()

    after = await played.standing(saved.invoice)
    assert saved.invoice.sync_status is SyncStatus.SYNCING
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.version == conflict.invoice.version
    assert await price_in_quickbooks(played, after) == Decimal("42.00")
    assert after.issue is None


async def test_quickbooks_value_becomes_a_revision_of_the_person(played):
    conflict = await in_conflict(played)

    saved = await resolve(played, conflict, take=QUICKBOOKS)
    await played.settle()

    after = await played.standing(saved.invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.version == conflict.invoice.version + 1
    assert after.invoice.content.tasks[0].unit_price == Decimal(50)
    assert await price_in_quickbooks(played, after) == Decimal(50)
    async with played.office.open_work() as work:
        revision = (await work.revisions.page(after.invoice.id, before=None, limit=1))[0]
    assert revision.actor.kind is ActorKind.EMPLOYEE
    assert [c.after for c in revision.changes if c.path[-1] == "unit_price"] == ["50"]


async def test_each_field_may_go_another_way(played):
    """The price as QuickBooks has it, the number as we have it."""
    invoice = await played.exported()
    link = (await played.standing(invoice)).link
    book = Bookkeeper(played.company)
    book.change_line(link.copy.txn_id, link.copy.lines[0].txn_line_id, rate=Decimal(50))
    book.edit_invoice(link.copy.txn_id, number="B-7")
    played.ahead += timedelta(seconds=2)
    task = invoice.content.tasks[0]
    both = Edits(
        details=DetailsPatch(number="A-7"),
        edit_tasks=(TaskEdit(task.id, TaskPatch(unit_price=Decimal("42.00"))),),
    )
    saved = await save(played.office, invoice, both)
    await played.settle()
    conflict = await played.standing(saved)
    choices = [
        ConflictChoice(c.path, OURS if c.path == ("number",) else QUICKBOOKS)
        for c in conflict.issue.conflicts
    ]

    await resolve(played, conflict, choices)
    await played.settle()

    after = await played.standing(saved)
    held = await played.side.held(after.invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert (held.ref_number, held.lines[0].rate) == ("A-7", Decimal(50))
    assert after.invoice.content.number == "A-7"
    assert after.invoice.content.tasks[0].unit_price == Decimal(50)


async def test_what_changed_in_quickbooks_after_it_was_shown_is_not_written_over(played):
    conflict = await in_conflict(played)
    line = conflict.issue.held.copy.lines[0].txn_line_id
    Bookkeeper(played.company).change_line(conflict.issue.held.copy.txn_id, line, rate=Decimal(55))

    await resolve(played, conflict, take=OURS)
    await played.settle()

    again = await played.standing(conflict.invoice)
    assert again.job.state is JobState.CONFLICT
    assert {c.quickbooks for c in again.issue.conflicts} == {"55"}
    assert await price_in_quickbooks(played, again) == Decimal(55)


async def test_a_value_without_a_place_here_cannot_be_taken(played):
    """A memo that lost the batch's number and name is no summary of ours."""
    invoice = await played.exported()
    link = (await played.standing(invoice)).link
    Bookkeeper(played.company).edit_invoice(link.copy.txn_id, memo="Paid in cash")
    played.ahead += timedelta(seconds=2)
    saved = await save(played.office, invoice, details(summary="Tune-up, spring"))
    await played.settle()
    conflict = await played.standing(saved)

    with pytest.raises(InvalidValue) as refusal:
        await resolve(played, conflict, take=QUICKBOOKS)

    assert refusal.value.where == ("choices", "0", "take")
    assert (await played.standing(saved)).invoice.sync_status is SyncStatus.ACTION_REQUIRED


async def test_every_field_needs_one_choice_and_no_other_field_has_one(played):
    conflict = await in_conflict(played)
    known = [ConflictChoice(c.path, OURS) for c in conflict.issue.conflicts]

    for choices, where in (
        (known[:-1], ("choices",)),
        ([*known, ConflictChoice(("number",), OURS)], ("choices", str(len(known)), "path")),
        ([*known, known[0]], ("choices", str(len(known)), "path")),
    ):
        with pytest.raises(InvalidValue) as refusal:
            await resolve(played, conflict, choices)
        assert refusal.value.where == where


async def test_without_a_conflict_there_is_nothing_to_resolve(played):
    invoice = await played.exported()
    standing = await played.standing(invoice)

    with pytest.raises(NothingToSync):
        await resolve(played, standing, [])


async def test_a_bypass_ends_the_conflict_as_well(played):
    conflict = await in_conflict(played)
    await bypass(played.office, conflict.invoice)

    with pytest.raises(NothingToSync):
        await resolve(played, conflict)


async def test_an_older_version_is_refused(played):
    conflict = await in_conflict(played)

    with pytest.raises(VersionConflict):
        await resolve(played, conflict, version=conflict.invoice.version - 1)


async def test_the_same_key_gives_the_same_answer_and_acts_once(played):
    conflict = await in_conflict(played)
    key = str(new_id())

    first = await resolve(played, conflict, take=QUICKBOOKS, idempotency_key=key)
    second = await resolve(played, conflict, take=QUICKBOOKS, idempotency_key=key)

    assert first.after == second.after
    assert second.invoice.version == conflict.invoice.version + 1


async def test_who_may_not_edit_may_not_decide(played):
    conflict = await in_conflict(played)

    with pytest.raises(Forbidden):
        await resolve(played, conflict, person="Nick")


async def test_of_two_people_who_decide_at_once_one_is_obeyed(played):
    conflict = await in_conflict(played)

    answers = await asyncio.gather(
        resolve(played, conflict, take=OURS),
        resolve(played, conflict, take=QUICKBOOKS),
        return_exceptions=True,
    )
    await played.settle()

    obeyed = [answer for answer in answers if isinstance(answer, Saved)]
    refused = [answer for answer in answers if not isinstance(answer, Saved)]
    after = await played.standing(conflict.invoice)
    assert len(obeyed) == 1
    assert isinstance(refused[0], NothingToSync | VersionConflict)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.content == obeyed[0].invoice.content
    assert await price_in_quickbooks(played, after) == after.invoice.content.tasks[0].unit_price


async def test_a_conflict_of_another_account_does_not_exist_here(played, another_office):
    conflict = await in_conflict(played)
    stranger = await (await another_office()).as_person()
    wish = Resolution(
        invoice_id=conflict.invoice.id,
        version=conflict.invoice.version,
        choices=tuple(ConflictChoice(c.path, QUICKBOOKS) for c in conflict.issue.conflicts),
        idempotency_key=str(new_id()),
    )

    with pytest.raises(NotFound):
        await resolve_conflict(stranger, wish)

    assert (await played.standing(conflict.invoice)).invoice == conflict.invoice
