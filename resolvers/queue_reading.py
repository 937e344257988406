"""Reading the queue of a connection: what waits to leave through it, in the order it came."""

from dataclasses import dataclass
from uuid import UUID

from domain.errors import NotFound
from domain.invoice import Invoice
from domain.sync import SyncJob
from resolvers.context import RequestContext


@dataclass(frozen=True, slots=True)
class Queued:
    """A job of this invoice; `position` counts from 1, None: it left, and its answer is owed."""

    job: SyncJob
    position: int | None
    invoice: Invoice


async def read_queue(
    context: RequestContext, connection_id: UUID, *, after: UUID | None, first: int
) -> tuple[list[Queued], bool]:
    """Give `first` jobs of the connection behind this one, in order, and whether more follow.

    Raises NotFound for an unknown connection.
    """
    async with context.open_work() as work:
        if not await work.connections.get_many([connection_id]):
            raise NotFound("There is no such connection.", where=("connection_id",))
        found = await work.sync_jobs.queue(connection_id, after=after, limit=first + 1)
        places = found[:first]
        invoices = await work.invoices.get_many([job.invoice_id for job, _ in places])
    queued = [Queued(job, position, invoices[job.invoice_id]) for job, position in places]
    return queued, len(found) > first
