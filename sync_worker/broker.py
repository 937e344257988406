"""The Dramatiq broker: its middleware in order, and how a waiting worker is woken."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import dramatiq
import structlog
from dramatiq import Consumer, Message, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError, ConnectionClosed
from dramatiq.middleware import (
    AgeLimit,
    AsyncIO,
    Middleware,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)
from redis.exceptions import RedisError

from db.outages import Outage

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_TIME_LIMIT_MS = 60_000
_REDIS_SECONDS = 2
#: What comes of a Redis that is away.
REDIS_TROUBLE = (BrokerConnectionError, RedisError, OSError)
#: Dramatiq sleeps between two looks into Redis; here the waiting is done after the look.
_NO_SLEEP_MS = 1


class WakingBroker(RedisBroker):
    """A broker on Redis that wakes who waits for messages, so that nobody has to look often.

    Dramatiq's own looks again and again: a message waits for half the pause between two looks, and
    short pauses keep an idle worker busy. A lost wake-up only means the pause.

    That Redis is away, and that it is back, is logged once; Dramatiq would at each attempt.
    """

    def __init__(self, **options: Any) -> None:
        self._outage = Outage()
        super().__init__(**options)  # type: ignore[no-untyped-call] # untyped in Dramatiq

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Put the message into its queue, then wake the queue's consumers."""
        sent = super().enqueue(message, delay=delay)
        self.client.publish(self._channel(sent.queue_name), b"")
        return sent

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Give a consumer that waits until it is woken, for `timeout` ms at most."""
        looking = super().consume(queue_name, prefetch, _NO_SLEEP_MS)
        rings = self.client.pubsub(ignore_subscribe_messages=True)
        try:  # before the first look: nothing falls between
            rings.subscribe(self._channel(queue_name))
        except REDIS_TROUBLE as trouble:
            raise self.lost(trouble) from None
        return _WokenConsumer(self, looking, rings, prefetch=prefetch, seconds=timeout / 1000)

    def lost(self, trouble: Exception) -> ConnectionClosed:
        """Note that Redis failed, and give what Dramatiq understands: it tries again."""
        if self._outage.begin():
            words = str(trouble).rstrip(".") or type(trouble).__name__
            log.warning("redis.lost", reason=f"{words}. Nothing new is planned until it is back.")
        return ConnectionClosed(trouble)  # type: ignore[no-untyped-call] # untyped in Dramatiq

    def found(self) -> None:
        """Note that Redis answered."""
        if self._outage.end():
            log.info("redis.back")

    def _channel(self, queue_name: str) -> str:
        return f"{self.namespace}:{queue_name}:told"


class _WokenConsumer(Consumer):
    """Dramatiq's consumer; between two looks it waits for a ring, or for room to hold more.

    `looking` is of a private class of Dramatiq's; `rings` is a subscription of redis-py, which
    only `app` may import.
    """

    def __init__(
        self, broker: WakingBroker, looking: Any, rings: Any, *, prefetch: int, seconds: float
    ) -> None:
        self._broker = broker
        self._looking = looking
        self._rings = rings
        self._prefetch = prefetch
        self._seconds = seconds
        self._has_room = threading.Event()

    def __next__(self) -> MessageProxy | None:
        self._has_room.clear()
        try:
            message: MessageProxy | None = next(self._looking)
            if message is None:
                self._wait()
        except REDIS_TROUBLE as trouble:
            raise self._broker.lost(trouble) from None
        return message

    def ack(self, message: MessageProxy) -> None:
        self._settle(self._looking.ack, message)

    def nack(self, message: MessageProxy) -> None:
        self._settle(self._looking.nack, message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        try:
            self._looking.requeue(messages)
        except REDIS_TROUBLE as trouble:
            raise self._broker.lost(trouble) from None

    def close(self) -> None:
        self._rings.close()
        self._looking.close()

    def _settle(self, tell: Callable[[MessageProxy], None], message: MessageProxy) -> None:
        try:
            tell(message)
        except REDIS_TROUBLE as trouble:
            raise self._broker.lost(trouble) from None
        finally:
            self._has_room.set()

    def _wait(self) -> None:
        if self._looking.outstanding_message_count >= self._prefetch:
            self._has_room.wait(self._seconds)
            return
        self._rings.get_message(timeout=self._seconds)
        while self._rings.get_message() is not None:
            pass  # one look answers all of them
        self._broker.found()


def make_broker(
    redis_url: str, *, namespace: str, extra: tuple[Middleware, ...] = ()
) -> WakingBroker:
    """Give a broker on Redis. Messages hold ids only: losing them all merely delays the work."""
    broker = WakingBroker(
        url=_impatient(redis_url),
        namespace=namespace,
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


def _impatient(redis_url: str) -> str:
    """Let nobody wait long for a Redis that hangs; beside an address Dramatiq takes no options."""
    if "socket_timeout=" in redis_url:
        return redis_url
    mark = "&" if "?" in redis_url else "?"
    return f"{redis_url}{mark}socket_timeout={_REDIS_SECONDS}"
