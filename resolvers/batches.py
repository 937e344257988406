"""Reading batches: the list of them, their invoices, what they come to."""

from collections.abc import Collection, Iterable
from uuid import UUID

from domain.batches import BatchTotals
from domain.invoice import Invoice
from domain.lists import Batch, BatchStatus
from resolvers.context import RequestContext


async def read_batch_page(
    context: RequestContext,
    *,
    statuses: Collection[BatchStatus],
    before: int | None,
    first: int,
) -> tuple[list[Batch], bool]:
    """Give `first` batches with a number below that, newest first, and whether more follow."""
    async with context.open_work() as work:
        found = await work.batches.page(statuses=statuses, before=before, limit=first + 1)
    return found[:first], len(found) > first


async def read_batch_invoices(
    context: RequestContext, batch_id: UUID, *, after: UUID | None, first: int
) -> tuple[list[Invoice], bool]:
    """Give `first` invoices of the batch, in the order they were made, and whether more follow."""
    async with context.open_work() as work:
        ids = await work.batches.invoice_ids(batch_id, after=after, limit=first + 1)
        found = await work.invoices.get_many(ids[:first])
    return [found[key] for key in ids[:first] if key in found], len(ids) > first


async def read_batch_totals(
    context: RequestContext, batch_ids: Iterable[UUID]
) -> dict[UUID, BatchTotals]:
    """Give what the invoices of these batches come to."""
    wanted = list(batch_ids)
    async with context.open_work() as work:
        found = await work.batches.totals(wanted)
    return {batch_id: found.get(batch_id, BatchTotals()) for batch_id in wanted}
