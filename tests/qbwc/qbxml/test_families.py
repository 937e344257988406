"""Customers, items, payments and the rest: what is sent is sound, and comes back as it was."""

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from domain.edits import UNSET
from domain.limits import FIRST_DAY, LAST_DAY
from domain.quickbooks import LineMod, Ref, WantedInvoice
from domain.quickbooks_lists import (
    Address,
    ClassAdd,
    CustomerAdd,
    CustomerMod,
    InventorySiteAdd,
    ItemAdd,
    ItemDiscountAdd,
    ItemInventoryAdd,
    ItemKind,
    ItemSalesTaxAdd,
    ItemSalesTaxGroupAdd,
    ItemSubtotalAdd,
    ListKind,
    SalesAndPurchase,
    SalesOrPurchase,
    SalesTaxCodeAdd,
    StandardTermsAdd,
    VendorAdd,
)
from domain.quickbooks_transactions import (
    AppliedToTxn,
    CompanyQuery,
    CreditMemoAdd,
    CreditMemoMod,
    DeletedQuery,
    ListDelete,
    ListQuery,
    Page,
    PreferencesQuery,
    PurchaseOrderAdd,
    PurchaseOrderLine,
    ReceivePaymentAdd,
    ReceivePaymentMod,
    TransactionDelete,
    TransactionKind,
    TransactionQuery,
    TransactionVoid,
)
from qbwc.qbxml.parse import parse_answer
from qbwc.qbxml.spec import AnyRequest
from tests.qbwc.qbxml.strict import read

STORABLE = st.sampled_from(
    [c for c in map(chr, range(0x2123)) if c.encode("cp1252", "ignore") and c >= " "
     and not "\x7f" <= c <= "\x9f"]
)  # fmt: skip
DAYS = st.dates(FIRST_DAY, LAST_DAY)
MOMENTS = st.datetimes()
NUMBERS = st.decimals("-9999999999.99999", "9999999999.99999", places=5)
AMOUNTS = st.decimals("0", "9999999999.99", places=2)
COUNTS = st.integers(0, 2**31 - 1)
GUIDS = st.uuids().map(lambda value: f"{{{value}}}")
IDS = st.from_regex("[0-9A-F]{1,8}-[0-9]{10}", fullmatch=True)


def texts(longest: int) -> st.SearchStrategy[str]:
    """Texts as QuickBooks gives them back: without blanks around them, and never empty."""
    return st.text(STORABLE, min_size=1, max_size=longest).map(lambda text: text.strip() or "x")


def names(longest: int) -> st.SearchStrategy[str]:
    return texts(longest).map(lambda name: name.replace(":", ";"))


def refs(longest: int) -> st.SearchStrategy[Ref]:
    return st.builds(Ref, texts(longest)) | st.builds(Ref, st.none(), IDS)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


