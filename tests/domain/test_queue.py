"""Requests on their way to QuickBooks."""

import pytest

from domain.queue import RequestKind


@pytest.mark.parametrize(
    ("kind", "is_write"),
    [
        (RequestKind.INVOICE_ADD, True),
        (RequestKind.INVOICE_MOD, True),
        (RequestKind.INVOICE_QUERY, False),
    ],
)
def test_only_a_query_leaves_quickbooks_as_it_is(kind, is_write):
    assert kind.is_write is is_write
