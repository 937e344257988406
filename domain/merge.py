"""Base, ours and QuickBooks' copy: what somebody else changed and our write would undo."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from uuid import UUID

from domain.comparison import Comparison, are_equal, as_text, compare
from domain.quickbooks import QuickBooksInvoice, QuickBooksLine, WantedInvoice
from domain.revision import Path

_HEADER = {"number": "number", "date": "date", "tax_item": "tax_zone", "memo": "memo"}
_LINE = {
    "description": "description",
    "quantity": "quantity",
    "rate": "unit_price",
    "amount": "amount",
    "class_ref": "business_unit",
    "site": "inventory_location",
    "tax_code": "taxable",
}


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A synced field that QuickBooks' side changed since we last agreed."""

    path: Path
    base: str | None
    ours: str | None
    quickbooks: str | None


def find_conflicts(
    wanted: WantedInvoice,
    base: QuickBooksInvoice,
    held: QuickBooksInvoice,
    tasks_by_line: Mapping[str, UUID],
) -> tuple[FieldConflict, ...]:
    """Give every synced field that changed in QuickBooks behind the base and is not what we want.

    Lines that are not ours, and fields that are never synced, may change freely: they survive our
    write. A line of ours that the base does not show came from a write whose answer was lost; if it
    differs, somebody changed it since. Nothing found means that our write overwrites nobody's work.
    """
    ours = {c.path: c for c in compare(wanted, held, tasks_by_line)}
    rival = tuple(
        FieldConflict(path, before, _ours(ours, path), after)
        for path, before, after in _rival_changes(base, held, tasks_by_line)
        if _is_undone(ours, path)
    )
    shown = {line.txn_line_id for line in base.lines}
    new = {str(task) for line, task in tasks_by_line.items() if line not in shown}
    return rival + tuple(
        FieldConflict(c.path, None, c.ours, c.quickbooks)
        for c in ours.values()
        if not c.equal and c.path[0] == "tasks" and c.path[1] in new
    )


def _is_undone(ours: Mapping[Path, Comparison], path: Path) -> bool:
    """Tell whether our write would take the change back: in its field, or with its whole line."""
    compared = ours.get(path) or ours.get(path[:2])
    return compared is not None and not compared.equal


def _ours(ours: Mapping[Path, Comparison], path: Path) -> str | None:
    return ours[path].ours if path in ours else None


def _rival_changes(
    base: QuickBooksInvoice, held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> Iterator[tuple[Path, str | None, str | None]]:
    for attribute, name in _HEADER.items():
        before, after = getattr(base, attribute), getattr(held, attribute)
        if not are_equal(before, after):
            yield (name,), as_text(before), as_text(after)
    lines = {line.txn_line_id: line for line in held.lines}
    for line in base.lines:
        if line.txn_line_id in tasks_by_line:
            at = ("tasks", str(tasks_by_line[line.txn_line_id]))
            yield from _rival_line_changes(at, line, lines.get(line.txn_line_id))


def _rival_line_changes(
    at: Path, before: QuickBooksLine, after: QuickBooksLine | None
) -> Iterator[tuple[Path, str | None, str | None]]:
    if after is None:
        yield at, before.description or as_text(before.item), None
        return
    for attribute in (field.name for field in fields(before) if field.name in _LINE):
        old, new = getattr(before, attribute), getattr(after, attribute)
        if not are_equal(old, new):
            yield (*at, _LINE[attribute]), as_text(old), as_text(new)