ADDRESSES = st.builds(
    Address,
    lines=st.lists(texts(41), min_size=1, max_size=5).map(tuple),
    city=maybe(texts(31)),
    state=maybe(texts(21)),
    postal_code=maybe(texts(13)),
    country=maybe(texts(31)),
    note=maybe(texts(41)),
)
PERSON = {
    "name": names(41),
    "company_name": maybe(texts(41)),
    "first_name": maybe(texts(25)),
    "last_name": maybe(texts(25)),
    "phone": maybe(texts(21)),
    "email": maybe(texts(60)),
    "terms": maybe(refs(31)),
    "external_guid": maybe(GUIDS),
}
ITEM = {"name": names(31), "external_guid": maybe(GUIDS)}
SOLD = st.builds(
    SalesOrPurchase, account=refs(159), description=maybe(texts(60)), price=NUMBERS
) | st.builds(SalesOrPurchase, account=refs(159), price_percent=NUMBERS)
BOUGHT = st.builds(
    SalesAndPurchase,
    sales_price=NUMBERS,
    income_account=refs(159),
    expense_account=refs(159),
    sales_description=maybe(texts(60)),
    purchase_description=maybe(texts(60)),
    purchase_cost=maybe(NUMBERS),
    vendor=maybe(refs(41)),
)
DISCOUNT = {
    **ITEM,
    "account": refs(159),
    "parent": maybe(refs(60)),
    "description": maybe(texts(60)),
}
LIST_ADDS = st.one_of(
    st.builds(
        CustomerAdd,
        **PERSON,
        parent=maybe(refs(60)),
        bill_address=maybe(ADDRESSES),
        ship_address=maybe(ADDRESSES),
        alt_phone=maybe(texts(21)),
        tax_code=maybe(refs(3)),
        tax_item=maybe(refs(31)),
        notes=maybe(texts(60)),
    ),
    st.builds(VendorAdd, **PERSON, address=maybe(ADDRESSES)),
    st.builds(ClassAdd, name=names(31), parent=maybe(refs(60))),
    st.builds(InventorySiteAdd, name=names(31), parent=maybe(refs(31))),
    st.builds(
        SalesTaxCodeAdd, name=names(3), is_taxable=st.booleans(), description=maybe(texts(31))
    ),
    st.builds(
        StandardTermsAdd,
        name=names(31),
        due_days=maybe(COUNTS),
        discount_days=maybe(COUNTS),
        discount_percent=maybe(NUMBERS),
    ),
    st.builds(ItemDiscountAdd, **DISCOUNT, rate=NUMBERS),
    st.builds(ItemDiscountAdd, **DISCOUNT, rate_percent=NUMBERS),
    st.builds(ItemSubtotalAdd, **ITEM, description=maybe(texts(60))),
    st.builds(
        ItemInventoryAdd,
        **ITEM,
        sales_price=NUMBERS,
        income_account=refs(159),
        cogs_account=refs(159),
        asset_account=refs(159),
        parent=maybe(refs(60)),
        tax_code=maybe(refs(3)),
        sales_description=maybe(texts(60)),
        purchase_cost=maybe(NUMBERS),
        vendor=maybe(refs(41)),
    ),
    st.builds(ItemSalesTaxGroupAdd, **ITEM, tax_items=st.lists(refs(31), min_size=1).map(tuple)),
)
ITEM_ADDS = st.builds(
    ItemAdd,
    **ITEM,
    kind=st.sampled_from(ItemKind),
    prices=SOLD | BOUGHT,
    parent=maybe(refs(60)),
    tax_code=maybe(refs(3)),
)
TAX_ADDS = st.builds(ItemSalesTaxAdd, **ITEM, rate=NUMBERS, vendor=refs(41))
APPLIED = st.lists(
    st.builds(AppliedToTxn, txn_id=IDS, amount=AMOUNTS),
    min_size=1,
    max_size=3,
    unique_by=lambda it: it.txn_id,
).map(tuple)
ENOUGH = st.decimals("30000000000", "9999999999999.99", places=2)
PAYMENTS = st.builds(
    ReceivePaymentAdd,
    customer=refs(209),
    date=DAYS,
    total=ENOUGH,
    applied=maybe(APPLIED),
    number=maybe(texts(20)),
    ar_account=maybe(refs(159)),
    payment_method=maybe(refs(31)),
    memo=maybe(texts(60)),
    deposit_account=maybe(refs(159)),
    external_guid=maybe(GUIDS),
)
ORDERS = st.builds(
    PurchaseOrderAdd,
    vendor=refs(41),
    date=DAYS,
    lines=st.lists(
        st.builds(
            PurchaseOrderLine,
            item=refs(60),
            quantity=NUMBERS,
            rate=NUMBERS,
            description=maybe(texts(60)),
            class_ref=maybe(refs(159)),
        ),
        max_size=3,
    ).map(tuple),
    number=maybe(texts(11)),
    class_ref=maybe(refs(159)),
    site=maybe(refs(31)),
    expected_date=maybe(DAYS),
    memo=maybe(texts(60)),
    external_guid=maybe(GUIDS),
)
IDS_OF_MANY = st.lists(IDS, min_size=1, max_size=3).map(tuple)
PAGES = maybe(st.builds(Page, size=COUNTS, iterator_id=maybe(GUIDS)))
QUERIES = st.one_of(
    st.builds(TransactionQuery, kind=st.sampled_from(TransactionKind), txn_ids=IDS_OF_MANY),
    st.builds(
        TransactionQuery,
        kind=st.sampled_from(TransactionKind),
        numbers=st.lists(texts(11), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(
        TransactionQuery,
        kind=st.sampled_from(TransactionKind),
        first_day=maybe(DAYS),
        last_day=maybe(DAYS),
        entity=maybe(refs(209)),
        page=PAGES,
    ),
    st.builds(
        TransactionQuery,
        kind=st.sampled_from(TransactionKind),
        modified_since=maybe(MOMENTS),
        modified_until=maybe(MOMENTS),
    ),
    st.builds(ListQuery, kind=st.sampled_from(ListKind), list_ids=IDS_OF_MANY),
    st.builds(
        ListQuery,
        kind=st.sampled_from(ListKind),
        with_inactive=st.booleans(),
        modified_since=maybe(MOMENTS),
    ),
    st.builds(ListQuery, kind=st.sampled_from([ListKind.CUSTOMER, ListKind.ITEM]), page=PAGES),
    st.builds(
        DeletedQuery,
        kinds=st.lists(st.sampled_from(TransactionKind), min_size=1).map(tuple),
        deleted_since=maybe(MOMENTS),
    ),
    st.builds(TransactionDelete, kind=st.sampled_from(TransactionKind), txn_id=IDS),
    st.builds(CompanyQuery, maybe(GUIDS)),
    st.builds(PreferencesQuery),
)
CHANGES = st.builds(
    CustomerMod,
    list_id=IDS,
    edit_sequence=st.from_regex("[0-9]{1,16}", fullmatch=True),
    name=names(41),
    is_active=st.booleans(),
    bill_address=maybe(ADDRESSES),
    phone=st.just("") | texts(21),
    terms=st.none() | refs(31),
) | st.builds(
    ReceivePaymentMod,
    txn_id=IDS,
    edit_sequence=st.from_regex("[0-9]{1,16}", fullmatch=True),
    date=DAYS,
    total=st.just(UNSET) | ENOUGH,
    applied=maybe(APPLIED),
)


def echo(request: AnyRequest, *, known: bytes, line: bytes = b"") -> Any:
    """Give what is read of QuickBooks' answer when it holds all that was sent, and its own ids."""
    (sent,) = read(request)
    written = re.sub(rb"(</?\w+)Add>", rb"\1Ret>", etree.tostring(sent, encoding="us-ascii"))
    written = re.sub(rb"^<(\w+)>", rb"<\1>" + known, written)
    written = written.replace(b"LineRet><ItemRef", b"LineRet>" + line + b"<ItemRef")
    answer = b'<QBXML><QBXMLMsgsRs><Rs statusCode="0">%s</Rs></QBXMLMsgsRs></QBXML>' % written
    (response,) = parse_answer(answer).responses
    assert response.fault is None
    (returned,) = response.returned
    return returned


def assert_same(sent: Any, back: Any) -> None:
    """Assert that every field that both have holds the same."""
    names_of_back = {item.name for item in fields(back)}
    for item in fields(sent):
        if item.name in names_of_back and item.name not in {"kind", "prices", "lines", "applied"}:
            assert getattr(back, item.name) == getattr(sent, item.name), item.name


LISTED = b"<ListID>8-1</ListID><EditSequence>2</EditSequence><FullName>x</FullName>"
POSTED = b"<TxnID>8-1</TxnID><EditSequence>2</EditSequence>"


@given(add=LIST_ADDS)
def test_an_entry_comes_back_as_it_was_sent(add: Any) -> None:
    assert_same(add, echo(add, known=LISTED))


@given(add=TAX_ADDS)
def test_a_sales_tax_comes_back_as_it_was_sent(add: ItemSalesTaxAdd) -> None:
    back = echo(add, known=LISTED)

    assert (back.name, back.tax_rate, back.vendor) == (add.name, add.rate, add.vendor)


@given(add=ITEM_ADDS)
def test_an_item_comes_back_with_its_prices(add: ItemAdd) -> None:
    back = echo(add, known=LISTED)

    assert_same(add, back)
    assert back.kind == f"{add.kind}Ret"
    if isinstance(add.prices, SalesOrPurchase):
        assert_same(add.prices, back.prices)
        assert back.prices.income_account == add.prices.account
    else:
        assert back.prices.description == add.prices.sales_description
        assert back.prices.price == add.prices.sales_price
        assert back.prices.income_account == add.prices.income_account
        assert back.prices.expense_account == add.prices.expense_account
        assert back.prices.purchase_cost == add.prices.purchase_cost


@given(payment=PAYMENTS)
def test_a_payment_comes_back_as_it_was_sent(payment: ReceivePaymentAdd) -> None:
    (sent,) = read(payment)
    applied = tuple(
        AppliedToTxn(
            txn_id=it.findtext("TxnID", ""), amount=Decimal(it.findtext("PaymentAmount", ""))
        )
        for it in sent.iterchildren("AppliedToTxnAdd")
    )

    assert applied == (payment.applied or ())
    assert (sent.find("IsAutoApply") is None) == (payment.applied is not None)
    assert_same(payment, echo(replace(payment, applied=None), known=POSTED))


@given(order=ORDERS)
def test_an_order_comes_back_as_it_was_sent(order: PurchaseOrderAdd) -> None:
    back = echo(order, known=POSTED, line=b"<TxnLineID>9</TxnLineID>")

    assert_same(order, back)
    for sent, returned in zip(order.lines, back.lines, strict=True):
        assert_same(sent, returned)


@given(request_=QUERIES | CHANGES)
def test_a_query_or_a_change_is_what_quickbooks_would_take(request_: AnyRequest) -> None:
    read(request_)


def test_a_credit_memo_has_the_elements_of_an_invoice_under_its_own_names() -> None:
    wanted = WantedInvoice(
        number="1042-C",
        date=date(2026, 3, 2),
        customer=Ref("Alder"),
        class_ref=None,
        tax_item=None,
        memo="",
        lines=(),
        subtotal=Decimal(0),
        sales_tax=Decimal(0),
        external_guid="0",
        made_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    change = CreditMemoMod(
        txn_id="8-1", edit_sequence="2", lines=(LineMod(txn_line_id="9", is_group=True),)
    )

    assert read(CreditMemoAdd(wanted=wanted)).findtext("CreditMemoAdd/RefNumber") == "1042-C"
    assert read(change).findtext("CreditMemoMod/CreditMemoLineGroupMod/TxnLineID") == "9"


def test_the_next_page_is_asked_for_with_the_iterator() -> None:
    first = read(ListQuery(kind=ListKind.CUSTOMER, page=Page(size=100)))
    after = read(ListQuery(kind=ListKind.CUSTOMER, page=Page(size=100, iterator_id="{7-8}")))

    assert first.attrib == {"requestID": "1", "iterator": "Start"}
    assert after.attrib == {"requestID": "1", "iterator": "Continue", "iteratorID": "{7-8}"}
    assert after.findtext("MaxReturned") == "100"


def test_a_voided_transaction_and_a_deleted_entry_are_named_by_kind_and_id() -> None:
    void = read(TransactionVoid(kind=TransactionKind.INVOICE, txn_id="8-1"))
    delete = read(ListDelete(kind=ListKind.CLASS, list_id="8-1"))

    assert [child.text for child in void] == ["Invoice", "8-1"]
    assert [child.text for child in delete] == ["Class", "8-1"]
