"""Totals of an invoice: lines rounded first, then tax per component, as QuickBooks does it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from domain.lists import TaxRate
from domain.money import ZERO, add_up, percent_of


class PricedLine(Protocol):
    """What a total needs to know of a line."""

    @property
    def amount(self) -> Decimal: ...
    @property
    def taxable(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Totals:
    subtotal: Decimal
    sales_tax: Decimal

    @property
    def total(self) -> Decimal:
        """What the customer owes for the invoice."""
        return self.subtotal + self.sales_tax


def compute_totals(lines: Iterable[PricedLine], rates: Sequence[TaxRate]) -> Totals:
    """Give subtotal and tax; no rates mean no tax."""
    priced = tuple(lines)
    taxable = add_up(line.amount for line in priced if line.taxable)
    return Totals(add_up(line.amount for line in priced), compute_sales_tax(taxable, rates))


def compute_sales_tax(taxable: Decimal, rates: Sequence[TaxRate]) -> Decimal:
    """Give the tax on the taxable amount: each component is rounded, then they are added.

    A tax item has one component, a tax group several, so 35.50 at 8.25 % is 2.93 as one item and
    2.94 as the group 1.00 + 0.50 + 0.50 + 6.25 %. Source: requirements (a3) 2.
    """
    return add_up(percent_of(taxable, rate.percent) for rate in rates) if rates else ZERO
