"""Staging: an edit is prepared by one person, and nobody else sees the invoice change."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.clock import now
from app.ids import new_id
from domain.access import Permission
from domain.audit import AuditAction
from domain.draft import HOLD
from domain.edits import Edits
from domain.eligibility import EligibilityCode, NotEligible
from domain.errors import (
    AnotherInvoiceOpen,
    BeingEdited,
    IdempotencyKeyReused,
    NotFound,
    TextTooLong,
    ValueOutOfRange,
    ValueRequired,
    VersionConflict,
)
from resolvers.auditing import read_invoice_trail
from resolvers.drafts import discard_draft
from resolvers.invoice_reading import read_drafts, read_invoices
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
    the_price_change,
)


async def test_nothing_of_the_invoice_changes_until_the_draft_is_saved(office, invoice, olga, adam):
    before = await standing(office, invoice)

    staged = await stage_edits(olga, invoice, the_price_change(office, invoice))

    after = await standing(office, invoice)
    assert staged.invoice == invoice
    assert staged.draft.content.tasks[0].unit_price == Decimal("42.00")
    assert (after.invoice, after.events, after.job) == (before.invoice, before.events, before.job)
    assert after.revisions == []
    assert await read_invoices(adam, [invoice.id]) == {invoice.id: invoice}


async def test_the_draft_shows_the_total_it_would_lead_to(office, invoice, olga):
    await stage_edits(olga, invoice, the_price_change(office, invoice))

    view = (await read_drafts(olga, [invoice]))[invoice.id]

    task = str(invoice.content.tasks[0].id)
    assert view.totals.total == Decimal("69.47")
    assert view.guards == ()
    assert [(c.path, c.before, c.after) for c in view.changes] == [
        (("tasks", task, "unit_price"), "35.5", "42"),
        (("tasks", task, "business_unit"), "HVAC", "Plumbing"),
    ]


async def test_one_edit_after_the_other_goes_into_the_same_draft(office, invoice, olga):
    first = await stage_edits(olga, invoice, details(summary="Fall tune-up, filter x2"))

    second = await stage_edits(olga, invoice, Edits(add_tasks=(a_new_task(office),)))

    assert second.draft.content.summary == "Fall tune-up, filter x2"
    assert len(second.draft.content.tasks) == 3
    assert second.draft.started_at == first.draft.started_at
    assert (await standing(office, invoice)).draft == second.draft


async def test_a_second_editor_is_told_who_holds_the_invoice_and_since_when(
    office, invoice, olga, partner
):
    held = (await stage_edits(olga, invoice, details(summary="Mine"))).draft
    granted = partner.principal.permissions - {Permission.MANAGE_EMPLOYEES}
    partner = replace(partner, principal=replace(partner.principal, permissions=granted))

    for attempt in (
        stage_edits(partner, invoice, details(summary="No, mine")),
        save(partner, invoice, details(summary="No, mine")),
        bypass(partner, invoice, details(summary="No, mine")),
        discard_draft(partner, invoice.id),
    ):
        with pytest.raises(BeingEdited, match="Olga is editing this invoice since") as refusal:
            await attempt

        assert refusal.value.editor.name == "Olga"
        assert refusal.value.since == held.started_at
    assert (await standing(office, invoice)).draft == held


async def test_who_manages_employees_may_discard_the_draft_of_one_who_left(
    office, invoice, olga, adam
):
    """Otherwise it would hold the invoice for ever."""
    await stage_edits(olga, invoice, details(summary="Mine"))

    await discard_draft(adam, invoice.id)

    assert (await standing(office, invoice)).draft is None


async def test_two_who_begin_at_the_same_moment_do_not_both_get_the_invoice(
    invoice, olga, adam, partner
):
    attempts = [
        stage_edits(person, invoice, details(summary="Mine")) for person in (olga, adam, partner)
    ]

    results = await asyncio.gather(*attempts, return_exceptions=True)

    assert sum(isinstance(result, BeingEdited) for result in results) == 2


async def test_a_person_edits_one_exported_invoice_at_a_time(office, side, invoice, olga):
    other = await side.export(await office.new_invoice("21260"))
    await stage_edits(olga, invoice, details(summary="First"))

    with pytest.raises(AnotherInvoiceOpen, match="21259") as refusal:
        await stage_edits(olga, other, details(summary="Second"))

    assert refusal.value.invoice_number == "21259"
    assert (await standing(office, other)).draft is None


async def test_a_person_who_begins_two_invoices_at_one_moment_gets_one(office, side, invoice, olga):
    """Two tabs, one click each; tried often, because who comes first is left to chance."""
    other = await side.export(await office.new_invoice("21260"))

    for _ in range(10):
        results = await asyncio.gather(
            *(stage_edits(olga, one, details(summary="Mine")) for one in (invoice, other)),
            return_exceptions=True,
        )

        refused = [result for result in results if isinstance(result, Exception)]
        assert [type(refusal) for refusal in refused] == [AnotherInvoiceOpen]
        await discard_draft(olga, invoice.id)
        await discard_draft(olga, other.id)


async def test_the_next_invoice_is_free_once_the_first_is_saved_or_discarded(
    office, side, invoice, olga
):
    other = await side.export(await office.new_invoice("21260"))
    await stage_edits(olga, invoice, details(summary="First"))
    await discard_draft(olga, invoice.id)

    await stage_edits(olga, other, details(summary="Second"))
    await save(olga, other)

    await stage_edits(olga, invoice, details(summary="First again"))
    assert (await standing(office, other)).draft is None


async def test_an_api_key_stands_for_many_people_and_edits_many_invoices(
    office, side, invoice, partner
):
    other = await side.export(await office.new_invoice("21260"))

    for one in (invoice, other):
        await stage_edits(partner, one, details(summary="By a partner"))

    for one in (invoice, other):
        assert (await standing(office, one)).draft.editor.name == "Partner"


async def test_a_discarded_draft_leaves_nothing_and_discarding_again_is_no_error(
    office, invoice, olga
):
    before = await everything_stored(office, invoice)
    await stage_edits(olga, invoice, the_price_change(office, invoice))

    for _ in range(2):
        assert await discard_draft(olga, invoice.id) == invoice

    assert await everything_stored(office, invoice) == before


async def test_an_outdated_version_is_refused_with_the_fields_that_changed_since(
    office, invoice, olga, adam
):
    await save(olga, invoice, the_price_change(office, invoice))

    with pytest.raises(VersionConflict, match="at version 2; you edited version 1") as refusal:
        await stage_edits(adam, invoice, details(summary="Late"))

    task = str(invoice.content.tasks[0].id)
    assert refusal.value.actual == 2
    assert refusal.value.invoice_id == invoice.id
    assert set(refusal.value.changed_fields) == {
        f"tasks.{task}.unit_price",
        f"tasks.{task}.business_unit",
    }


async def test_a_version_that_does_not_exist_yet_is_refused_too(invoice, olga):
    with pytest.raises(VersionConflict) as refusal:
        await stage_edits(olga, invoice, details(summary="Early"), version=7)

    assert refusal.value.actual == 1
    assert refusal.value.changed_fields == ()


async def test_every_reason_against_an_edit_is_told_at_once(office, invoice, adam, change_row):
    await change_row("account", edit_exported_enabled=False)
    await change_row("invoice", is_application_for_payment=True, export_origin="IMPORTED")
    await change_row("connection", kind="LEGACY")
    await change_row("batch", status="BYPASSED")

    for attempt in (
        stage_edits(adam, invoice, details(summary="No")),
        save(adam, invoice, details(summary="No")),
        bypass(adam, invoice, details(summary="No")),
    ):
        with pytest.raises(NotEligible) as refusal:
            await attempt

        assert set(refusal.value.eligibility.reasons) == {
            EligibilityCode.FEATURE_OFF,
            EligibilityCode.APPLICATION_FOR_PAYMENT,
            EligibilityCode.IMPORTED,
            EligibilityCode.LEGACY_CONNECTION,
            EligibilityCode.BYPASSED_BATCH_LOCKED,
            EligibilityCode.NO_CONNECTION,
        }


@pytest.mark.parametrize("field", ["number", "date"])
async def test_an_empty_detail_that_must_have_a_value_is_refused_where_it_stands(
    invoice, olga, field
):
    with pytest.raises(ValueRequired) as refusal:
        await stage_edits(olga, invoice, details(**{field: None}))

    assert refusal.value.where == ("details", field)


@pytest.mark.parametrize("field", ["taxable", "quantity", "unit_price"])
async def test_an_empty_task_field_that_must_have_a_value_is_refused_where_it_stands(
    invoice, olga, field
):
    with pytest.raises(ValueRequired) as refusal:
        await stage_edits(olga, invoice, of_task(invoice.content.tasks[1], **{field: None}))

    assert refusal.value.where == ("edit_tasks", "0", "patch", field)


async def test_fields_that_may_be_empty_are_cleared_by_null(invoice, olga):
    empty = {"description": None, "cost": None, "business_unit_id": None}

    await stage_edits(olga, invoice, details(summary=None))
    staged = await stage_edits(olga, invoice, of_task(invoice.content.tasks[0], **empty))

    content = staged.draft.content
    assert content.summary is None
    assert content.tasks[0].business_unit_id is None
    assert content.tasks[0].description == ""  # cleared; None would be the item's own


async def test_too_much_text_and_too_large_numbers_are_refused_where_they_stand(invoice, olga):
    task = invoice.content.tasks[0]
    with pytest.raises(TextTooLong) as number:
        await stage_edits(olga, invoice, details(number="A" * 101))
    with pytest.raises(TextTooLong) as summary:
        await stage_edits(olga, invoice, details(summary="A" * 4096))
    with pytest.raises(ValueOutOfRange) as price:
        await stage_edits(olga, invoice, of_task(task, unit_price=Decimal("0.000001")))

    assert number.value.where == ("details", "number")
    assert number.value.longest == 11
    assert summary.value.where == ("details", "summary")
    assert price.value.where == ("edit_tasks", "0", "patch", "unit_price")


async def test_a_total_that_no_invoice_can_hold_is_refused(office, invoice, olga, partner):
    """Each task fits; together they do not."""
    huge = a_new_task(office, quantity=Decimal(9999999999), unit_price=Decimal(999))
    edits = Edits(add_tasks=(huge, huge))

    for attempt in (
        stage_edits(olga, invoice, edits),
        save(olga, invoice, edits),
        bypass(olga, invoice, edits),
        office.new_invoice("9", tasks=(*office.tasks(), *edits.add_tasks)),
    ):
        with pytest.raises(ValueOutOfRange, match="total"):
            await attempt


async def test_unknown_entries_are_named_where_they_stand(office, invoice, olga, another_office):
    """Those of another account are as unknown as those that never were."""
    stranger = await another_office()
    first = invoice.content.tasks[0]
    at = ("tasks", str(first.id))
    cases = [
        (details(tax_zone_id=stranger.id_of("Fort Worth")), ("details", "tax_zone_id")),
        (of_task(first, business_unit_id=stranger.id_of("HVAC")), (*at, "business_unit_id")),
        (of_task(first, inventory_location_id=new_id()), (*at, "inventory_location_id")),
        (Edits(remove_task_ids=(new_id(),)), ("remove_task_ids", "0")),
    ]
    cases += [
        (of_task(replace(first, id=new_id()), quantity=Decimal(2)), ("edit_tasks", "0", "task_id")),
    ]

    for edits, where in cases:
        with pytest.raises(NotFound) as refusal:
            await stage_edits(olga, invoice, edits)

        assert refusal.value.where == where
    with pytest.raises(NotFound) as refusal:
        await stage_edits(olga, invoice, Edits(add_tasks=(a_new_task(office, item_id=new_id()),)))
    assert refusal.value.where[-1] == "item_id"
    with pytest.raises(NotFound) as refusal:
        await stage_edits(olga, invoice, details(summary="?"), invoice_id=new_id())
    assert refusal.value.where == ("invoice_id",)
    assert (await standing(office, invoice)).draft is None


async def test_an_invoice_of_another_account_does_not_exist_here(invoice, another_office):
    stranger = await another_office()

    with pytest.raises(NotFound):
        await stage_edits(await stranger.as_person(), invoice, details(summary="Theirs"))


async def test_the_same_key_stages_once(office, invoice, olga):
    edits = Edits(add_tasks=(a_new_task(office),))

    answers = [await stage_edits(olga, invoice, edits, idempotency_key="k") for _ in range(3)]

    assert len(answers[0].draft.content.tasks) == 3
    assert answers == [answers[0]] * 3


async def test_the_same_key_with_other_edits_is_refused(office, invoice, olga):
    await stage_edits(olga, invoice, details(summary="One"), idempotency_key="k")

    with pytest.raises(IdempotencyKeyReused):
        await stage_edits(olga, invoice, details(summary="Two"), idempotency_key="k")

    assert (await standing(office, invoice)).draft.content.summary == "One"


async def test_nobody_is_shown_anothers_draft_by_repeating_their_key(invoice, olga, adam):
    """Two people of one account who happen to use the same key for the same edit."""
    edits = details(summary="The same")
    await stage_edits(olga, invoice, edits, idempotency_key="k")

    with pytest.raises((BeingEdited, IdempotencyKeyReused)):
        await stage_edits(adam, invoice, edits, idempotency_key="k")


async def test_an_abandoned_draft_gives_way_and_what_it_held_stays_readable(
    office, invoice, olga, adam
):
    """Olga went home; an hour after her last edit Adam may go on, and nothing of hers vanishes."""
    await stage_edits(olga, invoice, details(summary="Hers"))
    later = replace(adam, now=lambda: now() + HOLD + timedelta(seconds=1))

    with pytest.raises(BeingEdited):
        await stage_edits(adam, invoice, details(summary="His"))
    taken = await stage_edits(later, invoice, details(summary="His"))

    assert taken.draft.editor.name == "Adam"
    trail, _ = await read_invoice_trail(adam, invoice.id, before=None, first=1)
    (ended,) = trail
    assert ended.action is AuditAction.ABANDONED_DRAFT_ENDED
    told = {change.path: (change.before, change.after) for change in ended.changes}
    assert told["editor",][0] == "Olga"
    assert told["summary",] == ("Fall tune-up", "Hers")


async def test_an_edit_keeps_a_draft_for_another_hour(office, invoice, olga, adam):
    await stage_edits(olga, invoice, details(summary="Hers"))
    in_half_an_hour = replace(olga, now=lambda: now() + HOLD / 2)
    in_an_hour = replace(adam, now=lambda: now() + HOLD + timedelta(minutes=1))
    await stage_edits(in_half_an_hour, invoice, details(number="21260"))

    with pytest.raises(BeingEdited):
        await stage_edits(in_an_hour, invoice, details(summary="His"))


async def test_an_abandoned_draft_is_still_its_editors_own(office, invoice, olga):
    """Nobody else wanted the invoice, so it is there the next morning."""
    await stage_edits(olga, invoice, details(summary="Hers"))
    next_morning = replace(olga, now=lambda: now() + timedelta(hours=15))

    saved = await save(next_morning, invoice)

    assert saved.invoice.content.summary == "Hers"


async def test_who_looks_on_or_resyncs_does_not_end_an_abandoned_draft(office, invoice, olga, adam):
    bypassed = (await bypass(olga, invoice, details(summary="First"))).invoice
    held = (await stage_edits(olga, bypassed, details(summary="Second"))).draft
    later = replace(adam, now=lambda: now() + 2 * HOLD)

    await sync_again(later, bypassed)

    assert (await standing(office, invoice)).draft == held


async def test_who_left_an_abandoned_draft_of_an_older_version_does_not_overwrite_the_newer(
    office, invoice, olga, adam
):
    await stage_edits(olga, invoice, details(summary="Hers"))
    later = replace(adam, now=lambda: now() + 2 * HOLD)
    await save(later, invoice, details(summary="His"))

    with pytest.raises(VersionConflict):
        await save(olga, invoice)

    assert (await standing(office, invoice)).invoice.content.summary == "His"
