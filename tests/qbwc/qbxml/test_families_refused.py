"""Customers, items, payments and the rest: what QuickBooks would refuse is not sent."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quickbooks import Ref
from domain.quickbooks_lists import (
    Address,
    CustomerAdd,
    ItemAdd,
    ItemDiscountAdd,
    ItemKind,
    ItemSalesTaxAdd,
    ItemSalesTaxGroupAdd,
    ListKind,
    SalesOrPurchase,
    StandardTermsAdd,
)
from domain.quickbooks_transactions import (
    AppliedToTxn,
    DeletedQuery,
    ListDelete,
    ListQuery,
    Page,
    PurchaseOrderAdd,
    PurchaseOrderLine,
    ReceivePaymentAdd,
    ReceivePaymentMod,
    TransactionKind,
    TransactionQuery,
    TransactionVoid,
)
from qbwc.qbxml.errors import UnsendableValue
from qbwc.qbxml.render import render_request
from qbwc.qbxml.spec import AnyRequest
from tests.qbwc.qbxml.strict import read

ORDER = PurchaseOrderAdd(vendor=Ref("Ely"), date=date(2026, 3, 2), lines=())
PAYMENT = ReceivePaymentAdd(
    customer=Ref("Alder"), date=date(2026, 3, 2), total=Decimal(10), applied=None
)
TEN = AppliedToTxn(txn_id="8-1", amount=Decimal(10))
ONE_LINE_TOO_MANY = Address(lines=("1", "2", "3", "4", "5", "6"))
UNSENDABLE: list[tuple[AnyRequest, str, str, str]] = [
    (CustomerAdd(name="Alder:Kitchen"), "CustomerAdd/Name", "name", "must not hold a colon"),
    (CustomerAdd(name=" Alder"), "CustomerAdd/Name", "name", "blanks around it"),
    (CustomerAdd(name="a\tb"), "CustomerAdd/Name", "name", "one line"),
    (CustomerAdd(name="x" * 42), "CustomerAdd/Name", "name", "at most 41 fit"),
    (CustomerAdd(name="A", bill_address=ONE_LINE_TOO_MANY), "CustomerAdd/BillAddress/Addr5", "address", "one line"),
    (CustomerAdd(name="A", bill_address=Address(city="\u2713")), "CustomerAdd/BillAddress/City", "city", "U+2713"),
    (ItemSalesTaxGroupAdd(name="A", tax_items=()), "ItemSalesTaxGroupAdd/ItemSalesTaxRef", "tax_items", "empty list"),
    (ItemSalesTaxGroupAdd(name="A", tax_items=(Ref("B"), Ref("x" * 32))), "ItemSalesTaxGroupAdd/ItemSalesTaxRef[2]/FullName", "tax_items", "at most 31"),
    (ItemDiscountAdd(name="A", account=Ref("B")), "ItemDiscountAdd/DiscountRate", "rate", "either a rate or"),
    (ItemAdd(kind=ItemKind.SERVICE, name="A", prices=SalesOrPurchase(account=Ref("B"))), "ItemServiceAdd/SalesOrPurchase/Price", "unit_price", "either a price or"),
    (StandardTermsAdd(name="A", due_days=-1), "StandardTermsAdd/StdDueDays", "due_days", "between 0 and"),
    (replace(PAYMENT, total=Decimal("10.001")), "ReceivePaymentAdd/TotalAmount", "total", "2 behind it"),
    (replace(PAYMENT, total=Decimal("1E+14")), "ReceivePaymentAdd/TotalAmount", "total", "13 digits"),
    (replace(PAYMENT, total=Decimal("NaN"), applied=(TEN,)), "ReceivePaymentAdd/TotalAmount", "total", "13 digits"),
    (replace(PAYMENT, applied=(TEN, TEN)), "ReceivePaymentAdd", "applied", "one invoice twice"),
    (replace(PAYMENT, applied=(replace(TEN, amount=Decimal(11)),)), "ReceivePaymentAdd", "applied", "more than it holds"),
    (ReceivePaymentMod(txn_id="1", edit_sequence="2", total=Decimal(9), applied=(TEN,)), "ReceivePaymentMod", "applied", "more than it holds"),
    (TransactionVoid(kind=TransactionKind.RECEIVE_PAYMENT, txn_id="1"), "TxnVoidType", "kind", "must be one of"),
    (ListDelete(kind=ListKind.ITEM, list_id="1"), "ListDelType", "kind", "must be one of"),
    (DeletedQuery(kinds=()), "TxnDelType", "kind", "empty list"),
    (ListQuery(kind=ListKind.CLASS, page=Page(size=5)), "MaxReturned", "page_size", "never by pages"),
    (ListQuery(kind=ListKind.ITEM, list_ids=("1",), full_names=("A",)), "ItemQueryRq", "query", "by one of them alone"),
    (TransactionQuery(kind=TransactionKind.INVOICE, txn_ids=("1",), entity=Ref("A")), "InvoiceQueryRq", "query", "by one of them alone"),
    (TransactionQuery(kind=TransactionKind.INVOICE, first_day=date(2026, 3, 2), modified_since=datetime(2026, 3, 2, tzinfo=UTC)), "TxnDateRangeFilter", "query", "not by both"),
    (TransactionQuery(kind=TransactionKind.INVOICE, numbers=("1", "")), "RefNumberCaseSensitive[2]", "number", "not be empty"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "field", "label", "reason"), UNSENDABLE)
def test_what_quickbooks_would_refuse_is_refused_before_with_the_fields_name(
    request_: AnyRequest, field: str, label: str, reason: str
) -> None:
    with pytest.raises(UnsendableValue, match=re.escape(reason)) as refusal:
        render_request(request_, "1")

    assert (refusal.value.field, refusal.value.label) == (field, label)


MAKERS: list[Callable[[str, Decimal], AnyRequest]] = [
    lambda text, number: CustomerAdd(name=text, notes=text, bill_address=Address(lines=(text,))),
    lambda text, number: ItemSalesTaxAdd(name=text, rate=number, vendor=Ref(text)),
    lambda text, number: replace(PAYMENT, memo=text, total=number, applied=(TEN,)),
    lambda text, number: replace(
        ORDER, lines=(PurchaseOrderLine(item=Ref(text), quantity=number, rate=number),)
    ),
    lambda text, number: TransactionQuery(kind=TransactionKind.INVOICE, numbers=(text,)),
    lambda text, number: ListQuery(kind=ListKind.CLASS, full_names=(text,)),
]


@given(make=st.sampled_from(MAKERS), text=st.text(), number=st.decimals(allow_nan=True))
def test_whatever_is_typed_is_sent_soundly_or_refused_by_field(
    make: Callable[[str, Decimal], AnyRequest], text: str, number: Decimal
) -> None:
    request = make(text, number)
    refusal = None
    try:
        render_request(request, "1")
    except UnsendableValue as error:
        refusal = error

    if refusal is None:
        read(request)
    else:
        assert refusal.field
        assert refusal.label
