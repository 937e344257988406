"""The mutations: each translates, calls its use case, and shows the outcome."""

from uuid import UUID

import strawberry

from resolvers import (
    adjusting,
    conflicts,
    connections,
    drafts,
    exporting,
    invoices,
    reverting,
    saving,
    saving_here,
)
from schema import connection_inputs, corrections, inputs, payloads
from schema.api_keys import ApiKeyMutations
from schema.batches import BatchMutations
from schema.connections import Connection
from schema.context import Info
from schema.drifts import DriftMutations
from schema.ids import find_id
from schema.invoices import Batch, Invoice
from schema.mapping import MappingMutations
from schema.naming import NamingMutations
from schema.pagination import event_cursor
from schema.payments import PaymentMutations
from schema.people_mutations import PeopleMutations
from schema.tasks import Task
from schema.unlock_mutations import UnlockMutations
from schema.user_errors import mutation
from schema.webhook_mutations import WebhookMutations


@strawberry.type
class Mutation(
    ApiKeyMutations,
    BatchMutations,
    DriftMutations,
    MappingMutations,
    NamingMutations,
    PaymentMutations,
    PeopleMutations,
    UnlockMutations,
    WebhookMutations,
):
    @mutation
    async def create_invoice(
        self, info: Info, input: inputs.CreateInvoiceInput
    ) -> payloads.CreateInvoicePayload | None:
        """Store a new invoice that QuickBooks does not know yet."""
        created = await invoices.create_invoice(info.context.caller, input.to_domain())
        return payloads.CreateInvoicePayload(invoice=Invoice.of(created))

    @mutation
    async def create_adjustment_invoice(
        self, info: Info, input: corrections.CreateAdjustmentInvoiceInput
    ) -> payloads.CreateAdjustmentInvoicePayload | None:
        """Store an invoice that corrects an exported one, which itself stays as it is.

        It takes customer, business unit, technician and tax zone from that one, may have a negative
        total, and goes out by `exportInvoices`: as an invoice, or, with a negative total, as a
        credit memo. For invoices that cannot be edited, and wherever a record of its own is wanted.
        """
        created = await adjusting.create_adjustment_invoice(info.context.caller, input.to_domain())
        return payloads.CreateAdjustmentInvoicePayload(invoice=Invoice.of(created))

    @mutation
    async def export_invoices(
        self, info: Info, input: inputs.ExportInvoicesInput
    ) -> payloads.ExportInvoicesPayload | None:
        """Put invoices into a new batch and ask QuickBooks to add each of them: all or none.

        One with a negative total becomes a credit memo there, any other an invoice.
        """
        exported = await exporting.export_invoices(info.context.caller, input.to_domain())
        return payloads.ExportInvoicesPayload(
            batch=Batch.of(exported.batch),
            invoices=[Invoice.of(invoice) for invoice in exported.invoices],
            sync_cursor=_cursor(info, exported.after),
            connection_id=exported.connection_id,
        )

    @mutation
    async def update_invoice_details(
        self, info: Info, input: inputs.UpdateInvoiceDetailsInput
    ) -> payloads.UpdateInvoiceDetailsPayload | None:
        """Stage changes of the invoice's details; nothing changes until they are saved."""
        staged = await drafts.stage(info.context.caller, "updateInvoiceDetails", input.to_domain())
        return payloads.UpdateInvoiceDetailsPayload(invoice=Invoice.of(staged.invoice))

    @mutation
    async def edit_task(
        self, info: Info, input: inputs.EditTaskInput
    ) -> payloads.EditTaskPayload | None:
        """Stage changes of one task."""
        staged = await drafts.stage(info.context.caller, "editTask", input.to_domain())
        task = _staged_task(staged, find_id(input.task_id, "Task"))
        return payloads.EditTaskPayload(invoice=Invoice.of(staged.invoice), task=task)

    @mutation
    async def add_task(
        self, info: Info, input: inputs.AddTaskInput
    ) -> payloads.AddTaskPayload | None:
        """Stage a new task."""
        staged = await drafts.stage(info.context.caller, "addTask", input.to_domain())
        return payloads.AddTaskPayload(invoice=Invoice.of(staged.invoice))

    @mutation
    async def remove_task(
        self, info: Info, input: inputs.RemoveTaskInput
    ) -> payloads.RemoveTaskPayload | None:
        """Stage the removal of a task."""
        staged = await drafts.stage(info.context.caller, "removeTask", input.to_domain())
        return payloads.RemoveTaskPayload(invoice=Invoice.of(staged.invoice))

    @mutation
    async def revert_to(
        self, info: Info, input: corrections.RevertToInput
    ) -> payloads.RevertToPayload | None:
        """Stage the edit that makes the invoice as it was after an earlier save.

        It becomes the caller's draft, in the place of what was staged there before, and goes
        through the same checks as any edit: nothing is saved or sent before `saveAndSync` or
        `saveAndBypass`. Tasks removed since come back, as new lines where QuickBooks has dropped
        theirs; tasks added since are removed. A revert can be reverted.
        """
        staged = await reverting.revert_to(info.context.caller, input.to_domain())
        return payloads.RevertToPayload(invoice=Invoice.of(staged.invoice))

    @mutation
    async def discard_draft(
        self, info: Info, input: inputs.DiscardDraftInput
    ) -> payloads.DiscardDraftPayload | None:
        """Drop the staged edits; doing it again is no error."""
        invoice = await drafts.discard_draft(info.context.caller, input.to_domain())
        return payloads.DiscardDraftPayload(invoice=Invoice.of(invoice))

    @mutation
    async def save_invoice(
        self, info: Info, input: inputs.SaveInvoiceInput
    ) -> payloads.SaveInvoicePayload | None:
        """Save an invoice that was never exported; QuickBooks does not know it and is not told."""
        saved = await saving_here.save_invoice(info.context.caller, input.to_domain())
        return payloads.SaveInvoicePayload(invoice=Invoice.of(saved.invoice))

    @mutation
    async def save_and_sync(
        self, info: Info, input: inputs.SaveAndSyncInput
    ) -> payloads.SaveAndSyncPayload | None:
        """Save the invoice and queue it for QuickBooks.

        The answer says SYNCING: the edit is stored and on its way. SYNCED comes as an event, once
        QuickBooks has answered and its copy was compared with what was saved. Follow it behind
        `syncCursor`.
        """
        saved = await saving.save_and_sync(info.context.caller, input.to_domain())
        return payloads.SaveAndSyncPayload(
            invoice=Invoice.of(saved.invoice),
            sync_cursor=_cursor(info, saved.after),
            connection_id=saved.connection_id,
        )

    @mutation
    async def save_and_bypass(
        self, info: Info, input: inputs.SaveAndBypassInput
    ) -> payloads.SaveAndBypassPayload | None:
        """Save the invoice here and send nothing to QuickBooks.

        It shows as BYPASSED until `resync`, or a later `saveAndSync`, sends it.
        """
        saved = await saving.save_and_bypass(info.context.caller, input.to_domain())
        return payloads.SaveAndBypassPayload(
            invoice=Invoice.of(saved.invoice), sync_cursor=_cursor(info, saved.after)
        )

    @mutation
    async def resync(self, info: Info, input: inputs.ResyncInput) -> payloads.ResyncPayload | None:
        """Send the invoice as it is; while a sync is under way this joins it."""
        saved = await saving.resync(info.context.caller, input.to_domain())
        return payloads.ResyncPayload(
            invoice=Invoice.of(saved.invoice),
            sync_cursor=_cursor(info, saved.after),
            connection_id=saved.connection_id,
        )

    @mutation
    async def resolve_conflict(
        self, info: Info, input: inputs.ResolveConflictInput
    ) -> payloads.ResolveConflictPayload | None:
        """Take each field in conflict from one side, ours or QuickBooks', and sync the invoice."""
        saved = await conflicts.resolve_conflict(info.context.caller, input.to_domain())
        return payloads.ResolveConflictPayload(
            invoice=Invoice.of(saved.invoice), sync_cursor=_cursor(info, saved.after)
        )

    @mutation
    async def create_connection(
        self, info: Info, input: connection_inputs.CreateConnectionInput
    ) -> payloads.CreateConnectionPayload | None:
        """Add a Web Connector install."""
        made = await connections.create_connection_once(info.context.caller, input.to_domain())
        return payloads.CreateConnectionPayload(
            connection=Connection.of(made.connection),
            qwc_file=made.qwc_file,
            password=made.password if isinstance(made, connections.CreatedConnection) else None,
        )

    @mutation
    async def rotate_connection_password(
        self, info: Info, input: connection_inputs.RotateConnectionPasswordInput
    ) -> payloads.RotateConnectionPasswordPayload | None:
        """Replace the password of a connection and show the new one, once.

        The old one is refused from the next sign-in on; a session that is open goes on. Repeating
        the call gives a newer password: the last one holds.
        """
        connection_id = input.to_domain()
        rotated = await connections.rotate_password(info.context.caller, connection_id)
        return payloads.RotateConnectionPasswordPayload(
            connection=Connection.of(rotated.connection),
            password=rotated.password,
            qwc_file=rotated.qwc_file,
        )

    @mutation
    async def update_connection(
        self, info: Info, input: connection_inputs.UpdateConnectionInput
    ) -> payloads.UpdateConnectionPayload | None:
        """Rename a connection, disable or enable it, or set how long its sessions linger.

        A disabled connection loses no work: its queue waits until it is enabled again. To send an
        edit through another connection meanwhile, bypass the invoice and resync it with that
        `connectionId`, or save a newer version with it. An answer on its way is still booked.
        """
        updated = await connections.update_connection(info.context.caller, input.to_domain())
        return payloads.UpdateConnectionPayload(connection=Connection.of(updated))


def _staged_task(staged: drafts.Staged, task_id: UUID) -> Task | None:
    tasks = () if staged.draft is None else staged.draft.content.tasks
    numbered = enumerate(tasks, start=1)
    return next((Task.of(staged.invoice.id, n, t) for n, t in numbered if t.id == task_id), None)


def _cursor(info: Info, sequence: int) -> str:
    return event_cursor(info.context.caller.principal.account_id, sequence)
