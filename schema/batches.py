"""Mutations of batches: bypassing an export."""

import strawberry

from resolvers import bypassing, exporting
from schema.context import Info
from schema.ids import expect_id, expect_id_or_none
from schema.invoices import Batch, Invoice
from schema.pagination import event_cursor
from schema.payloads import MutationPayload
from schema.positions import MutationInput
from schema.user_errors import mutation


@strawberry.input
class BypassBatchInput(MutationInput):
    """Which batch, and why."""

    batch_id: strawberry.ID = strawberry.field(description="The batch to count as exported.")
    reason: str | None = strawberry.field(
        default=None, description="For the audit trail, at most 500 characters."
    )
    idempotency_key: str = strawberry.field(
        description="The same key again gives the same answer and has no second effect."
    )

    def to_domain(self) -> bypassing.BypassBatch:
        """Raise NotFound for an id that is none."""
        return bypassing.BypassBatch(
            batch_id=expect_id(self.batch_id, "Batch", ("batch_id",)),
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


class _OneInvoice(MutationInput):
    """What the inputs about one invoice share; GraphQL knows the two inputs only."""

    invoice_id: strawberry.ID
    reason: str | None
    idempotency_key: str

    def to_domain(self) -> bypassing.BypassInvoice:
        """Raise NotFound for an id that is none."""
        return bypassing.BypassInvoice(
            invoice_id=expect_id(self.invoice_id, "Invoice", ("invoice_id",)),
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class BypassInvoiceExportInput(_OneInvoice):
    """Which invoice, and why."""

    invoice_id: strawberry.ID = strawberry.field(
        description="One that is not exported yet, or one inside an exported batch."
    )
    reason: str | None = strawberry.field(
        default=None,
        description="For the audit trail, at most 500 characters. Needed for an exported invoice.",
    )
    idempotency_key: str = strawberry.field(
        description="The same key again gives the same answer and has no second effect."
    )


@strawberry.input
class WithdrawInvoiceBypassInput(_OneInvoice):
    """Which invoice, and why."""

    invoice_id: strawberry.ID = strawberry.field(
        description="An invoice that was exported before its export was bypassed."
    )
    reason: str | None = strawberry.field(
        default=None, description="For the audit trail, at most 500 characters."
    )
    idempotency_key: str = strawberry.field(
        description="The same key again gives the same answer and has no second effect."
    )


@strawberry.type
class BypassBatchPayload(MutationPayload):
    """The batch as bypassed, or why nothing changed."""

    batch: Batch | None = strawberry.field(default=None, description="As it is now.")
    invoices: list[Invoice] | None = strawberry.field(
        default=None, description="Those that count as exported from now on."
    )
    sync_cursor: str | None = strawberry.field(
        default=None, description="Subscribe `after` it to see the events of this bypass."
    )


@strawberry.type
class BypassInvoiceExportPayload(MutationPayload):
    """The invoice as bypassed, or why nothing changed."""

    invoice: Invoice | None = strawberry.field(default=None, description="As it is now.")


@strawberry.type
class WithdrawInvoiceBypassPayload(MutationPayload):
    """The invoice as exported again, or why nothing changed."""

    invoice: Invoice | None = strawberry.field(default=None, description="As it is now.")


@strawberry.input
class ExportBatchInput(MutationInput):
    """Which batch, and through which connection."""

    batch_id: strawberry.ID = strawberry.field(description="An unlocked batch.")
    connection_id: strawberry.ID | None = strawberry.field(
        default=None, description="Needed where there are several."
    )
    idempotency_key: str = strawberry.field(
        description="The same key again gives the same answer and has no second effect."
    )

    def to_domain(self) -> exporting.ExportBatch:
        """Raise NotFound for an id that is none."""
        return exporting.ExportBatch(
            batch_id=expect_id(self.batch_id, "Batch", ("batch_id",)),
            connection_id=expect_id_or_none(self.connection_id, "Connection", ("connection_id",)),
            idempotency_key=self.idempotency_key,
        )


@strawberry.type
class ExportBatchPayload(MutationPayload):
    """The batch on its way, or why it is not."""

    batch: Batch | None = strawberry.field(default=None, description="As it is now.")
    invoices: list[Invoice] | None = strawberry.field(
        default=None, description="Those that are sent."
    )
    sync_cursor: str | None = strawberry.field(
        default=None, description="Subscribe `after` it to see what becomes of this export."
    )


@strawberry.type
class BatchMutations:
    @mutation
    async def export_batch(self, info: Info, input: ExportBatchInput) -> ExportBatchPayload | None:
        """Export what an unlocked batch still holds, under its own number and name.

        QuickBooks is asked first whether it holds something like each invoice; what somebody
        entered there by hand is neither doubled nor taken for ours.
        """
        done = await exporting.export_batch(info.context.caller, input.to_domain())
        return ExportBatchPayload(
            batch=Batch.of(done.batch),
            invoices=[Invoice.of(invoice) for invoice in done.invoices],
            sync_cursor=event_cursor(info.context.caller.principal.account_id, done.after),
        )

    @mutation
    async def bypass_batch(self, info: Info, input: BypassBatchInput) -> BypassBatchPayload | None:
        """Count the invoices of a batch that were not exported as exported; nothing is sent.

        Exports that wait are withdrawn; while one is on its way this is refused. The invoices are
        locked from then on: only `requestUnlock` makes them editable and exportable again.
        """
        done = await bypassing.bypass_batch(info.context.caller, input.to_domain())
        return BypassBatchPayload(
            batch=Batch.of(done.batch),
            invoices=[Invoice.of(invoice) for invoice in done.invoices],
            sync_cursor=event_cursor(info.context.caller.principal.account_id, done.after),
        )

    @mutation
    async def bypass_invoice_export(
        self, info: Info, input: BypassInvoiceExportInput
    ) -> BypassInvoiceExportPayload | None:
        """Count one invoice as exported without sending it.

        Inside an exported batch, which is never unlocked, it is the way out for a single invoice:
        it counts as bypassed then, and can be unlocked once QuickBooks has told that it holds
        nothing of it.
        """
        changed = await bypassing.bypass_invoice(info.context.caller, input.to_domain())
        return BypassInvoiceExportPayload(invoice=Invoice.of(changed))

    @mutation
    async def withdraw_invoice_bypass(
        self, info: Info, input: WithdrawInvoiceBypassInput
    ) -> WithdrawInvoiceBypassPayload | None:
        """Take the bypass of an exported invoice back: QuickBooks holds it after all.

        It can be edited and synced again as before.
        """
        changed = await bypassing.withdraw_bypass(info.context.caller, input.to_domain())
        return WithdrawInvoiceBypassPayload(invoice=Invoice.of(changed))
