"""The inputs of mutations, and the wishes they become."""

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

import strawberry

from domain import edits
from domain.errors import Where
from domain.guards import GuardCode
from resolvers.conflicts import ConflictChoice as Choice
from resolvers.conflicts import ConflictSide, Resolution
from resolvers.drafts import Stage
from resolvers.exporting import Export
from resolvers.invoices import NewInvoice
from resolvers.saving import Resync, Save
from schema.edits import (
    InvoiceDetailsPatch,
    InvoiceEdits,
    NewTask,
    TaskPatch,
    new_tasks,
)
from schema.ids import domain_path, expect_id, expect_id_or_none, expect_ids, find_id
from schema.positions import MutationInput, in_new_tasks

_INVOICE, _TASK = ("invoice_id",), ("task_id",)


@strawberry.input
class CreateInvoiceInput(MutationInput):
    invoice_number: str
    invoice_date: dt.date
    customer_id: strawberry.ID
    tax_zone_id: strawberry.ID | None = None
    business_unit_id: strawberry.ID | None = None
    technician_id: strawberry.ID | None = None
    service_location_id: strawberry.ID | None = None
    summary: str | None = None
    tasks: list[NewTask]
    idempotency_key: str
    is_application_for_payment: bool = strawberry.field(
        default=False,
        description="Generated from an Application for Payment: once exported it is corrected by"
        " adjustment invoices only.",
    )
    is_imported: bool = strawberry.field(
        default=False,
        description="Brought in from an older system that had exported it: it counts as exported"
        " with the origin IMPORTED, nothing is sent, and only an unlock (`requestUnlock`) makes it"
        " editable. It needs the permission BYPASS_BATCH_EXPORT too.",
    )

    beginnings: ClassVar[Mapping[Where, Where]] = {("details",): ()}

    def place(self, where: Where) -> Where:
        """A reference in a new task is told by the task's fresh id, which the caller never saw."""
        return in_new_tasks(super().place(where), self.tasks)

    def to_domain(self) -> NewInvoice:
        """Raise NotFound for an id that is none."""
        return NewInvoice(
            number=self.invoice_number,
            date=self.invoice_date,
            customer_id=expect_id(self.customer_id, "Customer", ("customer_id",)),
            tax_zone_id=expect_id_or_none(self.tax_zone_id, "TaxZone", ("tax_zone_id",)),
            business_unit_id=expect_id_or_none(
                self.business_unit_id, "BusinessUnit", ("business_unit_id",)
            ),
            technician_id=expect_id_or_none(self.technician_id, "Technician", ("technician_id",)),
            service_location_id=expect_id_or_none(
                self.service_location_id, "ServiceLocation", ("service_location_id",)
            ),
            summary=self.summary,
            is_application_for_payment=self.is_application_for_payment,
            is_imported=self.is_imported,
            tasks=new_tasks(self.tasks, ("tasks",)),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class ExportInvoicesInput(MutationInput):
    invoice_ids: list[strawberry.ID]
    batch_name: str
    connection_id: strawberry.ID | None = None
    idempotency_key: str

    def to_domain(self) -> Export:
        """Raise NotFound for an id that is none."""
        return Export(
            invoice_ids=expect_ids(self.invoice_ids, "Invoice", ("invoice_ids",)),
            batch_name=self.batch_name,
            connection_id=_connection(self.connection_id),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class UpdateInvoiceDetailsInput(MutationInput):
    invoice_id: strawberry.ID
    version: int
    patch: InvoiceDetailsPatch
    idempotency_key: str | None = None

    beginnings: ClassVar[Mapping[Where, Where]] = {("details",): ("patch",)}

    def to_domain(self) -> Stage:
        """Raise NotFound for an id that is none."""
        return Stage(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            version=self.version,
            edits=edits.Edits(details=self.patch.to_domain(("patch",))),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class EditTaskInput(MutationInput):
    invoice_id: strawberry.ID
    task_id: strawberry.ID
    version: int
    patch: TaskPatch
    idempotency_key: str | None = None

    beginnings: ClassVar[Mapping[Where, Where]] = {("edit_tasks", "0"): ()}

    def place(self, where: Where) -> Where:
        """A reference is told by the id of the task that holds it."""
        return _in_task(super().place(where), find_id(self.task_id, "Task"), ("patch",))

    def to_domain(self) -> Stage:
        """Raise NotFound for an id that is none."""
        edit = edits.TaskEdit(
            expect_id(self.task_id, "Task", _TASK), self.patch.to_domain(("patch",))
        )
        return Stage(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            version=self.version,
            edits=edits.Edits(edit_tasks=(edit,)),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class AddTaskInput(MutationInput):
    invoice_id: strawberry.ID
    version: int
    task: NewTask
    idempotency_key: str | None = None

    beginnings: ClassVar[Mapping[Where, Where]] = {("add_tasks", "0"): ("task",)}

    def place(self, where: Where) -> Where:
        """A reference in the new task is told by its fresh id, which the caller never saw."""
        match super().place(where):
            case ("tasks", _, *rest):
                return ("task", *rest)
            case placed:
                return placed

    def to_domain(self) -> Stage:
        """Raise NotFound for an id that is none."""
        return Stage(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            version=self.version,
            edits=edits.Edits(add_tasks=(self.task.to_domain(("task",)),)),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class RemoveTaskInput(MutationInput):
    invoice_id: strawberry.ID
    task_id: strawberry.ID
    version: int
    idempotency_key: str | None = None

    beginnings: ClassVar[Mapping[Where, Where]] = {("remove_task_ids", "0"): _TASK}

    def to_domain(self) -> Stage:
        """Raise NotFound for an id that is none."""
        return Stage(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            version=self.version,
            edits=edits.Edits(remove_task_ids=(expect_id(self.task_id, "Task", _TASK),)),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class DiscardDraftInput(MutationInput):
    invoice_id: strawberry.ID

    def to_domain(self) -> UUID:
        """Raise NotFound for an id that is none."""
        return expect_id(self.invoice_id, "Invoice", _INVOICE)


class _SaveInput(MutationInput):
    """What all ways of saving share; GraphQL knows their inputs only."""

    invoice_id: strawberry.ID
    version: int
    edits: InvoiceEdits | None
    acknowledge: list[GuardCode] | None
    reason: str | None
    idempotency_key: str

    beginnings: ClassVar[Mapping[Where, Where]] = {
        (name,): ("edits", name)
        for name in ("details", "edit_tasks", "add_tasks", "remove_task_ids")
    }

    def place(self, where: Where) -> Where:
        """A reference is told by the id of its task, which may be one of those just added."""
        placed = super().place(where)
        if placed[0] != "tasks" or self.edits is None:
            return placed
        for n, edit in enumerate(self.edits.edit_tasks or ()):
            at = ("edits", "edit_tasks", str(n), "patch")
            placed = _in_task(placed, find_id(edit.task_id, "Task"), at)
        if placed[0] == "tasks" and len(self.edits.add_tasks or ()) == 1:
            return ("edits", "add_tasks", "0", *placed[2:])
        return placed if placed[0] == "edits" else ("edits",)

    def asked_connection(self) -> str | None:
        """Give the connection that the caller names; None where none is asked for."""
        return None

    def to_domain(self) -> Save:
        """Raise NotFound for an id that is none."""
        return Save(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            version=self.version,
            connection_id=_connection(self.asked_connection()),
            edits=None if self.edits is None else self.edits.to_domain(("edits",)),
            acknowledge=tuple(self.acknowledge or ()),
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class _SendInput(_SaveInput):
    """A save that may name the connection to send through."""

    invoice_id: strawberry.ID
    version: int
    connection_id: strawberry.ID | None = None
    edits: InvoiceEdits | None = None
    acknowledge: list[GuardCode] | None = None
    reason: str | None = None
    idempotency_key: str

    def asked_connection(self) -> str | None:
        """Give what the caller chose in “Please select a connection”."""
        return self.connection_id


@strawberry.input
class SaveAndSyncInput(_SendInput):
    pass


@strawberry.input
class SaveAndBypassInput(_SendInput):
    pass


@strawberry.input
class SaveInvoiceInput(_SaveInput):
    """The draft, the edits, or both together, of an invoice that was never exported."""

    invoice_id: strawberry.ID = strawberry.field(
        description="The invoice to save, one that was never exported."
    )
    version: int = strawberry.field(description="The version that the caller has seen.")
    edits: InvoiceEdits | None = strawberry.field(
        default=None, description="Changes besides the staged ones."
    )
    acknowledge: list[GuardCode] | None = strawberry.field(
        default=None, description="Codes of guards that the caller has read and accepts."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why, for the history; at most 1,000 characters."
    )
    idempotency_key: str = strawberry.field(description="Repeating it saves once.")


strawberry.enum(ConflictSide)


@strawberry.input
class ConflictChoice:
    """Whose value a field in conflict shall have; its path as SyncConflict tells it."""

    path: str
    take: ConflictSide


@strawberry.input
class ResolveConflictInput(MutationInput):
    """One choice for each field in conflict."""

    invoice_id: strawberry.ID
    version: int
    choices: list[ConflictChoice]
    idempotency_key: str

    def to_domain(self) -> Resolution:
        """Raise NotFound for an id that is none."""
        return Resolution(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            version=self.version,
            choices=tuple(Choice(domain_path(c.path), c.take) for c in self.choices),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class ResyncInput(MutationInput):
    invoice_id: strawberry.ID
    version: int
    connection_id: strawberry.ID | None = None
    acknowledge: list[GuardCode] | None = None
    idempotency_key: str

    def to_domain(self) -> Resync:
        """Raise NotFound for an id that is none."""
        return Resync(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            version=self.version,
            connection_id=_connection(self.connection_id),
            acknowledge=tuple(self.acknowledge or ()),
            idempotency_key=self.idempotency_key,
        )


def _connection(text: str | None) -> UUID | None:
    return expect_id_or_none(text, "Connection", ("connection_id",))


def _in_task(where: Where, task_id: UUID, at: Where) -> Where:
    """Give a position inside this task as one below `at`; other positions stay as they are."""
    return (*at, *where[2:]) if where[:2] == ("tasks", str(task_id)) else where
