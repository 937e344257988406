"""The tables against the facts of the SDK: same order, same types, same lengths, same versions."""

from collections.abc import Iterator
from typing import Any

import pytest

from qbwc.qbxml import records, spec
from qbwc.qbxml.formats import ID_LENGTH
from qbwc.qbxml.nodes import Aggregate, Each, Leaf, Many, One, Reference
from qbwc.qbxml.records import Field, Record
from qbwc.qbxml.tables.sales import INVOICE_RET
from qbwc.qbxml.version import FIRST, as_text
from tests.qbwc.qbxml.facts import MESSAGES, RETS, Fact

#: Elements that are required only when their branch of a choice is taken. Source: qbwc.md 4.1 names
#: the choices; the checks of the tables hold the values to them.
CHOICES = {
    "Rate", "RatePercent", "PriceLevelRef", "Price", "PricePercent", "DiscountRate",
    "DiscountRatePercent", "SalesOrPurchase", "SalesAndPurchase", "IsAutoApply", "AppliedToTxnAdd",
    "InvoiceLineAdd", "InvoiceLineGroupAdd", "InvoiceLineMod", "InvoiceLineGroupMod",
    "CreditMemoLineAdd", "CreditMemoLineGroupAdd", "CreditMemoLineMod", "CreditMemoLineGroupMod",
    "PurchaseOrderLineAdd", "PurchaseOrderLineGroupAdd",
}  # fmt: skip
CHOICES_OF_QUERIES = {
    "TxnID", "RefNumber", "RefNumberCaseSensitive", "ListID", "FullName", "ModifiedDateRangeFilter",
    "TxnDateRangeFilter", "RefNumberFilter", "RefNumberRangeFilter", "NameFilter", "NameRangeFilter",
    "DateMacro",
}  # fmt: skip


def _elements(table: Aggregate[Any], facts: list[Fact], at: str) -> Iterator[tuple[str, Any, Fact]]:
    """Give each element of the table, however deep, with the SDK's fact about it."""
    by_name = {fact.name: fact for fact in facts}
    for node in table.children:
        for name, inner in _names(node):
            yield f"{at}/{name}", node, by_name[name]
            if inner is not None:
                yield from _elements(inner, by_name[name].children, f"{at}/{name}")


def _names(node: object) -> list[tuple[str, Aggregate[Any] | None]]:
    match node:
        case Leaf() | Reference():
            return [(node.name, None)]
        case Each():
            return [(node.node.name, None)]
        case One():
            return [(node.aggregate.name, node.aggregate)]
        case Many():
            return [(choice.name, choice) for choice in node.choices]
        case _:
            raise AssertionError(node)


ELEMENTS = [
    element
    for table in spec.TABLES
    for element in _elements(table, MESSAGES[table.name].children, table.name)
]
AGGREGATES = [(table, MESSAGES[table.name].children, table.name) for table in spec.TABLES] + [
    (inner, fact.children, path)
    for path, node, fact in ELEMENTS
    for name, inner in _names(node)
    if inner is not None and path.endswith(f"/{name}")
]


@pytest.mark.parametrize(("table", "facts", "path"), AGGREGATES, ids=[a[2] for a in AGGREGATES])
def test_elements_stand_in_the_sdks_order(
    table: Aggregate[Any], facts: list[Fact], path: str
) -> None:
    """QuickBooks refuses the whole set for one element out of order."""
    order = [fact.name for fact in facts]
    names = [name for node in table.children for name, _ in _names(node)]

    assert names == sorted(names, key=order.index)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("table", "facts", "path"), AGGREGATES, ids=[a[2] for a in AGGREGATES])
def test_what_the_sdk_requires_is_always_there(
    table: Aggregate[Any], facts: list[Fact], path: str
) -> None:
    """Where a line's Rate is required, say, it is so only if Rate is the branch that is taken."""
    optional = CHOICES | CHOICES_OF_QUERIES if "QueryRq" in path else CHOICES
    required = {fact.name for fact in facts if fact.required} - optional
    nodes = {name: node for node in table.children for name, _ in _names(node)}

    assert required <= set(nodes)
    for name in required:
        node = nodes[name]
        assert isinstance(node, One) or node.filled, name


