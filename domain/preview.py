"""What a sync would change in QuickBooks: fields on all sides, and what becomes of each line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from domain.comparison import Comparison, as_text, compare, describe_line, header_fields
from domain.invoice import Content
from domain.merge import Reconciled, reconcile
from domain.planning import SaleRequest, is_bare
from domain.quickbooks import (
    NEW_LINE,
    InvoiceMod,
    LineMod,
    QuickBooksInvoice,
    QuickBooksLine,
    QuickBooksLink,
    WantedInvoice,
    WantedLine,
)
from domain.quickbooks_transactions import CreditMemoMod
from domain.revision import FieldChange, Path


class LineAction(StrEnum):
    KEEP = "KEEP"
    CHANGE = "CHANGE"
    ADD = "ADD"
    DELETE = "DELETE"


class FieldEffect(StrEnum):
    #: QuickBooks holds the same already.
    KEEP = "KEEP"
    #: It is written to QuickBooks.
    SEND = "SEND"
    #: QuickBooks changed it since the last sync and nobody here did: its value is taken.
    TAKE = "TAKE"
    #: Both sides changed it: nothing is overwritten, a person chooses.
    CONFLICT = "CONFLICT"
    #: QuickBooks has no place for it.
    STAY = "STAY"


@dataclass(frozen=True, slots=True)
class PreviewField:
    """Values are text as shown; None is absent."""

    path: Path
    before: str | None
    yours: str | None
    quickbooks: str | None
    effect: FieldEffect


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """`task_id` is None for a line that is not ours, `quickbooks_line_id` for a new one."""

    task_id: UUID | None
    quickbooks_line_id: str | None
    action: LineAction
    description: str | None


def preview_fields(
    before: WantedInvoice, wanted: WantedInvoice, link: QuickBooksLink, held: QuickBooksInvoice
) -> tuple[PreviewField, ...]:
    """Give the details, and every field of a line that differs on any side.

    `link` is what both sides last agreed on, `held` the newest copy that is known; with the same
    copy in both nothing is taken and nothing conflicts.
    """
    owners = link.tasks_by_line
    earlier = {c.path: c.ours for c in compare(before, held, owners)}
    earlier |= {("tasks", str(line.task_id)): describe_line(line) for line in before.lines}
    compared = compare(wanted, held, owners)
    effects = _effects(compared, reconcile(wanted, link.copy, held, owners))
    fields = (
        PreviewField(c.path, earlier.get(c.path), c.ours, c.quickbooks, effects[c.path])
        for c in compared
    )
    return tuple(field for field in fields if len(field.path) == 1 or _differs(field))


def new_fields(wanted: WantedInvoice) -> tuple[PreviewField, ...]:
    """Give what an invoice is that QuickBooks does not hold yet: details, and each line whole."""
    blank = QuickBooksInvoice(
        txn_id="", edit_sequence="", date=wanted.date, customer=wanted.customer
    )
    shown: dict[Path, str | None] = {
        (name,): as_text(ours) for name, ours, _ in header_fields(wanted, blank)
    }
    shown |= {("tasks", str(line.task_id)): describe_line(line) for line in wanted.lines}
    return tuple(PreviewField(p, text, text, None, FieldEffect.SEND) for p, text in shown.items())


def staying_fields(changes: Iterable[FieldChange], paths: Iterable[Path]) -> Iterator[PreviewField]:
    """Give those of the changes that QuickBooks has no place for."""
    staying = set(paths)
    for change in changes:
        if change.path in staying:
            yield PreviewField(change.path, change.before, change.after, None, FieldEffect.STAY)


def unnamed_fields(changes: Iterable[FieldChange]) -> tuple[PreviewField, ...]:
    """Give the changes of an invoice that cannot be compared: names in QuickBooks are missing."""
    return tuple(PreviewField(c.path, c.before, c.after, None, FieldEffect.STAY) for c in changes)


def preview_lines(
    request: SaleRequest | None, wanted: WantedInvoice, link: QuickBooksLink | None
) -> tuple[PreviewLine, ...]:
    """Give QuickBooks' lines in QuickBooks' order with what the request does to each, then the new.

    A request that names no lines keeps them all.
    """
    if link is None:
        return tuple(_added(line) for line in wanted.lines)
    mods = request.lines if isinstance(request, InvoiceMod | CreditMemoMod) else None
    ours = {line.task_id: line for line in wanted.lines}
    held = (
        PreviewLine(
            link.tasks_by_line.get(line.txn_line_id),
            line.txn_line_id,
            _action(line, mods),
            line.description or as_text(line.item),
        )
        for line in link.copy.lines
    )
    new = (mod.task_id for mod in mods or () if mod.txn_line_id == NEW_LINE)
    return (*held, *(_added(ours[task_id]) for task_id in new if task_id is not None))


def without_taken(
    lines: Iterable[PreviewLine], fields: Iterable[PreviewField]
) -> tuple[PreviewLine, ...]:
    """Give the lines; one in which nothing but QuickBooks' values is taken is kept as it is."""
    writing = (FieldEffect.SEND, FieldEffect.CONFLICT)
    written = {field.path[1] for field in fields if field.path[1:] and field.effect in writing}
    return tuple(
        replace(line, action=LineAction.KEEP)
        if line.action is LineAction.CHANGE and str(line.task_id) not in written
        else line
        for line in lines
    )


