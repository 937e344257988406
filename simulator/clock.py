"""The simulator's own clocks: the system's, and one of a test on which no pause lasts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def system_time() -> datetime:
    """Tell the present moment, with a time zone."""
    # The simulator is a program of its own, outside the service, and this is its one clock.
    return datetime.now(tz=UTC)  # noqa: TID251 - QuickBooks has a clock of its own


class Timekeeper(Protocol):
    """A clock by which one can also wait."""

    def __call__(self) -> datetime:
        """Tell the present moment, with a time zone."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back after so many seconds of this clock."""
        ...


class SystemClock:
    """The time of the computer; a pause takes as long as it says."""

    def __call__(self) -> datetime:
        """Tell the present moment, with a time zone."""
        return system_time()

    async def sleep(self, seconds: float) -> None:
        """Come back after so many seconds."""
        await asyncio.sleep(seconds)


@dataclass(eq=False, slots=True)
class _Sleeper:
    until: datetime
    woken: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class VirtualClock:
    """A clock that a test moves; nobody waits for real.

    While it `runs`, time jumps to the end of the pause that ends first, and never further. Who
    waits for something else meanwhile, an answer over a network say, is not waited for. Standing
    (`runs=False`), a pause lasts until `advance` has passed its end.
    """

    #: The default is a working day after the demo company's closing date.
    moment: datetime = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    runs: bool = True
    _sleepers: list[_Sleeper] = field(default_factory=list)

    def __call__(self) -> datetime:
        """Tell the present moment of this clock."""
        return self.moment

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass, and wake all whose pause is over."""
        self.moment += timedelta(seconds=seconds)
        for sleeper in self._sleepers:
            if sleeper.until <= self.moment:
                sleeper.woken.set()

    async def sleep(self, seconds: float) -> None:
        """Come back when this clock has moved on by so many seconds."""
        sleeper = _Sleeper(self.moment + timedelta(seconds=seconds))
        self._sleepers.append(sleeper)
        try:
            while self.runs and not sleeper.woken.is_set():
                # Others get a turn first: one of them may begin a shorter pause.
                await asyncio.sleep(0)
                self._jump()
            await sleeper.woken.wait()
        finally:
            self._sleepers.remove(sleeper)

    def _jump(self) -> None:
        if any(sleeper.woken.is_set() for sleeper in self._sleepers):
            return  # who was woken has yet to see the moment it slept for
        first = min(self._sleepers, key=lambda sleeper: sleeper.until)
        self.moment = max(self.moment, first.until)
        first.woken.set()


async def wait(clock: Timekeeper, seconds: float, stop: asyncio.Event) -> None:
    """Come back after so many seconds of the clock, or as soon as `stop` is set."""
    waits = {asyncio.create_task(clock.sleep(seconds)), asyncio.create_task(stop.wait())}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
