"""The first way to QuickBooks: as a batch, all of it or none."""

import asyncio

import pytest

from app.ids import new_id
from domain.errors import ConnectionNeeded, InvalidValue, NotFound, ValueRequired
from domain.invoice import ExportOrigin, ExportStatus
from domain.lists import BatchStatus
from domain.sync import JobKind
from domain.sync_status import SyncStatus
from resolvers.connections import NewConnection, create_connection
from resolvers.exporting import MOST_INVOICES, Export, export_invoices
from tests.resolvers.asking import everything_stored, standing


def a_wish(*invoices, **changes):
    wish = {
        "invoice_ids": tuple(invoice.id for invoice in invoices),
        "batch_name": "2026-11-20 HVAC",
        "idempotency_key": str(new_id()),
    }
    return Export(**wish | changes)


async def test_an_export_queues_each_invoice_once_and_counts_its_batch(office, olga):
    one, two = await office.new_invoice("1"), await office.new_invoice("2")

    exported = await export_invoices(olga, a_wish(two, one))

    assert [invoice.id for invoice in exported.invoices] == [two.id, one.id]
    assert (exported.batch.number, exported.batch.name) == (1042, "2026-11-20 HVAC")
    for invoice in (one, two):
        after = await standing(office, invoice)
        assert after.invoice.export_status is ExportStatus.POSTED
        assert after.invoice.batch_id == exported.batch.id
        assert after.status is SyncStatus.NOT_APPLICABLE
        assert (after.unsent.kind, after.unsent.version) == (JobKind.EXPORT, 1)


async def test_quickbooks_holds_number_batch_and_summary_afterwards(office, side):
    invoice = await side.export(await office.new_invoice())

    held = await side.held(invoice)
    async with office.open_work() as work:
        batch = (await work.lists.batches())[invoice.batch_id]
    assert held.memo == "1042 2026-11-20 HVAC - Fall tune-up"
    assert held.values["RefNumber"] == "21259"
    assert (invoice.export_origin, invoice.synced_version) == (ExportOrigin.EXPORTED, 1)
    assert invoice.sync_status is SyncStatus.NOT_APPLICABLE
    assert batch.status is BatchStatus.EXPORTED


async def test_batch_numbers_count_up_also_when_batches_are_made_at_once(office, olga):
    invoices = [await office.new_invoice(str(n)) for n in range(5)]

    exported = await asyncio.gather(*(export_invoices(olga, a_wish(one)) for one in invoices))

    assert sorted(e.batch.number for e in exported) == [1042, 1043, 1044, 1045, 1046]


async def test_a_refused_batch_uses_no_number(office, olga):
    invoice = await office.new_invoice()
    with pytest.raises(NotFound):
        await export_invoices(olga, a_wish(invoice, invoice_ids=(invoice.id, new_id())))

    exported = await export_invoices(olga, a_wish(invoice))

    assert exported.batch.number == 1042


async def refused(olga, office, good, wish, *, match, where):
    """All or none: not even the good invoice of the batch is posted."""
    before = await everything_stored(office, good)

    with pytest.raises((InvalidValue, NotFound), match=match) as refusal:
        await export_invoices(olga, wish)

    assert refusal.value.where == where
    assert await everything_stored(office, good) == before


async def test_an_unknown_invoice_stops_the_whole_batch(office, olga, another_office):
    good, theirs = await office.new_invoice(), await (await another_office()).new_invoice()

    wish = a_wish(good, theirs)

    await refused(olga, office, good, wish, match="no such", where=("invoice_ids", "1"))


async def test_an_invoice_that_was_exported_before_stops_the_batch(office, side, olga, invoice):
    good = await office.new_invoice("2")

    wish = a_wish(invoice, good)

    await refused(olga, office, good, wish, match="before", where=("invoice_ids", "0"))


async def test_an_invoice_on_its_way_stops_the_batch(office, olga):
    travelling, good = await office.new_invoice("1"), await office.new_invoice("2")
    await export_invoices(olga, a_wish(travelling))

    wish = a_wish(good, travelling)

    await refused(olga, office, good, wish, match="on its way", where=("invoice_ids", "1"))


async def test_what_quickbooks_does_not_know_by_name_stops_the_batch(office, olga, change_row):
    good = await office.new_invoice("1", customer_id=office.id_of("Lone Star Diner"))
    nameless = await office.new_invoice("2")
    await change_row("customer", office.id_of("Harriet Doyle"), quickbooks_name=None)

    wish = a_wish(good, nameless)

    await refused(olga, office, good, wish, match="Harriet Doyle", where=("invoice_ids", "1"))


async def test_an_invoice_without_tasks_stops_the_batch(office, olga):
    good, empty = await office.new_invoice("1"), await office.new_invoice("2", tasks=())

    wish = a_wish(good, empty)

    await refused(olga, office, good, wish, match="no tasks", where=("invoice_ids", "1"))


async def test_of_two_exports_of_one_invoice_at_once_exactly_one_wins(office, olga):
    invoice = await office.new_invoice()

    results = await asyncio.gather(
        *(export_invoices(olga, a_wish(invoice)) for _ in range(2)), return_exceptions=True
    )

    assert sorted(type(result).__name__ for result in results) == ["Exported", "InvalidValue"]
    assert len((await standing(office, invoice)).active) == 1


@pytest.mark.parametrize("count", [0, MOST_INVOICES + 1])
async def test_a_batch_holds_1_to_200_invoices(olga, count):
    wish = a_wish(invoice_ids=tuple(new_id() for _ in range(count)))

    with pytest.raises(InvalidValue, match="1 to 200"):
        await export_invoices(olga, wish)


async def test_a_batch_names_each_invoice_once(office, olga):
    invoice = await office.new_invoice()

    with pytest.raises(InvalidValue, match="each once"):
        await export_invoices(olga, a_wish(invoice, invoice))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("", ValueRequired), ("  ", ValueRequired), ("b" * 201, InvalidValue), ("日本", InvalidValue)],
)
async def test_a_batch_needs_a_name_that_the_memo_can_hold(office, olga, name, kind):
    invoice = await office.new_invoice()

    with pytest.raises(kind) as refusal:
        await export_invoices(olga, a_wish(invoice, batch_name=name))

    assert refusal.value.where == ("batch_name",)


async def test_with_several_connections_the_caller_must_choose_one(office, olga, adam):
    invoice = await office.new_invoice()
    wish = NewConnection(company_file_id=None, company_file_name="CF-2", name="Branch")
    second = (await create_connection(adam, wish)).connection

    with pytest.raises(ConnectionNeeded, match="Branch, Front desk"):
        await export_invoices(olga, a_wish(invoice))
    exported = await export_invoices(olga, a_wish(invoice, connection_id=second.id))

    assert exported.connection_id == second.id


async def test_an_unknown_disabled_or_old_connection_cannot_carry_a_batch(office, olga, change_row):
    invoice = await office.new_invoice()
    own = office.connection.connection.id

    with pytest.raises(NotFound):
        await export_invoices(olga, a_wish(invoice, connection_id=new_id()))
    await change_row("connection", own, kind="LEGACY")
    with pytest.raises(NotFound):
        await export_invoices(olga, a_wish(invoice, connection_id=own))
    await change_row("connection", own, kind="NEW", is_disabled=True)
    with pytest.raises(ConnectionNeeded, match="create one first"):
        await export_invoices(olga, a_wish(invoice))
