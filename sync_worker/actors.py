"""The actors: thin, they take ids, read the truth, and may run twice."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import dramatiq
from structlog.contextvars import bind_contextvars

from db.unit_of_work import UnitOfWork
from domain.errors import DomainError
from sync_worker import planner
from sync_worker.sweeper import DueJobs, sweep
from sync_worker.webhooks import Deliveries, DueWebhooks, sweep_webhooks

QUEUE = "sync"
PLAN_SYNC = "plan_sync"
SWEEP = "sweep"
DELIVER_WEBHOOK = "deliver_webhook"


#: Opens a unit of work for an account; what it commits is announced.
OpenWork = Callable[[UUID], AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the actors work with; made in the worker's event loop, after it has started."""

    open_work: OpenWork
    due_jobs: DueJobs
    enqueue_plan: Callable[[UUID, UUID], Awaitable[None]]
    due_webhooks: DueWebhooks
    enqueue_webhook: Callable[[UUID, UUID], Awaitable[None]]
    deliveries: Deliveries
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]


def declare(broker: dramatiq.Broker, tools: Callable[[], Tools]) -> None:
    """Register the actors with the broker."""

    async def plan_sync(account_id: str, job_id: str) -> None:
        """Plan one job and render its request; a job that has moved on is left alone."""
        given = tools()
        bind_contextvars(account_id=account_id, job_id=job_id)
        async with given.open_work(UUID(account_id)) as work:
            await planner.plan(work, UUID(job_id), now=given.now(), new_id=given.new_id)

    async def sweep_up() -> None:
        """Find due and untold jobs and enqueue them again."""
        given = tools()
        await sweep(given.due_jobs, given.enqueue_plan, now=given.now())
        await sweep_webhooks(given.due_webhooks, given.enqueue_webhook, now=given.now())

    async def deliver_webhook(account_id: str, webhook_id: str) -> None:
        """Begin to deliver; it goes on beside the actors, however slow the receiver is."""
        tools().deliveries.wake(UUID(account_id), UUID(webhook_id))

    dramatiq.actor(
        broker=broker,
        actor_name=PLAN_SYNC,
        queue_name=QUEUE,
        max_retries=8,
        min_backoff=500,
        max_backoff=60_000,
        throws=DomainError,
    )(plan_sync)
    dramatiq.actor(broker=broker, actor_name=DELIVER_WEBHOOK, queue_name=QUEUE, max_retries=0)(
        deliver_webhook
    )
    dramatiq.actor(
        broker=broker, actor_name=SWEEP, queue_name=QUEUE, max_retries=0, max_age=60_000
    )(sweep_up)
