"""Exact money: decimals, rounded half up to the cent as QuickBooks does."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

CENT = Decimal("0.01")
ZERO, ONE = Decimal("0.00"), Decimal(1)

#: Quantity and price have up to 15 digits each; their product must not be rounded too early.
_EXACT = Context(prec=64, rounding=ROUND_HALF_UP)


def round_amount(value: Decimal) -> Decimal:
    """Give the amount with two places, halves away from zero."""
    return _EXACT.plus(_EXACT.quantize(value, CENT))  # plus: -0.00 is 0.00


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Give what a line costs: quantity times price, rounded once to the cent."""
    return round_amount(_EXACT.multiply(quantity, unit_price))


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """Give `percent` of the amount (8.25 means 8.25 %), rounded once to the cent."""
    return round_amount(_EXACT.multiply(amount, percent).scaleb(-2, _EXACT))


def add_up(amounts: Iterable[Decimal]) -> Decimal:
    """Give the exact sum with two places; nothing adds up to 0.00."""
    total = ZERO
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and needless zeros: 2.00000 is "2", 35.50 is "35.5"."""
    text = str(value)  # most need nothing else, and it costs a third
    if "E" in text or text.startswith("-"):
        text = format(_EXACT.plus(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
