"""An invoice as QuickBooks keeps it, and the arithmetic of its lines, taxes and balance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from simulator.figures import ZERO, cents, percentage
from simulator.lists import ListEntry

_SUBTOTAL = "Subtotal"
_DISCOUNT = "Discount"
_VOID = "VOID:"


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Texts and references stand under their qbXML names."""

    txn_line_id: str
    refs: Mapping[str, ListEntry] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    quantity: Decimal | None = None
    rate: Decimal | None = None
    rate_percent: Decimal | None = None
    amount: Decimal | None = None

    @property
    def description(self) -> str:
        """The text of the line."""
        return self.values.get("Desc", "")

    @property
    def item_name(self) -> str:
        """The item's full name; empty on a line that is only text."""
        return self._name_of("ItemRef")

    @property
    def class_name(self) -> str:
        """The full name of the class, or an empty string."""
        return self._name_of("ClassRef")

    @property
    def is_subtotal(self) -> bool:
        """Whether the amount repeats those above and must not be counted again."""
        item = self.refs.get("ItemRef")
        return item is not None and item.item_type == _SUBTOTAL

    @property
    def is_discount(self) -> bool:
        """Whether it takes something off the line above, so that a quantity means nothing."""
        item = self.refs.get("ItemRef")
        return item is not None and item.item_type == _DISCOUNT

    @property
    def is_taxable(self) -> bool:
        """Whether the line's tax code says so."""
        code = self.refs.get("SalesTaxCodeRef")
        return code is not None and code.is_taxable

    def _name_of(self, reference: str) -> str:
        entry = self.refs.get(reference)
        return entry.full_name if entry else ""


@dataclass(frozen=True, slots=True)
class LineGroup:
    """A group line and its members."""

    txn_line_id: str
    item_group: ListEntry
    quantity: Decimal | None = None
    lines: tuple[Line, ...] = ()

    @property
    def total_amount(self) -> Decimal:
        """The sum of the members."""
        return sum((line.amount for line in self.lines if line.amount is not None), ZERO)


Entry: TypeAlias = Line | LineGroup


@dataclass(frozen=True, slots=True)
class AppliedPayment:
    """So much of a customer's payment is applied to the invoice."""

    txn_id: str
    txn_date: date
    amount: Decimal
    ref_number: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice. Header texts and references stand under their qbXML names."""

    txn_id: str
    txn_number: int
    created: datetime
    modified: datetime
    edit_sequence: str
    refs: Mapping[str, ListEntry] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lines: tuple[Entry, ...] = ()
    payments: tuple[AppliedPayment, ...] = ()

    @property
    def memo(self) -> str:
        """The memo, or an empty string."""
        return self.values.get("Memo", "")

    @property
    def ref_number(self) -> str:
        """The invoice number the office sees; not unique in QuickBooks."""
        return self.values.get("RefNumber", "")

    @property
    def txn_date(self) -> date:
        """The date of the invoice."""
        return date.fromisoformat(self.values["TxnDate"])

    @property
    def subtotal(self) -> Decimal:
        """The sum of the lines before tax."""
        lines = (line for line in self.flat_lines() if not line.is_subtotal)
        return sum((line.amount for line in lines if line.amount is not None), ZERO)

    @property
    def sales_tax_percentage(self) -> Decimal:
        """The rate of the sales tax item, or of all members of the group."""
        return sum(self._tax_rates(), Decimal(0))

    @property
    def sales_tax_total(self) -> Decimal:
        """The tax: each component of the tax item rounded by itself, then added."""
        taxable = self._taxable_amount()
        return sum((percentage(taxable, rate) for rate in self._tax_rates()), ZERO)

    @property
    def total(self) -> Decimal:
        """What the customer was billed, tax included."""
        return self.subtotal + self.sales_tax_total

    @property
    def applied_amount(self) -> Decimal:
        """What payments took off: zero or negative."""
        return -sum((payment.amount for payment in self.payments), ZERO) + ZERO

    @property
    def balance_remaining(self) -> Decimal:
        """What the customer still owes."""
        return self.total + self.applied_amount

    @property
    def is_void(self) -> bool:
        """Whether it was voided."""
        return self.memo.startswith(_VOID)

    def entries(self) -> Iterator[ListEntry]:
        """All list entries the header and the lines rest on."""
        yield from self.refs.values()
        for line in self.flat_lines():
            yield from line.refs.values()

    def voided(self) -> "Invoice":
        """Return it with number and lines kept, all amounts zero, and VOID: before the memo."""
        memo = self.memo if self.is_void else f"{_VOID} {self.memo}".rstrip()
        lines = tuple(_voided(entry) for entry in self.lines)
        return replace(self, lines=lines, values={**self.values, "Memo": memo}, payments=())

    def flat_lines(self) -> Iterator[Line]:
        """All lines in display order, the members of groups among them."""
        for entry in self.lines:
            if isinstance(entry, LineGroup):
                yield from entry.lines
            else:
                yield entry

    def _taxable_amount(self) -> Decimal:
        code = self.refs.get("CustomerSalesTaxCodeRef")
        if code is not None and not code.is_taxable:
            return ZERO
        lines = (line for line in self.flat_lines() if line.is_taxable and not line.is_subtotal)
        return sum((line.amount for line in lines if line.amount is not None), ZERO)

    def _tax_rates(self) -> tuple[Decimal, ...]:
        item = self.refs.get("ItemSalesTaxRef")
        if item is None:
            return ()
        if not item.members:
            return (item.percent or Decimal(0),)
        return tuple(member.entry.percent or Decimal(0) for member in item.members)


def settle(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the lines with the amounts that depend on those above: subtotals and percentages."""
    above, running = ZERO, ZERO
    settled: list[Entry] = []
    for entry in entries:
        if isinstance(entry, LineGroup):
            group = _settled_group(entry)
            above = group.total_amount
            running += above
            settled.append(group)
            continue
        line = _settled(entry, above, running)
        settled.append(line)
        if line.amount is not None:
            above = line.amount
            running = ZERO if line.is_subtotal else running + above
    return tuple(settled)


def _settled_group(group: LineGroup) -> LineGroup:
    lines = tuple(line for line in settle(group.lines) if isinstance(line, Line))
    return replace(group, lines=lines)


def _settled(line: Line, above: Decimal, running: Decimal) -> Line:
    if line.is_subtotal:
        return replace(line, amount=running)
    if line.rate_percent is not None:
        return replace(line, amount=percentage(above, line.rate_percent))
    return line


def extended(quantity: Decimal | None, rate: Decimal) -> Decimal:
    """Return a line's amount: quantity times rate, half up; no quantity counts as one."""
    return cents(rate if quantity is None else quantity * rate)


def _voided(entry: Entry) -> Entry:
    if isinstance(entry, LineGroup):
        lines = tuple(line for line in map(_voided, entry.lines) if isinstance(line, Line))
        return replace(entry, lines=lines)
    if entry.amount is None:
        return entry
    return replace(entry, rate=ZERO, rate_percent=None, amount=ZERO)
