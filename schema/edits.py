"""Edits as callers write them; absent leaves a field as it is, null clears it."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry import Some

from domain import edits
from domain.edits import UNSET, Unset
from domain.errors import Where
from schema.ids import expect_id, expect_id_or_none, expect_ids


@strawberry.input
class InvoiceDetailsPatch:
    invoice_number: strawberry.Maybe[str | None]
    invoice_date: strawberry.Maybe[dt.date | None]
    tax_zone_id: strawberry.Maybe[strawberry.ID | None]
    summary: strawberry.Maybe[str | None]

    def to_domain(self, at: Where) -> edits.DetailsPatch:
        """Raise NotFound for an id that is none; the domain judges the rest."""
        return edits.DetailsPatch(
            number=given(self.invoice_number),
            date=given(self.invoice_date),
            tax_zone_id=_given_id(self.tax_zone_id, "TaxZone", (*at, "tax_zone_id")),
            summary=given(self.summary),
        )


@strawberry.input
class TaskPatch:
    description: strawberry.Maybe[str | None]
    taxable: strawberry.Maybe[bool | None]
    quantity: strawberry.Maybe[Decimal | None]
    unit_price: strawberry.Maybe[Decimal | None]
    cost: strawberry.Maybe[Decimal | None]
    business_unit_id: strawberry.Maybe[strawberry.ID | None]
    inventory_location_id: strawberry.Maybe[strawberry.ID | None]

    def to_domain(self, at: Where) -> edits.TaskPatch:
        """Raise NotFound for an id that is none; the domain judges the rest."""
        return edits.TaskPatch(
            description=given(self.description),
            taxable=given(self.taxable),
            quantity=given(self.quantity),
            unit_price=given(self.unit_price),
            cost=given(self.cost),
            business_unit_id=_given_id(
                self.business_unit_id, "BusinessUnit", (*at, "business_unit_id")
            ),
            inventory_location_id=_given_id(
                self.inventory_location_id, "InventoryLocation", (*at, "inventory_location_id")
            ),
        )


@strawberry.input
class NewTask:
    item_id: strawberry.ID
    description: str | None = None
    taxable: bool
    quantity: Decimal
    unit_price: Decimal
    cost: Decimal | None = None
    business_unit_id: strawberry.ID | None = None
    inventory_location_id: strawberry.ID | None = None
    position: int | None = None

    def to_domain(self, at: Where) -> edits.NewTask:
        """Raise NotFound for an id that is none; the domain judges the rest."""
        return edits.NewTask(
            item_id=expect_id(self.item_id, "Item", (*at, "item_id")),
            description=self.description,
            taxable=self.taxable,
            quantity=self.quantity,
            unit_price=self.unit_price,
            cost=self.cost,
            business_unit_id=expect_id_or_none(
                self.business_unit_id, "BusinessUnit", (*at, "business_unit_id")
            ),
            inventory_location_id=expect_id_or_none(
                self.inventory_location_id, "InventoryLocation", (*at, "inventory_location_id")
            ),
            position=self.position,
        )


@strawberry.input
class TaskEdit:
    task_id: strawberry.ID
    patch: TaskPatch

    def to_domain(self, at: Where) -> edits.TaskEdit:
        """Raise NotFound for an id that is none; the domain judges the rest."""
        return edits.TaskEdit(
            expect_id(self.task_id, "Task", (*at, "task_id")),
            self.patch.to_domain((*at, "patch")),
        )


@strawberry.input
class InvoiceEdits:
    """Everything that one save changes, for callers that do not stage."""

    details: InvoiceDetailsPatch | None = None
    edit_tasks: list[TaskEdit] | None = None
    add_tasks: list[NewTask] | None = None
    remove_task_ids: list[strawberry.ID] | None = None

    def to_domain(self, at: Where) -> edits.Edits:
        """Raise NotFound for an id that is none; the domain judges the rest."""
        return edits.Edits(
            details=None if self.details is None else self.details.to_domain((*at, "details")),
            edit_tasks=tuple(
                edit.to_domain((*at, "edit_tasks", str(n)))
                for n, edit in enumerate(self.edit_tasks or ())
            ),
            add_tasks=new_tasks(self.add_tasks or [], (*at, "add_tasks")),
            remove_task_ids=expect_ids(
                self.remove_task_ids or (), "Task", (*at, "remove_task_ids")
            ),
        )


def new_tasks(tasks: list[NewTask], at: Where) -> tuple[edits.NewTask, ...]:
    """Give the tasks as the domain takes them."""
    return tuple(task.to_domain((*at, str(n))) for n, task in enumerate(tasks))


def given(value: Some[Any] | None) -> Any:
    """Give the value of a field that may be absent; UNSET when it is."""
    return UNSET if value is None else value.value


def _given_id(
    value: Some[strawberry.ID | None] | None, type_name: str, where: Where
) -> UUID | Unset | None:
    return UNSET if value is None else expect_id_or_none(value.value, type_name, where)
