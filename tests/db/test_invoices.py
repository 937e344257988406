"""Invoices are stored whole, and read page by page without a hole or a double."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.ids import new_id
from domain.errors import NotFound
from domain.invoice import ExportOrigin, ExportStatus
from domain.lists import Batch, BatchStatus
from domain.search import InvoiceFilter, InvoiceSort
from domain.sync_status import SyncStatus
from domain.totals import Totals
from tests.builders import NOW, a_batch, a_copy, a_link
from tests.db.making import a_task_of, add_invoice, an_invoice_of, connection_id

EVERYTHING = InvoiceFilter()
A_BATCH = a_batch()
KEYS = {
    InvoiceSort.UPDATED_AT_DESC: lambda i: i.updated_at,
    InvoiceSort.UPDATED_AT_ASC: lambda i: i.updated_at,
    InvoiceSort.INVOICE_DATE_DESC: lambda i: i.content.date,
    InvoiceSort.INVOICE_NUMBER_ASC: lambda i: i.content.number,
}
DESCENDING = {InvoiceSort.UPDATED_AT_DESC, InvoiceSort.INVOICE_DATE_DESC}


async def stored(office, invoice):
    async with office.open_work() as work:
        return await work.invoices.get(invoice.id)


async def save(office, invoice):
    async with office.open_work() as work:
        await work.invoices.save(invoice)


async def test_every_field_comes_back_as_it_was_stored(office):
    batch = Batch(new_id(), 7, "Week 47", BatchStatus.EXPORTED)
    original = await add_invoice(office)
    task = a_task_of(
        office,
        description="½ day — “attic”\nsecond line",
        quantity=Decimal("9999999999.99999"),
        unit_price=Decimal("-0.00001"),
        cost=Decimal("12.34567"),
        taxable=False,
        business_unit_id=office.id_of("Plumbing"),
        inventory_location_id=office.id_of("Truck 7"),
    )
    invoice = an_invoice_of(
        office,
        number="A-21259/b",
        date=date(2038, 1, 18),
        summary="Überholt",
        tasks=(task, a_task_of(office, description=None, business_unit_id=None)),
        version=12,
        business_unit_id=office.id_of("HVAC"),
        technician_id=office.id_of("Ana"),
        batch_id=batch.id,
        adjustment_to_id=original.id,
        is_application_for_payment=True,
        export_status=ExportStatus.POSTED,
        export_origin=ExportOrigin.BYPASSED,
        sync_status=SyncStatus.ACTION_REQUIRED,
        totals=Totals(Decimal("9999999999999.99"), Decimal("-0.01")),
        applied=Decimal("10.10"),
        synced_version=11,
        synced_at=datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=UTC),
        created_at=NOW - timedelta(days=1),
        updated_at=NOW + timedelta(microseconds=1),
    )

    async with office.open_work() as work:
        await work.batches.add(batch, NOW)
        await work.invoices.add(invoice)

    assert await stored(office, invoice) == invoice


async def test_what_may_be_absent_comes_back_absent(office):
    invoice = an_invoice_of(
        office, tasks=(), tax_zone_id=None, summary=None, export_origin=None, technician_id=None
    )

    async with office.open_work() as work:
        await work.invoices.add(invoice)

    assert await stored(office, invoice) == invoice


async def test_tasks_keep_the_order_they_are_saved_in(office):
    """Moved, added in front and removed in one save."""
    invoice = await add_invoice(office, tasks=tuple(a_task_of(office) for _ in range(4)))
    first, second, third, fourth = invoice.content.tasks
    new = a_task_of(office, description="New")
    tasks = (new, fourth, replace(second, unit_price=Decimal("1.00")), first)
    changed = replace(invoice, content=replace(invoice.content, tasks=tasks))

    await save(office, changed)

    assert await stored(office, invoice) == changed
    async with office.open_work() as work:
        assert await work.invoices.find_task(third.id) is None


async def test_removing_the_tasks_of_one_invoice_leaves_those_of_the_others(office):
    one, other = await add_invoice(office, tasks=()), await add_invoice(office)

    await save(office, one)

    assert await stored(office, other) == other


async def test_a_status_can_be_saved_without_touching_the_tasks(office):
    invoice = await add_invoice(office)
    settled = replace(invoice, sync_status=SyncStatus.SYNCED, synced_version=1, synced_at=NOW)

    async with office.open_work() as work:
        await work.invoices.save_status(settled)

    assert await stored(office, invoice) == settled


async def test_a_task_is_found_with_its_invoice(office):
    invoice = await add_invoice(office)
    (task,) = invoice.content.tasks

    async with office.open_work() as work:
        found = await work.invoices.find_task(task.id)

    assert found == (invoice, task)


async def test_locking_several_gives_those_that_exist(office):
    invoice = await add_invoice(office)

    async with office.open_work() as work:
        assert await work.invoices.lock_many([new_id(), invoice.id]) == {invoice.id: invoice}
        with pytest.raises(NotFound):
            await work.invoices.lock(new_id())


@pytest.fixture
async def eleven(office):
    """Invoices of which many share their sort keys."""
    statuses = (SyncStatus.SYNCED, SyncStatus.SYNCING)
    exports = (ExportStatus.PENDING, ExportStatus.EXPORTED)
    customers = ("Harriet Doyle", "Lone Star Diner")
    origins = (ExportOrigin.EXPORTED, ExportOrigin.BYPASSED, None)
    async with office.open_work() as work:
        await work.batches.add(A_BATCH, NOW)
    return [
        await add_invoice(
            office,
            number=str(100 + n // 5),
            date=date(2026, 11, 1 + n // 4),
            sync_status=statuses[n % 2],
            export_status=exports[n % 3 == 0],
            export_origin=origins[n % 3],
            batch_id=A_BATCH.id if n % 5 == 0 else None,
            customer_id=office.id_of(customers[n % 4 == 0]),
            updated_at=NOW + timedelta(microseconds=n // 3),
        )
        for n in range(11)
    ]


async def walk(office, sort, wanted, *, size):
    """Read all pages of this size, one transaction each, as a caller with a cursor does."""
    found, after = [], None
    while True:
        async with office.open_work() as work:
            page = await work.invoices.page(wanted=wanted, sort=sort, after=after, limit=size)
        assert len(page) <= size
        found += page
        if len(page) < size:
            return found
        after = (KEYS[sort](page[-1]), page[-1].id)


def in_order(invoices, sort):
    return sorted(invoices, key=lambda i: (KEYS[sort](i), i.id), reverse=sort in DESCENDING)


@pytest.mark.parametrize("sort", InvoiceSort)
async def test_pages_of_three_give_each_invoice_once_and_in_order(office, eleven, sort):
    found = await walk(office, sort, EVERYTHING, size=3)

    assert found == in_order(eleven, sort)


FILTERS = {
    "sync status": (
        lambda _: {"sync_status": (SyncStatus.SYNCED,)},
        lambda i, _: i.sync_status is SyncStatus.SYNCED,
    ),
    "several statuses": (
        lambda _: {"sync_status": (SyncStatus.SYNCED, SyncStatus.BYPASSED)},
        lambda i, _: i.sync_status is SyncStatus.SYNCED,
    ),
    "export status": (
        lambda _: {"export_status": (ExportStatus.EXPORTED,)},
        lambda i, _: i.export_status is ExportStatus.EXPORTED,
    ),
    "customer": (
        lambda office: {"customer_id": office.id_of("Lone Star Diner")},
        lambda i, office: i.customer_id == office.id_of("Lone Star Diner"),
    ),
    "export origin": (
        lambda _: {"export_origin": (ExportOrigin.BYPASSED, ExportOrigin.IMPORTED)},
        lambda i, _: i.export_origin is ExportOrigin.BYPASSED,
    ),
    "batch": (lambda _: {"batch_id": A_BATCH.id}, lambda i, _: i.batch_id == A_BATCH.id),
    "another batch": (lambda _: {"batch_id": new_id()}, lambda i, _: False),
    "beginning of the number": (
        lambda _: {"number_prefix": "10"},
        lambda i, _: i.content.number.startswith("10"),
    ),
    "whole number as a beginning": (
        lambda _: {"number_prefix": "101"},
        lambda i, _: i.content.number == "101",
    ),
    "end of the number": (lambda _: {"number_prefix": "01"}, lambda i, _: False),
    "any beginning": (lambda _: {"number_prefix": ""}, lambda i, _: True),
    "number": (lambda _: {"number": "101"}, lambda i, _: i.content.number == "101"),
    "from a date": (
        lambda _: {"date_from": date(2026, 11, 2)},
        lambda i, _: i.content.date >= date(2026, 11, 2),
    ),
    "to a date": (
        lambda _: {"date_to": date(2026, 11, 2)},
        lambda i, _: i.content.date <= date(2026, 11, 2),
    ),
    "changed since": (
        lambda _: {"updated_since": NOW + timedelta(microseconds=2)},
        lambda i, _: i.updated_at >= NOW + timedelta(microseconds=2),
    ),
    "two at once": (
        lambda _: {"number": "100", "sync_status": (SyncStatus.SYNCING,)},
        lambda i, _: i.content.number == "100" and i.sync_status is SyncStatus.SYNCING,
    ),
    "nothing fits": (lambda _: {"number": "none"}, lambda i, _: False),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_every_filter_holds_under_every_sort_and_page_size(office, eleven, name):
    restriction, fits = FILTERS[name]
    wanted = InvoiceFilter(**restriction(office))
    expected = [invoice for invoice in eleven if fits(invoice, office)]

    for sort in InvoiceSort:
        for size in (1, 3):
            assert await walk(office, sort, wanted, size=size) == in_order(expected, sort)


@pytest.mark.parametrize("prefix", ["50%", "5_", "\\", "a"])
async def test_a_beginning_is_taken_as_it_is_written(office, prefix):
    """No character of it stands for others, and letter case counts."""
    numbers = ["500", "50%1", "5_1", "\\1", "A1", "a1"]
    for number in numbers:
        await add_invoice(office, number=number)

    sort = InvoiceSort.INVOICE_NUMBER_ASC
    found = await walk(office, sort, InvoiceFilter(number_prefix=prefix), size=10)

    assert [i.content.number for i in found] == [n for n in numbers if n.startswith(prefix)]


async def test_a_page_goes_on_where_the_last_ended_although_its_last_invoice_is_gone_from_there(
    office, eleven
):
    """Somebody saves an invoice between two pages: the others neither repeat nor vanish."""
    sort = InvoiceSort.UPDATED_AT_ASC
    before = in_order(eleven, sort)
    moved = replace(before[2], updated_at=NOW + timedelta(days=1))
    async with office.open_work() as work:
        first = await work.invoices.page(wanted=EVERYTHING, sort=sort, after=None, limit=3)
        await work.invoices.save_status(moved)

    async with office.open_work() as work:
        after = (first[-1].updated_at, first[-1].id)
        rest = await work.invoices.page(wanted=EVERYTHING, sort=sort, after=after, limit=20)

    assert rest == [*before[3:], moved]


async def test_a_number_is_in_use_when_another_invoice_of_the_same_company_file_has_it(office):
    holder, asking = await add_invoice(office, number="500"), await add_invoice(office)
    never_exported = await add_invoice(office, number="600")
    file_id = office.connection.connection.company_file_id
    link = a_link(company_file_id=file_id, connection_id=connection_id(office))
    async with office.open_work() as work:
        await work.links.save(holder.id, link)

    async def in_use(number, invoice, company_file_id=file_id):
        async with office.open_work() as work:
            return await work.invoices.is_number_in_use(
                number, by_other_than=invoice.id, company_file_id=company_file_id
            )

    assert await in_use("500", asking)
    assert not await in_use("500", holder)
    assert not await in_use("501", asking)
    assert not await in_use(never_exported.content.number, asking)
    assert not await in_use("500", asking, company_file_id=new_id())


async def test_the_newest_copy_replaces_the_one_before(office):
    invoice = await add_invoice(office)
    file_id = office.connection.connection.company_file_id
    link = a_link(company_file_id=file_id, connection_id=connection_id(office))
    newer = replace(
        link,
        copy=a_copy(edit_sequence="200", lines=()),
        tasks_by_line={},
        read_at=NOW + timedelta(seconds=1),
        verified_at=None,
    )

    for known in (link, newer):
        async with office.open_work() as work:
            await work.links.save(invoice.id, known)
        async with office.open_work() as work:
            assert await work.links.get(invoice.id) == known
