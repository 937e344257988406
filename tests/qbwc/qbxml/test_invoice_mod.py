"""The rules of an InvoiceMod: nothing that QuickBooks would clear, derive or refuse by itself."""

from decimal import Decimal

import pytest

from domain.quickbooks import InvoiceAdd, InvoiceMod, LineMod
from qbwc.qbxml.errors import UnsendableValue
from qbwc.qbxml.render import render_request
from tests.qbwc.qbxml.requests import TASK, a_line, a_line_mod, a_mod, an_invoice

LINE = "InvoiceMod/InvoiceLineMod[2]"
CANNOT_BE_CLEARED = [
    (a_mod(date=None), "InvoiceMod/TxnDate", "date"),
    (a_mod(number=None), "InvoiceMod/RefNumber", "number"),
    (a_line_mod(item=None), f"{LINE}/ItemRef", "item"),
    (a_line_mod(quantity=None, rate=Decimal(1)), f"{LINE}/Quantity", "quantity"),
    (a_line_mod(rate=None), f"{LINE}/Rate", "unit_price"),
    (a_line_mod(amount=None), f"{LINE}/Amount", "amount"),
    (a_line_mod(site=None), f"{LINE}/InventorySiteRef", "inventory_location"),
    (a_line_mod(tax_code=None), f"{LINE}/SalesTaxCodeRef", "taxable"),
]


@pytest.mark.parametrize(("mod", "field", "label"), CANNOT_BE_CLEARED)
def test_what_quickbooks_cannot_clear_is_refused_with_the_fields_name(
    mod: InvoiceMod, field: str, label: str
) -> None:
    """The types forbid it; the tables do too."""
    with pytest.raises(UnsendableValue, match="must not be empty") as refusal:
        render_request(mod, "1")

    assert (refusal.value.field, refusal.value.label) == (field, label)


@pytest.mark.parametrize(
    ("prices", "field", "label", "reason"),
    [
        (
            {"quantity": Decimal(2)},
            f"{LINE}/Quantity",
            "quantity",
            "needs Rate or Amount beside it",
        ),
        (
            {"rate": Decimal(2), "amount": Decimal(4)},
            f"{LINE}/Rate",
            "unit_price",
            "must not stand beside Amount",
        ),
    ],
)
def test_a_stale_third_of_quantity_rate_and_amount_is_never_left_to_quickbooks(
    prices: dict[str, Decimal], field: str, label: str, reason: str
) -> None:
    with pytest.raises(UnsendableValue, match=reason) as refusal:
        render_request(a_line_mod(**prices), "1")

    assert (refusal.value.field, refusal.value.label) == (field, label)
    assert refusal.value.task_id == TASK


@pytest.mark.parametrize(
    ("prices", "written"),
    [
        (
            {"quantity": Decimal(3), "amount": Decimal(10)},
            b"<Quantity>3</Quantity><Amount>10.00</Amount>",
        ),
        ({"rate": Decimal("-10.5")}, b"<Rate>-10.5</Rate>"),
        ({"amount": Decimal("-0.10")}, b"<Amount>-0.10</Amount>"),
    ],
)
def test_a_line_whose_rate_is_not_exact_or_that_is_a_discount_is_named_by_its_amount(
    prices: dict[str, Decimal], written: bytes
) -> None:
    """A discount has no quantity: QuickBooks refuses one."""
    rendered = render_request(a_mod(lines=(LineMod(txn_line_id="C8-1", **prices),)), "1")

    assert b"<TxnLineID>C8-1</TxnLineID>" + written + b"</InvoiceLineMod>" in rendered


def test_a_new_discount_goes_out_without_a_quantity() -> None:
    line = a_line(quantity=Decimal(1), rate=Decimal(-20), is_discount=True)

    rendered = render_request(InvoiceAdd(wanted=an_invoice(lines=(line,))), "1")

    assert b"<Rate>-20</Rate>" in rendered
    assert b"<Quantity>" not in rendered
