"""Events: read behind a number, then wait for more, without a hole and without a double.

And connections, which have no events: what is told is each difference from what was told before.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from functools import partial
from uuid import UUID

from domain.connections import Connection, ConnectionHealth, connection_health
from domain.errors import InvalidValue, NotFound
from domain.events import NumberedEvent
from resolvers.connections import read_connections
from resolvers.context import Bell, RequestContext
from resolvers.outages import once_it_is_back

_PAGE = 200
#: A queue that drains rings hundreds of times a second; connections are read less often.
_CALM_SECONDS = 0.2
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
        last = await once_it_is_back(bell, partial(read_last_sequence, context))
        _check_reached(after, last)
        reached = last if after is None else after
        is_caught_up = False
        while True:
            async for numbered in _drain(context, bell, reached):
                reached = numbered.sequence
                if wants(numbered):
                    _measure(context, numbered, is_live=is_caught_up)
                    yield numbered
            is_caught_up = True
            await bell.wait()


async def follow_invoice(
    context: RequestContext, invoice_id: UUID, *, after: int | None
) -> AsyncGenerator[NumberedEvent, None]:
    """Give the events of one invoice behind `after`; None: first its latest, then what comes.

    Raises NotFound, and InvalidValue for a number the account has not reached.
    """
    with context.doorbell.listen(context.principal.account_id) as bell:
        last, latest = await once_it_is_back(bell, partial(_read_latest, context, invoice_id))
        _check_reached(after, last)
        if after is None and latest is not None:
            yield latest
        reached = after if after is not None else latest.sequence if latest else last
        is_caught_up = False
        while True:
            async for numbered in _drain(context, bell, reached, invoice_id):
                reached = numbered.sequence
                _measure(context, numbered, is_live=is_caught_up)
                yield numbered
            is_caught_up = True
            await bell.wait()


async def follow_connections(context: RequestContext) -> AsyncGenerator[Connection, None]:
    """Give each connection as it is now, then each again whenever its health changes.

    So whoever listens needs no query beside it, and nothing falls between the two. Changes that
    follow each other quickly may be told as one. A connector that falls silent turns OFFLINE
    without anybody ringing: the wait ends by itself when the next such change is due.
    """
    told: dict[UUID, ConnectionHealth] = {}
    with context.doorbell.listen(context.principal.account_id) as bell:
        while True:
            connections = await once_it_is_back(bell, partial(read_connections, context))
            now = context.now()
            for connection in connections.values():
                health = connection_health(connection, now)
                if told.get(connection.id) != health:
                    told[connection.id] = health
                    yield connection
            changes = [connection.next_change_at(now) for connection in connections.values()]
            due = min((moment for moment in changes if moment is not None), default=None)
            await _wait(bell, None if due is None else (due - context.now()).total_seconds())
            await asyncio.sleep(_CALM_SECONDS)


async def _read_latest(
    context: RequestContext, invoice_id: UUID
) -> tuple[int, NumberedEvent | None]:
    """Give the number of the account's newest event, and the newest event of the invoice."""
    async with context.open_work() as work:
        if await work.invoices.get(invoice_id) is None:
            raise NotFound("There is no such invoice.", where=("invoice_id",))
        last = await work.sync_events.last_sequence()
        return last, await work.sync_events.latest(invoice_id)


def _measure(context: RequestContext, numbered: NumberedEvent, *, is_live: bool) -> None:
    """Note the age of an event that is told as it happens; what a caller missed is older."""
    if is_live:
        context.meter.event_told((context.now() - numbered.event.occurred_at).total_seconds())


async def _wait(bell: Bell, at_most_seconds: float | None) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(bell.wait(), at_most_seconds)


async def _drain(
    context: RequestContext, bell: Bell, reached: int, invoice_id: UUID | None = None
) -> AsyncGenerator[NumberedEvent, None]:
    """Read page by page, with no transaction open while the caller is busy."""
    while True:
        read = partial(read_events, context, after=reached, first=_PAGE, invoice_id=invoice_id)
        page, more = await once_it_is_back(bell, read)
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
