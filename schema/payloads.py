"""What mutations answer: the outcome beside `userErrors`."""

from uuid import UUID

import strawberry

from schema.connections import Connection
from schema.context import Info
from schema.drafts import InvoiceDraft, draft_of
from schema.ids import known
from schema.invoices import Batch, Invoice
from schema.tasks import Task
from schema.user_errors import UserError


@strawberry.interface
class MutationPayload:
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class CreateInvoicePayload(MutationPayload):
    invoice: Invoice | None = None


@strawberry.type
class CreateAdjustmentInvoicePayload(MutationPayload):
    """The adjustment; `adjustmentTo` leads back to the invoice that it adjusts."""

    invoice: Invoice | None = None


@strawberry.type
class ExportInvoicesPayload(MutationPayload):
    batch: Batch | None = None
    invoices: list[Invoice] | None = None
    sync_cursor: str | None = strawberry.field(
        default=None, description="Subscribe `after` it to see what becomes of this export."
    )
    connection_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def connection(self, info: Info) -> Connection | None:
        """State of the connection it will travel through, and when to expect it."""
        return await _connection(info, self.connection_id)


@strawberry.type
class UpdateInvoiceDetailsPayload(MutationPayload):
    invoice: Invoice | None = None

    @strawberry.field
    async def draft(self, info: Info) -> InvoiceDraft | None:
        return await _draft(info, self.invoice)


@strawberry.type
class EditTaskPayload(MutationPayload):
    invoice: Invoice | None = None
    task: Task | None = strawberry.field(default=None, description="The task as it is staged.")

    @strawberry.field
    async def draft(self, info: Info) -> InvoiceDraft | None:
        return await _draft(info, self.invoice)


@strawberry.type
class AddTaskPayload(MutationPayload):
    invoice: Invoice | None = None

    @strawberry.field
    async def draft(self, info: Info) -> InvoiceDraft | None:
        return await _draft(info, self.invoice)


@strawberry.type
class RemoveTaskPayload(MutationPayload):
    invoice: Invoice | None = None

    @strawberry.field
    async def draft(self, info: Info) -> InvoiceDraft | None:
        return await _draft(info, self.invoice)


@strawberry.type
class RevertToPayload(MutationPayload):
    """The invoice, unchanged as yet, and the staged way back."""

    invoice: Invoice | None = None

    @strawberry.field
    async def draft(self, info: Info) -> InvoiceDraft | None:
        """What would be saved: changes, totals, and the guards that a save would meet."""
        return await _draft(info, self.invoice)


@strawberry.type
class DiscardDraftPayload(MutationPayload):
    invoice: Invoice | None = None


@strawberry.type
class SaveInvoicePayload(MutationPayload):
    """The invoice as saved, or why it was not."""

    invoice: Invoice | None = strawberry.field(default=None, description="Its next version.")


@strawberry.type
class SaveAndSyncPayload(MutationPayload):
    invoice: Invoice | None = None
    sync_cursor: str | None = strawberry.field(
        default=None, description="Subscribe `after` it to see what becomes of this save."
    )
    connection_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def connection(self, info: Info) -> Connection | None:
        """State of the connection it will travel through, and when to expect it."""
        return await _connection(info, self.connection_id)


@strawberry.type
class SaveAndBypassPayload(MutationPayload):
    invoice: Invoice | None = None
    sync_cursor: str | None = None


@strawberry.type
class ResyncPayload(MutationPayload):
    invoice: Invoice | None = None
    sync_cursor: str | None = None
    connection_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def connection(self, info: Info) -> Connection | None:
        return await _connection(info, self.connection_id)


@strawberry.type
class ResolveConflictPayload(MutationPayload):
    invoice: Invoice | None = None
    sync_cursor: str | None = None


@strawberry.type
class CreateConnectionPayload(MutationPayload):
    """The password and the .qwc file are shown once."""

    connection: Connection | None = None
    qwc_file: str | None = None
    password: str | None = None


@strawberry.type
class RotateConnectionPasswordPayload(MutationPayload):
    """The password is shown once; it is typed into the Web Connector, which keeps its .qwc file."""

    connection: Connection | None = None
    password: str | None = None
    qwc_file: str | None = strawberry.field(
        default=None,
        description="Needed only where the Web Connector must be set up anew, or this service moved"
        " to another address.",
    )


@strawberry.type
class UpdateConnectionPayload(MutationPayload):
    connection: Connection | None = None


async def _connection(info: Info, key: UUID | None) -> Connection | None:
    if key is None:
        return None
    return Connection.of(known(await info.context.loaders.connections.load(key)))


async def _draft(info: Info, invoice: Invoice | None) -> InvoiceDraft | None:
    return None if invoice is None else await draft_of(info, invoice.value)
