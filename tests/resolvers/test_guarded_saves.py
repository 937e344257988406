"""Guards at work: what QuickBooks cannot hold may be typed, and no save of any kind takes it."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.edits import Edits
from domain.errors import InvalidValue, TextTooLong
from domain.guards import AcknowledgementNeeded, GuardCode, GuardRefused, GuardSeverity
from resolvers.invoice_reading import read_drafts
from resolvers.reverting import Revert, revert_to
from tests.resolvers.asking import (
    a_new_task,
    bypass,
    details,
    everything_stored,
    of_task,
    save,
    stage_edits,
    standing,
    sync_again,
)

TWELVE = "123456789012"


async def refusing(attempt):
    with pytest.raises(GuardRefused) as refusal:
        await attempt
    return refusal.value.guards


def bad_texts(office, invoice):
    """One edit for each text of an invoice, with where the guard says it stands."""
    task = invoice.content.tasks[0]
    added = a_new_task(office, description="\u4f60\u597d")
    return [
        (details(number=TWELVE), "INVOICE_NUMBER_TOO_LONG", ("details", "number")),
        (details(number="21 \U0001f600"), "TEXT_NOT_STORABLE", ("details", "number")),
        (details(summary="Filter \u2192 new"), "TEXT_NOT_STORABLE", ("details", "summary")),
        (
            of_task(task, description="bell \x07"),
            "TEXT_NOT_STORABLE",
            ("tasks", str(task.id), "description"),
        ),
        (Edits(add_tasks=(added,)), "TEXT_NOT_STORABLE", None),
    ]


async def test_a_draft_holds_what_is_typed_and_its_guards_say_what_is_wrong(invoice, olga, office):
    for edits, code, path in bad_texts(office, invoice):
        staged = await stage_edits(olga, invoice, edits)

        view = (await read_drafts(olga, [invoice]))[invoice.id]
        found = {guard.code: guard for guard in view.guards}
        assert found[GuardCode(code)].severity is GuardSeverity.ERROR
        assert path in (None, found[GuardCode(code)].path)
        assert staged.draft.content == view.draft.content


@pytest.mark.parametrize("way", [save, bypass])
async def test_no_save_takes_a_text_that_quickbooks_cannot_hold(office, invoice, olga, way):
    """Bypassed ones neither: Re-Sync would carry them later."""
    before = await everything_stored(office, invoice)

    for edits, code, path in bad_texts(office, invoice):
        guards = await refusing(way(olga, invoice, edits, acknowledge=tuple(GuardCode)))

        assert [guard.code for guard in guards] == [code]
        assert path in (None, guards[0].path)
    assert await everything_stored(office, invoice) == before


@pytest.mark.parametrize("way", [save, bypass])
async def test_a_staged_number_that_is_too_long_is_refused_at_the_save(office, invoice, olga, way):
    await stage_edits(olga, invoice, details(number=TWELVE))
    before = await everything_stored(office, invoice)

    (guard,) = await refusing(way(olga, invoice))

    assert guard.code is GuardCode.INVOICE_NUMBER_TOO_LONG
    assert await everything_stored(office, invoice) == before
    await stage_edits(olga, invoice, details(number=TWELVE[:11]))
    assert (await way(olga, invoice)).invoice.content.number == TWELVE[:11]


async def test_what_no_guard_tells_of_is_refused_while_typing(invoice, olga):
    for number, kind in (("1" * 101, TextTooLong), ("1\n2", InvalidValue), (" ", InvalidValue)):
        with pytest.raises(kind) as refusal:
            await stage_edits(olga, invoice, details(number=number))

        assert refusal.value.where == ("details", "number")


async def test_a_reverted_version_is_guarded_like_any_other_edit(office, side, invoice, olga):
    """The way back is a draft, and what it leads to goes through the same guards."""
    task = invoice.content.tasks[1]
    await save(olga, invoice, Edits(remove_task_ids=(invoice.content.tasks[0].id,)))
    await side.settle()
    removed = (await standing(office, invoice)).invoice
    free = await save(
        olga,
        removed,
        of_task(task, unit_price=Decimal(0)),
        acknowledge=(GuardCode.TOTAL_WOULD_BE_ZERO,),
    )
    await revert_to(
        olga, Revert(invoice_id=invoice.id, version=free.invoice.version, revision_id=None)
    )

    saved = await save(olga, free.invoice)

    assert saved.invoice.totals.total == Decimal("62.44")


# Cost of goods sold


@pytest.fixture
async def costless(office, change_row):
    """The sample filter without its COGS account."""
    await change_row("item", office.id_of("Air filter 16x25"), cogs_account=None)


def more_filters(office):
    return Edits(add_tasks=(a_new_task(office, item_id=office.id_of("Air filter 16x25")),))


async def test_a_new_line_of_an_item_without_cogs_account_is_not_queued(
    office, invoice, olga, costless
):
    before = await everything_stored(office, invoice)

    (guard,) = await refusing(save(olga, invoice, more_filters(office)))

    assert guard.code is GuardCode.COGS_ACCOUNT_MISSING
    assert "“Air filter 16x25”" in guard.message
    assert guard.steps
    assert await everything_stored(office, invoice) == before


async def test_what_is_bypassed_without_cogs_account_does_not_leave_by_resync(
    office, invoice, olga, costless, change_row
):
    bypassed = await bypass(olga, invoice, more_filters(office))

    (guard,) = await refusing(sync_again(olga, bypassed.invoice))
    assert guard.code is GuardCode.COGS_ACCOUNT_MISSING
    await change_row("item", office.id_of("Air filter 16x25"), cogs_account="Cost of Goods Sold")
    await sync_again(olga, bypassed.invoice)

    assert (await standing(office, invoice)).active


async def test_a_line_that_quickbooks_holds_may_change_its_quantity_when_that_is_confirmed(
    office, invoice, olga, costless
):
    filters = invoice.content.tasks[1]
    edits = of_task(filters, quantity=Decimal(3))

    with pytest.raises(AcknowledgementNeeded, match="COGS_ACCOUNT_MISSING"):
        await save(olga, invoice, edits)
    saved = await save(olga, invoice, edits, acknowledge=(GuardCode.COGS_ACCOUNT_MISSING,))
    again = await save(olga, saved.invoice, details(summary="Three filters"))

    assert again.invoice.content.tasks[1].quantity == 3


# Sales tax


async def test_a_tax_that_quickbooks_computes_otherwise_is_told_and_hinders_nothing(
    office, invoice, olga, change_row
):
    """Our zone rounds once, QuickBooks' group each component: 2.93 and 2.94 on 35.50."""
    rates = json.dumps([{"name": "Fort Worth", "percent": "8.25"}])
    await change_row("tax_zone", office.id_of("Fort Worth"), rates=rates)
    edits = details(summary="New")
    await stage_edits(olga, invoice, edits)

    (guard,) = (await read_drafts(olga, [invoice]))[invoice.id].guards
    saved = await save(olga, invoice)

    assert (guard.code, guard.severity) == (GuardCode.TAX_PARITY, GuardSeverity.INFO)
    for part in ("2.94", "2.93", "round"):
        assert part in guard.message
    assert saved.invoice.content.summary == "New"


# What was confirmed


async def test_a_revision_tells_what_its_author_confirmed(office, side, invoice, olga):
    await side.export(await office.new_invoice("21260"))
    first = await save(
        olga,
        invoice,
        replace(details(number="21260"), edit_tasks=()),
        acknowledge=(GuardCode.INVOICE_NUMBER_IN_USE, GuardCode.PERIOD_OPEN_REMINDER),
    )
    await save(olga, first.invoice, details(summary="New"))

    newest, earlier = (await standing(office, invoice)).revisions
    assert earlier.acknowledged == (GuardCode.INVOICE_NUMBER_IN_USE,)
    assert newest.acknowledged == ()
