"""Events: read behind a number, then wait for more, without a hole and without a double."""

from collections.abc import AsyncGenerator, Callable
from uuid import UUID

from domain.errors import InvalidValue, NotFound
from domain.events import NumberedEvent
from resolvers.context import RequestContext

_PAGE = 200
Wants = Callable[[NumberedEvent], bool]


async def read_events(
    context: RequestContext, *, after: int, first: int, invoice_id: UUID | None = None
) -> tuple[list[NumberedEvent], bool]:
    """Give up to `first` events behind the number, oldest first, and whether more follow."""
    async with context.open_work() as work:
        found = await work.sync_events.after(after, limit=first + 1, invoice_id=invoice_id)
    return found[:first], len(found) > first


async def read_event(context: RequestContext, event_id: UUID) -> NumberedEvent | None:
    """Give one event."""
    async with context.open_work() as work:
        return await work.sync_events.get(event_id)


async def read_last_sequence(context: RequestContext) -> int:
    """Give the number of the account's newest event; 0 when there is none."""
    async with context.open_work() as work:
        return await work.sync_events.last_sequence()


async def follow_account(
    context: RequestContext, *, after: int | None, wants: Wants
) -> AsyncGenerator[NumberedEvent, None]:
    """Give every wanted event behind `after` for as long as the caller listens; None: from now on.

    Raises InvalidValue for a number the account has not reached.
    """
    with context.doorbell.listen(context.principal.account_id) as bell:
        last = await read_last_sequence(context)
        _check_reached(after, last)
        reached = last if after is None else after
        while True:
            bell.clear()  # before the read: whatever is committed after it rings again
            async for numbered in _drain(context, reached, None):
                reached = numbered.sequence
                if wants(numbered):
                    yield numbered
            await bell.wait()


async def follow_invoice(
    context: RequestContext, invoice_id: UUID, *, after: int | None
) -> AsyncGenerator[NumberedEvent, None]:
    """Give the events of one invoice behind `after`; None: first its latest, then what comes.

    Raises NotFound, and InvalidValue for a number the account has not reached.
    """
    with context.doorbell.listen(context.principal.account_id) as bell:
        async with context.open_work() as work:
            if await work.invoices.get(invoice_id) is None:
                raise NotFound("There is no such invoice.", where=("invoice_id",))
            last = await work.sync_events.last_sequence()
            latest = await work.sync_events.latest(invoice_id)
        _check_reached(after, last)
        if after is None and latest is not None:
            yield latest
        reached = after if after is not None else latest.sequence if latest else last
        while True:
            bell.clear()
            async for numbered in _drain(context, reached, invoice_id):
                reached = numbered.sequence
                yield numbered
            await bell.wait()


async def _drain(
    context: RequestContext, reached: int, invoice_id: UUID | None
) -> AsyncGenerator[NumberedEvent, None]:
    """Read page by page, with no transaction open while the caller is busy."""
    while True:
        page, more = await read_events(context, after=reached, first=_PAGE, invoice_id=invoice_id)
        for numbered in page:
            reached = numbered.sequence
            yield numbered
        if not more:
            return


def _check_reached(after: int | None, last: int) -> None:
    if after is not None and after > last:
        raise InvalidValue(
            "This cursor lies behind the account's newest event; read syncCursor again.",
            where=("after",),
        )
