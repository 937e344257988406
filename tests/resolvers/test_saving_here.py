"""An invoice that QuickBooks does not know yet is edited and saved here, and nothing is sent."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.clock import now
from app.ids import new_id
from domain.access import Permission
from domain.audit import AuditAction
from domain.draft import HOLD
from domain.edits import Edits
from domain.eligibility import EligibilityCode, NotEligible
from domain.errors import AnotherInvoiceOpen, Forbidden, InvalidValue, NothingToSave
from domain.guards import GuardCode, GuardRefused
from domain.invoice import ExportStatus
from domain.sync_status import SyncStatus
from resolvers.auditing import read_invoice_trail
from resolvers.invoice_reading import read_drafts, read_eligibility
from resolvers.saving_here import save_invoice
from simulator.bookkeeper import Bookkeeper
from tests.builders import a_period
from tests.resolvers.asking import (
    a_save,
    bypass,
    details,
    of_task,
    save,
    stage_edits,
    standing,
    sync_again,
)

EDIT = details(summary="Better words")


@pytest.fixture
async def pending(office):
    """Invoice 21259, 62.44, which was never exported."""
    return await office.new_invoice()


async def keep(context, invoice, edits=None, **changes):
    return (await save_invoice(context, a_save(invoice, edits, **changes))).invoice


async def reasons_of(context, invoice):
    return (await read_eligibility(context, [invoice]))[invoice.id].reasons


async def actions_of(context, invoice):
    found, _ = await read_invoice_trail(context, invoice.id, before=None, first=10)
    return [entry.action for entry in found]


async def test_it_is_saved_as_the_next_version_and_nothing_is_queued(office, pending, olga):
    await stage_edits(olga, pending, EDIT)

    saved = await keep(olga, pending, of_task(pending.content.tasks[0], quantity=Decimal(2)))

    after = await standing(office, pending)
    assert (saved.version, saved.content.summary) == (2, "Better words")
    assert saved.totals.total == Decimal("100.87")  # 71.00 + 24.00 + 0.71 + 0.36 + 0.36 + 4.44
    assert (after.invoice, after.job, after.events, after.draft) == (saved, None, [], None)
    assert saved.sync_status is SyncStatus.NOT_APPLICABLE
    assert saved.export_status is ExportStatus.PENDING
    (revision,) = after.revisions
    assert (revision.version, revision.actor.name) == (2, "Olga")
    assert (await actions_of(olga, pending))[0] is AuditAction.INVOICE_SAVED


async def test_the_export_carries_what_was_saved(side, pending, olga):
    saved = await keep(olga, pending, EDIT)

    await side.export(saved)

    (held,) = side.company.invoices.values()
    assert held.memo == "1042 2026-11-20 HVAC - Better words"


async def test_its_total_may_be_anything(pending, olga):
    """The rules of zero and sign protect what QuickBooks holds."""
    negative = of_task(pending.content.tasks[0], unit_price=Decimal(-100))
    empty = Edits(remove_task_ids=tuple(task.id for task in pending.content.tasks))

    owed = await keep(olga, pending, negative)
    nothing = await keep(olga, owed, empty)

    assert owed.totals.total == Decimal("-84.25")
    assert nothing.totals.total == 0


async def test_what_quickbooks_could_never_hold_is_refused_now(pending, olga):
    """Else the export would fail later, at somebody else's desk."""
    with pytest.raises(GuardRefused) as refusal:
        await keep(olga, pending, details(number="123456789012", summary="\u4f60\u597d"))

    assert {guard.code for guard in refusal.value.guards} == {
        GuardCode.INVOICE_NUMBER_TOO_LONG,
        GuardCode.TEXT_NOT_STORABLE,
    }


async def test_its_draft_shows_the_same_guards(pending, olga):
    await stage_edits(olga, pending, details(number="123456789012"))

    view = (await read_drafts(olga, [pending]))[pending.id]

    assert [guard.code for guard in view.guards] == [GuardCode.INVOICE_NUMBER_TOO_LONG]


async def test_a_closed_period_refuses_it_and_an_open_one_does_not_remind(
    office, pending, olga, change_row
):
    await change_row("account", accounting_periods_enabled=True)
    saved = await keep(olga, pending, EDIT)
    async with office.open_work() as work:
        await work.accounts.add_period(new_id(), a_period(is_closed=True))

    with pytest.raises(GuardRefused) as refusal:
        await keep(olga, saved, details(number="21260"))

    assert [guard.code for guard in refusal.value.guards] == [GuardCode.PERIOD_CLOSED]
    assert EligibilityCode.PERIOD_CLOSED in await reasons_of(olga, saved)


