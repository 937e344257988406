"""What two kinds of connections exported, QuickBooks does not apply to one another by itself."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app import administration
from simulator.bookkeeper import Bookkeeper
from tests.quickbooks_side import QuickBooksSide
from tests.schema.callers import execute
from tests.sync_worker.connector import new_summary, save

SHOWN = """
{
  manualApplications {
    customer { name }
    exportedByNew { invoiceNumber exportedThrough { kind } }
    exportedByLegacy { invoiceNumber exportedThrough { kind } }
  }
}
"""


@pytest.fixture
def side(office):
    return QuickBooksSide(office)


@pytest.fixture
async def legacy(office, change_row):
    """A connection of the old kind, and a way to say that an invoice came through it."""
    created = await administration.add_connection(
        office.resources, account_id=office.account_id, company_file="CF-1", name="Old one"
    )
    await change_row("connection", created.connection.id, kind="LEGACY")

    async def through(invoice):
        async with office.open_work() as work:
            link = await work.links.get(invoice.id)
            moved = replace(link, connection_id=created.connection.id)
            await work.links.save(invoice.id, moved)

    return through


async def shown(office):
    answer = await execute(SHOWN, await office.as_person("Nick"))
    assert answer.errors is None
    return answer.data["manualApplications"]


async def exported(office, side, number, **changes):
    return await side.export(await office.new_invoice(number, **changes))


async def test_a_customer_of_both_kinds_is_listed_with_both_sides(office, side, legacy):
    """Requirements 96 to 98."""
    old = await exported(office, side, "21250")
    await exported(office, side, "21260")
    diner = office.id_of("Lone Star Diner")
    await exported(office, side, "21270", customer_id=diner)
    assert await shown(office) == []

    await legacy(old)

    assert await shown(office) == [
        {
            "customer": {"name": "Harriet Doyle"},
            "exportedByNew": [{"invoiceNumber": "21260", "exportedThrough": {"kind": "NEW"}}],
            "exportedByLegacy": [{"invoiceNumber": "21250", "exportedThrough": {"kind": "LEGACY"}}],
        }
    ]


async def test_what_is_paid_needs_nobody_s_hand(office, side, legacy):
    old = await exported(office, side, "21250")
    new = await exported(office, side, "21260")
    held = await side.held(new)
    Bookkeeper(side.company).receive_payment(held.txn_id, Decimal("62.44"))
    async with office.open_work() as work:
        stored = (await work.invoices.get_many([new.id]))[new.id]
    await save(office, stored, new_summary("Paid"))
    await side.settle()

    await legacy(old)

    assert await shown(office) == []


async def test_another_account_s_customers_are_never_listed(office, another_office, side, legacy):
    old = await exported(office, side, "21250")
    await exported(office, side, "21260")
    await legacy(old)

    assert await shown(await another_office()) == []
