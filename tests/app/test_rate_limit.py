"""Guessing passwords is slowed down, and no connector with a right password is locked out."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from structlog.testing import capture_logs

from app.processes import free_port
from app.rate_limit import Limits, SignInLimit

LIMITS = Limits(per_user_name=3, per_address=6)
MINUTE = timedelta(minutes=1)
OFFICE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


class Clock:
    """Stands still at the beginning of a minute until it is moved."""

    def __init__(self):
        self.moment = datetime(2026, 11, 20, 9, tzinfo=UTC)

    def __call__(self):
        return self.moment

    def pass_by(self, span):
        self.moment += span


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["Redis", "Redis is away"])
async def redis(request, settings):
    """Both ways of counting."""
    if request.param == "Redis":
        async with Redis.from_url(settings.redis_url) as client:
            await client.flushdb()
            yield client
    else:
        async with a_redis_that_is_away() as client:
            yield client


@asynccontextmanager
async def a_redis_that_is_away():
    async with Redis.from_url(f"redis://127.0.0.1:{free_port()}/0", socket_timeout=1) as client:
        yield client


@asynccontextmanager
async def a_redis_that_hangs_up():
    """With a function that tells how often it was called."""
    calls = []

    async def hang_up(reader, writer):
        calls.append(None)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Redis.from_url(f"redis://127.0.0.1:{port}/0", socket_timeout=1) as client:
            yield client, lambda: len(calls)


@pytest.fixture
def limit(redis, clock):
    return SignInLimit(redis, clock, LIMITS)


async def fail(limit, user_name, peer, *, times):
    for _ in range(times):
        await limit.failed(user_name, peer)


async def test_a_few_wrong_passwords_are_no_crime(limit):
    await fail(limit, "instep-a", OFFICE, times=2)

    assert not await limit.is_blocked("instep-a", OFFICE)


async def test_who_keeps_guessing_is_turned_away_until_the_minute_is_over(limit, clock):
    await fail(limit, "instep-a", OFFICE, times=3)

    assert await limit.is_blocked("instep-a", OFFICE)
    clock.pass_by(MINUTE)
    assert not await limit.is_blocked("instep-a", OFFICE)


async def test_guessing_from_elsewhere_locks_no_connector_out(limit):
    """Its user name is no secret: it stands in the .qwc file."""
    await fail(limit, "instep-a", ELSEWHERE, times=50)

    assert await limit.is_blocked("instep-a", ELSEWHERE)
    assert not await limit.is_blocked("instep-a", OFFICE)


async def test_an_address_that_tries_many_user_names_is_turned_away(limit):
    for n in range(6):
        await limit.failed(f"instep-{n}", ELSEWHERE)

    assert await limit.is_blocked("instep-never-tried", ELSEWHERE)
    assert not await limit.is_blocked("instep-never-tried", OFFICE)


async def test_a_right_password_clears_what_was_mistyped_before(limit):
    await fail(limit, "instep-a", OFFICE, times=2)
    await limit.succeeded("instep-a", OFFICE)
    await fail(limit, "instep-a", OFFICE, times=2)

    assert not await limit.is_blocked("instep-a", OFFICE)


async def test_a_connector_that_is_well_is_not_locked_out_by_its_neighbours(limit, clock):
    """One office, one address: the other computer polls with an outdated password."""
    await limit.succeeded("instep-a", OFFICE)

    for _ in range(30):
        clock.pass_by(MINUTE)
        await fail(limit, "instep-b", OFFICE, times=7)
        assert await limit.is_blocked("instep-b", OFFICE)
        assert not await limit.is_blocked("instep-a", OFFICE)
        await limit.succeeded("instep-a", OFFICE)


async def test_a_guesser_beside_a_connector_cannot_lock_it_out(limit):
    """Same address, same user name: the password is looked at, and no guess is right."""
    await limit.succeeded("instep-a", OFFICE)

    await fail(limit, "instep-a", OFFICE, times=50)

    assert not await limit.is_blocked("instep-a", OFFICE)


async def test_reaching_a_limit_is_logged_once_a_minute(limit, clock):
    logged = []
    for _ in range(2):
        with capture_logs() as logs:
            await fail(limit, "instep-a", ELSEWHERE, times=20)
        logged += [log for log in logs if log["event"] == "sign_ins.limited"]
        clock.pass_by(MINUTE)

    assert [(log["limit"], log["address"]) for log in logged] == [
        ("user name", ELSEWHERE),
        ("address", ELSEWHERE),
    ] * 2


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("198.51.100.7", "198.51.100.8", False),
        ("", "", True),
        ("a host", "another host", False),
    ],
)
async def test_one_subscriber_of_ipv6_has_many_addresses_and_counts_as_one(
    limit, one, other, is_same
):
    await fail(limit, "instep-a", one, times=3)

    assert await limit.is_blocked("instep-a", other) is is_same


@pytest.mark.parametrize("user_name", ["", "a" * 100_000, "\x00", "\ud800", "a:b\r\nDEL x"])
async def test_whatever_is_sent_as_a_user_name_can_be_counted(limit, user_name):
    await fail(limit, user_name, OFFICE, times=3)

    assert await limit.is_blocked(user_name, OFFICE)
    await limit.succeeded(user_name, OFFICE)
    assert not await limit.is_blocked(user_name, OFFICE)


@pytest.fixture
async def client(settings):
    async with Redis.from_url(settings.redis_url) as client:
        await client.flushdb()
        yield client


async def test_all_processes_count_together(client, clock):
    here, there = SignInLimit(client, clock, LIMITS), SignInLimit(client, clock, LIMITS)

    await fail(here, "instep-a", OFFICE, times=2)
    await fail(there, "instep-a", OFFICE, times=1)

    assert await here.is_blocked("instep-a", OFFICE)
    await there.succeeded("instep-a", OFFICE)
    assert not await here.is_blocked("instep-a", OFFICE)


async def test_a_success_is_remembered_for_a_week_and_after_a_restart(client, clock):
    await SignInLimit(client, clock, LIMITS).succeeded("instep-a", OFFICE)

    (key,) = await client.keys("*")
    assert 0 < await client.ttl(key) <= timedelta(days=7).total_seconds()
    restarted = SignInLimit(client, clock, LIMITS)
    await fail(restarted, "instep-a", OFFICE, times=9)
    assert not await restarted.is_blocked("instep-a", OFFICE)


async def test_nothing_of_an_attack_stays_in_redis(client, clock):
    await fail(SignInLimit(client, clock, LIMITS), "instep-a", ELSEWHERE, times=9)

    for key in await client.keys("*"):
        assert 0 < await client.ttl(key) <= 2 * MINUTE.total_seconds()
        assert b"instep-a" not in key
        assert ELSEWHERE.encode() not in key


async def test_a_connector_that_polls_costs_redis_nothing(client, clock):
    limit = SignInLimit(client, clock, LIMITS)
    await limit.succeeded("instep-a", OFFICE)
    before = (await client.info("stats"))["total_commands_processed"]

    for _ in range(100):
        assert not await limit.is_blocked("instep-a", OFFICE)
        await limit.succeeded("instep-a", OFFICE)

    after = (await client.info("stats"))["total_commands_processed"]
    assert after - before < 50  # the question itself, and what other tests asked meanwhile


async def test_while_redis_is_away_it_is_asked_every_few_seconds_only(clock):
    async with a_redis_that_hangs_up() as (hangs_up, asked):
        limit = SignInLimit(hangs_up, clock, LIMITS)
        with capture_logs() as logs:
            await limit.failed("instep-a", OFFICE)
            once = asked()
            await fail(limit, "instep-a", OFFICE, times=2)
            assert await limit.is_blocked("instep-a", OFFICE)
            assert asked() == once
            clock.pass_by(timedelta(seconds=6))
            assert await limit.is_blocked("instep-a", OFFICE)
            assert asked() > once

    told = [log for log in logs if log["event"] == "sign_ins.counted_here"]
    assert len(told) == 1  # it is one outage


async def test_redis_counts_again_once_it_is_back(client, settings, clock):
    async with Redis.from_url(settings.redis_url) as wavering:
        address = wavering.connection_pool.connection_kwargs
        real_port, address["port"] = address["port"], free_port()
        limit = SignInLimit(wavering, clock, LIMITS)
        await limit.failed("instep-a", OFFICE)
        address["port"] = real_port
        wavering.connection_pool.reset()
        clock.pass_by(timedelta(seconds=6))
        await fail(limit, "instep-a", OFFICE, times=3)

    assert await SignInLimit(client, clock, LIMITS).is_blocked("instep-a", OFFICE)


async def test_made_up_user_names_do_not_fill_the_memory(clock):
    async with a_redis_that_is_away() as away:
        limit = SignInLimit(away, clock, LIMITS)
        for n in range(10_050):
            await limit.failed(f"instep-{n}", f"198.51.{n % 250}.{n // 250}")

        assert len(limit._local._counts) == 10_000  # noqa: SLF001 - what it holds


async def test_a_redis_that_refuses_is_as_good_as_away(client, clock):
    """A replica that cannot be written to, for example."""
    limit = SignInLimit(client, clock, LIMITS)
    await limit.failed("instep-a", OFFICE)
    counters = await client.keys("*")
    for key in counters:
        await client.delete(key)
        await client.lpush(key, "not a number")
    with pytest.raises(ResponseError):
        await client.incr(counters[0])

    await fail(limit, "instep-a", OFFICE, times=3)

    assert await limit.is_blocked("instep-a", OFFICE)
