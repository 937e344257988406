"""The line between the service and its servers: it counts what crosses, and fails when told to.

A line that is silent swallows what is sent, answers nothing, and hangs up on nobody: so it is when
a cable is pulled, a firewall forgets a connection, or a machine stops dead.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto

from sqlalchemy.engine import make_url

_CHUNK = 1 << 20


class Side(Enum):
    """Whether a statement is struck on its way to the server, or its answer on the way back."""

    STATEMENT = auto()
    ANSWER = auto()


@dataclass(eq=False)
class Crossing:
    """One connection, by its two halves."""

    ours: asyncio.StreamWriter
    theirs: asyncio.StreamWriter
    is_silent: bool = False

    @property
    def port(self) -> int:
        """The port by which the server knows it."""
        return int(self.theirs.get_extra_info("sockname")[1])

    def cut(self) -> None:
        """Break it off; both sides are told at once."""
        self.ours.transport.abort()
        self.theirs.transport.abort()


#: What happens to the connection, or to what is behind it.
Strike = Callable[[Crossing], Awaitable[None]]


@dataclass
class Plan:
    """Strike the n-th statement from now on, of all or of those that hold that text.

    What is struck gets lost, unless it `passes` all the same.
    """

    nth: int
    side: Side
    strike: Strike
    holding: bytes = b""
    passes: bool = False
    has_struck: bool = False
    _seen: int = 0

    def meets(self, statement: bytes) -> bool:
        """Count a statement, and tell whether it is the one."""
        if self.holding not in statement:
            return False
        self._seen += 1
        return self._seen == self.nth


@dataclass
class ServerLine:
    """Carries every connection of a service to one server."""

    server_url: str
    #: Where the service finds it.
    url: str = ""
    _crossings: set[Crossing] = field(default_factory=set)
    _carrying: set[asyncio.Task[None]] = field(default_factory=set)
    _plan: Plan | None = None
    _is_silent: bool = False
    _is_over: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ServerLine"]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        there = make_url(self.server_url)
        port = server.sockets[0].getsockname()[1]
        self.url = there.set(port=port).render_as_string(hide_password=False)
        try:
            yield self
        finally:
            server.close()
            self._is_over.set()
            self.hang_up()
            await asyncio.gather(*self._carrying)

    def plan(self, plan: Plan | None) -> None:
        self._plan = plan

    def fall_silent(self) -> None:
        """Let nothing pass any more, of no connection, old or new."""
        self._is_silent = True
        for crossing in self._crossings:
            crossing.is_silent = True

    def carry_new_ones(self) -> None:
        """Let connections pass that are made from now on; those that were silent stay so."""
        self._is_silent = False

    def hang_up(self) -> None:
        """Break every connection off."""
        for crossing in self._crossings:
            crossing.cut()

    async def _carry(self, ours: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = make_url(self.server_url)
        try:
            theirs, their_writer = await asyncio.open_connection(there.host, there.port)
        except OSError:
            writer.transport.abort()
            return
        crossing = Crossing(writer, their_writer, is_silent=self._is_silent)
        self._crossings.add(crossing)
        carrying = asyncio.create_task(self._converse(crossing, ours, theirs))
        self._carrying.add(carrying)
        await carrying
        self._carrying.discard(carrying)
        self._crossings.discard(crossing)

    async def _converse(
        self, crossing: Crossing, ours: asyncio.StreamReader, theirs: asyncio.StreamReader
    ) -> None:
        awaited: list[Plan] = []
        both = [
            asyncio.create_task(self._statements(crossing, ours, awaited)),
            asyncio.create_task(self._answers(crossing, theirs, awaited)),
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if crossing.is_silent:  # nobody hears that the other has hung up
            await self._is_over.wait()
        crossing.cut()
        await asyncio.gather(*both)

    async def _statements(
        self, crossing: Crossing, ours: asyncio.StreamReader, awaited: list[Plan]
    ) -> None:
        with suppress(OSError):
            while statement := await ours.read(_CHUNK):
                plan, passes = self._plan, True
                if plan is not None and not crossing.is_silent and plan.meets(statement):
                    self._plan = None
                    if plan.side is Side.ANSWER:
                        awaited.append(plan)
                    else:
                        passes = await _strike(plan, crossing)
                if passes and not crossing.is_silent:
                    crossing.theirs.write(statement)

    async def _answers(
        self, crossing: Crossing, theirs: asyncio.StreamReader, awaited: list[Plan]
    ) -> None:
        with suppress(OSError):
            while answer := await theirs.read(_CHUNK):
                passes = await _strike(awaited.pop(), crossing) if awaited else True
                if passes and not crossing.is_silent:
                    crossing.ours.write(answer)


async def _strike(plan: Plan, crossing: Crossing) -> bool:
    plan.has_struck = True  # before: whoever is told by the strike may look at once
    await plan.strike(crossing)
    return plan.passes


async def cut(crossing: Crossing) -> None:
    """Break the connection off, as a router does that is switched off."""
    crossing.cut()
