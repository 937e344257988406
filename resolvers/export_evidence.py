"""How an invoice came to count as exported, for those who may unlock it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Permission
from domain.audit import AuditEntry
from domain.invoice import ExportOrigin, Invoice
from resolvers.context import RequestContext

_MOST_ACTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportEvidence:
    """The acts that led there, newest first, and what QuickBooks confirmed, if it ever did."""

    origin: ExportOrigin | None
    acts: tuple[AuditEntry, ...]
    txn_id: str | None
    confirmed_at: datetime | None


async def read_export_evidence(
    context: RequestContext, invoices: Sequence[Invoice]
) -> dict[UUID, ExportEvidence]:
    """Give the evidence of the invoices' origins; none at all to who may not unlock."""
    if not context.principal.may(Permission.UNLOCK_BATCH):
        return {}
    ids = [invoice.id for invoice in invoices]
    async with context.open_work() as work:
        acts = await work.audit.export_acts(ids, at_most=_MOST_ACTS)
        links = await work.links.get_many(ids)
    return {
        invoice.id: ExportEvidence(
            origin=invoice.export_origin,
            acts=tuple(acts.get(invoice.id, ())),
            txn_id=links[invoice.id].copy.txn_id if invoice.id in links else None,
            confirmed_at=invoice.synced_at,
        )
        for invoice in invoices
    }
