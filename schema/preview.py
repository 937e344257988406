"""Previews: what a sync would change in QuickBooks, told without sending anything."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from domain import preview
from domain.preview import FieldEffect, LineAction
from resolvers.preview import Preview, preview_sync
from resolvers.preview import SyncPreview as SyncPreviewValue
from schema.connections import Connection
from schema.context import Info
from schema.edits import InvoiceEdits
from schema.guards import Guard
from schema.ids import expect_id_or_none, find_id, global_id, known, public_path, task_ids
from schema.positions import check_storable
from schema.scalars import Money
from schema.sync import FieldNotSent

strawberry.enum(LineAction, description="What a sync does to a line of QuickBooks' invoice.")
strawberry.enum(FieldEffect, name="PreviewEffect", description="What a sync does to a field.")

#: Descriptions of the values of LineAction, for `schema.descriptions`.
ACTION_MEANINGS = {
    LineAction.KEEP: "It stays as it is; so does every line that is not yours.",
    LineAction.CHANGE: "One of its fields is written.",
    LineAction.ADD: "QuickBooks does not have it yet.",
    LineAction.DELETE: "Its task was removed here.",
}
#: Descriptions of the values of PreviewEffect, for `schema.descriptions`.
EFFECT_MEANINGS = {
    FieldEffect.KEEP: "QuickBooks holds the same already.",
    FieldEffect.SEND: "Your value is written to QuickBooks.",
    FieldEffect.TAKE: (
        "It was changed in QuickBooks since the last sync and not here: QuickBooks' value is taken."
    ),
    FieldEffect.CONFLICT: (
        "Both sides changed it since the last sync: nothing is overwritten, a person chooses."
    ),
    FieldEffect.STAY: "It is saved here and not sent.",
}


@strawberry.type
class PreviewField:
    """One field on all sides, as text; null where a side has nothing."""

    path: str = strawberry.field(
        description="The field, such as `invoiceDate`, `memo` or `tasks.<id>.unitPrice`; a line"
        " that is added or deleted is one field, `tasks.<id>`."
    )
    before: str | None = strawberry.field(description="As it is saved here.")
    yours: str | None = strawberry.field(description="As it would be saved.")
    quickbooks: str | None = strawberry.field(description="As QuickBooks holds it.")
    effect: FieldEffect

    @classmethod
    def of(cls, field: preview.PreviewField) -> Self:
        """Show a field; an order of tasks names them by the ids that clients know."""
        is_order = field.path == ("task_order",)
        return cls(
            path=public_path(field.path),
            before=task_ids(field.before) if is_order else field.before,
            yours=task_ids(field.yours) if is_order else field.yours,
            quickbooks=field.quickbooks,
            effect=field.effect,
        )


@strawberry.type
class PreviewLine:
    """A line of QuickBooks' invoice, and what a sync does to it."""

    task_id: strawberry.ID | None = strawberry.field(
        description="The task it stands for; null for a line that is not yours, which is kept."
    )
    quickbooks_line_id: str | None = strawberry.field(
        description="QuickBooks' TxnLineID; null for a line that is added."
    )
    action: LineAction
    description: str | None

    @classmethod
    def of(cls, line: preview.PreviewLine) -> Self:
        """Show a line."""
        return cls(
            task_id=None if line.task_id is None else global_id("Task", line.task_id),
            quickbooks_line_id=line.quickbooks_line_id,
            action=line.action,
            description=line.description,
        )


