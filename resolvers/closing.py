"""Month end: what the two books differ by, and whether a month can be closed."""

from datetime import date
from uuid import UUID

from domain.invoice import Invoice
from domain.months import Month
from domain.unsettled import (
    BLOCKERS,
    DEBT,
    Debt,
    Readiness,
    UnsettledKind,
    judge_month,
    late_before,
)
from resolvers.context import RequestContext


async def read_debt(context: RequestContext) -> Debt:
    """Give what was saved here and is not, or not provably, in QuickBooks; of every month."""
    now = context.now()
    async with context.open_work() as work:
        late = late_before(await work.connections.all(), now)
        return Debt(tuple(await work.unsettled.tally(DEBT, late_before=late)))


async def read_readiness(context: RequestContext, month: Month) -> Readiness:
    """Give whether the month can be closed, with every reason why not."""
    now = context.now()
    async with context.open_work() as work:
        late = late_before(await work.connections.all(), now)
        found = await work.unsettled.tally(BLOCKERS, late_before=late, month=month)
    return judge_month(month, found, now)


async def read_unsettled(
    context: RequestContext,
    kind: UnsettledKind,
    month: Month,
    *,
    after: tuple[date, UUID] | None,
    first: int,
) -> tuple[list[Invoice], bool]:
    """Give up to `first` invoices of a kind and month behind `after`, and whether more follow."""
    async with context.open_work() as work:
        late = late_before(await work.connections.all(), context.now())
        found = await work.unsettled.page(
            kind, month, late_before=late, after=after, limit=first + 1
        )
        invoices = await work.invoices.get_many(found[:first])
    return [invoices[key] for key in found[:first]], len(found) > first
