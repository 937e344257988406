"""The Dramatiq broker: its middleware in order, each with its reason."""

import dramatiq
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


def make_broker(
    redis_url: str, *, namespace: str, extra: tuple[Middleware, ...] = ()
) -> RedisBroker:
    """Give a broker on Redis. Messages hold ids only: losing them all merely delays the work."""
    broker = RedisBroker(  # type: ignore[no-untyped-call] # untyped in Dramatiq
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
