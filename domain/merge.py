"""Base, ours and QuickBooks' copy, field by field: what merges, and what a person decides.

The base is the copy that both sides last agreed on. A field that only QuickBooks' side changed is
taken over here, one that only we changed is written there, one that both changed is a conflict.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from uuid import UUID

from domain.comparison import Comparison, are_equal, as_text, compare
from domain.money import line_amount
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


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What QuickBooks' side changed and a write of ours would undo.

    `conflicts` were changed here too; `adoptions` were not, so QuickBooks' value holds.
    """

    conflicts: tuple[FieldConflict, ...] = ()
    adoptions: tuple[FieldConflict, ...] = ()


def reconcile(
    wanted: WantedInvoice,
    base: QuickBooksInvoice,
    held: QuickBooksInvoice,
    tasks_by_line: Mapping[str, UUID],
) -> Reconciled:
    """Sort every synced field that changed in QuickBooks behind the base and is not what we want.

    Values are compared, never EditSequences alone: two saves in one second share theirs. Lines that
    are not ours, and fields that are never synced, may change freely: they survive our write. A
    line of ours that the base does not show came from a write whose answer was lost; if it differs,
    somebody changed it since. Nothing found means that our write overwrites nobody's work.
    """
    now = {c.path: c for c in compare(wanted, held, tasks_by_line)}
    then = {c.path: c for c in compare(wanted, base, tasks_by_line)}
    rival = [
        FieldConflict(path, before, now[path].ours if path in now else None, after)
        for path, before, after in _rival_changes(base, held, tasks_by_line)
        if _is_undone(now, path)
    ]
    shown = {line.txn_line_id for line in base.lines}
    fresh = {str(task) for line, task in tasks_by_line.items() if line not in shown}
    fresh_conflicts = (
        FieldConflict(c.path, None, c.ours, c.quickbooks)
        for c in now.values()
        if not c.equal and c.path[0] == "tasks" and c.path[1] in fresh
    )
    return Reconciled(
        conflicts=(*(c for c in rival if _is_ours_changed(then, c.path)), *fresh_conflicts),
        adoptions=tuple(c for c in rival if not _is_ours_changed(then, c.path)),
    )


def is_unchanged(
    base: QuickBooksInvoice, held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> bool:
    """Tell whether QuickBooks' side changed nothing that `reconcile` looks at.

    Then either copy may be the base: what comes of any later copy is the same.
    """
    return next(_rival_changes(base, held, tasks_by_line), None) is None


def _is_undone(now: Mapping[Path, Comparison], path: Path) -> bool:
    """Tell whether our write would take the change back: in its field, or with its whole line."""
    compared = now.get(path) or now.get(path[:2])
    return compared is not None and not compared.equal


def _is_ours_changed(then: Mapping[Path, Comparison], path: Path) -> bool:
    """Tell whether we changed the field since the base, or its line as a whole, or took it away."""
    return any(not c.equal for at, c in then.items() if at == path[:2] or at[: len(path)] == path)


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
    is_derived = _is_product(after) and (
        (before.quantity, before.rate) != (after.quantity, after.rate)
    )
    for attribute in (field.name for field in fields(before) if field.name in _LINE):
        old, new = getattr(before, attribute), getattr(after, attribute)
        if not are_equal(old, new) and not (attribute == "amount" and is_derived):
            yield (*at, _LINE[attribute]), as_text(old), as_text(new)


def _is_product(line: QuickBooksLine) -> bool:
    """Tell whether the amount is what quantity and rate make, and not a person's own."""
    if line.quantity is None or line.rate is None:
        return False
    return line.amount == line_amount(line.quantity, line.rate)
