"""What waits to leave through a connection: the list behind `Connection.queueLength`."""

import datetime as dt
from typing import Self

import strawberry

from domain.sync import PHASES, SyncPhase
from resolvers.queue_reading import Queued, read_queue
from schema.context import Info
from schema.ids import expect_id
from schema.invoices import Invoice
from schema.pagination import Page, page_size, read_key, write_cursor


@strawberry.type
class QueuedSync:
    """One export or sync of an invoice that waits to leave, or whose answer is owed."""

    invoice: Invoice
    version: int
    phase: SyncPhase
    position: int | None
    queued_at: dt.datetime
    attempts: int

    @classmethod
    def of(cls, value: Queued) -> Self:
        """Show a place in the queue."""
        return cls(
            invoice=Invoice.of(value.invoice),
            version=value.job.version,
            phase=PHASES[value.job.state],
            position=value.position,
            queued_at=value.job.created_at,
            attempts=value.job.attempts,
        )


@strawberry.type
class QueueQueries:
    @strawberry.field
    async def sync_queue(
        self, info: Info, connection_id: strawberry.ID, first: int = 20, after: str | None = None
    ) -> Page[QueuedSync]:
        """What waits to leave through a connection or is on its way there, in the order it came.

        What is held up or tried again lets others go first. An invoice comes twice when a newer
        version waits behind one that is on its way.
        """
        found, more = await read_queue(
            info.context.caller,
            expect_id(connection_id, "Connection", ("connection_id",)),
            after=read_key(after),
            first=page_size(first),
        )
        return Page[QueuedSync].of(
            found,
            more=more,
            after=after,
            node=QueuedSync.of,
            cursor=lambda queued: write_cursor(str(queued.job.id)),
        )
