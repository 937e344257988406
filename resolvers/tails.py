"""The newest events of an account, read once for everybody in this process who follows it.

One tail an account, for as long as somebody follows: it hears the bell, reads what was committed
since, keeps the last of it and wakes whoever wants it. Numbers have no gaps and appear in the order
of the commits, so what lies up to the tail's number is known without looking. See ADR 14.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.events import EventNumbers, NumberedEvent
from resolvers.bells import Bell, Doorbell, leave_if_cancelled
from resolvers.outages import once_it_is_back

Wants = Callable[[NumberedEvent], bool]
OpenWork = Callable[[], AbstractAsyncContextManager[UnitOfWork]]

_PAGE = 200
#: How many events a tail keeps: who is further behind reads for himself.
_MOST_KEPT, _LEAST_KEPT = 1000, 50
#: How many all tails of a process keep, about: 70 MB.
_KEPT_ALTOGETHER = 100_000


@dataclass(frozen=True, slots=True)
class Source:
    """Where the events of one account are read, and who tells of new ones."""

    account_id: UUID
    open_work: OpenWork
    doorbell: Doorbell


class Tails:
    """The tails of one process, by account."""

    def __init__(
        self,
        is_watched: Callable[[], bool] = lambda: False,
        kept_altogether: int = _KEPT_ALTOGETHER,
    ) -> None:
        """`is_watched` tells whether lost wake-ups are found by somebody else at the moment."""
        self._kept_altogether = kept_altogether
        self._tails: dict[UUID, Tail] = {}
        self._is_watched = is_watched

    @contextmanager
    def seat(self, source: Source, wants: Wants) -> Iterator["Seat"]:
        """Give a place behind the account's tail; the last one who leaves ends it."""
        tail = self._tails.get(source.account_id)
        is_first = tail is None or tail.fault is not None
        if tail is None or is_first:
            tail = Tail(source, self._is_watched, self._most_kept)
            self._tails[source.account_id] = tail
        seat = Seat(tail, wants, is_first=is_first)
        tail.seats.add(seat)
        try:
            yield seat
        finally:
            tail.seats.discard(seat)
            if not tail.seats:
                tail.close()
                if self._tails.get(source.account_id) is tail:
                    del self._tails[source.account_id]

    def _most_kept(self) -> int:
        """Tell how many events each may keep: the less the more accounts are followed."""
        share = self._kept_altogether // max(1, len(self._tails))
        return max(_LEAST_KEPT, min(_MOST_KEPT, share))


