"""Why an invoice counts as exported."""

from datetime import datetime

import strawberry

from domain.invoice import ExportOrigin
from domain.invoice import Invoice as InvoiceValue
from schema.audit import AuditEntry
from schema.context import Info


@strawberry.type
class ExportEvidence:
    """How an invoice came to count as exported, or not: what was done, and what QuickBooks said."""

    origin: ExportOrigin | None = strawberry.field(
        description="Sent by us, bypassed, or imported; null for what is not exported."
    )
    acts: list[AuditEntry] = strawberry.field(
        description="What people did that led there, newest first."
    )
    txn_id: str | None = strawberry.field(
        description="QuickBooks' id of it, if QuickBooks ever confirmed it."
    )
    confirmed_at: datetime | None = strawberry.field(
        description="When QuickBooks last confirmed it."
    )


@strawberry.type
class WithExportEvidence:
    """A field of invoices."""

    value: strawberry.Private[InvoiceValue]

    @strawberry.field
    async def export_evidence(self, info: Info) -> ExportEvidence | None:
        """Why the invoice counts as exported; null to viewers without UNLOCK_BATCH."""
        found = await info.context.loaders.export_evidence.load(self.value)
        if found is None:
            return None
        return ExportEvidence(
            origin=found.origin,
            acts=[AuditEntry.of(entry) for entry in found.acts],
            txn_id=found.txn_id,
            confirmed_at=found.confirmed_at,
        )
