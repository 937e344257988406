"""A credential's bucket: taken from by all processes, filled by time, and never in anybody's way."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from app.cost_limit import CostLimit
from app.ids import new_id
from app.processes import free_port
from domain.access import Principal
from domain.actor import Actor, ActorKind


class Clock:
    def __init__(self):
        self.moment = datetime(2026, 11, 20, 9, tzinfo=UTC)

    def __call__(self):
        return self.moment


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def client(settings):
    async with Redis.from_url(settings.redis_url) as client:
        yield client


@pytest.fixture
async def away():
    async with Redis.from_url(f"redis://127.0.0.1:{free_port()}/0", socket_timeout=1) as client:
        yield client


@pytest.fixture(params=["Redis", "Redis is away"])
def limit(request, client, away, clock):
    """Both ways of counting; 100 points, and 6 a minute so that none comes back meanwhile."""
    return a_limit(client if request.param == "Redis" else away, clock)


def a_limit(redis, clock, *, per_minute=6, most=100):
    return CostLimit(redis, clock, per_minute=per_minute, most=most)


def somebody(kind=ActorKind.EMPLOYEE):
    return Principal(new_id(), Actor(kind, new_id(), "Olga"), frozenset())


async def test_a_full_bucket_is_there_from_the_beginning(limit):
    balance = await limit.take(somebody(), 30)

    assert balance.was_enough
    assert int(balance.remaining) == 70
    assert limit.most == 100


async def test_an_empty_bucket_gives_nothing_and_tells_when_it_will(limit):
    olga = somebody()
    await limit.take(olga, 95)

    refused = await limit.take(olga, 10)
    smaller = await limit.take(olga, 5)

    assert not refused.was_enough
    assert 45 <= refused.seconds_until(10) <= 50  # five points are missing, one comes in 10 s
    assert refused.reset_at - refused.at <= timedelta(seconds=951)
    assert smaller.was_enough  # nothing was taken from it in vain


async def test_everybody_has_a_bucket_of_their_own(limit):
    olga, key = somebody(), somebody(ActorKind.API_KEY)
    await limit.take(olga, 100)

    assert (await limit.take(key, 100)).was_enough
    assert not (await limit.take(olga, 1)).was_enough


async def test_what_was_not_needed_can_be_used_again(limit):
    olga = somebody()
    await limit.take(olga, 100)
    limit.give_back(olga, 60)

    assert (await limit.take(olga, 60)).was_enough
    assert not (await limit.take(olga, 60)).was_enough  # given back once


async def test_it_fills_by_itself(client, clock):
    olga = somebody()
    limit = a_limit(client, clock, per_minute=6_000)
    await limit.take(olga, 100)

    async with asyncio.timeout(10):
        while not (await limit.take(olga, 50)).was_enough:
            await asyncio.sleep(0.05)


async def test_it_fills_by_itself_while_redis_is_away(away, clock):
    olga = somebody()
    limit = a_limit(away, clock)
    await limit.take(olga, 100)
    clock.moment += timedelta(minutes=5)

    assert (await limit.take(olga, 30)).was_enough
    assert not (await limit.take(olga, 1)).was_enough


async def test_all_processes_take_from_one_bucket(client, settings, clock):
    olga = somebody()
    async with Redis.from_url(settings.redis_url) as other_client:
        one, other = a_limit(client, clock), a_limit(other_client, clock)
        taken = await asyncio.gather(*(it.take(olga, 10) for it in [one, other] * 10))

    assert sum(it.was_enough for it in taken) in (9, 10)  # a process holds a point or two ahead


async def test_few_operations_wait_for_redis(client, clock):
    olga = somebody()
    limit = a_limit(client, clock, most=10_000)
    await limit.take(olga, 3)
    before = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]

    for _ in range(33):
        await limit.take(olga, 3)

    after = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert after - before < 10  # other tests may ask meanwhile; 100 points were taken ahead


async def test_a_large_refund_is_there_for_other_processes_at_once(client, settings, clock):
    olga = somebody()
    async with Redis.from_url(settings.redis_url) as other_client:
        one, other = a_limit(client, clock), a_limit(other_client, clock)
        await one.take(olga, 90)
        one.give_back(olga, 80)

        async with asyncio.timeout(10):
            while not (await other.take(olga, 80)).was_enough:
                await asyncio.sleep(0.01)


async def test_a_full_bucket_is_not_kept(client, clock):
    olga = somebody()
    await a_limit(client, clock).take(olga, 50)

    (key,) = await client.keys(f"*{olga.actor.id}*")

    assert 0 < await client.ttl(key) <= 512


async def test_an_outage_is_told_once_and_lets_everybody_work(clock):
    async with Redis.from_url(f"redis://127.0.0.1:{free_port()}/0", socket_timeout=1) as away:
        limit = a_limit(away, clock)
        with capture_logs() as logs:
            for _ in range(3):
                assert (await limit.take(somebody(), 100)).was_enough
                clock.moment += timedelta(seconds=6)

    assert [log["event"] for log in logs] == ["costs.counted_here"]


async def test_after_an_outage_redis_counts_again(settings, clock):
    olga = somebody()
    async with Redis.from_url(settings.redis_url) as wavering:
        address = wavering.connection_pool.connection_kwargs
        real_port, address["port"] = address["port"], free_port()
        limit = a_limit(wavering, clock)
        await limit.take(olga, 100)
        address["port"] = real_port
        wavering.connection_pool.reset()
        clock.moment += timedelta(seconds=6)

        assert (await limit.take(olga, 100)).was_enough
        assert await wavering.keys(f"*{olga.actor.id}*")


async def test_made_up_callers_do_not_fill_the_memory(away, clock):
    limit = a_limit(away, clock)
    for _ in range(10_050):
        nobody = somebody()
        await limit.take(nobody, 1)
        limit.give_back(nobody, 1)

    assert len(limit._purses) == 10_000  # noqa: SLF001 - what it holds
