"""Bypassing an export: it counts as exported, nothing is sent, and nothing on its way is lost."""

from decimal import Decimal

import pytest

from app.ids import new_id
from domain.audit import AuditAction, TrailFilter
from domain.eligibility import EditAlternative, EligibilityCode
from domain.errors import ExportOnItsWay, Forbidden, InvalidValue, NotFound, ValueRequired
from domain.invoice import ExportOrigin, ExportStatus
from domain.lists import BatchStatus
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.batches import read_batch_invoices, read_batch_page, read_batch_totals
from resolvers.bypassing import (
    BypassBatch,
    BypassInvoice,
    bypass_batch,
    bypass_invoice,
    withdraw_bypass,
)
from resolvers.invoice_reading import read_eligibility
from tests.resolvers.asking import details, save, standing
from tests.sync_worker.connector import PlayedConnector


def of_batch(batch, **changes):
    return BypassBatch(**{"batch_id": batch.id, "idempotency_key": str(new_id())} | changes)


def of_invoice(invoice, **changes):
    return BypassInvoice(**{"invoice_id": invoice.id, "idempotency_key": str(new_id())} | changes)


async def batch_of(office, batch_id):
    async with office.open_work() as work:
        return (await work.lists.batches())[batch_id]


async def two_that_wait(office):
    one, two = await office.new_invoice("1"), await office.new_invoice("2")
    return one, two, (await office.export(one, two)).batch


async def test_a_bypassed_batch_counts_as_exported_and_nothing_is_sent(office, side, adam):
    one, two, batch = await two_that_wait(office)
    await side.plan_all()  # the requests lie ready

    done = await bypass_batch(adam, of_batch(batch, reason="Entered by hand"))
    await side.settle()

    assert done.batch.status is BatchStatus.BYPASSED
    assert {invoice.id for invoice in done.invoices} == {one.id, two.id}
    for invoice in (one, two):
        after = await standing(office, invoice)
        assert after.invoice.export_status is ExportStatus.EXPORTED
        assert after.invoice.export_origin is ExportOrigin.BYPASSED
        assert after.job.state is JobState.CANCELLED
    assert side.company.invoices == {}
    assert side.requests() == []


async def test_its_invoices_are_locked_and_say_what_to_do(office, adam):
    one, _, batch = await two_that_wait(office)

    await bypass_batch(adam, of_batch(batch))

    invoice = (await standing(office, one)).invoice
    eligibility = (await read_eligibility(adam, [invoice]))[invoice.id]
    assert EligibilityCode.BYPASSED_BATCH_LOCKED in eligibility.reasons
    assert not eligibility.can_edit
    assert eligibility.alternative is EditAlternative.UNLOCK


async def test_what_quickbooks_has_confirmed_stays_exported(office, side, adam):
    """Of a batch that stuck half-way, only the rest is bypassed."""
    good = await office.new_invoice("1")
    bad = await office.new_invoice("2")
    played = PlayedConnector(office, side.company)
    batch = (await office.export(good, bad)).batch
    await played.plan()
    async with office.open_work() as work:  # the second one waits for something
        unsent, _ = await work.sync_jobs.lock_active(bad.id)
        await work.qbxml_requests.cancel_ready(unsent.id)
    await played.update()

    done = await bypass_batch(adam, of_batch(batch))

    assert [invoice.id for invoice in done.invoices] == [bad.id]
    assert (await standing(office, good)).invoice.export_origin is ExportOrigin.EXPORTED
    totals = (await read_batch_totals(adam, [batch.id]))[batch.id]
    assert (totals.invoices, totals.unexported, totals.exported, totals.bypassed) == (2, 0, 1, 1)
    assert totals.total == Decimal("124.88")


