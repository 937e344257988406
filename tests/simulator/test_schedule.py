"""When the next update runs, on a clock of the test."""

import asyncio

import pytest

from simulator.clock import VirtualClock
from tests.simulator.partner_service import Service, connector


async def begun_at(service: Service, company, *, every: int, updates: int) -> list[float]:
    """Seconds from the start at which each of the first updates began."""
    clock = VirtualClock()
    start, stop, moments = clock(), asyncio.Event(), []

    def note(report) -> None:
        moments.append((clock() - start).total_seconds() - report.seconds)
        if len(moments) == updates:
            stop.set()

    async with asyncio.timeout(5):
        await connector(service, company, clock=clock).run_forever(every, stop, note)
    return moments


@pytest.mark.parametrize(
    ("answers", "moments"),
    [
        ([["t", "none"]], [0, 60, 120]),
        ([["t", "none", "300"], ["t", "none"]], [0, 300, 360]),
        ([["t", "none", "5"], ["t", "none"]], [0, 5, 65]),
        ([["t", "busy", "30"], ["t", "none"]], [0, 30, 90]),
        ([["t", "", "90"], ["t", ""]], [0, 90, 150]),
        ([["t", "none", "", "3600"], ["t", "none"]], [0, 3600, 7200]),
        ([["t", "none", "", "10"], ["t", "none"]], [0, 60, 120]),
        ([["t", "", "", "120"], ["t", ""]], [0, 120, 240]),
        ([["t", "none", "5", "600"], ["t", "none"]], [0, 5, 605]),
    ],
)
async def test_a_postponement_counts_once_and_a_minimum_stays_and_only_raises(
    company, answers, moments
):
    service = Service({"authenticate": answers})

    assert await begun_at(service, company, every=60, updates=3) == moments


async def test_a_stop_ends_the_pause_at_once(company):
    clock, stop, service = VirtualClock(runs=False), asyncio.Event(), Service()
    running = asyncio.create_task(connector(service, company, clock=clock).run_forever(3600, stop))
    async with asyncio.timeout(5):
        while "closeConnection" not in service.order:
            await asyncio.sleep(0)

        stop.set()
        await running

    assert service.order.count("authenticate") == 1


async def test_a_standing_clock_holds_every_pause_until_it_is_moved():
    clock = VirtualClock(runs=False)
    early, late = (asyncio.create_task(clock.sleep(seconds)) for seconds in (10, 20))
    await asyncio.sleep(0)

    clock.advance(15)
    await early
    late_sleeps_on = not late.done()
    clock.advance(5)
    await late

    assert late_sleeps_on


async def test_a_running_clock_ends_the_shortest_pause_first():
    clock = VirtualClock()
    start, ends = clock(), []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        ends.append((clock() - start).total_seconds())

    await asyncio.gather(sleep(30), sleep(10), sleep(20))

    assert ends == [10, 20, 30]
