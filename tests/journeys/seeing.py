"""What a journey looks at: events of one invoice, and both sides' books."""

from decimal import Decimal

from tests.journeys.conftest import Service

FOLLOW = """subscription ($id: ID!, $after: String) {
  invoiceSyncStatusChanged(invoiceId: $id, after: $after) {
    sequence status previousStatus phase invoiceVersion cursor actor { kind name }
  }
}"""


async def unit(service: Service, name: str) -> str:
    units = (await service.client().call("{ businessUnits { id name } }"))["businessUnits"]
    return next(entry["id"] for entry in units if entry["name"] == name)


async def until_rest(events):
    async for data in events:
        yield data
        if data["invoiceSyncStatusChanged"]["status"] in ("SYNCED", "ACTION_REQUIRED"):
            return


def assert_sides_agree(service: Service, invoice: dict) -> None:
    """Hold ours against QuickBooks' own books, not against what it told us."""
    held = service.company.invoice(invoice["quickbooks"]["txnId"])
    ours = {
        "number": invoice["invoiceNumber"],
        "date": invoice["invoiceDate"],
        "subtotal": Decimal(invoice["subtotal"]),
        "tax": Decimal(invoice["salesTax"]),
        "total": Decimal(invoice["total"]),
    }
    assert ours == {
        "number": held.ref_number,
        "date": held.txn_date.isoformat(),
        "subtotal": held.subtotal,
        "tax": held.sales_tax_total,
        "total": held.total,
    }
    assert held.memo.endswith(invoice["summary"])
    lines = {line.txn_line_id: line for line in held.flat_lines()}
    for task in invoice["tasks"]:
        line = lines[task["quickbooksLineId"]]
        assert line.description == task["description"]
        assert line.quantity == Decimal(task["quantity"])
        assert line.rate == Decimal(task["unitPrice"])
        assert line.amount == Decimal(task["amount"])
        assert line.is_taxable == task["taxable"]
        assert line.class_name == task["businessUnit"]["name"]
    assert all(field["equal"] for field in invoice["quickbooks"]["fields"])
