"""What old enough means for each kind of row, and that nothing is missed for it afterwards."""

from datetime import timedelta

from app.clock import now
from app.pruning import KEEP_DAYS, KEEP_EVENTS_DAYS, prune_account
from db.pruning import Prunable
from domain.quickbooks_transactions import TransactionKind, TransactionQuery
from domain.sync_status import SyncStatus
from resolvers.inquiries import ask
from tests.quickbooks_side import QuickBooksSide
from tests.sync_worker.connector import new_summary, save

AFTER_A_YEAR = timedelta(days=KEEP_EVENTS_DAYS + 1)


async def pruned_after(office, time):
    """Prune as if so much time had passed: what went, and which of the office's events are left."""
    moment = now() + time
    pruned = await prune_account(
        office.resources,
        office.account_id,
        before=moment - timedelta(days=KEEP_DAYS),
        events_before=moment - timedelta(days=KEEP_EVENTS_DAYS),
    )
    async with office.open_work() as work:
        events = await work.sync_events.after(0, limit=100)
    return pruned, [numbered.sequence for numbered in events]


async def an_edited_invoice(office):
    """An invoice that was exported, edited and synced, and a question about it."""
    side = QuickBooksSide(office)
    question = TransactionQuery(kind=TransactionKind.INVOICE, numbers=("21259",))
    context = await office.as_person()
    async with office.open_work() as work:
        await ask(context, work, office.connection.connection.id, question, purpose="test")
    invoice = await save(office, await side.export(await office.new_invoice()))
    await side.settle()
    return side, invoice


async def test_nothing_goes_while_it_is_young(office):
    await an_edited_invoice(office)

    pruned, events = await pruned_after(office, timedelta(days=KEEP_DAYS - 1))

    assert set(pruned.values()) == {0}
    assert events == list(range(1, len(events) + 1))


async def test_exchanges_go_after_a_month_and_events_after_a_year(office):
    await an_edited_invoice(office)
    _, all_events = await pruned_after(office, timedelta(0))

    month, after_a_month = await pruned_after(office, timedelta(days=KEEP_DAYS + 1))
    year, after_a_year = await pruned_after(office, AFTER_A_YEAR)
    again, _ = await pruned_after(office, AFTER_A_YEAR)

    assert [what for what in Prunable if not month[what]] == [
        Prunable.DELIVERIES,  # nobody has a webhook
        Prunable.PIN_TRIES,  # nor typed a PIN
        Prunable.EVENTS,
    ]
    assert after_a_month == all_events
    assert year == {Prunable.EVENTS: len(all_events) - 1} | dict.fromkeys(
        set(Prunable) - {Prunable.EVENTS}, 0
    )
    assert after_a_year == all_events[-1:]
    assert set(again.values()) == {0}


async def test_an_invoice_is_synced_as_before_once_its_past_is_gone(office):
    side, invoice = await an_edited_invoice(office)
    await pruned_after(office, AFTER_A_YEAR)
    async with office.open_work() as work:
        synced = await work.invoices.get(invoice.id)

    saved = await save(office, synced, new_summary("After a year"))
    await pruned_after(office, AFTER_A_YEAR)  # what waits stays, however old it is
    await side.settle()

    async with office.open_work() as work:
        assert (await work.invoices.get(saved.id)).sync_status is SyncStatus.SYNCED
    assert side.writes() == ["InvoiceAddRq", "InvoiceModRq", "InvoiceModRq"]
