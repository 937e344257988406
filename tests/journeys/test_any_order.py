"""Anybody does anything in any order: nothing that the tables forbid is ever stored or shown.

`make test` plays few programs, always the same. `--hypothesis-profile=deep` plays many and new
ones; what it finds is told as a short program, and its `--hypothesis-seed` plays it again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import pytest
from hypothesis import HealthCheck, seed
from hypothesis import settings as play
from hypothesis.stateful import run_state_machine_as_test

from app.resources import hold_resources
from app.settings import Settings
from sync_worker.broker import make_broker
from tests.databases import own_database
from tests.journeys.any_order import AnyOrder
from tests.journeys.stored import Reader

SEEDS = (2, 3)
#: Hypothesis' first two are next to empty.
EXAMPLES, STEPS = 4, 70


@pytest.fixture(scope="module")
def own_settings(settings: Settings) -> Settings:
    """Jobs that other tests left behind would be looked through at every step."""
    return settings.model_copy(update={"database_url": own_database(settings, "any_order")})


@pytest.mark.parametrize("number", SEEDS)
def test_nothing_happens_that_the_tables_forbid(
    own_settings: Settings, namespace: str, number: int
) -> None:
    """SYNCED is a proof, refusals change nothing, accounts stay apart, both ledgers agree at last."""
    is_short = play.get_current_profile_name() == "instep"
    how_much = {"max_examples": EXAMPLES, "stateful_step_count": STEPS} if is_short else {}
    with playing(own_settings, namespace) as stage:

        def machine() -> AnyOrder:
            return AnyOrder(*stage)

        run_state_machine_as_test(
            seed(number)(machine) if is_short else machine,
            settings=play(suppress_health_check=list(HealthCheck), **how_much),
        )


@contextmanager
def playing(settings: Settings, namespace: str) -> Iterator[tuple]:
    """One event loop with what lives in it."""
    broker = make_broker(settings.redis_url, namespace=namespace)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        resources = runner.run(stack.enter_async_context(hold_resources(settings, broker)))
        reader = Reader(settings.database_url)
        try:
            yield runner, resources, reader
        finally:
            runner.run(reader.close())
            runner.run(stack.aclose())
    broker.close()
