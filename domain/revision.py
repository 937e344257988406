"""What a save changed: before and after, field by field, in words that last."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.guards import GuardCode
from domain.invoice import Content, Invoice, Task
from domain.money import plain
from domain.sync_status import SyncStatus

#: Path of a field: ("summary",) or ("tasks", task id, "unit_price").
Path = tuple[str, ...]
#: Gives the name of what an id stands for: a tax zone, item, business unit or location.
NameOf = Callable[[UUID], str]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Values are text as shown; None is absent."""

    path: Path
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One accepted save. `disposition` is what the save asked for: syncing or bypassed."""

    id: UUID
    invoice_id: UUID
    version: int
    actor: Actor
    reason: str | None
    made_at: datetime
    changes: tuple[FieldChange, ...]
    disposition: SyncStatus
    content: Content
    #: What its author was asked and confirmed.
    acknowledged: tuple[GuardCode, ...] = ()
    #: What the first save of an invoice began from: version 1, which no revision made.
    began_from: Content | None = None


def first_content(before: Invoice) -> Content | None:
    """Give what the invoice's first revision has to keep of it, None for every later one."""
    return before.content if before.version == 1 else None


def compare_contents(before: Content, after: Content, name_of: NameOf) -> tuple[FieldChange, ...]:
    """Give every changed field; a task added or removed is one change of the whole task."""
    return tuple(change for change in _changes(before, after, name_of) if _differs(change))


def _changes(before: Content, after: Content, name_of: NameOf) -> Iterator[FieldChange]:
    old, new = _header(before, name_of), _header(after, name_of)
    for name, value in new.items():
        yield FieldChange((name,), old[name], value)
    for task in before.tasks:
        if after.task(task.id) is None:
            yield FieldChange(("tasks", str(task.id)), _describe(task, name_of), None)
    for task in after.tasks:
        yield from _task_changes(before.task(task.id), task, name_of)
    yield FieldChange(("task_order",), _order(before, after), _order(after, before))


def _task_changes(before: Task | None, after: Task, name_of: NameOf) -> Iterator[FieldChange]:
    if before is None:
        yield FieldChange(("tasks", str(after.id)), None, _describe(after, name_of))
        return
    old, new = _fields(before, name_of), _fields(after, name_of)
    for name, value in new.items():
        yield FieldChange(("tasks", str(after.id), name), old[name], value)


def _differs(change: FieldChange) -> bool:
    return change.before != change.after


def _header(content: Content, name_of: NameOf) -> dict[str, str | None]:
    return {
        "number": content.number,
        "date": content.date.isoformat(),
        "tax_zone": _name(content.tax_zone_id, name_of),
        "summary": content.summary,
    }


def _fields(task: Task, name_of: NameOf) -> dict[str, str | None]:
    return {
        "description": task.description,
        "quantity": plain(task.quantity),
        "unit_price": plain(task.unit_price),
        "cost": None if task.cost is None else plain(task.cost),
        "taxable": "true" if task.taxable else "false",
        "business_unit": _name(task.business_unit_id, name_of),
        "inventory_location": _name(task.inventory_location_id, name_of),
    }


def _describe(task: Task, name_of: NameOf) -> str:
    text = f"{name_of(task.item_id)}: {plain(task.quantity)} x {plain(task.unit_price)}"
    return f"{text}, {task.description}" if task.description else text


def _name(key: UUID | None, name_of: NameOf) -> str | None:
    return None if key is None else name_of(key)


def _order(content: Content, other: Content) -> str:
    return " ".join(str(task.id) for task in content.tasks if other.task(task.id) is not None)
