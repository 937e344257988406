"""Amounts, prices and quantities as QuickBooks rounds and writes them. Source: qbXML 13.0 types."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

ZERO: Final = Decimal("0.00")
_CENT: Final = Decimal("0.01")
_PRICE: Final = Decimal("0.00001")
_HUNDRED: Final = Decimal(100)


def cents(value: Decimal) -> Decimal:
    """Return the value to two places, half up (away from zero), never to even."""
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def percentage(value: Decimal, percent: Decimal) -> Decimal:
    """So many percent of the value, rounded to cents."""
    return cents(value * percent / _HUNDRED)


def derived_rate(amount: Decimal, quantity: Decimal | None) -> Decimal | None:
    """Return the price per unit behind an amount, to five places; None for a quantity of zero."""
    if quantity is None:
        return amount
    if not quantity:
        return None
    return (amount / quantity).quantize(_PRICE, rounding=ROUND_HALF_UP)


def amount_text(value: Decimal) -> str:
    """Return an AMTTYPE: always two decimals ("80.00")."""
    return f"{cents(value):f}"


def price_text(value: Decimal) -> str:
    """Return a PRICETYPE: at least two decimals, at most five ("35.50", "0.33333")."""
    plain = plain_text(value)
    whole, _, places = plain.partition(".")
    return f"{whole}.{places:0<2}"


def plain_text(value: Decimal) -> str:
    """Return a QUANTYPE or PERCENTTYPE without idle zeros ("2", "1.5")."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
