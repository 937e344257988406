"""How an account's connections stand, read once for everybody in this process who watches them.

Connections have no event log: whoever watches compares one look with the one before. A look counts
for a watcher only if it began after he came, else he might be shown what is older than he knows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.connections import Connection
from resolvers.bells import Bell, Doorbell, leave_if_cancelled
from resolvers.outages import once_it_is_back

#: A queue that drains rings hundreds of times a second; connections are read less often.
_CALM_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Place:
    """Where the connections of one account are read, and who tells of changes."""

    account_id: UUID
    read: Callable[[], Awaitable[Mapping[UUID, Connection]]]
    doorbell: Doorbell
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Look:
    """The connections, as they were read for the n-th time."""

    number: int
    connections: Mapping[UUID, Connection]


class Lookouts:
    """The lookouts of one process, by account."""

    def __init__(self) -> None:
        self._lookouts: dict[UUID, Lookout] = {}

    @contextmanager
    def watch(self, place: Place) -> Iterator["Lookout"]:
        """Give the account's lookout; the last watcher who leaves ends it."""
        lookout = self._lookouts.get(place.account_id)
        if lookout is None or lookout.fault is not None:
            lookout = self._lookouts[place.account_id] = Lookout(place)
        lookout.watchers += 1
        try:
            yield lookout
        finally:
            lookout.watchers -= 1
            if not lookout.watchers:
                lookout.close()
                if self._lookouts.get(place.account_id) is lookout:
                    del self._lookouts[place.account_id]


class Lookout:
    """Looks when the bell rings, when a connector is missed, and for who has just come."""

    def __init__(self, place: Place) -> None:
        self.watchers = 0
        #: The number of the look that began last.
        self.begun = 0
        #: Why it looks no more.
        self.fault: Exception | None = None
        self._place = place
        self._look: Look | None = None
        self._is_wanted = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._held = ExitStack()
        bell = self._held.enter_context(place.doorbell.listen(place.account_id))
        self._looking = asyncio.create_task(self._run(bell))

    async def look_behind(self, number: int) -> Look:
        """Give the first look behind a number, as soon as there is one."""
        while self._look is None or self._look.number <= number:
            if self.fault is not None:
                raise self.fault
            leave_if_cancelled()
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return self._look

    def ask(self) -> int:
        """Have a look begun soon; give the number behind which it will be."""
        self._is_wanted.set()
        return self.begun

    def close(self) -> None:
        """Let go of the bell, and end."""
        self._held.close()
        self._looking.cancel()

    async def _run(self, bell: Bell) -> None:
        try:
            while self.watchers:
                self._is_wanted.clear()
                self.begun += 1
                connections = await once_it_is_back(bell, self._place.read)
                self._look = Look(self.begun, connections)
                self._wake()
                await self._pause(bell, connections)
        except Exception as fault:  # noqa: BLE001 - it is raised where the look is waited for
            self.fault = fault
            self._wake()

    def _wake(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def _pause(self, bell: Bell, connections: Mapping[UUID, Connection]) -> None:
        """Return when there may be something new, and not at once."""
        now = self._place.now()
        changes = [connection.next_change_at(now) for connection in connections.values()]
        due = min((moment for moment in changes if moment is not None), default=None)
        wakers = [
            asyncio.create_task(bell.wait()),
            asyncio.create_task(self._is_wanted.wait()),
        ]
        try:
            await asyncio.wait(
                wakers,
                timeout=None if due is None else (due - now).total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for waker in wakers:
                waker.cancel()
        await asyncio.sleep(_CALM_SECONDS)
