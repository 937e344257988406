"""Edits on their way: may it be edited, what is staged, what was accepted."""

from datetime import date, datetime
from typing import Self

import strawberry

from domain import eligibility, revision
from domain.eligibility import EditAlternative, EligibilityCode
from domain.guards import GuardCode
from domain.invoice import Invoice
from domain.sync_status import SyncStatus
from resolvers.invoice_reading import DraftView
from schema.actors import Actor
from schema.connections import Connection
from schema.context import Info
from schema.guards import Guard
from schema.ids import Node, global_id, known, public_path, task_ids
from schema.lists import TaxZone
from schema.scalars import Money
from schema.tasks import Task

for _enum in (EditAlternative, EligibilityCode):
    strawberry.enum(_enum)


@strawberry.type
class EligibilityReason:
    code: EligibilityCode
    message: str


@strawberry.type
class EditEligibility:
    can_edit: bool
    can_sync: bool
    reasons: list[EligibilityReason]
    alternative: EditAlternative | None
    connections: list[Connection]

    @classmethod
    def of(cls, value: eligibility.Eligibility) -> Self:
        """Show a judgement."""
        return cls(
            can_edit=value.can_edit,
            can_sync=value.can_sync,
            reasons=[
                EligibilityReason(code=code, message=value.message(code)) for code in value.reasons
            ],
            alternative=value.alternative,
            connections=[Connection.of(connection) for connection in value.connections],
        )


@strawberry.type
class FieldChange:
    path: str
    before: str | None
    after: str | None

    @classmethod
    def of(cls, change: revision.FieldChange) -> Self:
        """Show a change; an order of tasks names them by the ids that clients know."""
        show = task_ids if change.path == ("task_order",) else _as_it_is
        return cls(
            path=public_path(change.path), before=show(change.before), after=show(change.after)
        )


@strawberry.type
class InvoiceDraft:
    base_version: int
    editor: Actor
    started_at: datetime
    touched_at: datetime = strawberry.field(description="When something was staged last.")
    expires_at: datetime = strawberry.field(
        description="Untouched until then, the draft gives way to whoever edits the invoice next;"
        " what was staged stays readable in the invoice's audit trail."
    )
    changes: list[FieldChange]
    subtotal: Money
    sales_tax: Money
    total: Money
    guards: list[Guard]
    invoice_number: str = strawberry.field(description="Invoice # as the draft has it.")
    invoice_date: date = strawberry.field(description="The date as the draft has it.")
    summary: str | None = strawberry.field(description="The summary as the draft has it.")
    view: strawberry.Private[DraftView]

    @strawberry.field
    async def tax_zone(self, info: Info) -> TaxZone | None:
        """The tax zone as the draft has it."""
        key = self.view.draft.content.tax_zone_id
        if key is None:
            return None
        return TaxZone.of(known(await info.context.loaders.tax_zones.load(key)))

    @strawberry.field
    def tasks(self) -> list[Task]:
        """The tasks as the draft has them, in their order: what saving it would make."""
        draft = self.view.draft
        numbered = enumerate(draft.content.tasks, start=1)
        return [Task.of(draft.invoice_id, position, task) for position, task in numbered]

    @classmethod
    def of(cls, view: DraftView) -> Self:
        """Show a draft with what it would change."""
        return cls(
            base_version=view.draft.base_version,
            editor=Actor.of(view.draft.editor),
            started_at=view.draft.started_at,
            touched_at=view.draft.touched_at,
            expires_at=view.draft.expires_at,
            changes=[FieldChange.of(change) for change in view.changes],
            subtotal=Money(view.totals.subtotal),
            sales_tax=Money(view.totals.sales_tax),
            total=Money(view.totals.total),
            guards=[Guard.of(guard) for guard in view.guards],
            invoice_number=view.draft.content.number,
            invoice_date=view.draft.content.date,
            summary=view.draft.content.summary,
            view=view,
        )


async def draft_of(info: Info, invoice: Invoice) -> InvoiceDraft | None:
    """Give the open draft of the invoice."""
    view = await info.context.loaders.drafts.load(invoice)
    return None if view is None else InvoiceDraft.of(view)


@strawberry.type
class Revision(Node):
    version: int
    actor: Actor
    reason: str | None
    made_at: datetime
    changes: list[FieldChange]
    disposition: SyncStatus
    acknowledged: list[GuardCode] = strawberry.field(
        description="The reminders that its author was shown and confirmed with this save."
    )

    @classmethod
    def of(cls, value: revision.Revision) -> Self:
        """Show an accepted save."""
        return cls(
            id=global_id("Revision", value.id),
            version=value.version,
            actor=Actor.of(value.actor),
            reason=value.reason,
            made_at=value.made_at,
            changes=[FieldChange.of(change) for change in value.changes],
            disposition=value.disposition,
            acknowledged=list(value.acknowledged),
        )


def _as_it_is(text: str | None) -> str | None:
    return text