async def test_while_an_export_is_on_its_way_nothing_is_bypassed(office, adam):
    """QuickBooks may be storing it at this moment."""
    one, two, batch = await two_that_wait(office)
    played = PlayedConnector(office)
    document = await played.fetch()

    with pytest.raises(ExportOnItsWay, match="on its way"):
        await bypass_batch(adam, of_batch(batch))

    assert (await batch_of(office, batch.id)).status is BatchStatus.POSTED
    await played.tell(played.run(document))
    for invoice in (one, two):
        assert (await standing(office, invoice)).invoice.export_origin is ExportOrigin.EXPORTED
    assert (await batch_of(office, batch.id)).status is BatchStatus.EXPORTED


async def test_an_export_whose_answer_was_lost_is_not_bypassed(office, adam):
    _, _, batch = await two_that_wait(office)
    played = PlayedConnector(office)
    await played.lose()
    await played.close()

    with pytest.raises(ExportOnItsWay):
        await bypass_batch(adam, of_batch(batch))


async def test_an_exported_batch_is_not_bypassed_and_names_the_alternative(office, side, adam):
    invoice = await side.export(await office.new_invoice())
    batch = await batch_of(office, invoice.batch_id)

    with pytest.raises(InvalidValue, match="bypass the export of that invoice"):
        await bypass_batch(adam, of_batch(batch))


async def test_the_same_key_again_bypasses_once(office, adam):
    _, _, batch = await two_that_wait(office)
    wish = of_batch(batch)
    first = await bypass_batch(adam, wish)

    again = await bypass_batch(adam, wish)

    assert (again.batch, again.after) == (first.batch, first.after)
    assert {invoice.id for invoice in again.invoices} == {i.id for i in first.invoices}
    with pytest.raises(InvalidValue, match="was bypassed before"):
        await bypass_batch(adam, of_batch(batch))


async def test_it_needs_its_permission_and_a_batch_of_the_account(
    office, olga, adam, another_office
):
    _, _, batch = await two_that_wait(office)
    stranger = await (await another_office()).as_person("Adam")

    with pytest.raises(Forbidden):
        await bypass_batch(olga, of_batch(batch))
    with pytest.raises(NotFound):
        await bypass_batch(stranger, of_batch(batch))
    assert (await batch_of(office, batch.id)).status is BatchStatus.POSTED


async def test_it_is_told_live_and_in_the_audit_trail(office, adam):
    one, _, batch = await two_that_wait(office)
    done = await bypass_batch(adam, of_batch(batch, reason="Entered by hand"))

    async with office.open_work() as work:
        told = await work.sync_events.after(done.after, limit=10, invoice_id=one.id)
        of_one = await work.audit.page(wanted=TrailFilter(subject_id=one.id), behind=None, limit=1)
        of_all = await work.audit.page(
            wanted=TrailFilter(subject_id=batch.id), behind=None, limit=1
        )

    assert [numbered.event.actor.name for numbered in told] == ["Adam"]
    assert (of_one[0].action, of_one[0].reason) == (AuditAction.EXPORT_BYPASSED, "Entered by hand")
    assert {change.path: change.after for change in of_one[0].changes} == {
        ("export_status",): "EXPORTED",
        ("export_origin",): "BYPASSED",
    }
    assert {change.path: change.after for change in of_all[0].changes} == {
        ("status",): "BYPASSED",
        ("invoices",): "1, 2",
    }


async def test_one_invoice_is_bypassed_and_the_rest_of_its_batch_goes_on(office, side, adam):
    one, two, batch = await two_that_wait(office)

    changed = await bypass_invoice(adam, of_invoice(one))
    await side.settle()

    assert changed.export_origin is ExportOrigin.BYPASSED
    assert (await standing(office, two)).invoice.export_origin is ExportOrigin.EXPORTED
    assert (await batch_of(office, batch.id)).status is BatchStatus.EXPORTED
    assert len(side.company.invoices) == 1


