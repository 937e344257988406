"""Edits of an invoice: patches that tell absent from null, and the content they lead to."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from domain import limits
from domain.errors import (
    InvalidValue,
    NotFound,
    TextTooLong,
    ValueOutOfRange,
    ValueRequired,
    Where,
)
from domain.invoice import Content, Task
from domain.money import line_amount
from domain.totals import Totals

_LABELS = {"number": "invoice number", "date": "invoice date", "taxable": "taxable flag"}


class Unset(Enum):
    """The one value that means: leave the field as it is."""

    UNSET = "UNSET"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsPatch:
    """Changes of the invoice's details; null clears where the field may be empty."""

    number: str | Unset | None = UNSET
    date: dt.date | Unset | None = UNSET  # `date` alone is the field itself here
    tax_zone_id: UUID | Unset | None = UNSET
    summary: str | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPatch:
    """Changes of one task; null clears where the field may be empty."""

    description: str | Unset | None = UNSET
    taxable: bool | Unset | None = UNSET
    quantity: Decimal | Unset | None = UNSET
    unit_price: Decimal | Unset | None = UNSET
    cost: Decimal | Unset | None = UNSET
    business_unit_id: UUID | Unset | None = UNSET
    inventory_location_id: UUID | Unset | None = UNSET


@dataclass(frozen=True, slots=True)
class TaskEdit:
    task_id: UUID
    patch: TaskPatch


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    item_id: UUID
    description: str | None
    taxable: bool
    quantity: Decimal
    unit_price: Decimal
    cost: Decimal | None = None
    business_unit_id: UUID | None = None
    inventory_location_id: UUID | None = None
    #: Where it is to stand, from 1; the end when absent.
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Everything one call changes. Applied in this order: details, edits, removals, additions."""

    details: DetailsPatch | None = None
    edit_tasks: tuple[TaskEdit, ...] = ()
    add_tasks: tuple[NewTask, ...] = ()
    remove_task_ids: tuple[UUID, ...] = ()


def apply_edits(content: Content, edits: Edits, new_id: Callable[[], UUID]) -> Content:
    """Give the edited content; raise a refusal that says where in the edits the fault lies."""
    if edits.details is not None:
        content = _apply_details(content, edits.details)
    tasks = {task.id: task for task in content.tasks}
    for n, edit in enumerate(edits.edit_tasks):
        where = ("edit_tasks", str(n))
        task = _known(tasks, edit.task_id, (*where, "task_id"))
        tasks[task.id] = _apply_task(task, edit.patch, (*where, "patch"))
    for n, task_id in enumerate(edits.remove_task_ids):
        del tasks[_known(tasks, task_id, ("remove_task_ids", str(n))).id]
    placed = place_tasks(tuple(tasks.values()), edits.add_tasks, new_id, ("add_tasks",))
    return replace(content, tasks=placed)


def place_tasks(
    tasks: tuple[Task, ...], added: Sequence[NewTask], new_id: Callable[[], UUID], where: Where
) -> tuple[Task, ...]:
    """Give the tasks with the new ones among them, each where it wants to stand or at the end."""
    ordered = list(tasks)
    for n, new in enumerate(added):
        _insert(ordered, new, new_id(), (*where, str(n)))
    return tuple(ordered)


def check_details(content: Content, where: Where = ("details",)) -> None:
    """Raise the refusal for the first detail that no draft may hold.

    A number that is too long and characters that QuickBooks cannot store may be typed: guards tell
    of them and refuse the save.
    """
    number = content.number
    if not number.strip():
        raise ValueRequired("An invoice needs a number.", where=(*where, "number"))
    if number != number.strip() or any(blank in number for blank in "\t\r\n"):
        raise InvalidValue(
            "An invoice number is one line without blanks around it.", where=(*where, "number")
        )
    if len(number) > limits.STAGED_NUMBER_LENGTH:
        _check_length("Invoice #", number, limits.NUMBER_LENGTH, (*where, "number"))
    if content.summary is not None:
        _check_length("The summary", content.summary, limits.MEMO_LENGTH, (*where, "summary"))
    if not limits.FIRST_DAY <= content.date <= limits.LAST_DAY:
        raise ValueOutOfRange(
            f"The invoice date must lie between {limits.FIRST_DAY} and {limits.LAST_DAY}:"
            " QuickBooks holds no other.",
            where=(*where, "date"),
        )


def check_texts(number: str, summary: str | None, tasks: Sequence[NewTask]) -> None:
    """Raise the refusal for the first text of a new invoice that QuickBooks could not hold.

    It has no draft, so it is told at once what guards tell of an edit.
    """
    _check_length("Invoice #", number, limits.NUMBER_LENGTH, ("number",))
    _check_characters("Invoice #", number, ("number",))
    if summary is not None:
        _check_characters("The summary", summary, ("summary",))
    for n, task in enumerate(tasks):
        if task.description is not None:
            where = ("tasks", str(n), "description")
            _check_characters("The description", task.description, where)


def check_total(totals: Totals, where: Where = ("tasks",)) -> None:
    """Raise ValueOutOfRange for a total that QuickBooks could not hold though each task fits."""
    if max(abs(totals.subtotal), abs(totals.total)) > limits.LARGEST_AMOUNT:
        raise ValueOutOfRange(
            f"The total is larger than QuickBooks can hold ({limits.LARGEST_AMOUNT}).", where=where
        )


def check_not_cleared(before: UUID | None, after: UUID | None, label: str, where: Where) -> None:
    """Raise ValueRequired for an entry that is taken away.

    QuickBooks chooses one by itself where none is named, so there is no way to have none.
    """
    if before is not None and after is None:
        raise ValueRequired(
            f"The {label} cannot be cleared, because QuickBooks would choose one; name another.",
            where=where,
        )


def _apply_details(content: Content, patch: DetailsPatch) -> Content:
    changed = replace(content, **_set_fields(patch, ("details",), required=("number", "date")))
    check_not_cleared(
        content.tax_zone_id, changed.tax_zone_id, "tax zone", ("details", "tax_zone_id")
    )
    check_details(changed)
    return changed


def _apply_task(task: Task, patch: TaskPatch, where: Where) -> Task:
    required = ("taxable", "quantity", "unit_price")
    changed = replace(task, **_set_fields(patch, where, required=required))
    if changed.description is None and task.description is not None:
        changed = replace(changed, description="")  # cleared; None would mean the item's own text
    before, after = task.inventory_location_id, changed.inventory_location_id
    check_not_cleared(before, after, "inventory location", (*where, "inventory_location_id"))
    _check_task(changed, where)
    return changed


def _set_fields(
    patch: DetailsPatch | TaskPatch, where: Where, *, required: tuple[str, ...]
) -> Mapping[str, Any]:
    """Give what the patch sets, by the names of its fields, each with a type of its own."""
    values = {
        field.name: value
        for field in fields(patch)
        if (value := getattr(patch, field.name)) is not UNSET
    }
    for name in required:
        if values.get(name, UNSET) is None:
            label = _LABELS.get(name, name.replace("_", " "))
            raise ValueRequired(f"The {label} must have a value.", where=(*where, name))
    return values


def _insert(tasks: list[Task], new: NewTask, task_id: UUID, where: Where) -> None:
    task = _new_task(new, task_id, where)
    if new.position is None:
        tasks.append(task)
        return
    if not 1 <= new.position <= len(tasks) + 1:
        raise ValueOutOfRange(
            f"The position must lie between 1 and {len(tasks) + 1}.", where=(*where, "position")
        )
    tasks.insert(new.position - 1, task)


def _new_task(new: NewTask, task_id: UUID, where: Where) -> Task:
    task = Task(
        id=task_id,
        item_id=new.item_id,
        description=new.description or None,
        quantity=new.quantity,
        unit_price=new.unit_price,
        cost=new.cost,
        taxable=new.taxable,
        business_unit_id=new.business_unit_id,
        inventory_location_id=new.inventory_location_id,
    )
    _check_task(task, where)
    return task


def _known(tasks: Mapping[UUID, Task], task_id: UUID, where: Where) -> Task:
    try:
        return tasks[task_id]
    except KeyError:
        raise NotFound("This invoice has no such task.", where=where) from None


def _check_task(task: Task, where: Where) -> None:
    if task.description is not None:
        label = "The description"
        _check_length(label, task.description, limits.DESCRIPTION_LENGTH, (*where, "description"))
    for name in ("quantity", "unit_price", "cost"):
        _check_number(getattr(task, name), name, where)
    if abs(line_amount(task.quantity, task.unit_price)) > limits.LARGEST_AMOUNT:
        raise ValueOutOfRange(
            "Quantity times unit price is larger than QuickBooks can hold"
            f" ({limits.LARGEST_AMOUNT}).",
            where=(*where, "unit_price"),
        )


def _check_number(value: Decimal | None, name: str, where: Where) -> None:
    if value is None:
        return
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise InvalidValue(f"The {name.replace('_', ' ')} is not a number.", where=(*where, name))
    if abs(value) > limits.LARGEST_NUMBER or -exponent > limits.NUMBER_PLACES:
        raise ValueOutOfRange(
            f"The {name.replace('_', ' ')} may have 10 digits before the point"
            f" and {limits.NUMBER_PLACES} behind it.",
            where=(*where, name),
        )


def _check_length(label: str, text: str, longest: int, where: Where) -> None:
    actual = len(limits.quickbooks_text(text))
    if actual > longest:
        raise TextTooLong(label, longest=longest, actual=actual, where=where)


def _check_characters(label: str, text: str, where: Where) -> None:
    if bad := limits.unstorable_characters(text):
        shown = limits.show_characters(bad, text)
        raise InvalidValue(
            f"{label} holds characters that QuickBooks cannot store: {shown}. Remove them.",
            where=where,
        )
