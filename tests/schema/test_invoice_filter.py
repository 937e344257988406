"""The filters of the list of invoices, over HTTP."""

import pytest

from domain.invoice import ExportOrigin
from schema.ids import global_id
from tests.builders import NOW, a_batch
from tests.db.making import add_invoice
from tests.schema.office_api import answer_to, ask

LIST = """query ($filter: InvoiceFilter!) {
  invoices(filter: $filter, sort: INVOICE_NUMBER_ASC) { nodes { invoiceNumber } } }"""


@pytest.fixture
async def three(office):
    """21259 and 21260 in a batch, 31259 bypassed."""
    batch = a_batch()
    async with office.open_work() as work:
        await work.batches.add(batch, NOW)
    await add_invoice(office, number="21259", batch_id=batch.id)
    await add_invoice(office, number="21260", batch_id=batch.id)
    await add_invoice(office, number="31259", export_origin=ExportOrigin.BYPASSED)
    return batch


async def numbers(office, **restrictions):
    found = await ask(office, LIST, filter=restrictions)
    return [node["invoiceNumber"] for node in found["invoices"]["nodes"]]


async def test_invoices_are_found_by_the_beginning_of_their_number(office, three):
    assert await numbers(office, invoiceNumberPrefix="212") == ["21259", "21260"]
    assert await numbers(office, invoiceNumberPrefix="2125") == ["21259"]
    assert await numbers(office, invoiceNumberPrefix="1259") == []
    assert await numbers(office, invoiceNumber="2125") == []


async def test_invoices_are_found_by_batch_and_by_origin(office, three):
    batch = global_id("Batch", three.id)

    assert await numbers(office, batchId=batch) == ["21259", "21260"]
    assert await numbers(office, batchId=global_id("Customer", three.id)) == []
    assert await numbers(office, exportOrigin=["BYPASSED", "IMPORTED"]) == ["31259"]
    assert await numbers(office, exportOrigin=["EXPORTED"], batchId=batch) == ["21259", "21260"]


async def test_no_number_begins_with_what_cannot_be_stored(office, three):
    answer = await answer_to(office, LIST, filter={"invoiceNumberPrefix": "2\x00"})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
