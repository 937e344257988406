"""How an invoice came to count as exported, for those who may unlock it."""

from dataclasses import dataclass
from datetime import datetime

from domain.access import Permission
from domain.audit import AuditAction, AuditEntry
from domain.invoice import ExportOrigin, Invoice
from resolvers.context import RequestContext

_TELLING = frozenset(
    {
        AuditAction.INVOICE_IMPORTED,
        AuditAction.EXPORTED,
        AuditAction.EXPORT_BYPASSED,
        AuditAction.BYPASS_WITHDRAWN,
        AuditAction.UNLOCK_REQUESTED,
        AuditAction.UNLOCKED,
    }
)
_LOOKED_THROUGH, _MOST = 200, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportEvidence:
    """The acts that led there, newest first, and what QuickBooks confirmed, if it ever did."""

    origin: ExportOrigin | None
    acts: tuple[AuditEntry, ...]
    txn_id: str | None
    confirmed_at: datetime | None


async def read_export_evidence(context: RequestContext, invoice: Invoice) -> ExportEvidence | None:
    """Give the evidence of the invoice's origin; None to who may not unlock."""
    if not context.principal.may(Permission.UNLOCK_BATCH):
        return None
    async with context.open_work() as work:
        trail = await work.audit.page(subject_id=invoice.id, before=None, limit=_LOOKED_THROUGH)
        link = await work.links.get(invoice.id)
    return ExportEvidence(
        origin=invoice.export_origin,
        acts=tuple(entry for entry in trail if entry.action in _TELLING)[:_MOST],
        txn_id=None if link is None else link.copy.txn_id,
        confirmed_at=invoice.synced_at,
    )