def unnamed_lines(
    before: Content, after: Content, link: QuickBooksLink | None
) -> tuple[PreviewLine, ...]:
    """Give the same by our side alone, for an invoice whose names in QuickBooks are missing."""
    owners = {} if link is None else link.tasks_by_line
    copies = () if link is None else link.copy.lines
    shown = []
    for line in copies:
        task_id = owners.get(line.txn_line_id)
        task = None if task_id is None else after.task(task_id)
        action = LineAction.KEEP
        if task_id is not None:
            is_same = task == before.task(task_id)
            action = LineAction.KEEP if is_same else LineAction.CHANGE
            action = LineAction.DELETE if task is None else action
        text = line.description or as_text(line.item)
        shown.append(PreviewLine(task_id, line.txn_line_id, action, text))
    known = {line.task_id for line in shown}
    shown += [
        PreviewLine(task.id, None, LineAction.ADD, task.description)
        for task in after.tasks
        if task.id not in known
    ]
    return tuple(shown)


def _effects(compared: Iterable[Comparison], found: Reconciled) -> dict[Path, FieldEffect]:
    """What becomes of an amount is what becomes of the quantity and price that make it."""
    effects = {c.path: _effect(c, found) for c in compared}
    for path in [path for path in effects if path[-1] == "amount"]:
        factors = [effects.get((*path[:-1], name)) for name in ("quantity", "unit_price")]
        for effect in (FieldEffect.CONFLICT, FieldEffect.SEND, FieldEffect.TAKE):
            if effect in factors:
                effects[path] = effect
                break
    return effects


def _effect(compared: Comparison, found: Reconciled) -> FieldEffect:
    """A line as a whole conflicts when any of its fields does."""
    for changes, effect in (
        (found.conflicts, FieldEffect.CONFLICT),
        (found.adoptions, FieldEffect.TAKE),
    ):
        if any(change.path[: len(compared.path)] == compared.path for change in changes):
            return effect
    return FieldEffect.KEEP if compared.equal else FieldEffect.SEND


def _differs(field: PreviewField) -> bool:
    return field.before != field.yours or field.effect is not FieldEffect.KEEP


def _action(line: QuickBooksLine, mods: Sequence[LineMod] | None) -> LineAction:
    if mods is None:
        return LineAction.KEEP
    named = next((mod for mod in mods if mod.txn_line_id == line.txn_line_id), None)
    if named is None:
        return LineAction.DELETE
    return LineAction.KEEP if is_bare(named) else LineAction.CHANGE


def _added(line: WantedLine) -> PreviewLine:
    return PreviewLine(line.task_id, None, LineAction.ADD, line.description or str(line.item))
