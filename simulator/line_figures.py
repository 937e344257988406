"""Quantity, rate and amount of a line: which follows from which."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from simulator.errors import Refusal
from simulator.figures import cents, derived_rate
from simulator.invoices import extended
from simulator.lists import ListEntry

_DISCOUNT = "Discount"


class Figures(NamedTuple):
    """The numbers of a line, in the order in which a Line takes them."""

    quantity: Decimal | None = None
    rate: Decimal | None = None
    rate_percent: Decimal | None = None
    amount: Decimal | None = None

    @classmethod
    def of(cls, item: ListEntry, numbers: Mapping[str, str]) -> "Figures":
        """Return a new line's figures: the item's own price, unless the request names one."""
        if any(numbers.get(name) for name in ("Rate", "Amount", "RatePercent")):
            return cls()
        if item.percent is not None:
            return cls(rate_percent=-item.percent)
        if item.price is not None and item.item_type == _DISCOUNT:
            return cls(rate=-item.price)
        return cls(rate=item.price)


def priced(before: Figures, numbers: Mapping[str, str], item: ListEntry) -> Figures:
    """Return the figures with rate and amount in step, from what was sent or what was there.

    An amount settles the rate; a changed quantity or rate settles the amount. An amount of None
    waits for the lines above. Raises Refusal with status 3151 for the quantity of a discount item.
    """
    quantity = before.quantity
    if sent := numbers.get("Quantity"):
        if item.item_type == _DISCOUNT:
            message = 'The element "Quantity" cannot be set for a discount item.'
            raise Refusal(3151, message)
        quantity = Decimal(sent)
    if sent := numbers.get("Amount"):
        exact = cents(Decimal(sent))
        return Figures(quantity, derived_rate(exact, quantity), None, exact)
    if sent := numbers.get("RatePercent"):
        return Figures(quantity, None, Decimal(sent), None)
    rate, percent = before.rate, before.rate_percent
    if sent := numbers.get("Rate"):
        rate, percent = Decimal(sent), None
    amount = None if rate is None else extended(quantity, rate)
    return Figures(quantity, rate, percent, amount)