@strawberry.type
class SyncPreview:
    """What a sync would change in QuickBooks, without sending anything.

    It is made of the open draft if there is one, else of the invoice as it is; for an invoice that
    was not exported yet it tells what its export would add.
    """

    fields: list[PreviewField] = strawberry.field(
        description="The invoice's details, and of its lines every field that differs on any side."
    )
    lines: list[PreviewLine] = strawberry.field(
        description="QuickBooks' lines in QuickBooks' order, those that are not yours among them,"
        " then the lines that are added."
    )
    total_before: Money = strawberry.field(description="The total as it is saved here.")
    total_after: Money = strawberry.field(description="The total as it would be saved.")
    tax_before: Money = strawberry.field(description="The sales tax as it is saved here.")
    tax_after: Money = strawberry.field(description="The sales tax as it would be saved.")
    quickbooks_total: Money | None = strawberry.field(
        description="The total that QuickBooks holds, with lines that are not yours."
    )
    quickbooks_tax: Money | None = strawberry.field(
        description="The sales tax that QuickBooks computed."
    )
    guards: list[Guard] = strawberry.field(description="Every guard's verdict on the save.")
    not_sent: list[FieldNotSent] = strawberry.field(
        description="Fields saved here that QuickBooks cannot hold."
    )
    quickbooks_read_at: datetime | None = strawberry.field(
        description="When QuickBooks told the copy that this compares with; null before the export."
    )
    is_live: bool = strawberry.field(
        description="QuickBooks was asked just now. Otherwise its connector is not in session, or"
        " it did not answer in time, and this compares with its last known copy."
    )
    qbxml: str = strawberry.field(
        description="The request that a Save & Sync would queue now, byte for byte but for its"
        " requestID, once every reminder is acknowledged; empty when nothing would be sent, see"
        " `nothingSent`."
    )
    goes_first: str | None = strawberry.field(
        description="A request that goes ahead of it by itself, because it names something that"
        " QuickBooks is not known to have, such as a new inventory site; null when nothing has to."
    )
    nothing_sent: str | None = strawberry.field(
        description="Why nothing would be sent, fit to show to the user."
    )
    reads_first: bool = strawberry.field(
        description="QuickBooks' copy may have moved on: it is read before the request leaves, and"
        " the request is then made anew, from that copy."
    )
    remarks: list[str] = strawberry.field(
        description="What else is worth knowing, such as that somebody voided the invoice in"
        " QuickBooks."
    )
    connection_id: strawberry.Private[UUID | None]

    @strawberry.field
    async def connection(self, info: Info) -> Connection | None:
        """The connection it would travel through; null when none may carry it."""
        if self.connection_id is None:
            return None
        return Connection.of(known(await info.context.loaders.connections.load(self.connection_id)))

    @classmethod
    def of(cls, value: SyncPreviewValue) -> Self:
        """Show a preview."""
        held = value.quickbooks
        return cls(
            fields=[PreviewField.of(field) for field in value.fields],
            lines=[PreviewLine.of(line) for line in value.lines],
            total_before=Money(value.before.total),
            total_after=Money(value.after.total),
            tax_before=Money(value.before.sales_tax),
            tax_after=Money(value.after.sales_tax),
            quickbooks_total=None if held is None else Money(held.total),
            quickbooks_tax=None if held is None else Money(held.sales_tax),
            guards=[Guard.of(guard) for guard in value.guards],
            not_sent=[FieldNotSent.of(path, reason) for path, reason in value.not_sent],
            quickbooks_read_at=value.read_at,
            is_live=value.is_live,
            qbxml=value.qbxml or "",
            goes_first=value.goes_first,
            nothing_sent=value.nothing_sent,
            reads_first=value.reads_first,
            remarks=list(value.remarks),
            connection_id=value.connection_id,
        )


@strawberry.type
class PreviewQueries:
    """The queries of previews."""

    @strawberry.field
    async def preview_sync(
        self,
        info: Info,
        invoice_id: strawberry.ID,
        connection_id: strawberry.ID | None = None,
        edits: Annotated[
            InvoiceEdits | None,
            strawberry.argument(description="Preview these as well, on top of your draft."),
        ] = None,
        live: Annotated[
            bool,
            strawberry.argument(
                description="Ask QuickBooks for its present copy while its connector is in session,"
                " and wait up to four seconds; false compares with the last known copy at once."
            ),
        ] = True,
    ) -> SyncPreview | None:
        """What a Save & Sync would do now, sent to nobody.

        Null for an invoice that the account does not have.
        """
        check_storable(edits)
        wish = Preview(
            invoice_id=find_id(invoice_id, "Invoice"),
            connection_id=expect_id_or_none(connection_id, "Connection", ("connection_id",)),
            edits=None if edits is None else edits.to_domain(("edits",)),
            live=live,
        )
        found = await preview_sync(info.context.caller, wish)
        return None if found is None else SyncPreview.of(found)
