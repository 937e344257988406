"""How an invoice stands towards QuickBooks."""

from dataclasses import fields
from decimal import Decimal

from domain.standing import Standing, standing_of
from tests.builders import NOW, an_invoice


def test_a_standing_says_what_the_invoice_says():
    invoice = an_invoice(version=3, applied=Decimal("10.00"), synced_version=2, synced_at=NOW)

    standing = standing_of(invoice)

    assert [getattr(standing, field.name) for field in fields(Standing)] == [
        getattr(invoice, field.name) for field in fields(Standing)
    ]
