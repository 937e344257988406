"""Events: read behind a number, then wait for more, without a hole and without a double.

And connections, which have no events: what is told is each difference from what was told before.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing, asynccontextmanager
from functools import partial
from typing import TypeVar
from uuid import UUID

from domain.connections import Connection, ConnectionHealth, connection_health
from domain.errors import NotFound
from domain.events import EventNumbers, NumberedEvent
from resolvers.connections import read_connections
from resolvers.context import RequestContext
from resolvers.lookouts import Place
from resolvers.outages import once_it_is_back
from resolvers.tails import Seat, Source, Wants

_PAGE = 200

Found = TypeVar("Found")


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


class Follower:
    """Events behind a number, in order, for as long as somebody asks: replayed first, then live."""

    def __init__(
        self, context: RequestContext, seat: Seat, *, invoice_id: UUID | None = None
    ) -> None:
        self._context = context
        self._seat = seat
        self._invoice_id = invoice_id
        #: Told before everything else.
        self._first: NumberedEvent | None = None

    def begin_behind(self, number: int, *, first: NumberedEvent | None = None) -> None:
        """Go on behind this number, once the first event was told."""
        self._seat.reached = number
        self._first = first

    async def replay(self) -> AsyncGenerator[NumberedEvent, None]:
        """Give what was missed; it ends when the follower has caught up."""
        if self._first is not None:
            yield self._first
        while page := await self._page():
            for numbered in page:
                yield numbered

    async def live(self) -> AsyncGenerator[NumberedEvent, None]:
        """Give what happens once it has caught up, for ever."""
        while True:
            await self._seat.news()
            while page := await self._page():
                for numbered in page:
                    self._measure(numbered)
                    yield numbered

    async def events(self) -> AsyncGenerator[NumberedEvent, None]:
        """Give what was missed, and then what happens."""
        for part in (self.replay(), self.live()):
            async with aclosing(part):
                async for numbered in part:
                    yield numbered

    async def _page(self) -> list[NumberedEvent]:
        """Give some of what is wanted next; nothing once there is no more now."""
        while True:
            events = self._seat.take()
            if events is None:  # it is too long ago for the tail
                events = await self._read()
                if not events:
                    continue
            return events

    async def _read(self) -> list[NumberedEvent]:
        """Read a page, with no transaction open while the caller is busy with it."""
        context, seat = self._context, self._seat
        known = seat.tail_reached
        read = partial(
            read_events, context, after=seat.reached, first=_PAGE, invoice_id=self._invoice_id
        )
        with context.doorbell.listen(context.principal.account_id) as bell:
            page, more = await once_it_is_back(bell, read)
        seat.reached = page[-1].sequence if more else max(seat.reached, known, *_numbers(page))
        return [numbered for numbered in page if seat.wants(numbered)]

    def _measure(self, numbered: NumberedEvent) -> None:
        """Note the age of an event that is told as it happens; what a caller missed is older."""
        age = self._context.now() - numbered.event.occurred_at
        self._context.meter.event_told(age.total_seconds())


@asynccontextmanager
async def follow_account(
    context: RequestContext, *, after: int | None, wants: Wants
) -> AsyncIterator[Follower]:
    """Give every wanted event behind `after` for as long as the caller listens; None: from now on.

    Raises InvalidValue for a number the account has not reached, and CursorExpired for one behind
    which events were pruned.
    """
    with _seat(context, wants) as seat:
        numbers = await seat.begin()
        if not seat.is_first and (after is None or not seat.holds(after)):
            numbers = await _once_it_is_back(context, partial(_read_numbers, context))
        if after is not None and not seat.holds(after):
            numbers.check_replay(after)
        follower = Follower(context, seat)
        follower.begin_behind(numbers.last if after is None else after)
        yield follower


@asynccontextmanager
async def follow_invoice(
    context: RequestContext, invoice_id: UUID, *, after: int | None
) -> AsyncIterator[Follower]:
    """Give the events of one invoice behind `after`; None: first its latest, then what comes.

    Raises NotFound, and what `follow_account` raises.
    """

    def wants(numbered: NumberedEvent) -> bool:
        return numbered.event.invoice_id == invoice_id

    with _seat(context, wants) as seat:
        await seat.begin()
        read = partial(_read_latest, context, invoice_id)
        numbers, latest = await _once_it_is_back(context, read)
        follower = Follower(context, seat, invoice_id=invoice_id)
        if after is None:
            newest = 0 if latest is None else latest.sequence
            follower.begin_behind(max(numbers.last, newest), first=latest)
        else:
            numbers.check_replay(after)
            follower.begin_behind(after)
        yield follower


async def follow_connections(context: RequestContext) -> AsyncGenerator[Connection, None]:
    """Give each connection as it is now, then each again whenever its health changes.

    So whoever listens needs no query beside it, and nothing falls between the two. Changes that
    follow each other quickly may be told as one. A connector that falls silent turns OFFLINE
    without anybody ringing: the wait ends by itself when the next such change is due.
    """
    told: dict[UUID, ConnectionHealth] = {}
    account_id = context.principal.account_id
    place = Place(account_id, partial(read_connections, context), context.doorbell, context.now)
    with context.lookouts.watch(place) as lookout:
        number = lookout.ask()
        while True:
            look = await lookout.look_behind(number)
            number, now = look.number, context.now()
            for connection in look.connections.values():
                health = connection_health(connection, now)
                if told.get(connection.id) != health:
                    told[connection.id] = health
                    yield connection


def _seat(context: RequestContext, wants: Wants) -> AbstractContextManager[Seat]:
    account_id = context.principal.account_id
    return context.tails.seat(Source(account_id, context.open_work, context.doorbell), wants)


async def _once_it_is_back(context: RequestContext, read: Callable[[], Awaitable[Found]]) -> Found:
    with context.doorbell.listen(context.principal.account_id) as bell:
        return await once_it_is_back(bell, read)


async def _read_numbers(context: RequestContext) -> EventNumbers:
    async with context.open_work() as work:
        return await work.sync_events.numbers()


async def _read_latest(
    context: RequestContext, invoice_id: UUID
) -> tuple[EventNumbers, NumberedEvent | None]:
    """Give what the account's log is like, and then the newest event of the invoice."""
    async with context.open_work() as work:
        if await work.invoices.get(invoice_id) is None:
            raise NotFound("There is no such invoice.", where=("invoice_id",))
        numbers = await work.sync_events.numbers()
        return numbers, await work.sync_events.latest(invoice_id)


def _numbers(page: list[NumberedEvent]) -> list[int]:
    return [numbered.sequence for numbered in page]
