"""What a process holds while it runs: engine, Redis, broker, and the `open_work` that announces."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from dramatiq import Broker, Message
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.announce import Announcer, EnqueuePlan, EnqueueWebhook
from app.clock import now
from app.cost_limit import CostLimit
from app.doorbell import RedisDoorbell
from app.heartbeat import Heartbeat
from app.rate_limit import SignInLimit
from app.settings import Settings
from db.directory import Directory
from db.engine import (
    PoolUse,
    Sessions,
    check_role,
    close_engine,
    make_engine,
    make_sessions,
    pool_use,
)
from db.unit_of_work import UnitOfWork, unit_of_work
from resolvers.lookouts import Lookouts
from resolvers.tails import Tails
from sync_worker.actors import DELIVER_WEBHOOK, PLAN_SYNC, QUEUE

#: A Redis that hangs must not hold up a caller whose work is committed.
_REDIS_SECONDS = 2
_CANCEL_AGAIN_SECONDS = 0.1

OpenWork = Callable[[UUID], AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Everything that opens connections; made once per process, inside its event loop."""

    settings: Settings
    open_work: OpenWork
    directory: Directory
    doorbell: RedisDoorbell
    #: What everybody shares who follows the events of an account, or watches its connections.
    tails: Tails
    lookouts: Lookouts
    enqueue_plan: EnqueuePlan
    enqueue_webhook: EnqueueWebhook
    guesses: SignInLimit
    #: None: nothing is counted.
    budget: CostLimit | None
    #: How much of the pool of connections to PostgreSQL is in use.
    pool_use: Callable[[], PoolUse]


@asynccontextmanager
async def hold_resources(settings: Settings, broker: Broker) -> AsyncIterator[Resources]:
    """Give the resources for as long as the block runs. Raises db.engine.UnusableDatabase."""
    async with hold_engine(settings) as engine, resources_on(engine, settings, broker) as held:
        yield held


@asynccontextmanager
async def hold_engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """Give the engine of a process for as long as the block runs."""
    engine = make_engine(
        settings.database_url, statement_ms=round(settings.database_seconds * 1000)
    )
    try:
        yield engine
    finally:
        await close_engine(engine)


@asynccontextmanager
async def resources_on(
    engine: AsyncEngine, settings: Settings, broker: Broker
) -> AsyncIterator[Resources]:
    """Give the resources on an engine that is the caller's, and outlives them."""
    ringing = Redis.from_url(settings.redis_url, socket_timeout=_REDIS_SECONDS)
    hearing = Redis.from_url(settings.redis_url)
    try:
        await check_role(engine)
        doorbell = RedisDoorbell(ringing=ringing, hearing=hearing)
        heartbeat = Heartbeat(Directory(engine).event_numbers, doorbell.followed, doorbell.wake)
        listening = asyncio.create_task(doorbell.run())
        beating = asyncio.create_task(heartbeat.run())
        try:
            tails = Tails(heartbeat.is_beating)
            yield _assemble(settings, engine, doorbell, tails, ringing, broker)
        finally:
            await end(beating)
            await end(listening)
    finally:
        await ringing.aclose()
        await hearing.aclose()


async def end(task: asyncio.Task[None]) -> None:
    """Cancel until it ends: a cancellation can get lost inside redis-py while it connects."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_CANCEL_AGAIN_SECONDS)
    with suppress(asyncio.CancelledError):
        await task


def announcing(sessions: Sessions, announcer: Announcer) -> OpenWork:
    """Give an `open_work` whose commits are announced; an exception announces nothing."""

    @asynccontextmanager
    async def open_work(account_id: UUID) -> AsyncIterator[UnitOfWork]:
        async with unit_of_work(sessions, account_id) as work:
            yield work
        has_news = bool(work.events) or work.is_rung
        if has_news or work.jobs_to_plan or work.webhooks_to_tell:
            await announcer.announce(
                account_id,
                has_events=has_news,
                jobs=work.jobs_to_plan,
                webhooks=work.webhooks_to_tell,
            )

    return open_work


def plan_message(account_id: UUID, job_id: UUID) -> Message[None]:
    """Give the message that asks a worker to plan a job: ids, and nothing else."""
    return Message(
        queue_name=QUEUE,
        actor_name=PLAN_SYNC,
        args=(str(account_id), str(job_id)),
        kwargs={},
        options={},
    )


def webhook_message(account_id: UUID, webhook_id: UUID) -> Message[None]:
    """Give the message that asks a worker to deliver to a webhook."""
    return Message(
        queue_name=QUEUE,
        actor_name=DELIVER_WEBHOOK,
        args=(str(account_id), str(webhook_id)),
        kwargs={},
        options={},
    )


def _assemble(
    settings: Settings,
    engine: AsyncEngine,
    doorbell: RedisDoorbell,
    tails: Tails,
    redis: Redis,
    broker: Broker,
) -> Resources:
    async def enqueue_plan(account_id: UUID, job_id: UUID) -> None:
        # sending blocks on Redis, so it happens in a thread
        await asyncio.to_thread(broker.enqueue, plan_message(account_id, job_id))

    async def enqueue_webhook(account_id: UUID, webhook_id: UUID) -> None:
        await asyncio.to_thread(broker.enqueue, webhook_message(account_id, webhook_id))

    announcer = Announcer(doorbell.ring, enqueue_plan, enqueue_webhook)
    return Resources(
        settings=settings,
        open_work=announcing(make_sessions(engine), announcer),
        directory=Directory(engine),
        doorbell=doorbell,
        tails=tails,
        lookouts=Lookouts(),
        enqueue_plan=enqueue_plan,
        guesses=SignInLimit(redis, now),
        budget=_budget(settings, redis),
        pool_use=partial(pool_use, engine),
        enqueue_webhook=enqueue_webhook,
    )


def _budget(settings: Settings, redis: Redis) -> CostLimit | None:
    if not settings.cost_per_minute:
        return None
    return CostLimit(redis, now, per_minute=settings.cost_per_minute, most=settings.cost_burst)
