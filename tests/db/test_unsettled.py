"""Counting what is unsettled: at one moment, by month, with an index behind each kind."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.months import Month
from domain.quickbooks import SaleKind
from domain.sync_status import SyncStatus
from domain.totals import Totals
from domain.unsettled import BLOCKERS, DEBT, UnsettledKind
from tests.builders import NOW, a_copy, a_link
from tests.counting import Said, listening
from tests.db.making import add_invoice, connection_id

NOVEMBER = Month(2026, 11)


async def tally(office, kinds=DEBT, month=None):
    async with office.open_work() as work:
        return await work.unsettled.tally(kinds, late_before=NOW, month=month)


async def test_all_kinds_are_counted_by_one_statement(office):
    """Two statements see two moments: what moves from one kind to another could be missed by both."""
    await add_invoice(office, sync_status=SyncStatus.BYPASSED, synced_version=1)
    said = Said()

    async with listening(office, said) as work:
        found = await work.unsettled.tally(BLOCKERS, late_before=NOW, month=NOVEMBER)

    assert len([s for s in said.statements if "union all" in s.lower()]) == 1
    assert [t.kind for t in found] == [UnsettledKind.BYPASSED]


async def test_the_first_and_the_last_day_belong_to_the_month(office):
    days = (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1))
    for day in days:
        await add_invoice(office, date=day, sync_status=SyncStatus.BYPASSED)

    by_month = {t.month: t.count for t in await tally(office)}
    [november] = await tally(office, month=NOVEMBER)

    assert by_month == {Month(2026, 10): 1, NOVEMBER: 2, Month(2026, 12): 1}
    assert november.count == 2


@pytest.mark.parametrize("seconds", [-1, 0, 1])
async def test_what_is_on_its_way_is_late_only_before_the_moment(office, seconds):
    moment = NOW + timedelta(seconds=seconds)
    await add_invoice(office, sync_status=SyncStatus.SYNCING, updated_at=moment)

    assert len(await tally(office)) == (1 if seconds < 0 else 0)


async def test_a_total_that_quickbooks_never_told_counts_as_not_there(office):
    invoice = await add_invoice(office, sync_status=SyncStatus.BYPASSED)
    link = a_link(
        connection_id=connection_id(office),
        company_file_id=office.connection.connection.company_file_id,
        copy=a_copy(subtotal=None),
    )
    async with office.open_work() as work:
        await work.links.save(invoice.id, link)

    [found] = await tally(office)

    assert (found.absent, found.difference) == (1, invoice.totals.total)


async def test_the_total_is_quickbooks_subtotal_and_tax(office):
    invoice = await add_invoice(office, sync_status=SyncStatus.BYPASSED)
    for subtotal, tax, left in (("30.00", "2.48", "5.96"), ("30.00", None, "8.44")):
        link = a_link(
            connection_id=connection_id(office),
            company_file_id=office.connection.connection.company_file_id,
            copy=a_copy(
                subtotal=Decimal(subtotal), sales_tax=None if tax is None else Decimal(tax)
            ),
        )
        async with office.open_work() as work:
            await work.links.save(invoice.id, link)

        [found] = await tally(office)
        assert (found.absent, str(found.difference)) == (0, left)


async def test_a_credit_memo_counts_the_other_way(office):
    """QuickBooks holds our -35.50 as a credit memo of 35.50: the books agree."""
    totals = Totals(Decimal("-35.50"), Decimal("0.00"))
    invoice = await add_invoice(office, sync_status=SyncStatus.BYPASSED, totals=totals)
    link = a_link(
        connection_id=connection_id(office),
        company_file_id=office.connection.connection.company_file_id,
        copy=a_copy(
            kind=SaleKind.CREDIT_MEMO, subtotal=Decimal("35.50"), sales_tax=Decimal("0.00")
        ),
    )
    async with office.open_work() as work:
        await work.links.save(invoice.id, link)

    [found] = await tally(office)

    assert (found.absent, found.difference) == (0, 0)


@pytest.mark.parametrize("kind", UnsettledKind)
async def test_every_kind_can_be_listed_where_there_is_nothing(office, kind):
    async with office.open_work() as work:
        found = await work.unsettled.page(kind, NOVEMBER, late_before=NOW, after=None, limit=5)

    assert found == []
