"""The inputs of what corrects an exported invoice beside its edits."""

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar

import strawberry

from domain.errors import Where
from resolvers.adjusting import Adjustment
from resolvers.reverting import Revert
from schema.edits import NewTask, new_tasks
from schema.ids import expect_id, expect_id_or_none
from schema.positions import MutationInput, in_new_tasks

_INVOICE, _REVISION = ("invoice_id",), ("revision_id",)


@strawberry.input
class CreateAdjustmentInvoiceInput(MutationInput):
    """What an adjustment invoice says itself; the rest it takes from the adjusted invoice."""

    invoice_id: strawberry.ID = strawberry.field(description="The exported invoice to adjust.")
    invoice_number: str = strawberry.field(
        description="The adjustment's own number, at most 11 characters."
    )
    invoice_date: dt.date = strawberry.field(
        description="The adjustment's own date: today's, where the adjusted invoice's books are"
        " closed."
    )
    tasks: list[NewTask] = strawberry.field(
        description="What changes: a negative quantity takes an item back, a positive one adds it."
    )
    summary: str | None = strawberry.field(
        default=None,
        description="Stands in QuickBooks' memo behind the batch and the number of the adjusted"
        " invoice.",
    )
    reason: str | None = strawberry.field(
        default=None, description="Why it is adjusted, for your own records; never sent."
    )
    idempotency_key: str

    beginnings: ClassVar[Mapping[Where, Where]] = {("details",): ()}

    def place(self, where: Where) -> Where:
        """A reference in a new task is told by the task's fresh id, which the caller never saw."""
        return in_new_tasks(super().place(where), self.tasks)

    def to_domain(self) -> Adjustment:
        """Raise NotFound for an id that is none."""
        return Adjustment(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            number=self.invoice_number,
            date=self.invoice_date,
            tasks=new_tasks(self.tasks, ("tasks",)),
            summary=self.summary,
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class RevertToInput(MutationInput):
    """Which earlier state of the invoice is to be staged."""

    invoice_id: strawberry.ID
    version: int = strawberry.field(
        description="The invoice's version as last seen; not the one to go back to."
    )
    revision_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The invoice becomes as it was right after this save. Leave it out to go back"
        " to version 1, before the first save of an edit.",
    )
    idempotency_key: str | None = None

    def to_domain(self) -> Revert:
        """Raise NotFound for an id that is none."""
        return Revert(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            version=self.version,
            revision_id=expect_id_or_none(self.revision_id, "Revision", _REVISION),
            idempotency_key=self.idempotency_key,
        )