async def test_a_batch_whose_every_invoice_was_bypassed_is_bypassed(office, adam):
    one, two, batch = await two_that_wait(office)
    await bypass_invoice(adam, of_invoice(one))
    assert (await batch_of(office, batch.id)).status is BatchStatus.POSTED

    await bypass_invoice(adam, of_invoice(two))

    assert (await batch_of(office, batch.id)).status is BatchStatus.BYPASSED


async def test_inside_an_exported_batch_it_needs_a_reason_and_can_be_withdrawn(office, side, adam):
    """The alternative to unlocking an exported batch; QuickBooks still holds it in this test."""
    invoice = await side.export(await office.new_invoice())
    with pytest.raises(ValueRequired) as refusal:
        await bypass_invoice(adam, of_invoice(invoice))
    assert refusal.value.where == ("reason",)

    bypassed = await bypass_invoice(adam, of_invoice(invoice, reason="Deleted in QuickBooks"))
    back = await withdraw_bypass(adam, of_invoice(invoice, reason="It is there after all"))

    assert bypassed.export_origin is ExportOrigin.BYPASSED
    assert back.export_origin is ExportOrigin.EXPORTED
    assert (await read_eligibility(adam, [back]))[back.id].can_sync


async def test_an_edit_that_waits_is_bypassed_with_its_invoice(office, side, olga, adam):
    """Nothing works on it any more, so it must not say that it is syncing."""
    invoice = await side.export(await office.new_invoice())
    await save(olga, invoice, details(summary="Will not be sent"))

    bypassed = await bypass_invoice(adam, of_invoice(invoice, reason="Deleted there"))

    after = await standing(office, invoice)
    assert bypassed.sync_status is SyncStatus.BYPASSED
    assert after.job.state is JobState.CANCELLED
    assert (after.events[-1].previous_status, after.events[-1].status) == (
        SyncStatus.SYNCING,
        SyncStatus.BYPASSED,
    )


async def test_an_edit_that_failed_is_bypassed_with_its_invoice(office, side, olga, adam):
    """Its issue is closed, so nothing would say any more what action is required."""
    invoice = await side.export(await office.new_invoice())
    await save(olga, invoice, details(summary="Will be refused"))
    played = PlayedConnector(office, side.company)
    await played.refuse(3000, "The given object ID is invalid.")
    assert (await standing(office, invoice)).status is SyncStatus.ACTION_REQUIRED

    await bypass_invoice(adam, of_invoice(invoice, reason="Deleted there"))

    after = await standing(office, invoice)
    assert after.status is SyncStatus.BYPASSED
    assert after.issue is None


async def test_what_was_never_exported_has_no_bypass_to_withdraw(office, adam):
    one, _, _ = await two_that_wait(office)
    await bypass_invoice(adam, of_invoice(one))

    with pytest.raises(InvalidValue, match="is unlocked"):
        await withdraw_bypass(adam, of_invoice(one))
    with pytest.raises(InvalidValue, match="can be unlocked"):
        await bypass_invoice(adam, of_invoice(one))


async def test_batches_and_their_invoices_are_read_page_by_page(office, adam):
    for n in range(3):
        await office.export(await office.new_invoice(f"{n}1"))
    one, two, last = await two_that_wait(office)
    await bypass_batch(adam, of_batch(last))

    newest, more = await read_batch_page(adam, statuses=(), before=None, first=2)
    oldest, no_more = await read_batch_page(adam, statuses=(), before=newest[-1].number, first=2)
    waiting, _ = await read_batch_page(adam, statuses=[BatchStatus.POSTED], before=None, first=10)
    first, follows = await read_batch_invoices(adam, last.id, after=None, first=1)
    second, none_follow = await read_batch_invoices(adam, last.id, after=first[0].id, first=1)

    assert ([b.number for b in newest], more) == ([1045, 1044], True)
    assert ([b.number for b in oldest], no_more) == ([1043, 1042], False)
    assert [b.number for b in waiting] == [1044, 1043, 1042]
    assert ([i.id for i in first], follows) == ([one.id], True)
    assert ([i.id for i in second], none_follow) == ([two.id], False)