@pytest.mark.parametrize(("path", "node", "fact"), ELEMENTS, ids=[e[0] for e in ELEMENTS])
def test_an_elements_type_length_and_version_are_the_sdks(
    path: str, node: object, fact: Fact
) -> None:
    if isinstance(node, Each):
        assert fact.repeats
        node = node.node
    match node:
        case Leaf():
            assert (node.scalar.name, node.scalar.longest) == (fact.type, fact.longest)
            assert _since(node.since) == fact.since
            assert set(node.scalar.values) <= set(fact.values) or not fact.values
        case Reference():
            by_id, by_name, *_ = fact.children
            assert (by_id.name, by_id.type) == ("ListID", "IDTYPE")
            assert (by_name.name, by_name.type) == ("FullName", "STRTYPE")
            assert node.longest == by_name.longest
            assert _since(node.since) == fact.since
        case _:
            assert fact.type is None


def test_ids_have_the_sdks_length() -> None:
    """IDTYPE, qbXML 13.0: 36 characters."""
    assert ID_LENGTH == 36


def _since(version: tuple[int, int]) -> str | None:
    return None if version == FIRST else as_text(version)


# What is read

READERS = {
    records.amount: {"AMTTYPE"},
    records.number: {"PRICETYPE", "QUANTYPE", "PERCENTTYPE"},
    records.whole: {"INTTYPE"},
    records.day: {"DATETYPE"},
    records.moment: {"DATETIMETYPE"},
    records.flag: {"BOOLTYPE"},
    records.text: {"STRTYPE"},
    records.word: {"STRTYPE", "IDTYPE", "GUIDTYPE", "ENUMTYPE"},
    records.ref: {"REF"},
}
RECORDS = {"InvoiceRet": INVOICE_RET, **spec.RETURNED}


def _fields(record: Record[Any], fact: Fact, at: str) -> Iterator[tuple[str, Field, Fact]]:
    """Give each field of the record that the SDK's element has, however deep."""
    children = {child.name: child for child in fact.children}
    for tag, item in record.fields.items():
        if tag in children:
            yield f"{at}/{tag}", item, children[tag]
            inner = _record_of(item)
            if inner is not None:
                yield from _fields(inner, children[tag], f"{at}/{tag}")


def _record_of(item: Field) -> Record[Any] | None:
    owner = getattr(item.read, "__self__", None)
    return owner if isinstance(owner, Record) else None


FIELDS = [field for ret, record in RECORDS.items() for field in _fields(record, RETS[ret], ret)]


@pytest.mark.parametrize(("path", "item", "fact"), FIELDS, ids=[f[0] for f in FIELDS])
def test_an_element_is_read_as_what_it_is(path: str, item: Field, fact: Fact) -> None:
    record = _record_of(item)
    if record is None:
        assert fact.type in READERS[item.read]
    else:
        assert fact.type is None
        answered = {child.name for child in fact.children if child.required}
        assert set(record.required) <= answered


@pytest.mark.parametrize("ret", [ret for ret in RECORDS if not ret.startswith("Item")])
def test_every_element_we_read_exists_in_the_sdk(ret: str) -> None:
    children = {child.name: child for child in RETS[ret].children}

    assert set(RECORDS[ret].fields) <= set(children)


def test_every_element_we_read_of_an_item_exists_in_some_kind_of_item() -> None:
    items = [ret for ret in RECORDS if ret.startswith("Item")]
    known = {child.name for ret in items for child in RETS[ret].children}

    assert set(RECORDS["ItemServiceRet"].fields) <= known


@pytest.mark.parametrize("ret", [ret for ret in RECORDS if ret != "ReceivePaymentRet"])
def test_nothing_is_missed_that_quickbooks_may_leave_out(ret: str) -> None:
    """A sound answer is never called faulty. Of a payment the SDK calls no element required."""
    answered = {child.name for child in RETS[ret].children if child.required}

    assert set(RECORDS[ret].required) <= answered


@pytest.mark.parametrize("ret", list(RECORDS))
def test_an_element_that_may_repeat_is_read_as_all_of_them(ret: str) -> None:
    for child in RETS[ret].children:
        item = RECORDS[ret].fields.get(child.name)
        if item is not None and child.repeats:
            assert item.repeats, child.name