async def test_sync_bypass_and_resync_are_for_exported_invoices(office, pending, olga):
    await stage_edits(olga, pending, EDIT)

    for attempt in (save(olga, pending), bypass(olga, pending), sync_again(olga, pending)):
        with pytest.raises(NotEligible) as refusal:
            await attempt
        assert refusal.value.eligibility.reasons == (EligibilityCode.NOT_EXPORTED,)

    assert (await standing(office, pending)).invoice == pending


async def test_an_exported_invoice_is_not_saved_silently(office, invoice, olga):
    with pytest.raises(NotEligible):
        await keep(olga, invoice, EDIT)

    assert (await standing(office, invoice)).invoice == invoice


async def test_on_its_way_to_quickbooks_it_waits(office, pending, olga):
    await office.export(pending)

    for attempt in (stage_edits(olga, pending, EDIT), keep(olga, pending, EDIT)):
        with pytest.raises(NotEligible, match="on its way"):
            await attempt

    posted = (await standing(office, pending)).invoice
    assert EligibilityCode.EXPORT_UNDER_WAY in await reasons_of(olga, posted)


async def test_it_takes_the_permission_to_create_invoices(pending, nick, olga):
    granted = olga.principal.permissions - {Permission.EXPORT_INVOICES}
    editor = replace(olga, principal=replace(olga.principal, permissions=granted))

    for person in (nick, editor):
        for attempt in (keep(person, pending, EDIT), stage_edits(person, pending, EDIT)):
            with pytest.raises(Forbidden):
                await attempt

    eligibility = (await read_eligibility(nick, [pending]))[pending.id]
    assert "Create and export invoices" in eligibility.message(EligibilityCode.PERMISSION_MISSING)


async def test_a_person_may_have_several_of_them_open_beside_one_exported(
    office, side, invoice, olga
):
    second, third = await office.new_invoice("21260"), await office.new_invoice("21261")
    exported = await side.export(await office.new_invoice("21262"))

    for one in (invoice, second, third):
        await stage_edits(olga, one, EDIT)

    with pytest.raises(AnotherInvoiceOpen, match="21259"):
        await stage_edits(olga, exported, EDIT)


async def test_it_is_not_exported_while_somebody_edits_it(office, pending, olga):
    """What was staged under the rules of before would meet the rules of after."""
    await stage_edits(olga, pending, EDIT)

    with pytest.raises(InvalidValue, match="Olga is editing invoice 21259") as refusal:
        await office.export(pending)

    assert refusal.value.where == ("invoice_ids", "0")


async def test_an_abandoned_draft_does_not_hold_up_the_export(office, pending, olga):
    long_ago = replace(olga, now=lambda: now() - 2 * HOLD)
    await stage_edits(long_ago, pending, EDIT)

    await office.export(pending)

    assert (await standing(office, pending)).draft is None
    assert AuditAction.ABANDONED_DRAFT_ENDED in await actions_of(olga, pending)


async def test_a_failed_export_is_mended_and_exported_again(office, side, olga):
    invoice = await office.new_invoice(customer_id=office.id_of("Lone Star Diner"))
    Bookkeeper(side.company).deactivate("CustomerRef", "Lone Star Diner")
    await office.export(invoice)
    await side.settle()
    failed = (await standing(office, invoice)).invoice
    assert failed.export_status is ExportStatus.POSTED

    saved = await keep(olga, failed, EDIT)

    Bookkeeper(side.company).activate("CustomerRef", "Lone Star Diner")
    assert (await side.export(saved)).export_status is ExportStatus.EXPORTED
    (held,) = side.company.invoices.values()
    assert held.memo.endswith("Better words")


async def test_nothing_changed_is_nothing_saved(pending, olga):
    with pytest.raises(NothingToSave):
        await keep(olga, pending, details(summary="Fall tune-up"))


async def test_the_same_key_saves_once(office, pending, olga):
    for _ in range(3):
        await keep(olga, pending, EDIT, idempotency_key="k")

    assert (await standing(office, pending)).invoice.version == 2
