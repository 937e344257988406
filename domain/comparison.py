"""Ours against QuickBooks' copy, field by field: the ground of planning, proof and conflicts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.limits import quickbooks_text
from domain.money import ZERO, plain
from domain.quickbooks import QuickBooksInvoice, QuickBooksLine, Ref, WantedInvoice, WantedLine
from domain.revision import Path

Value = str | Decimal | date | Ref | None

#: What QuickBooks puts before the memo of a voided transaction.
_VOID = "void:"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One synced field on both sides, as text; None where a side has nothing."""

    path: Path
    ours: str | None
    quickbooks: str | None
    equal: bool


def compare(
    wanted: WantedInvoice, held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> tuple[Comparison, ...]:
    """Give every synced field of the invoice and of our lines, equal or not.

    A task without a line, and a line whose task is gone, are unequal as a whole. Lines that are not
    ours do not take part, and neither does the order of lines (requirement 104).
    """
    return tuple(_told(*pair) for pair in _pairs(wanted, held, tasks_by_line))


def differences(
    wanted: WantedInvoice, held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> tuple[Comparison, ...]:
    """Give only what differs; nothing means that QuickBooks holds this very revision."""
    return tuple(
        _told(*pair) for pair in _pairs(wanted, held, tasks_by_line) if not are_equal(*pair[1:])
    )


def header_fields(
    wanted: WantedInvoice, held: QuickBooksInvoice
) -> tuple[tuple[str, Value, Value], ...]:
    """Give name, our value and QuickBooks' value of each header field that edits can change.

    Without a tax zone of ours the tax item is QuickBooks' to choose: it takes the customer's.
    """
    zone = () if wanted.tax_item is None else (("tax_zone", wanted.tax_item, held.tax_item),)
    return (
        ("number", wanted.number, held.number),
        ("date", wanted.date, held.date),
        *zone,
        ("memo", wanted.memo, held.memo),
    )


def line_fields(wanted: WantedLine, held: QuickBooksLine) -> tuple[tuple[str, Value, Value], ...]:
    """Give name, our value and QuickBooks' value of each line field that edits can change.

    A description or a site that we do not name is QuickBooks' to choose; a discount has no
    quantity.
    """
    text = () if wanted.description is None else (
        ("description", wanted.description, held.description),
    )  # fmt: skip
    site = () if wanted.site is None else (("inventory_location", wanted.site, held.site),)
    quantity = () if wanted.is_discount else (("quantity", wanted.quantity, held.quantity),)
    return (
        *text,
        *quantity,
        ("unit_price", wanted.rate, held.rate),
        ("business_unit", wanted.class_ref, held.class_ref),
        *site,
        ("taxable", wanted.tax_code, held.tax_code),
    )


def are_equal(ours: Value, quickbooks: Value) -> bool:
    """Tell whether both sides hold the same: absent and empty text are one, names ignore case."""
    if ours == quickbooks:  # nearly always
        return True
    match ours, quickbooks:
        case Ref(), Ref() | None:
            return ours.same_as(quickbooks)
        case ((str() | None), (str() | None)):
            return quickbooks_text(ours or "") == quickbooks_text(quickbooks or "")
        case _:
            return ours == quickbooks


def is_void(held: QuickBooksInvoice) -> bool:
    """Tell whether the invoice was voided: QuickBooks keeps its number, sets all to zero, says so.

    Source: requirements (a3) 20.
    """
    is_zero = not held.subtotal and not any(line.amount for line in held.lines)
    return is_zero and (held.memo or "").lstrip().casefold().startswith(_VOID)


def foreign_lines(
    held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> tuple[QuickBooksLine, ...]:
    """Give the lines that are not ours: a bookkeeper's, subtotals, groups."""
    return tuple(line for line in held.lines if line.txn_line_id not in tasks_by_line)


def _told(path: Path, ours: Value, quickbooks: Value) -> Comparison:
    equal = are_equal(ours, quickbooks)
    return Comparison(path, as_text(ours), as_text(quickbooks), equal)


def _pairs(
    wanted: WantedInvoice, held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> Iterator[tuple[Path, Value, Value]]:
    for name, ours, theirs in header_fields(wanted, held):
        yield (name,), ours, theirs
    held_by_task = {
        tasks_by_line[line.txn_line_id]: line
        for line in held.lines
        if line.txn_line_id in tasks_by_line
    }
    for line in wanted.lines:
        yield from _line_pairs(line, held_by_task.pop(line.task_id, None))
    for task_id, gone in held_by_task.items():
        yield ("tasks", str(task_id)), None, _describe(gone)


def _line_pairs(
    ours: WantedLine, held: QuickBooksLine | None
) -> Iterator[tuple[Path, Value, Value]]:
    task_id = str(ours.task_id)
    if held is None:
        yield ("tasks", task_id), describe_line(ours), None
        return
    for name, mine, theirs in line_fields(ours, held):
        yield ("tasks", task_id, name), mine, theirs
    yield ("tasks", task_id, "amount"), ours.amount, held.amount or ZERO


def describe_line(line: WantedLine) -> str:
    """Give a line that QuickBooks is to add as a whole."""
    whole = f"{line.item}: {plain(line.quantity)} x {plain(line.rate)}"
    return whole if line.site is None else f"{whole}, {line.site}"


def _describe(line: QuickBooksLine) -> str:
    parts = (as_text(line.item), as_text(line.description), as_text(line.amount))
    return ", ".join(part for part in parts if part) or "a line"


def as_text(value: Value) -> str | None:
    """Give the value as comparisons and conflicts show it."""
    match value:
        case None:
            return None
        case Decimal():
            return plain(value)
        case _:
            return str(value)
