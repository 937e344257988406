"""Delivery of webhooks: in order, at least once, one worker at a time for each of them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog
from structlog.contextvars import bind_contextvars

from db.directory import Entry
from db.engine import is_outage
from db.outages import explain
from db.unit_of_work import UnitOfWork
from domain.actor import SERVICE
from domain.audit import AuditAction, AuditEntry, Subject, SubjectKind, changes_between
from domain.webhooks import (
    LARGEST_BATCH,
    LEASE,
    Posted,
    ToldEvent,
    Webhook,
    WebhookDelivery,
    WebhookRules,
    failed,
    sign,
    succeeded,
)

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: Deliveries under way in one process; more wait for their turn.
_MOST_AT_ONCE = 64
_MOST_SWEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTools:
    """What deliveries need."""

    #: None where the service was given no key: nothing is sent then.
    rules: WebhookRules | None
    open_work: Callable[[UUID], AbstractAsyncContextManager[UnitOfWork]]
    #: Sends one signed body to an address and never raises for what the other side does.
    post: Callable[[str, bytes, dict[str, str]], Awaitable[Posted]]
    #: Writes the body: account, webhook, delivery and its events.
    render: Callable[[UUID, UUID, UUID, tuple[ToldEvent, ...]], bytes]
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]


class DueWebhooks(Protocol):
    """Finds webhooks of every account; see `db.directory.Directory.due_webhooks`."""

    async def __call__(self, now: datetime, *, at_most: int) -> list[Entry]: ...


async def sweep_webhooks(
    due_webhooks: DueWebhooks,
    enqueue_webhook: Callable[[UUID, UUID], Awaitable[None]],
    *,
    now: datetime,
) -> int:
    """Enqueue every webhook that lacks an event and is due, and give how many there were."""
    found = await due_webhooks(now, at_most=_MOST_SWEPT)
    for entry in found:
        await enqueue_webhook(entry.account_id, entry.id)
    if found:
        log.info("due_webhooks.enqueued", webhooks=len(found))
    return len(found)


class Deliveries:
    """The deliveries of one worker process, beside its actors: none of them holds up a sync."""

    def __init__(self, tools: WebhookTools) -> None:
        self._tools = tools
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        self._running: dict[UUID, asyncio.Task[None]] = {}
        #: Woken again while their delivery was under way: it may just have missed the event.
        self._again: set[UUID] = set()

    def wake(self, account_id: UUID, webhook_id: UUID) -> None:
        """Deliver to the webhook what it has not got; a delivery under way looks once more."""
        if webhook_id in self._running:
            self._again.add(webhook_id)
            return
        self._running[webhook_id] = asyncio.create_task(self._run(account_id, webhook_id))

    async def close(self) -> None:
        """Break off what is under way: another worker sends it again when the lease has ended."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, account_id: UUID, webhook_id: UUID) -> None:
        bind_contextvars(account_id=str(account_id))
        try:
            async with self._room:
                await self._until_quiet(account_id, webhook_id)
        except Exception as fault:
            if is_outage(fault):  # swept up again once the lease has ended
                log.warning("webhook.put_off", webhook_id=str(webhook_id), reason=explain(fault))
            else:
                log.exception("webhook.broken_off", webhook_id=str(webhook_id))
        finally:
            self._running.pop(webhook_id, None)
            self._again.discard(webhook_id)

    async def _until_quiet(self, account_id: UUID, webhook_id: UUID) -> None:
        self._again.add(webhook_id)
        while webhook_id in self._again:
            self._again.discard(webhook_id)
            await deliver(self._tools, account_id, webhook_id)


