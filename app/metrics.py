"""What is counted and measured, for Prometheus; of this process, and of the tables behind it.

No label names an account, a connection, an invoice or a person: their number has no bound, each
would keep series alive in every process for ever, and whoever reads metrics is rarely whoever may
read books. Labels come from enums and from the service's own words.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from db.engine import is_outage
from db.unit_of_work import UnitOfWork
from domain.webhooks import Posted
from qbwc.calls import Call, Reply, operation_of

#: A call of a Web Connector may be held for 20 seconds while nothing waits.
_CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60)
#: From the next call of a connector that lingers to one that was off over the week-end.
_SYNC_SECONDS = (0.5, 1, 2, 5, 10, 15, 30, 60, 300, 900, 3600, 14_400, 86_400, 259_200)
_LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

#: Sends one signed body to a webhook.
Post = Callable[[str, bytes, dict[str, str]], Awaitable[Posted]]
OpenWork = Callable[[UUID], AbstractAsyncContextManager[UnitOfWork]]


class Metrics:
    """The instruments of one process; it fits `resolvers.context.Meter`."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self._operations = Counter(
            "instep_graphql_operations",
            "GraphQL operations that ended, by kind and outcome.",
            ["kind", "outcome"],
            registry=registry,
        )
        self._operation_seconds = Histogram(
            "instep_graphql_operation_seconds",
            "How long queries and mutations took.",
            ["kind"],
            buckets=_CALL_SECONDS,
            registry=registry,
        )
        self._soap_calls = Counter(
            "instep_soap_calls",
            "Calls of Web Connectors, by method and outcome.",
            ["method", "outcome"],
            registry=registry,
        )
        self._soap_seconds = Histogram(
            "instep_soap_call_seconds",
            "How long calls of Web Connectors took; some are held while nothing waits.",
            ["method"],
            buckets=_CALL_SECONDS,
            registry=registry,
        )
        self._sync_seconds = Histogram(
            "instep_sync_seconds",
            "From an accepted save or export to QuickBooks' confirmation, as this process booked.",
            buckets=_SYNC_SECONDS,
            registry=registry,
        )
        self._event_lag = Histogram(
            "instep_event_lag_seconds",
            "From an event to the subscriber whom it is told to; what is caught up on is left out.",
            buckets=_LAG_SECONDS,
            registry=registry,
        )
        self._messages = Counter(
            "instep_worker_messages",
            "Messages that a worker took, by actor and outcome.",
            ["actor", "outcome"],
            registry=registry,
        )
        self._message_seconds = Histogram(
            "instep_worker_message_seconds",
            "How long a worker's messages took.",
            ["actor"],
            buckets=_CALL_SECONDS,
            registry=registry,
        )

        self._deliveries = Counter(
            "instep_webhook_deliveries",
            "Tries to deliver to a webhook, by outcome.",
            ["outcome"],
            registry=registry,
        )
        self._delivery_seconds = Histogram(
            "instep_webhook_delivery_seconds",
            "How long the receivers of webhooks took to answer, or to fail.",
            buckets=_CALL_SECONDS,
            registry=registry,
        )

    def operation_ended(self, kind: str, outcome: str, seconds: float | None) -> None:
        """Count a GraphQL operation; `seconds` is None where they tell nothing."""
        self._operations.labels(kind, outcome).inc()
        if seconds is not None:
            self._operation_seconds.labels(kind).observe(seconds)

    def event_told(self, lag_seconds: float) -> None:
        """Note how old an event was when a subscriber was told of it."""
        self._event_lag.observe(max(lag_seconds, 0))

    def message_ended(self, actor: str, outcome: str, seconds: float | None) -> None:
        """Count a message of a worker."""
        self._messages.labels(actor, outcome).inc()
        if seconds is not None:
            self._message_seconds.labels(actor).observe(seconds)

    async def timed(self, call: Call, answering: Callable[[], Awaitable[Reply]]) -> Reply:
        """Answer a call of a Web Connector, and count it."""
        method, begun, outcome = operation_of(call).name, time.perf_counter(), "failed"
        try:
            reply = await answering()
            outcome = "answered"
        except Exception as fault:
            outcome = "unavailable" if is_outage(fault) else "failed"
            raise
        finally:
            self._soap_calls.labels(method, outcome).inc()
            self._soap_seconds.labels(method).observe(time.perf_counter() - begun)
        return reply

    def counting(self, post: Post) -> Post:
        """Give a way to post to webhooks that is counted."""

        async def counted(url: str, body: bytes, headers: dict[str, str]) -> Posted:
            begun = time.perf_counter()
            posted = await post(url, body, headers)
            outcome = "received" if posted.trouble is None else "failed"
            self._deliveries.labels(outcome).inc()
            self._delivery_seconds.observe(time.perf_counter() - begun)
            return posted

        return counted

    def measuring(self, open_work: OpenWork) -> OpenWork:
        """Give an `open_work` that notes how long confirmed jobs had waited, once it committed."""

        @asynccontextmanager
        async def measured(account_id: UUID) -> AsyncIterator[UnitOfWork]:
            async with open_work(account_id) as work:
                yield work
            for waited in work.applied_after:
                self._sync_seconds.observe(max(waited.total_seconds(), 0))

        return measured

    def show(self, gauges: Callable[[], Iterable[Metric]]) -> None:
        """Ask for these too whenever the page is made."""
        self._registry.register(_Gauges(gauges))

    def page(self) -> bytes:
        """Give everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Gauges(Collector):
    """What is looked at when it is asked for, and not before: registering must ask nobody."""

    def __init__(self, gauges: Callable[[], Iterable[Metric]]) -> None:
        self._gauges = gauges

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        return self._gauges()
