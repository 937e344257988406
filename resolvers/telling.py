"""To every open screen: how an invoice stands after what the caller did to it."""

from db.unit_of_work import UnitOfWork
from domain.invoice import Invoice
from domain.outcome import status_event
from domain.standing import standing_of
from domain.sync import SyncJob
from domain.sync_status import SyncStatus
from resolvers.context import RequestContext


def tell(
    context: RequestContext,
    work: UnitOfWork,
    invoice: Invoice,
    *,
    previous: SyncStatus,
    job: SyncJob | None = None,
) -> None:
    """Record the event of the invoice, as the caller's; with a job, of how far that one is."""
    work.record(
        status_event(
            standing_of(invoice),
            job,
            previous=previous,
            actor=context.principal.actor,
            now=context.now(),
            event_id=context.new_id(),
        )
    )
