"""The Dramatiq broker: its middleware in order, and how a waiting worker is woken."""

import threading
from collections.abc import Iterable
from typing import Any

import dramatiq
from dramatiq import Consumer, Message, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import (
    AgeLimit,
    AsyncIO,
    Middleware,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)

_TIME_LIMIT_MS = 60_000
_REDIS_SECONDS = 2
#: Dramatiq sleeps between two looks into Redis; here the waiting is done after the look.
_NO_SLEEP_MS = 1


class WakingBroker(RedisBroker):
    """A broker on Redis that wakes who waits for messages, so that nobody has to look often.

    Dramatiq's own looks again and again: a message waits for half the pause between two looks, and
    short pauses keep an idle worker busy. A lost wake-up only means the pause.
    """

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Put the message into its queue, then wake the queue's consumers."""
        sent = super().enqueue(message, delay=delay)
        self.client.publish(self._channel(sent.queue_name), b"")
        return sent

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Give a consumer that waits until it is woken, for `timeout` ms at most."""
        looking = super().consume(queue_name, prefetch, _NO_SLEEP_MS)
        rings = self.client.pubsub(ignore_subscribe_messages=True)
        rings.subscribe(self._channel(queue_name))  # before the first look: nothing falls between
        return _WokenConsumer(looking, rings, prefetch=prefetch, seconds=timeout / 1000)

    def _channel(self, queue_name: str) -> str:
        return f"{self.namespace}:{queue_name}:told"


class _WokenConsumer(Consumer):
    """Dramatiq's consumer; between two looks it waits for a ring, or for room to hold more.

    `looking` is of a private class of Dramatiq's; `rings` is a subscription of redis-py, which
    only `app` may import.
    """

    def __init__(self, looking: Any, rings: Any, *, prefetch: int, seconds: float) -> None:
        self._looking = looking
        self._rings = rings
        self._prefetch = prefetch
        self._seconds = seconds
        self._has_room = threading.Event()

    def __next__(self) -> MessageProxy | None:
        self._has_room.clear()
        message: MessageProxy | None = next(self._looking)
        if message is None:
            self._wait()
        return message

    def ack(self, message: MessageProxy) -> None:
        self._looking.ack(message)
        self._has_room.set()

    def nack(self, message: MessageProxy) -> None:
        self._looking.nack(message)
        self._has_room.set()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._looking.requeue(messages)

    def close(self) -> None:
        self._rings.close()
        self._looking.close()

    def _wait(self) -> None:
        if self._looking.outstanding_message_count >= self._prefetch:
            self._has_room.wait(self._seconds)
        else:
            self._rings.get_message(timeout=self._seconds)
            while self._rings.get_message() is not None:
                pass  # one look answers all of them


def make_broker(
    redis_url: str, *, namespace: str, extra: tuple[Middleware, ...] = ()
) -> WakingBroker:
    """Give a broker on Redis. Messages hold ids only: losing them all merely delays the work."""
    broker = WakingBroker(  # type: ignore[no-untyped-call] # untyped in Dramatiq
        url=redis_url,
        namespace=namespace,
        socket_timeout=_REDIS_SECONDS,
        middleware=[
            AgeLimit(),  # an old sweep is worth nothing
            TimeLimit(time_limit=_TIME_LIMIT_MS),
            ShutdownNotifications(),
            Retries(),  # a database that is away comes back
            AsyncIO(),  # not among the defaults; the actors are coroutines
            *extra,
        ],
    )
    dramatiq.set_broker(broker)
    return broker
