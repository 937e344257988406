"""What the office is shown of QuickBooks' side: payments, and who exported the invoice."""

from decimal import Decimal

import pytest

from schema.ids import global_id
from simulator.bookkeeper import Bookkeeper
from tests.schema.callers import execute
from tests.sync_worker.connector import PlayedConnector, new_summary, save

SHOWN = """
query ($id: ID!) {
  invoice(id: $id) {
    balance
    exportedThrough { name kind }
    quickbooks { payments { type number amount date } }
  }
}
"""


@pytest.fixture
def played(office):
    return PlayedConnector(office)


async def shown(office, invoice):
    answer = await execute(SHOWN, await office.as_person(), id=global_id("Invoice", invoice.id))
    assert answer.errors is None
    return answer.data["invoice"]


async def test_payments_are_shown_as_quickbooks_applied_them(office, played):
    invoice = await played.exported()
    txn_id = (await played.standing(invoice)).link.copy.txn_id
    assert (await shown(office, invoice))["quickbooks"] == {"payments": []}
    Bookkeeper(played.company).receive_payment(txn_id, Decimal("20.00"), ref_number="4711")

    await save(office, invoice, new_summary("Paid in part"))
    await played.settle()

    found = await shown(office, invoice)
    (payment,) = found["quickbooks"]["payments"]
    assert (payment["type"], payment["number"]) == ("ReceivePayment", "4711")
    assert (payment["amount"], found["balance"]) == ("20.00", "42.44")


async def test_of_payments_that_only_a_write_told_the_sum_is_known(office, played):
    """The answer to an InvoiceMod names no linked transactions."""
    invoice = await played.exported()
    txn_id = (await played.standing(invoice)).link.copy.txn_id
    saved = await save(office, invoice, new_summary("Same second"))
    document = await played.fetch()
    response = played.run(document).replace("<AppliedAmount>0.00<", "<AppliedAmount>-20.00<")

    await played.tell(response)

    assert (await played.standing(saved)).link.copy.txn_id == txn_id
    assert (await shown(office, invoice))["quickbooks"] == {"payments": None}


@pytest.mark.parametrize("kind", ["NEW", "LEGACY"])
async def test_the_connection_of_the_export_is_shown_with_its_kind(
    office, played, change_row, kind
):
    """Requirements 96 to 98: between the kinds QuickBooks applies no payment by itself."""
    invoice = await played.exported()
    await change_row("connection", office.connection.connection.id, kind=kind)

    found = await shown(office, invoice)

    assert found["exportedThrough"] == {"name": office.connection.connection.name, "kind": kind}


async def test_an_invoice_that_was_not_exported_came_through_no_connection(office):
    invoice = await office.new_invoice()

    assert (await shown(office, invoice))["exportedThrough"] is None
