"""Anybody does anything in any order: nothing that the tables forbid is ever stored or shown.

`make test` plays one program a seed, always the same. `--hypothesis-profile=deep` plays many, new
ones; what it finds is told as a short program, and its `--hypothesis-seed` plays it again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from random import Random

import pytest
import uvloop
from hypothesis import HealthCheck
from hypothesis import settings as play
from hypothesis.control import BuildContext
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.stateful import run_state_machine_as_test

from app.resources import hold_resources
from app.settings import Settings
from sync_worker.broker import make_broker
from tests.databases import own_database
from tests.journeys.any_order import STEP, AnyOrder, Step
from tests.journeys.stored import Reader

SEEDS = range(1, 9)
STEPS = 70


@pytest.fixture(scope="module")
def own_settings(settings: Settings) -> Settings:
    """Jobs that other tests left behind would be looked through at every step."""
    return settings.model_copy(update={"database_url": own_database(settings, "any_order")})


@pytest.mark.parametrize("number", SEEDS)
def test_nothing_happens_that_the_tables_forbid(
    own_settings: Settings, namespace: str, number: int
) -> None:
    """SYNCED is a proof, refusals change nothing, accounts stay apart, both ledgers agree at last."""
    with playing(own_settings, namespace) as stage:
        if play.get_current_profile_name() != "deep":
            play_program(AnyOrder(*stage), Random(number))  # noqa: S311 - no secret
            return
        run_state_machine_as_test(
            lambda: AnyOrder(*stage), settings=play(suppress_health_check=list(HealthCheck))
        )


def play_program(office: AnyOrder, chance: Random) -> None:
    """Play one program that depends on `chance` alone.

    Hypothesis' own search depends on the modules that other tests have loaded, and on time.
    """
    office.open_accounts()
    played = []
    try:
        for _ in range(STEPS):
            played.append(drawn_step(chance))
            office.happen(played[-1])
        office.teardown()
    except Exception as fault:
        fault.add_note("\n".join(map(repr, played)))
        raise


def drawn_step(chance: Random) -> Step:
    """Draw what Hypothesis would draw, without its search."""
    data = ConjectureData(random=chance)
    with BuildContext(data, wrapped_test=play_program):
        return data.draw(STEP)


@contextmanager
def playing(settings: Settings, namespace: str) -> Iterator[tuple]:
    """One event loop with what lives in it."""
    broker = make_broker(settings.redis_url, namespace=namespace)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        stack = AsyncExitStack()
        resources = runner.run(stack.enter_async_context(hold_resources(settings, broker)))
        reader = Reader(settings.database_url)
        try:
            yield runner, resources, reader
        finally:
            runner.run(reader.close())
            runner.run(stack.aclose())
    broker.close()
