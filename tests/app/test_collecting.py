"""What is held for long does not make the pauses longer, and no garbage stays for ever."""

import gc
import weakref

import pytest

from app.collecting import Collector


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
