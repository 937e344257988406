"""Webhooks: who is sent the account's events, from where on, and what became of it."""

from dataclasses import dataclass, replace
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.errors import InvalidValue, NotFound
from domain.webhooks import (
    MOST_WEBHOOKS,
    Webhook,
    WebhookDelivery,
    WebhookPatch,
    WebhookRules,
    changed,
    checked_url,
    rotated,
)
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.idempotency import claim_key, keep_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """The wish that an address is sent every event from now on."""

    url: str
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateWebhook:
    webhook_id: UUID
    patch: WebhookPatch


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateSecret:
    webhook_id: UUID
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The wish that what lies behind the event of this number is sent again."""

    webhook_id: UUID
    #: None for a cursor that is not the account's.
    after: int | None


@dataclass(frozen=True, slots=True)
class WithSecret:
    """A webhook with the secret that this very call made; no other answer has it."""

    webhook: Webhook
    secret: str


async def read_webhooks(context: RequestContext) -> list[Webhook]:
    """Give the account's webhooks, oldest first. Raises Forbidden."""
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    async with context.open_work() as work:
        return await work.webhooks.all()


async def read_webhook(context: RequestContext, webhook_id: UUID) -> Webhook | None:
    """Give one to who may see them; None to others."""
    if not context.principal.may(Permission.MANAGE_CONNECTIONS):
        return None
    async with context.open_work() as work:
        return await work.webhooks.get(webhook_id)


async def read_deliveries(
    context: RequestContext, webhook_id: UUID, *, before: UUID | None, first: int
) -> tuple[list[WebhookDelivery], bool]:
    """Give `first` tries, newest first, and whether more follow. Raises Forbidden."""
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    async with context.open_work() as work:
        found = await work.webhooks.deliveries(webhook_id, before=before, limit=first + 1)
    return found[:first], len(found) > first


async def create_webhook(context: RequestContext, wish: NewWebhook) -> WithSecret:
    """Store a webhook that is sent what happens from now on, and give its secret.

    The same key gives the same answer again, the secret too: who lost it need not rotate. Raises
    Forbidden, and InvalidValue for an address that cannot be, or one webhook too many.
    """
    rules = _rules(context)
    url = checked_url(wish.url, rules)
    async with context.open_work() as work:
        earlier = await claim_key(context, work, "createWebhook", wish.idempotency_key, wish)
        if earlier is not None:
            return await _repeated(work, rules, earlier)
        await work.accounts.lock()
        if len(await work.webhooks.all()) >= MOST_WEBHOOKS:
            raise InvalidValue(
                f"An account has at most {MOST_WEBHOOKS} webhooks. Delete one first.",
                where=("url",),
            )
        webhook = Webhook(
            id=context.new_id(),
            url=url,
            created_at=context.now(),
            secret_id=context.new_id(),
            delivered=await work.sync_events.last_sequence(),
        )
        await work.webhooks.add(webhook)
        _note(context, work, AuditAction.WEBHOOK_CREATED, None, webhook)
        return await _with_secret(work, rules, "createWebhook", wish.idempotency_key, webhook)


async def update_webhook(context: RequestContext, wish: UpdateWebhook) -> Webhook:
    """Give it another address, disable it, or enable it: it goes on where it was.

    Raises Forbidden, NotFound, InvalidValue.
    """
    rules = _rules(context)
    async with context.open_work() as work:
        before = await _lock(work, wish.webhook_id)
        after = changed(before, wish.patch, rules)
        if after != before:
            await work.webhooks.save(after)
            _note(context, work, AuditAction.WEBHOOK_CHANGED, before, after)
            work.wake_webhook(after.id)
        return after


async def rotate_secret(context: RequestContext, wish: RotateSecret) -> WithSecret:
    """Give a new secret; for a day the one of before signs too. Raises Forbidden and NotFound."""
    rules = _rules(context)
    async with context.open_work() as work:
        key = wish.idempotency_key
        earlier = await claim_key(context, work, "rotateWebhookSecret", key, wish)
        if earlier is not None:
            return await _repeated(work, rules, earlier)
        before = await _lock(work, wish.webhook_id)
        after = rotated(before, context.new_id(), context.now())
        await work.webhooks.save(after)
        note(context, work, AuditAction.WEBHOOK_SECRET_ROTATED, _subject(after.id))
        return await _with_secret(work, rules, "rotateWebhookSecret", key, after)


async def delete_webhook(context: RequestContext, webhook_id: UUID) -> None:
    """Delete it with its log. Raises Forbidden and NotFound."""
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    async with context.open_work() as work:
        webhook = await _lock(work, webhook_id)
        await work.webhooks.delete(webhook_id)
        told = changes_between({"url": webhook.url}, {"url": None})
        note(context, work, AuditAction.WEBHOOK_DELETED, _subject(webhook_id), told)


async def replay_webhook(context: RequestContext, wish: Replay) -> Webhook:
    """Send again what lies behind the number, then what follows; its way may go forward too.

    Raises Forbidden, NotFound, InvalidValue for a number the account has not reached, and
    CursorExpired where events behind it were pruned.
    """
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    async with context.open_work() as work:
        before = await _lock(work, wish.webhook_id)
        if wish.after is None:
            raise InvalidValue(
                "This is no cursor of an event of this account; take one from an event, or"
                " syncCursor.",
                where=("after",),
            )
        (await work.sync_events.numbers()).check_replay(wish.after)
        after = replace(before, delivered=wish.after, next_attempt_at=None)
        await work.webhooks.save(after)
        _note(context, work, AuditAction.WEBHOOK_REPLAYED, before, after)
        work.wake_webhook(after.id)
        return after


def _rules(context: RequestContext) -> WebhookRules:
    context.principal.require(Permission.MANAGE_CONNECTIONS)
    if context.webhooks is None:
        raise InvalidValue(
            "Webhooks are not switched on here. Whoever runs this service sets INSTEP_WEBHOOKS_KEY."
        )
    return context.webhooks


async def _with_secret(
    work: UnitOfWork, rules: WebhookRules, mutation: str, key: str, webhook: Webhook
) -> WithSecret:
    answer = {"webhook_id": str(webhook.id), "secret_id": str(webhook.secret_id)}
    await keep_answer(work, mutation, key, answer)
    return WithSecret(webhook, rules.secret(webhook.id, webhook.secret_id))


async def _repeated(work: UnitOfWork, rules: WebhookRules, earlier: dict[str, str]) -> WithSecret:
    webhook = await _lock(work, UUID(earlier["webhook_id"]))
    return WithSecret(webhook, rules.secret(webhook.id, UUID(earlier["secret_id"])))


async def _lock(work: UnitOfWork, webhook_id: UUID) -> Webhook:
    webhook = await work.webhooks.lock(webhook_id)
    if webhook is None:
        raise NotFound("There is no such webhook.", where=("webhook_id",))
    return webhook


def _subject(webhook_id: UUID) -> Subject:
    return Subject(SubjectKind.WEBHOOK, webhook_id)


def _note(
    context: RequestContext,
    work: UnitOfWork,
    action: AuditAction,
    before: Webhook | None,
    after: Webhook,
) -> None:
    old = {} if before is None else _shown(before)
    note(context, work, action, _subject(after.id), changes_between(old, _shown(after)))


def _shown(webhook: Webhook) -> dict[str, str | None]:
    return {
        "url": webhook.url,
        "disabled": "true" if webhook.is_disabled else "false",
        "after_event": str(webhook.delivered),
    }
