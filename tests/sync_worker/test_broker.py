"""A worker that waits is woken; the pauses here are so long that nothing else could end them."""

import asyncio
import time

import pytest
from dramatiq import Message
from redis.exceptions import RedisError

from sync_worker.broker import make_broker
from tests.sync_worker.receiver import a_receiver

QUEUE = "sync"
A_MINUTE_MS = 60_000
PATIENCE_SECONDS = 20


@pytest.fixture
def broker(settings, namespace):
    broker = make_broker(settings.redis_url, namespace=namespace)
    broker.declare_queue(QUEUE)
    yield broker
    broker.close()


def a_message(word):
    return Message(queue_name=QUEUE, actor_name="say", args=(word,), kwargs={}, options={})


def take(consumer):
    """Look until there is a message, as Dramatiq's consumer thread does."""
    while True:
        message = next(consumer)
        if message is not None:
            return message


async def soon(waiting):
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await waiting


@pytest.mark.parametrize("more", ["", "?health_check_interval=9"])
async def test_a_redis_that_hangs_is_not_waited_for_long(namespace, more):
    """Whoever saves waits for it: the work is committed, and the sweeper finds it."""
    async with a_receiver() as hanging:
        hanging.script += [hang] * 9
        broker = make_broker(f"redis://127.0.0.1:{hanging.port}/0{more}", namespace=namespace)
        begun = time.perf_counter()
        with pytest.raises(RedisError):
            await asyncio.to_thread(broker.enqueue, a_message("lost"))
        took = time.perf_counter() - begun

    assert took < 4.5  # redis-py's own patience is five seconds
    broker.close()


async def hang(writer):
    await asyncio.Event().wait()


async def test_a_message_wakes_who_waits_for_it(broker):
    consumer = broker.consume(QUEUE, timeout=A_MINUTE_MS)
    assert next(broker.consume(QUEUE, timeout=1)) is None  # the queue is empty
    waiting = asyncio.create_task(asyncio.to_thread(take, consumer))
    await asyncio.sleep(0)

    await asyncio.to_thread(broker.enqueue, a_message("hello"))

    assert (await soon(waiting)).args == ("hello",)


async def test_a_message_sent_between_two_looks_is_not_slept_over(broker):
    consumer = broker.consume(QUEUE, timeout=A_MINUTE_MS)

    await asyncio.to_thread(broker.enqueue, a_message("one"))
    await asyncio.to_thread(broker.enqueue, a_message("two"))
    found = []
    for _ in range(2):
        message = await soon(asyncio.to_thread(take, consumer))
        consumer.ack(message)
        found += message.args

    assert found == ["one", "two"]


async def test_who_holds_as_much_as_it_may_goes_on_when_something_is_done(broker):
    consumer = broker.consume(QUEUE, prefetch=1, timeout=A_MINUTE_MS)
    broker.enqueue(a_message("one"))
    broker.enqueue(a_message("two"))
    first = await soon(asyncio.to_thread(take, consumer))
    waiting = asyncio.create_task(asyncio.to_thread(take, consumer))
    await asyncio.sleep(0)

    consumer.ack(first)

    assert (await soon(waiting)).args == ("two",)
