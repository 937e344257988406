"""Who has news is woken; whoever is not woken looks by itself after a while."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from app.doorbell import RedisDoorbell
from app.ids import new_id
from app.processes import free_port
from tests.lines import ServerLine

PATIENCE_SECONDS = 20
#: The shortest wait without a ring.
UNWOKEN_SECONDS = 2


@asynccontextmanager
async def a_doorbell(url, name, **patience):
    """A doorbell that passes rings on for as long as the block runs."""
    ringing, hearing = Redis.from_url(url), Redis.from_url(url, client_name=name)
    doorbell = RedisDoorbell(ringing=ringing, hearing=hearing, **patience)
    running = asyncio.create_task(doorbell.run())
    try:
        yield doorbell
    finally:
        assert not running.done(), running.exception()
        while not running.done():  # one can get lost in redis-py
            running.cancel()
            await asyncio.wait([running], timeout=0.1)
        await ringing.aclose()
        await hearing.aclose()


async def ring_until_heard(doorbell, account_id, bell):
    """Ring until the bell wakes its listener sooner than its patience would have."""
    clock = asyncio.get_running_loop().time
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            begun = clock()
            bell.clear()
            waiting = asyncio.create_task(bell.wait())
            await doorbell.ring(account_id)
            await waiting
            if clock() - begun < UNWOKEN_SECONDS:
                return


async def test_a_ring_reaches_the_listeners_of_that_account_alone(settings, namespace):
    ours, theirs = new_id(), new_id()
    async with a_doorbell(settings.redis_url, namespace) as doorbell:
        with (
            doorbell.listen(ours) as first,
            doorbell.listen(ours) as second,
            doorbell.listen(theirs) as stranger,
        ):
            await ring_until_heard(doorbell, ours, first)
            waiting = asyncio.create_task(stranger.wait())
            await asyncio.wait_for(second.wait(), UNWOKEN_SECONDS)
            await ring_until_heard(doorbell, ours, first)

            assert not waiting.done()
            waiting.cancel()


async def test_a_ring_is_heard_in_other_processes_too(settings, namespace):
    account_id = new_id()
    async with (
        a_doorbell(settings.redis_url, namespace) as here,
        a_doorbell(settings.redis_url, namespace) as there,
    ):
        with there.listen(account_id) as bell:
            await ring_until_heard(here, account_id, bell)


async def test_an_earlier_ring_is_heard_once(settings, namespace):
    account_id = new_id()
    async with a_doorbell(settings.redis_url, namespace) as doorbell:
        with doorbell.listen(account_id) as bell:
            await ring_until_heard(doorbell, account_id, bell)
            await asyncio.wait_for(bell.wait(), UNWOKEN_SECONDS)  # still rung: nobody cleared it
            bell.clear()
            waiting = asyncio.create_task(bell.wait())
            done, _ = await asyncio.wait([waiting], timeout=0)

            assert not done
            waiting.cancel()


async def test_a_listener_that_went_away_leaves_nothing_behind(settings, namespace):
    account_id = new_id()
    async with a_doorbell(settings.redis_url, namespace) as doorbell:
        with doorbell.listen(account_id) as staying:
            with doorbell.listen(account_id):
                pass
            await ring_until_heard(doorbell, account_id, staying)


async def test_while_redis_is_away_listeners_look_by_themselves(namespace):
    async with a_doorbell(f"redis://127.0.0.1:{free_port()}/0", namespace) as doorbell:
        with capture_logs() as logs, doorbell.listen(new_id()) as bell:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await bell.wait()

            assert [log["event"] for log in logs] == ["doorbell.disconnected"]
            with pytest.raises(RedisError):
                await doorbell.ring(new_id())


async def test_a_broken_connection_is_made_anew(settings, namespace):
    account_id = new_id()
    async with (
        a_doorbell(settings.redis_url, namespace) as doorbell,
        Redis.from_url(settings.redis_url) as administrator,
    ):
        with doorbell.listen(account_id) as bell:
            await ring_until_heard(doorbell, account_id, bell)
            with capture_logs() as logs:
                for client in await administrator.client_list():
                    if client["name"] == namespace:
                        await administrator.client_kill_filter(_id=client["id"])
                await until(lambda: any(log["event"] == "doorbell.disconnected" for log in logs))

            with capture_logs() as logs:
                await ring_until_heard(doorbell, account_id, bell)
            assert [log["event"] for log in logs] == ["doorbell.connected"]


async def test_what_is_no_account_s_id_is_not_listened_to(settings, namespace):
    """Somebody else's message on our channel must not make the process deaf."""
    account_id = new_id()
    async with (
        a_doorbell(settings.redis_url, namespace) as doorbell,
        Redis.from_url(settings.redis_url) as stranger,
    ):
        with doorbell.listen(account_id) as bell:
            await ring_until_heard(doorbell, account_id, bell)
            await stranger.publish("instep:news", "hello")
            await stranger.publish("instep:news", b"\xff")

            await ring_until_heard(doorbell, account_id, bell)


async def until(is_so):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():
            await asyncio.sleep(0.02)


async def test_a_line_to_redis_that_falls_silent_is_noticed_and_made_anew(settings, namespace):
    """Nobody hangs up: without a question it would be listened to for ever."""
    account_id = new_id()
    async with (
        ServerLine(settings.redis_url).open() as line,
        a_doorbell(settings.redis_url, namespace) as elsewhere,
        a_doorbell(line.url, namespace, silence_seconds=0.2) as doorbell,
    ):
        with doorbell.listen(account_id) as bell:
            with capture_logs() as logged:
                await ring_until_heard(elsewhere, account_id, bell)
                await asyncio.sleep(1)  # nothing happens, which is no silence
                quiet = list(logged)
                line.fall_silent()
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while not logged:
                        await asyncio.sleep(0.02)
                line.carry_new_ones()
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while len(logged) < 2:
                        await asyncio.sleep(0.02)
            await ring_until_heard(elsewhere, account_id, bell)

    assert quiet == []
    assert [entry["event"] for entry in logged] == ["doorbell.disconnected", "doorbell.connected"]
