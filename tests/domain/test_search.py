"""What a caller may ask of the list of invoices."""

from dataclasses import asdict

from domain.search import InvoiceFilter


def test_an_empty_filter_restricts_nothing():
    assert not any(asdict(InvoiceFilter()).values())
