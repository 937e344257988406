"""What is held for long does not make the pauses longer, and no garbage stays for ever."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from app.collecting import Collector

ROOT = Path(__file__).parents[2]


class Ring:
    """Garbage that only a collection finds."""

    def __init__(self):
        self.me = self


@pytest.fixture(autouse=True)
def _as_before():
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    gc.collect()


async def test_new_garbage_goes_at_once_and_old_garbage_with_the_next_full_collection():
    moment = 0.0
    collector = Collector(lambda: moment)
    fresh, held = Ring(), Ring()
    fresh_one, held_one = weakref.ref(fresh), weakref.ref(held)

    del fresh
    await collector()
    assert fresh_one() is None
    assert gc.get_freeze_count() > 0

    del held  # it had come to rest
    await collector()
    assert held_one() is not None

    moment = 3600.0
    await collector()
    assert held_one() is None


def test_the_whole_is_not_looked_at_by_itself_any_more():
    Collector().begin()

    assert gc.get_threshold()[2] > 100_000


#: A process of its own: here it would be the million objects of all tests that rest, and grow.
BUSY = """
import asyncio, gc
from app.collecting import Collector

class Ring:
    def __init__(self):
        self.me = self

async def work():
    moment = 0.0
    collector = Collector(lambda: moment, grown_much=10_000)
    collector.begin()
    rested = gc.get_freeze_count()
    for _ in range(100):
        moment += 5
        under_way = [Ring() for _ in range(rested // 10)]
        await collector()
        del under_way
    print(rested, gc.get_freeze_count())

asyncio.run(work())
"""


def test_a_busy_process_does_not_keep_an_hour_of_what_it_was_doing():
    """What is under way at a collection comes to rest, and is garbage when the answer is sent."""
    done = subprocess.run(
        [sys.executable, "-c", BUSY], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rested, resting = map(int, done.stdout.split())

    assert rested > 10_000
    assert resting < 4 * rested