async def deliver(tools: WebhookTools, account_id: UUID, webhook_id: UUID) -> None:
    """Send the webhook batch after batch until it has every event, or one is not received.

    Between the two transactions around a POST the webhook is leased, so nobody else sends to it.
    A worker that dies there leaves the cursor where it was: the batch is sent again.
    """
    if tools.rules is None:
        return
    delivery = _Delivery(tools, tools.rules, account_id, webhook_id)
    batch = await delivery.begin()
    while batch is not None:
        started_at = tools.now()
        posted = await delivery.post(batch)
        batch = await delivery.book(batch, posted, started_at)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events to be sent in one POST, behind the number `behind`."""

    id: UUID
    webhook: Webhook
    behind: int
    events: tuple[ToldEvent, ...]

    @property
    def reached(self) -> int:
        return self.events[-1].numbered.sequence


class _Delivery:
    """One worker's run over one webhook, under one lease."""

    def __init__(
        self, tools: WebhookTools, rules: WebhookRules, account_id: UUID, webhook_id: UUID
    ) -> None:
        self._tools = tools
        self._rules = rules
        self._account_id = account_id
        self._webhook_id = webhook_id
        self._lease_id = tools.new_id()

    async def begin(self) -> _Batch | None:
        """Take the lease and give the first batch; None where nothing may be sent now."""
        async with self._tools.open_work(self._account_id) as work:
            webhook = await work.webhooks.lock(self._webhook_id)
            if webhook is None or not webhook.is_due(self._tools.now()):
                return None
            return await self._next(work, webhook)

    async def post(self, batch: _Batch) -> Posted:
        """Sign the batch and send it."""
        webhook, now = batch.webhook, self._tools.now()
        body = self._tools.render(self._account_id, webhook.id, batch.id, batch.events)
        ids = webhook.signing_secrets(now)
        secrets = [self._rules.secret(webhook.id, secret_id) for secret_id in ids]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Instep-Webhooks/1",
            "Instep-Signature": sign(secrets, int(now.timestamp()), body),
            "Instep-Delivery-Id": str(batch.id),
        }
        return await self._tools.post(webhook.url, body, headers)

    async def book(self, batch: _Batch, posted: Posted, started_at: datetime) -> _Batch | None:
        """Log the try and move the cursor with it, in one transaction; give the next batch."""
        async with self._tools.open_work(self._account_id) as work:
            webhook = await work.webhooks.lock(self._webhook_id)
            if webhook is None:
                return None
            await work.webhooks.log(self._logged(webhook, batch, posted, started_at))
            if webhook.lease_id != self._lease_id:
                return None  # it took so long that another worker has gone on
            if posted.trouble is not None:
                await self._fail(work, webhook, batch, posted)
                return None
            told = succeeded(webhook, behind=batch.behind, reached=batch.reached)
            log.info("webhook.delivered", webhook_id=str(webhook.id), events=len(batch.events))
            if not told.is_disabled:
                return await self._next(work, told)
            await self._release(work, told)
            return None

    async def _next(self, work: UnitOfWork, webhook: Webhook) -> _Batch | None:
        """Lease the webhook for its next batch, or let it go when there is none."""
        found = await work.sync_events.after(webhook.delivered, limit=LARGEST_BATCH)
        if not found:
            await self._release(work, webhook)
            return None
        until = self._tools.now() + LEASE
        leased = replace(webhook, lease_id=self._lease_id, leased_until=until)
        await work.webhooks.save(leased)
        briefs = await work.invoice_briefs.get_many({n.event.invoice_id for n in found})
        named = {n.event.issue_id for n in found if n.event.issue_id is not None}
        issues = await work.sync_issues.get_many(named) if named else {}
        events = []
        for numbered in found:
            issue = None if (key := numbered.event.issue_id) is None else issues.get(key)
            number = briefs[numbered.event.invoice_id].number
            events.append(ToldEvent(numbered, number, None if issue is None else issue.code))
        return _Batch(self._tools.new_id(), leased, webhook.delivered, tuple(events))

    async def _fail(
        self, work: UnitOfWork, webhook: Webhook, batch: _Batch, posted: Posted
    ) -> None:
        changed, now = _aimed_elsewhere(webhook, batch.webhook), self._tools.now()
        after = webhook
        if not changed:
            after = failed(webhook, posted.trouble or "", now, posted.wait)
        log.warning("webhook.failed", webhook_id=str(webhook.id), failures=after.failures)
        if after.is_disabled and not webhook.is_disabled:
            work.note(self._given_up(after))
            log.error("webhook.given_up", webhook_id=str(webhook.id))
        if changed:  # what failed was not what there is now
            work.wake_webhook(webhook.id)
        await self._release(work, after)

    @staticmethod
    async def _release(work: UnitOfWork, webhook: Webhook) -> None:
        await work.webhooks.save(replace(webhook, lease_id=None, leased_until=None))

    def _logged(
        self, webhook: Webhook, batch: _Batch, posted: Posted, started_at: datetime
    ) -> WebhookDelivery:
        took = self._tools.now() - started_at
        return WebhookDelivery(
            id=batch.id,
            webhook_id=webhook.id,
            first_sequence=batch.events[0].numbered.sequence,
            last_sequence=batch.reached,
            attempt=webhook.failures + 1,
            status=posted.status,
            error=posted.trouble,
            started_at=started_at,
            milliseconds=round(took.total_seconds() * 1000),
        )

    def _given_up(self, webhook: Webhook) -> AuditEntry:
        return AuditEntry(
            id=self._tools.new_id(),
            occurred_at=self._tools.now(),
            actor=SERVICE,
            credential="none",
            request_id=None,
            action=AuditAction.WEBHOOK_GIVEN_UP,
            subject=Subject(SubjectKind.WEBHOOK, webhook.id),
            changes=changes_between({"disabled": "false"}, {"disabled": "true"}),
            reason=webhook.trouble,
        )


def _aimed_elsewhere(now: Webhook, then: Webhook) -> bool:
    """Tell whether the address was changed while something was sent to the old one."""
    return now.url != then.url
