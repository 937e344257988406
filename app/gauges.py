"""What stands still when it is looked at: queue, connections, pool, open sockets and streams."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from db.directory import Tally
from db.engine import DATABASE_TROUBLE, PoolUse

#: However often and by however many it is asked for, the tables are read no more often than this.
_KEPT_SECONDS = 5
_PATIENCE_SECONDS = 5


class Overview:
    """What the tables said last, of all accounts together; None while they cannot be read."""

    def __init__(
        self,
        read: Callable[[datetime], Awaitable[list[Tally]]],
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._now = now
        self._clock = clock
        self._lock = asyncio.Lock()
        self._read_at: float | None = None
        self._found: list[Tally] | None = None

    async def refresh(self) -> None:
        """Read the tables unless that was done a moment ago; those who come meanwhile wait."""
        async with self._lock:
            if self._read_at is not None and self._clock() < self._read_at + _KEPT_SECONDS:
                return
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    self._found = await self._read(self._now())
            except (TimeoutError, *DATABASE_TROUBLE):
                self._found = None
            self._read_at = self._clock()

    def gauges(self) -> Iterator[Metric]:
        """Give how many are in each state, and since how long."""
        found, now = self._found, self._now()
        is_up = GaugeMetricFamily(
            "instep_database_up", "1 if the tables could be read for this page, else 0."
        )
        is_up.add_metric([], found is not None)
        yield is_up
        for kind, (name, amount, age) in _FAMILIES.items():
            amounts = GaugeMetricFamily(name, amount, labels=["state"])
            ages = GaugeMetricFamily(f"{name}_oldest_seconds", age, labels=["state"])
            for tally in found or ():
                if tally.kind == kind:
                    amounts.add_metric([tally.state.lower()], tally.amount)
                    if tally.since is not None:
                        seconds = (now - tally.since).total_seconds()
                        ages.add_metric([tally.state.lower()], max(seconds, 0))
            yield amounts
            yield ages


_FAMILIES: Mapping[str, tuple[str, str, str]] = {
    "JOB": (
        "instep_sync_jobs",
        "Saves and exports under way, by the state of their job.",
        "How long ago the oldest of them was saved.",
    ),
    "EXCHANGE": (
        "instep_message_sets",
        "Message sets whose answer is owed, not booked yet, or lost.",
        "How long ago the oldest of them left for QuickBooks.",
    ),
    "CONNECTION": (
        "instep_connections",
        "Connections, by what is known of them.",
        "How long ago the one was heard that was not heard for longest.",
    ),
    "WEBHOOK": (
        "instep_webhooks",
        "Webhooks, by how they stand.",
        "Since when the longest failing of them has failed.",
    ),
    "WEBHOOK_EVENT": (
        "instep_webhook_events",
        "Events that webhooks are yet to be sent, by how the webhook stands.",
        "How long ago the oldest of them happened.",
    ),
}


def pool_gauges(pool_use: Callable[[], PoolUse]) -> Iterator[Metric]:
    """Give how many connections to PostgreSQL this process has."""
    use = pool_use()
    family = GaugeMetricFamily(
        "instep_database_connections",
        "Connections to PostgreSQL of this process: in use, open, and the most there may be.",
        labels=["which"],
    )
    for which, amount in (("in_use", use.in_use), ("open", use.open), ("most", use.most)):
        family.add_metric([which], amount)
    yield family


def live_gauges(amounts: Mapping[str, int]) -> Iterator[Metric]:
    """Give how many sockets and streams are open in this process."""
    family = GaugeMetricFamily(
        "instep_live_connections",
        "Open WebSockets, and subscriptions over HTTP, of this process.",
        labels=["kind"],
    )
    for kind, amount in amounts.items():
        family.add_metric([kind], amount)
    yield family
