"""Cursors cannot be bent into anything else."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from graphql import GraphQLError

from domain.search import InvoiceSort
from schema.pagination import (
    event_cursor,
    page_size,
    read_cursor,
    read_event_cursor,
    write_cursor,
)
from schema.search import invoice_cursor, read_invoice_cursor
from tests.builders import ACCOUNT_ID, INVOICE_ID, NOW, a_content, an_id, an_invoice


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def refused():
    return pytest.raises(GraphQLError, match="not a cursor of this list")


def test_a_key_is_read_back():
    assert read_cursor(write_cursor("a", 1), str, int) == ("a", 1)


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "\u00e9", "[]", encoded("[]"), encoded("{}"), encoded("null"), encoded('["a"]'),
     encoded('["a",1,2]'), encoded('["a","1"]'), encoded('["a",true]'), encoded('["a",1.0]'),
     encoded('["a", 1]'), write_cursor("a", 1) + "=", write_cursor("a", 1) + "A",
     " " + write_cursor("a", 1), "A" * 100_000],
)  # fmt: skip
def test_a_bent_cursor_is_refused(cursor):
    with refused() as error:
        read_cursor(cursor, str, int)

    assert error.value.extensions == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
def test_a_page_has_1_to_100_entries(first):
    with pytest.raises(GraphQLError, match="first must be between 1 and 100"):
        page_size(first)


def test_an_event_cursor_is_read_back():
    assert read_event_cursor(ACCOUNT_ID, event_cursor(ACCOUNT_ID, 7)) == 7


def test_an_event_cursor_of_another_account_is_refused():
    with refused():
        read_event_cursor(ACCOUNT_ID, event_cursor(an_id(0xBAD), 7))


@pytest.mark.parametrize("sequence", [-1, 2**63])
def test_an_event_number_that_cannot_be_is_refused(sequence):
    """A larger one would not fit the column."""
    with refused():
        read_event_cursor(ACCOUNT_ID, event_cursor(ACCOUNT_ID, sequence))


@pytest.mark.parametrize("sort", InvoiceSort)
def test_an_invoice_cursor_is_read_back(sort):
    invoice = an_invoice(updated_at=NOW + timedelta(microseconds=1))
    expected = {
        InvoiceSort.UPDATED_AT_DESC: invoice.updated_at,
        InvoiceSort.UPDATED_AT_ASC: invoice.updated_at,
        InvoiceSort.INVOICE_DATE_DESC: invoice.content.date,
        InvoiceSort.INVOICE_NUMBER_ASC: invoice.content.number,
    }

    key = read_invoice_cursor(sort, invoice_cursor(sort, invoice))

    assert key == (expected[sort], INVOICE_ID)


@pytest.mark.parametrize("sort", InvoiceSort)
def test_an_invoice_cursor_of_another_order_is_refused(sort):
    others = [other for other in InvoiceSort if other is not sort]

    for other in others:
        with refused():
            read_invoice_cursor(sort, invoice_cursor(other, an_invoice()))


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        (InvoiceSort.UPDATED_AT_DESC, "2026-11-20T09:00:00"),
        (InvoiceSort.UPDATED_AT_DESC, "yesterday"),
        (InvoiceSort.UPDATED_AT_DESC, "0001-01-01T00:00:00+14:00"),
        (InvoiceSort.INVOICE_DATE_DESC, "2026-02-30"),
        (InvoiceSort.INVOICE_NUMBER_ASC, "1\x00"),
    ],
)
def test_a_forged_sort_value_is_refused(sort, value):
    with refused():
        read_invoice_cursor(sort, write_cursor(sort.value, value, str(INVOICE_ID)))


def test_a_forged_row_is_refused():
    invoice = replace(an_invoice(), content=a_content(number="1"))
    sort = InvoiceSort.INVOICE_NUMBER_ASC

    with refused():
        read_invoice_cursor(sort, write_cursor(sort.value, invoice.content.number, "1"))