class Tail:
    """Reads on behind its number, for all of its seats."""

    def __init__(
        self, source: Source, is_watched: Callable[[], bool], most_kept: Callable[[], int]
    ) -> None:
        self._is_watched = is_watched
        self.seats: set[Seat] = set()
        #: Why it reads no more; whoever sits here is told.
        self.fault: Exception | None = None
        #: The number of the newest event that it knows; None before it has looked.
        self.reached: int | None = None
        #: What the log was like at its first look.
        self.begun: asyncio.Future[EventNumbers] = asyncio.get_running_loop().create_future()
        self._source = source
        self._most_kept = most_kept
        #: By number, oldest first.
        self._kept: dict[int, NumberedEvent] = {}
        self._is_busy = False
        self._is_closed = False
        self._held = ExitStack()
        bell = self._held.enter_context(source.doorbell.listen(source.account_id))
        self._reading = asyncio.create_task(self._run(bell))

    def has_all_behind(self, number: int) -> bool:
        """Tell whether it keeps every event from behind a number up to its own."""
        return number >= (self.reached or 0) or number + 1 in self._kept

    def behind(self, number: int) -> list[NumberedEvent]:
        """Give the events behind a number."""
        return [self._kept[n] for n in range(number + 1, (self.reached or 0) + 1)]

    def close(self) -> None:
        """Let go of the bell, and end; a read under way ends by itself, for it costs less."""
        self._held.close()
        self._is_closed = True
        if not self._is_busy:
            self._reading.cancel()

    async def _run(self, bell: Bell) -> None:
        try:
            numbers, latest = await once_it_is_back(bell, self._first_look)
            self._begin_with(numbers, latest)
            self.begun.set_result(numbers)
            while not self._is_closed:
                is_silence = await bell.wait() is False
                if not (is_silence and self._is_watched()):
                    await self._read_on(bell)
        except Exception as fault:  # noqa: BLE001 - it is raised where the events are waited for
            self.fault = fault
            if not self.begun.done():
                self.begun.set_exception(fault)
                self.begun.exception()  # looked at: they may all have left
            for seat in self.seats:
                seat.ring()

    async def _read_on(self, bell: Bell) -> None:
        """Read until there is no more; whatever is committed meanwhile rings again."""
        while not self._is_closed:
            page = await once_it_is_back(bell, self._page)
            for numbered in page:
                self._keep(numbered)
            if len(page) < _PAGE:
                return

    def _keep(self, numbered: NumberedEvent) -> None:
        self._kept[numbered.sequence] = numbered
        for _ in range(len(self._kept) - self._most_kept()):
            del self._kept[next(iter(self._kept))]
        self.reached = numbered.sequence
        for seat in self.seats:
            seat.hear(numbered)

    async def _first_look(self) -> tuple[EventNumbers, list[NumberedEvent]]:
        """Give what the log is like, and its end: after a restart everybody resumes there."""
        async with self._open_work() as work:
            numbers = await work.sync_events.numbers()
            if not numbers.last:
                return numbers, []
            limit = min(_PAGE, self._most_kept())
            return numbers, await work.sync_events.after(numbers.last - limit, limit=limit)

    def _begin_with(self, numbers: EventNumbers, latest: list[NumberedEvent]) -> None:
        """Keep what has no gap up to the last number; what came meanwhile is read once more."""
        self.reached = expected = numbers.last
        found = []
        for numbered in reversed(latest):
            if numbered.sequence == expected:
                found.append(numbered)
                expected -= 1
        self._kept = {numbered.sequence: numbered for numbered in reversed(found)}

    async def _page(self) -> list[NumberedEvent]:
        async with self._open_work() as work:
            return await work.sync_events.after(self.reached or 0, limit=_PAGE)

    @asynccontextmanager
    async def _open_work(self) -> AsyncIterator[UnitOfWork]:
        self._is_busy = True
        try:
            async with self._source.open_work() as work:
                yield work
        finally:
            self._is_busy = False


class Seat:
    """One follower's place behind a tail."""

    def __init__(self, tail: Tail, wants: Wants, *, is_first: bool) -> None:
        #: Everything up to this number was given, or is not wanted.
        self.reached = 0
        #: The tail began for it: what `begin` gives was read just now.
        self.is_first = is_first
        self.wants = wants
        self._tail = tail
        self._is_rung = False
        self._waiting: asyncio.Future[None] | None = None

    async def begin(self) -> EventNumbers:
        """Give what the log was like when the tail began, as soon as it has."""
        return await asyncio.shield(self._tail.begun)  # others wait for it too

    @property
    def tail_reached(self) -> int:
        """The number of the newest event that the tail knows."""
        return self._tail.reached or 0

    def holds(self, number: int) -> bool:
        """Tell whether the tail has all events behind the number."""
        return number <= self.tail_reached and self._tail.has_all_behind(number)

    def take(self) -> list[NumberedEvent] | None:
        """Give what is wanted behind `reached`, maybe nothing, and count it as given.

        None where the tail keeps that no longer: it must be read. Raises why the tail has ended.
        """
        if self._tail.fault is not None:
            raise self._tail.fault
        self._is_rung = False
        if not self._tail.has_all_behind(self.reached):
            return None
        events = self._tail.behind(self.reached)
        self.reached = max(self.reached, self.tail_reached)
        return [numbered for numbered in events if self.wants(numbered)]

    async def news(self) -> None:
        """Return when there may be something to take; at once if there was since the last time."""
        if self._is_rung:
            return
        leave_if_cancelled()
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def hear(self, numbered: NumberedEvent) -> None:
        """Be told of the next event of the tail."""
        if numbered.sequence <= self.reached:
            return
        if self.wants(numbered):
            self.ring()
        elif self.reached == numbered.sequence - 1:  # else it would seem to fall behind
            self.reached = numbered.sequence

    def ring(self) -> None:
        """Wake the follower."""
        self._is_rung = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
