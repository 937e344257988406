"""Whatever a request holds: what is sent is sound, and what is not sound is not sent."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from domain.edits import UNSET
from domain.limits import FIRST_DAY, LAST_DAY
from domain.quickbooks import (
    NEW_LINE,
    InvoiceAdd,
    InvoiceMod,
    InvoiceQuery,
    LineMod,
    Ref,
    Request,
    WantedInvoice,
    WantedLine,
)
from qbwc.qbxml.errors import LocalProtocolError
from qbwc.qbxml.parse import parse_answer
from qbwc.qbxml.render import render_message_set, render_request
from tests.qbwc.qbxml.strict import assert_follows_the_sdk

STORABLE = st.sampled_from(
    [c for c in map(chr, range(0x10000)) if c.encode("cp1252", "ignore") and (c >= " " or c in "\t\n")
     and not "\x7f" <= c <= "\x9f"]
)  # fmt: skip


def texts(longest: int, smallest: int = 0) -> st.SearchStrategy[str]:
    return st.text(STORABLE, min_size=smallest, max_size=longest)


def refs(longest: int) -> st.SearchStrategy[Ref]:
    names = texts(longest, 1).map(lambda name: " ".join(name.split()) or "x")
    ids = st.none() | st.from_regex("[0-9A-F]{1,8}-[0-9]{10}", fullmatch=True)
    return st.builds(Ref, names, ids)


NUMBERS = st.decimals("-9999999999.99999", "9999999999.99999", places=5)
AMOUNTS = st.decimals("-9999999999999.99", "9999999999999.99", places=2)
DAYS = st.dates(FIRST_DAY, LAST_DAY)
NUMBER_TEXTS = texts(11, 1)
GUIDS = st.uuids().map(lambda value: f"{{{value}}}")
LINES = st.builds(
    WantedLine,
    task_id=st.uuids(),
    item=refs(60),
    description=texts(60),
    quantity=NUMBERS,
    rate=NUMBERS,
    class_ref=st.none() | refs(159),
    site=st.none() | refs(31),
    tax_code=refs(3),
)
INVOICES = st.builds(
    WantedInvoice,
    number=NUMBER_TEXTS,
    date=DAYS,
    customer=refs(209),
    class_ref=st.none() | refs(159),
    tax_item=st.none() | refs(31),
    memo=texts(60),
    lines=st.lists(LINES, max_size=3).map(tuple),
    subtotal=st.just(Decimal(0)),
    sales_tax=st.just(Decimal(0)),
    external_guid=GUIDS,
    made_at=st.datetimes(),
)
SOME_INVOICE = WantedInvoice(
    number="1",
    date=FIRST_DAY,
    customer=Ref("A"),
    class_ref=None,
    tax_item=None,
    memo="",
    lines=(),
    subtotal=Decimal(0),
    sales_tax=Decimal(0),
    external_guid="0",
    made_at=datetime(2026, 11, 18, tzinfo=UTC),
)
LINE_IDS = st.from_regex("[0-9A-F]{1,8}-[0-9]{10}", fullmatch=True)
UNSETS = st.just(UNSET)

#: Quantity, rate and amount: none, quantity with one other, or (a discount's) one other alone.
PRICES = st.fixed_dictionaries({}) | st.fixed_dictionaries(
    {"rate": NUMBERS}, optional={"quantity": NUMBERS}
) | st.fixed_dictionaries({"amount": AMOUNTS}, optional={"quantity": NUMBERS})  # fmt: skip


@st.composite
def changed_lines(draw: st.DrawFn) -> LineMod:
    return LineMod(
        txn_line_id=draw(LINE_IDS | st.just(NEW_LINE)),
        item=draw(refs(60)),
        description=draw(UNSETS | texts(60)),
        class_ref=draw(UNSETS | st.none() | refs(159)),
        site=draw(UNSETS | refs(31)),
        tax_code=draw(UNSETS | refs(3)),
        **draw(PRICES),
    )


LINE_MODS = st.builds(LineMod, txn_line_id=LINE_IDS, is_group=st.just(value=True)) | changed_lines()
MODS = st.builds(
    InvoiceMod,
    txn_id=LINE_IDS,
    edit_sequence=st.from_regex("[0-9]{1,16}", fullmatch=True),
    wanted=st.just(SOME_INVOICE),
    date=UNSETS | DAYS,
    number=UNSETS | NUMBER_TEXTS,
    tax_item=UNSETS | st.none() | refs(31),
    memo=UNSETS | texts(60),
    lines=st.none() | st.lists(LINE_MODS, min_size=1, max_size=4).map(tuple),
)
QUERIES = st.builds(InvoiceQuery, txn_id=LINE_IDS) | st.builds(
    InvoiceQuery, customer=refs(209), modified_since=st.datetimes()
)
REQUESTS = st.builds(InvoiceAdd, wanted=INVOICES) | MODS | QUERIES


@given(request_=REQUESTS)
def test_whatever_is_sent_is_plain_ascii_in_the_sdks_order_and_within_its_limits(
    request_: Request,
) -> None:
    rendered = render_request(request_, "1")
    document = render_message_set([rendered], version=(13, 0), message_set_id="K5XW6ZTBNZSXE2LO")

    assert document.isascii()
    assert b"\n" not in rendered
    (element,) = etree.fromstring(document)[0]
    assert etree.tostring(element, method="c14n") == etree.tostring(
        etree.fromstring(rendered), method="c14n"
    )
    assert_follows_the_sdk(element)


@given(wanted=INVOICES)
def test_what_quickbooks_would_echo_is_what_was_sent(wanted: WantedInvoice) -> None:
    """The InvoiceRet with the same content reads as the same texts, numbers and names."""
    rendered = render_request(InvoiceAdd(wanted=wanted), "1")
    echo = re.sub(rb"(</?Invoice(?:Line)?)Add>", rb"\1Ret>", rendered)
    echo = echo.replace(b"<InvoiceAddRq requestID", b'<InvoiceAddRs statusCode="0" requestID')
    echo = echo.replace(b"/InvoiceAddRq>", b"/InvoiceAddRs>")
    echo = echo.replace(
        b"<InvoiceRet>", b"<InvoiceRet><TxnID>1</TxnID><EditSequence>2</EditSequence>"
    )
    echo = echo.replace(b"<InvoiceLineRet>", b"<InvoiceLineRet><TxnLineID>3</TxnLineID>")

    answer = parse_answer(b"<QBXML><QBXMLMsgsRs>" + echo + b"</QBXMLMsgsRs></QBXML>")

    (held,) = answer.responses[0].invoices
    assert (held.number or "").strip() == wanted.number.strip()
    assert (held.date, held.memo or "") == (wanted.date, wanted.memo)
    assert held.external_guid == wanted.external_guid
    assert wanted.customer.same_as(held.customer)
    assert [(line.description or "", line.quantity, line.rate) for line in held.lines] == [
        (line.description, line.quantity, line.rate) for line in wanted.lines
    ]
    for sent, back in zip(wanted.lines, held.lines, strict=True):
        for ours, theirs in (
            (sent.item, back.item),
            (sent.class_ref, back.class_ref),
            (sent.site, back.site),
            (sent.tax_code, back.tax_code),
        ):
            assert theirs is None if ours is None else ours.same_as(theirs)


@given(memo=st.text(), rate=st.decimals(allow_nan=True), request_id=st.text(max_size=60))
def test_anything_else_is_refused_and_never_sent_malformed(
    memo: str, rate: Decimal, request_id: str
) -> None:
    line = LineMod(txn_line_id="1", rate=rate, description=memo)
    mod = InvoiceMod(txn_id="1", edit_sequence="1", wanted=SOME_INVOICE, memo=memo, lines=(line,))
    try:
        rendered = render_request(mod, request_id)
    except LocalProtocolError:
        return

    assert rendered.isascii()
    assert_follows_the_sdk(etree.fromstring(rendered))
