"""Journey G3, step 7: she lowered a line in QuickBooks; the office takes hers, or its own."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.ids import new_id
from domain.actor import ActorKind
from domain.audit import AuditAction
from domain.edits import DetailsPatch, Edits
from domain.errors import Forbidden, InvalidValue, NotFound, NothingToSync, VersionConflict
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.auditing import read_invoice_trail
from resolvers.conflicts import ConflictChoice, ConflictSide
from resolvers.drifts import DriftResolution, read_drift_page, resolve_drift
from resolvers.queueing import Saved
from simulator.bookkeeper import Bookkeeper
from tests.qbwc.test_watching import Watched, drifted, lower, synced
from tests.resolvers.asking import stage_edits

OURS, QUICKBOOKS = ConflictSide.OURS, ConflictSide.QUICKBOOKS


@pytest.fixture
def watched(office):
    return Watched(office)


@pytest.fixture
def bookkeeper(watched):
    return Bookkeeper(watched.company)


async def resolve(watched, invoice, take, *, drift=None, choices=None, person="Olga", **changes):
    drift = drift or await watched.drift_of(invoice)
    wish = DriftResolution(
        invoice_id=invoice.id,
        version=invoice.version,
        detected_at=drift.detected_at,
        choices=tuple(choices or [ConflictChoice(field.path, take) for field in drift.fields]),
        idempotency_key=str(new_id()),
    )
    return await resolve_drift(await watched.office.as_person(person), replace(wish, **changes))


async def rates(watched, invoice):
    return [line.rate for line in (await watched.side.held(invoice)).lines]


async def revision_of(watched, invoice):
    async with watched.office.open_work() as work:
        return (await work.revisions.page(invoice.id, before=None, limit=1))[0]


async def test_quickbooks_value_is_written_here_as_a_revision_of_its_own(watched, bookkeeper):
    """69.47 became 65.47: 42.00 taxable, 2 x 10.00 not; nothing is written to QuickBooks."""
    invoice = await drifted(watched, bookkeeper)
    writes = watched.side.writes()

    saved = await resolve(watched, invoice, QUICKBOOKS)
    await watched.settle()

    after = await watched.standing(invoice)
    revision = await revision_of(watched, invoice)
    assert invoice.totals.total == Decimal("69.47")
    assert after.invoice.totals.total == Decimal("65.47")
    assert after.invoice.content.tasks[1].unit_price == Decimal(10)
    assert after.invoice.version == saved.invoice.version == invoice.version + 1
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.synced_version == after.invoice.version
    assert watched.side.writes() == writes
    assert (revision.actor.kind, revision.actor.name) == (ActorKind.EMPLOYEE, "Olga")
    assert revision.reason == "Drift resolved: QuickBooks' values taken."
    assert [(c.path[-1], c.before, c.after) for c in revision.changes] == [
        ("unit_price", "12", "10")
    ]
    assert await watched.drift_of(invoice) is None


async def test_ours_is_written_again_over_what_was_seen(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)

    await resolve(watched, invoice, OURS)
    await watched.settle()

    after = await watched.standing(invoice)
    assert (after.invoice.sync_status, after.invoice.version) == (
        SyncStatus.SYNCED,
        invoice.version,
    )
    assert await rates(watched, invoice) == [Decimal(42), Decimal(12)]
    await watched.watch()
    assert await watched.drift_of(invoice) is None


async def test_ours_is_never_written_blindly(watched, bookkeeper):
    """She lowers it once more between the look and the write."""
    invoice = await drifted(watched, bookkeeper)
    await lower(watched, bookkeeper, invoice, "9.00")

    await resolve(watched, invoice, OURS)
    await watched.settle()

    after = await watched.standing(invoice)
    assert after.job.state is JobState.CONFLICT
    assert {(c.base, c.ours, c.quickbooks) for c in after.issue.conflicts} == {("10", "12", "9")}
    assert await rates(watched, invoice) == [Decimal(42), Decimal(9)]


async def test_hers_is_proven_before_it_is_called_synced(watched, bookkeeper):
    """She changes it once more: what she has now ends on both sides, and still nothing is sent."""
    invoice = await drifted(watched, bookkeeper)
    await lower(watched, bookkeeper, invoice, "9.00")

    await resolve(watched, invoice, QUICKBOOKS)
    await watched.settle()

    after = await watched.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.content.tasks[1].unit_price == Decimal(9)
    assert await rates(watched, invoice) == [Decimal(42), Decimal(9)]


async def test_each_field_may_go_another_way(watched, bookkeeper):
    invoice = await synced(watched)
    bookkeeper.edit_invoice(await watched.txn_id(invoice), number="B-7")
    await lower(watched, bookkeeper, invoice)
    await watched.watch()
    drift = await watched.drift_of(invoice)
    choices = [
        ConflictChoice(field.path, OURS if field.path == ("number",) else QUICKBOOKS)
        for field in drift.fields
    ]

    await resolve(watched, invoice, OURS, choices=choices)
    await watched.settle()

    after = await watched.standing(invoice)
    held = await watched.side.held(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert (held.ref_number, after.invoice.content.number) == ("21259", "21259")
    assert await rates(watched, invoice) == [Decimal(42), Decimal(10)]
    assert after.invoice.content.tasks[1].unit_price == Decimal(10)


async def test_a_line_that_is_gone_there_goes_here_or_comes_back_there(watched, bookkeeper):
    invoice = await synced(watched)
    bookkeeper.delete_line(await watched.txn_id(invoice), await watched.line_id(invoice, 1))
    await watched.watch()

    await resolve(watched, invoice, OURS)
    await watched.settle()

    assert (await watched.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED
    assert await rates(watched, invoice) == [Decimal(42), Decimal(12)]

    again = (await watched.standing(invoice)).invoice
    watched.ahead += timedelta(seconds=2)
    bookkeeper.delete_line(await watched.txn_id(invoice), await watched.line_id(invoice, 1))
    await watched.watch()
    await resolve(watched, again, QUICKBOOKS)
    await watched.settle()

    after = (await watched.standing(invoice)).invoice
    assert after.sync_status is SyncStatus.SYNCED
    assert [task.unit_price for task in after.content.tasks] == [Decimal(42)]


async def test_nobody_decides_on_values_that_they_have_not_seen(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    seen = await watched.drift_of(invoice)
    await lower(watched, bookkeeper, invoice, "9.00")
    await watched.watch()

    with pytest.raises(InvalidValue) as refusal:
        await resolve(watched, invoice, OURS, drift=seen)

    assert refusal.value.where == ("detected_at",)
    assert await rates(watched, invoice) == [Decimal(42), Decimal(9)]


async def test_a_void_is_nobodys_to_overwrite(watched, bookkeeper):
    invoice = await synced(watched)
    bookkeeper.void_invoice(await watched.txn_id(invoice))
    await watched.watch()

    for take in (OURS, QUICKBOOKS):
        with pytest.raises(InvalidValue, match="voided"):
            await resolve(watched, invoice, take)

    assert (await watched.standing(invoice)).invoice == invoice


async def test_a_value_without_a_place_here_cannot_be_taken(watched, bookkeeper):
    invoice = await synced(watched)
    bookkeeper.edit_invoice(await watched.txn_id(invoice), memo="Paid in cash")
    await watched.watch()

    with pytest.raises(InvalidValue) as refusal:
        await resolve(watched, invoice, QUICKBOOKS)

    assert refusal.value.where == ("choices", "0", "take")
    assert await watched.drift_of(invoice) is not None


async def test_every_field_needs_one_choice_and_no_other_field_has_one(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    [field] = (await watched.drift_of(invoice)).fields
    number = ConflictChoice(("number",), OURS)

    with pytest.raises(InvalidValue) as refusal:
        await resolve(watched, invoice, OURS, choices=[number])
    assert refusal.value.where == ("choices", "0", "path")
    with pytest.raises(InvalidValue) as refusal:
        await resolve(watched, invoice, OURS, choices=[ConflictChoice(field.path, OURS), number])
    assert refusal.value.where == ("choices", "1", "path")


async def test_without_drift_there_is_nothing_to_resolve(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    drift = await watched.drift_of(invoice)
    await lower(watched, bookkeeper, invoice, "12.00")
    await watched.watch()

    with pytest.raises(NothingToSync):
        await resolve(watched, invoice, OURS, drift=drift)


async def test_with_a_draft_of_ones_own_the_draft_comes_first(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    olga = await watched.office.as_person()
    await stage_edits(olga, invoice, Edits(details=DetailsPatch(summary="Staged")))

    with pytest.raises(InvalidValue, match="draft"):
        await resolve(watched, invoice, OURS)


async def test_an_older_version_is_refused(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)

    with pytest.raises(VersionConflict):
        await resolve(watched, invoice, OURS, version=invoice.version - 1)


async def test_who_may_not_edit_may_not_decide(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)

    with pytest.raises(Forbidden):
        await resolve(watched, invoice, OURS, person="Nick")


async def test_the_same_key_gives_the_same_answer_and_acts_once(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    drift, key = await watched.drift_of(invoice), str(new_id())

    first = await resolve(watched, invoice, QUICKBOOKS, drift=drift, idempotency_key=key)
    second = await resolve(watched, invoice, QUICKBOOKS, drift=drift, idempotency_key=key)

    assert first.after == second.after
    assert second.invoice.version == invoice.version + 1


async def test_of_two_people_who_decide_at_once_one_is_obeyed(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    drift = await watched.drift_of(invoice)

    answers = await asyncio.gather(
        resolve(watched, invoice, OURS, drift=drift),
        resolve(watched, invoice, QUICKBOOKS, drift=drift),
        return_exceptions=True,
    )
    await watched.settle()

    [obeyed] = [answer for answer in answers if isinstance(answer, Saved)]
    [refused] = [answer for answer in answers if not isinstance(answer, Saved)]
    after = await watched.standing(invoice)
    assert isinstance(refused, NothingToSync | VersionConflict)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.content == obeyed.invoice.content
    assert await rates(watched, invoice) == [t.unit_price for t in after.invoice.content.tasks]


async def test_the_choice_stands_in_the_audit_trail(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)

    await resolve(watched, invoice, QUICKBOOKS)

    found, _ = await read_invoice_trail(
        await watched.office.as_person(), invoice.id, before=None, first=1
    )
    assert found[0].action is AuditAction.DRIFT_RESOLVED
    assert found[0].actor.name == "Olga"
    assert [change.after for change in found[0].changes] == ["QUICKBOOKS"]


async def test_the_list_of_drifts_goes_page_by_page_and_oldest_first(watched, bookkeeper):
    first, second = await synced(watched), await synced(watched, "21260")
    await lower(watched, bookkeeper, second)
    await watched.watch()
    await lower(watched, bookkeeper, first)
    await watched.watch()
    olga = await watched.office.as_person()

    [(drift, one)], more = await read_drift_page(olga, after=None, first=1)
    place = drift.detected_at, drift.invoice_id
    [(_, two)], no_more = await read_drift_page(olga, after=place, first=1)

    assert ([one.id, two.id], more, no_more) == ([second.id, first.id], True, False)


async def test_a_drift_of_another_account_does_not_exist_here(watched, bookkeeper, another_office):
    invoice = await drifted(watched, bookkeeper)
    drift = await watched.drift_of(invoice)
    stranger = await (await another_office()).as_person()
    wish = DriftResolution(
        invoice_id=invoice.id,
        version=invoice.version,
        detected_at=drift.detected_at,
        choices=tuple(ConflictChoice(field.path, QUICKBOOKS) for field in drift.fields),
        idempotency_key=str(new_id()),
    )

    with pytest.raises(NotFound):
        await resolve_drift(stranger, wish)

    assert (await read_drift_page(stranger, after=None, first=10)) == ([], False)
    assert (await watched.standing(invoice)).invoice == invoice
