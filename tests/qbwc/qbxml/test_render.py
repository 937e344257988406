"""Requests as documents: what is sent, what is refused, and that nothing else can happen."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from domain.quickbooks import (
    NEW_LINE,
    InvoiceAdd,
    InvoiceQuery,
    LineMod,
    Ref,
    Request,
)
from qbwc.qbxml.errors import ElementTooNew, LocalProtocolError, UnsendableValue
from qbwc.qbxml.formats import text
from qbwc.qbxml.nodes import Aggregate, Leaf
from qbwc.qbxml.render import render_message_set, render_query_host, render_request
from qbwc.qbxml.walker import fill
from tests.qbwc.qbxml.requests import SINCE, TASK, a_line, a_line_mod, a_mod, an_invoice

GOLDEN = Path(__file__).parents[2] / "golden"
OTHER_TASK = UUID("01890a5d-ac96-774b-bcce-b302099a8002")
SET_ID, OLD_SET_ID = "K5XW6ZTBNZSXE2LO", "ORSXG5A"


def canonical(document: bytes) -> bytes:
    """Give the document without the blanks between elements, in canonical form."""
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.tostring(etree.fromstring(document, parser).getroottree(), method="c14n")


def assert_golden(rendered: bytes, name: str) -> None:
    assert canonical(rendered) == canonical((GOLDEN / name).read_bytes())


# Golden documents


def test_an_invoice_is_added_with_everything_it_holds() -> None:
    plumbing = Ref("Plumbing")
    wanted = an_invoice(
        customer=Ref("Alder:Kitchen", "80000013-1416570432"),
        class_ref=plumbing,
        tax_item=Ref("County 8.25%"),
        memo="12 March - Leak & <valve>\ncafé, 5 €",
        lines=(
            a_line(rate=Decimal("97.50005"), class_ref=plumbing, site=Ref("Truck 7")),
            a_line(
                item=Ref("Labor", "8000002A-1416570433"),
                description="",
                quantity=Decimal("0.50"),
                rate=Decimal("-1E+1"),
                tax_code=Ref("Non"),
            ),
        ),
    )

    assert_golden(render_request(InvoiceAdd(wanted=wanted), "01-add"), "invoice_add.xml")


def test_a_change_of_the_header_names_no_line_and_clears_what_is_empty() -> None:
    mod = a_mod(date=date(2026, 3, 2), number="1042-B", tax_item=None, memo="")

    assert_golden(render_request(mod, "02-header"), "invoice_mod_header.xml")


def test_a_change_of_lines_names_all_of_them_in_order_and_the_untouched_ones_bare() -> None:
    """A line left out is deleted; groups and lines are mixed as QuickBooks has them."""
    lines = (
        LineMod(txn_line_id="C7-1417118624", task_id=TASK),
        LineMod(txn_line_id="C8-1417118624", is_group=True),
        LineMod(
            txn_line_id="CB-1417118624",
            description="Three hours",
            quantity=Decimal(3),
            rate=Decimal("97.50"),
            class_ref=None,
            tax_code=Ref("Non"),
        ),
        LineMod(
            txn_line_id=NEW_LINE,
            item=Ref("Pipe"),
            description='Copper, 1/2"',
            quantity=Decimal(4),
            rate=Decimal("3.25"),
            class_ref=Ref("Plumbing"),
            site=Ref("Truck 7"),
            tax_code=Ref("Tax"),
        ),
    )

    assert_golden(render_request(a_mod(lines=lines), "03-lines"), "invoice_mod_lines.xml")


def test_a_query_goes_by_txn_id_when_it_is_known() -> None:
    query = InvoiceQuery(txn_id="C5-1417118624", customer=Ref("Harriet Doyle"))

    assert_golden(render_request(query, "04-query"), "invoice_query.xml")


def test_a_message_set_holds_the_requests_in_order_and_acknowledges_the_previous_set() -> None:
    requests = [
        render_query_host("host"),
        render_request(
            InvoiceQuery(customer=Ref("Harriet Doyle"), modified_since=SINCE), "by-customer"
        ),
    ]

    document = render_message_set(
        requests, version=(13, 0), message_set_id=SET_ID, old_message_set_id=OLD_SET_ID
    )

    assert_golden(document, "message_set.xml")


def test_the_status_check_asks_for_a_set_and_runs_nothing() -> None:
    document = render_message_set(
        (), version=(13, 0), message_set_id=SET_ID, old_message_set_id=SET_ID
    )

    assert_golden(document, "status_check.xml")


# The document's form


def test_a_document_begins_with_both_declarations() -> None:
    """QuickBooks answers 0x80040400 without either."""
    document = render_message_set((), version=(12, 0), message_set_id=None, on_error="stopOnError")

    assert document == (
        b'<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="12.0"?>\n'
        b'<QBXML><QBXMLMsgsRq onError="stopOnError"/></QBXML>'
    )


@pytest.mark.parametrize("written", ["a\nb", "a\r\nb", "a\rb"])
def test_a_line_break_goes_out_as_one_reference_and_survives_the_message_set(written: str) -> None:
    request = render_request(a_mod(memo=written), "1")

    document = render_message_set([request], version=(13, 0), message_set_id=SET_ID)

    assert b"<Memo>a&#10;b</Memo>" in request
    assert b"<Memo>a&#10;b</Memo>" in document


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        ("0", "0"),
        ("-0.00", "0"),
        ("0E+9", "0"),
        ("35.50000", "35.5"),
        ("1E+3", "1000"),
        ("9999999999.99999", "9999999999.99999"),
        ("-0.00001", "-0.00001"),
        ("2.500000000", "2.5"),
    ],
)
def test_numbers_have_no_exponent_and_no_needless_zeros(rate: str, written: str) -> None:
    lines = (LineMod(txn_line_id="1", quantity=Decimal(1), rate=Decimal(rate)),)

    assert f"<Rate>{written}</Rate>".encode() in render_request(a_mod(lines=lines), "1")


# What is refused, and how the refusal names it


LINE = "InvoiceMod/InvoiceLineMod[2]"
UNSENDABLE = [
    (a_mod(memo="x" * 4096), "InvoiceMod/Memo", "memo", "has 4096 characters; at most 4095 fit"),
    (a_mod(memo="a\x07\u2212"), "InvoiceMod/Memo", "memo", "cannot store: U+0007 at character 2, \u2212 (U+2212) at character 3"),
    (a_mod(memo="\x1f"), "InvoiceMod/Memo", "memo", "U+001F"),
    (a_mod(memo="\x85"), "InvoiceMod/Memo", "memo", "U+0085"),
    (a_mod(memo="\ud800\uffff😀"), "InvoiceMod/Memo", "memo", "U+D800 at character 1, U+FFFF at character 2, 😀 (U+1F600) at character 3"),
    (a_mod(number="123456789012"), "InvoiceMod/RefNumber", "number", "at most 11"),
    (a_mod(number=""), "InvoiceMod/RefNumber", "number", "must not be empty"),
    (a_mod(date=date(2038, 1, 19)), "InvoiceMod/TxnDate", "date", "2038-01-18"),
    (a_mod(date=date(1969, 12, 31)), "InvoiceMod/TxnDate", "date", "1970-01-01"),
    (a_mod(txn_id=""), "InvoiceMod/TxnID", "TxnID", "must not be empty"),
    (a_mod(txn_id="1" * 37), "InvoiceMod/TxnID", "TxnID", "at most 36"),
    (a_mod(edit_sequence=""), "InvoiceMod/EditSequence", "EditSequence", "must not be empty"),
    (a_mod(tax_item=Ref("x" * 32)), "InvoiceMod/ItemSalesTaxRef/FullName", "tax_zone", "at most 31"),
    (a_mod(tax_item=Ref("a\nb")), "InvoiceMod/ItemSalesTaxRef/FullName", "tax_zone", "one line"),
    (a_mod(tax_item=Ref("a\tb")), "InvoiceMod/ItemSalesTaxRef/FullName", "tax_zone", "one line"),
    (a_mod(tax_item=Ref("")), "InvoiceMod/ItemSalesTaxRef/FullName", "tax_zone", "not be empty"),
    (a_mod(lines=()), "InvoiceMod/InvoiceLineMod", "tasks", "must not be an empty list"),
    (a_line_mod(rate=Decimal("0.000001")), f"{LINE}/Rate", "unit_price", "5 behind it"),
    (a_line_mod(rate=Decimal("1.000001")), f"{LINE}/Rate", "unit_price", "5 behind it"),
    (a_line_mod(rate=Decimal("1E+999999")), f"{LINE}/Rate", "unit_price", "10 digits"),
    (a_line_mod(quantity=Decimal("NaN"), rate=Decimal(1)), f"{LINE}/Quantity", "quantity", "10 digits"),
    (a_line_mod(quantity=Decimal("-Inf"), rate=Decimal(1)), f"{LINE}/Quantity", "quantity", "10 digits"),
    (a_line_mod(txn_line_id=NEW_LINE), f"{LINE}/ItemRef", "item", "must not be empty"),
    (a_line_mod(is_group=True, rate=Decimal(1)), LINE, "tasks", "is a group"),
    (InvoiceQuery(txn_id=""), "TxnID", "TxnID", "must not be empty"),
    (InvoiceQuery(), "ModifiedDateRangeFilter/FromModifiedDate", "FromModifiedDate", "must not be empty"),
    (InvoiceQuery(modified_since=SINCE), "EntityFilter", "customer", "must not be empty"),
    (InvoiceAdd(wanted=an_invoice(customer=Ref())), "InvoiceAdd/CustomerRef/FullName", "customer", "empty"),
    (InvoiceAdd(wanted=an_invoice(external_guid="1")), "InvoiceAdd/ExternalGUID", "ExternalGUID", "GUID"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "field", "label", "reason"), UNSENDABLE)
def test_a_value_that_does_not_fit_is_refused_by_element_and_by_our_field(
    request_: Request, field: str, label: str, reason: str
) -> None:
    with pytest.raises(UnsendableValue, match=re.escape(reason)) as refusal:
        render_request(request_, "1")

    assert (refusal.value.field, refusal.value.label) == (field, label)
    assert str(refusal.value) == f"{field} {refusal.value.reason}."


def test_a_refusal_in_a_line_names_the_task() -> None:
    lines = (a_line(task_id=OTHER_TASK), a_line(description="x" * 4096))

    with pytest.raises(UnsendableValue) as refusal:
        render_request(InvoiceAdd(wanted=an_invoice(lines=lines)), "1")

    assert refusal.value.task_id == TASK
    assert refusal.value.field == "InvoiceAdd/InvoiceLineAdd[2]/Desc"


def test_a_refusal_in_the_header_names_no_task() -> None:
    with pytest.raises(UnsendableValue) as refusal:
        render_request(a_mod(memo="😀"), "1")

    assert refusal.value.task_id is None


def test_an_empty_reference_is_refused_where_nothing_can_be_cleared() -> None:
    """The types forbid it; the table does too."""
    line: Any = replace(LineMod(txn_line_id="1"), tax_code=None)

    with pytest.raises(UnsendableValue, match="SalesTaxCodeRef must not be empty"):
        render_request(a_mod(lines=(line,)), "1")


def test_an_element_newer_than_quickbooks_is_refused() -> None:
    add = InvoiceAdd(wanted=an_invoice(lines=(a_line(), a_line(site=Ref("Truck 7")))))
    message = "InvoiceAdd/InvoiceLineAdd[2]/InventorySiteRef needs qbXML 10.0; this is qbXML 9.0."

    with pytest.raises(ElementTooNew, match=re.escape(message)) as refusal:
        render_request(add, "1", version=(9, 0))

    assert refusal.value.since == (10, 0)


def test_a_text_newer_than_quickbooks_is_refused_unless_its_table_can_do_without_it() -> None:
    table = Aggregate("A", (Leaf("Note", lambda it: it, text(), since=(12, 0)),))

    with pytest.raises(ElementTooNew, match=r"Note needs qbXML 12\.0"):
        fill(etree.Element("A"), table, "x", (11, 0))


def test_a_quickbooks_too_old_for_our_own_mark_gets_the_invoice_without_it() -> None:
    """The GUID only helps to find a lost invoice again; its books do not need it."""
    add = InvoiceAdd(wanted=an_invoice())

    rendered = render_request(add, "1", version=(8, 0))

    marked = render_request(add, "1", version=(9, 0))
    assert b"ExternalGUID" not in rendered
    assert rendered == re.sub(b"<ExternalGUID>.*</ExternalGUID>", b"", marked)


def test_an_older_version_will_do_when_the_request_needs_no_newer_element() -> None:
    assert render_request(a_mod(memo="x"), "1", version=(6, 0)) == render_request(
        a_mod(memo="x"), "1"
    )


@pytest.mark.parametrize("request_id", ["", "x" * 51, "é", "a b", "a\n"])
def test_a_request_id_that_would_not_come_back_is_refused(request_id: str) -> None:
    with pytest.raises(LocalProtocolError, match="requestID"):
        render_query_host(request_id)


@pytest.mark.parametrize("set_id", ["", "x" * 24, "é"])
def test_a_message_set_id_that_quickbooks_could_not_keep_is_refused(set_id: str) -> None:
    with pytest.raises(LocalProtocolError, match="newMessageSetID"):
        render_message_set((), version=(13, 0), message_set_id=set_id)
    with pytest.raises(LocalProtocolError, match="oldMessageSetID"):
        render_message_set((), version=(13, 0), message_set_id=None, old_message_set_id=set_id)


STORED = render_request(a_mod(memo="caf\u00e9\t<5>\n/>", lines=(LineMod(txn_line_id="1"),)), "r-1")


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"<a><b></a>",
        STORED[:-1],
        STORED[1:],
        STORED[: len(STORED) // 2],
        STORED.replace(b"</InvoiceMod>", b""),
        STORED.replace(b"&#233;", b"\xe9"),
        STORED.replace(b"&#10;", b"\n"),
        STORED.replace(b"&lt;", b"<"),
        STORED.replace(b' requestID="r-1"', b""),
        STORED + b"<",
        b"x" + STORED,
    ],
)
def test_a_request_that_was_damaged_in_store_does_not_get_into_a_message_set(
    damaged: bytes,
) -> None:
    """It would fail the whole set with 0x80040400, and no hint which request it was."""
    with pytest.raises(LocalProtocolError, match="not well-formed"):
        render_message_set([STORED, damaged], version=(13, 0), message_set_id=SET_ID)


def test_requests_go_out_as_they_were_stored() -> None:
    host = render_query_host("h")

    document = render_message_set([STORED, host], version=(13, 0), message_set_id=SET_ID)

    assert document.endswith(b">" + STORED + host + b"</QBXMLMsgsRq></QBXML>")
    assert [child.tag for child in etree.fromstring(document)[0]] == ["InvoiceModRq", "HostQueryRq"]
