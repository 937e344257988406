"""Webhooks, and the log of what was sent to them."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, delete, select

from db.base import OfAccount
from db.scoped import Scoped
from db.statements import Record, Statement, given, insert_rows, mine, names_of, update_rows
from db.webhook_rows import WebhookDeliveryRow, WebhookRow
from domain.webhooks import Webhook, WebhookDelivery

_MINE = select(*WebhookRow.__table__.columns).where(mine(WebhookRow))
_THIS = WebhookRow.id == given("webhook_id", Uuid)
_TO_THIS = WebhookDeliveryRow.webhook_id == given("webhook_id", Uuid)

_ADD = insert_rows(WebhookRow)
_SAVE = update_rows(WebhookRow)
_ALL = Statement(_MINE.order_by(WebhookRow.id))
_GET = Statement(_MINE.where(_THIS))
_LOCK = Statement(_MINE.where(_THIS).with_for_update(key_share=True))
_DELETE = Statement(delete(WebhookRow).where(mine(WebhookRow), _THIS))
_DELETE_LOG = Statement(delete(WebhookDeliveryRow).where(mine(WebhookDeliveryRow), _TO_THIS))
_LOG = insert_rows(WebhookDeliveryRow)
#: Tries, newest first.
_TRIES = Statement(
    select(*WebhookDeliveryRow.__table__.columns)
    .where(mine(WebhookDeliveryRow), _TO_THIS, WebhookDeliveryRow.id < given("before", Uuid))
    .order_by(WebhookDeliveryRow.id.desc())
    .limit(given("at_most", BigInteger))
)

#: Behind every id that there can be.
_END = UUID(int=2**128 - 1)


class Webhooks(Scoped):
    async def add(self, webhook: Webhook) -> None:
        """Store a new one."""
        await self._store(_ADD, [asdict(webhook)])

    async def save(self, webhook: Webhook) -> None:
        """Store one anew that was locked before."""
        await self._store(_SAVE, [asdict(webhook)])

    async def all(self) -> list[Webhook]:
        """Give the account's, oldest first."""
        return _webhooks(await self._run(_ALL))

    async def get(self, webhook_id: UUID) -> Webhook | None:
        """Give one."""
        row = await self._first(_GET, webhook_id=webhook_id)
        return None if row is None else _webhook(row)

    async def lock(self, webhook_id: UUID) -> Webhook | None:
        """Give one and hold it until the commit."""
        row = await self._first(_LOCK, webhook_id=webhook_id)
        return None if row is None else _webhook(row)

    async def delete(self, webhook_id: UUID) -> None:
        """Delete it with its log."""
        await self._run(_DELETE_LOG, webhook_id=webhook_id)
        await self._run(_DELETE, webhook_id=webhook_id)

    async def log(self, delivery: WebhookDelivery) -> None:
        """Keep one try."""
        await self._store(_LOG, [asdict(delivery)])

    async def deliveries(
        self, webhook_id: UUID, *, before: UUID | None, limit: int
    ) -> list[WebhookDelivery]:
        """Give up to `limit` tries older than the one named, newest first."""
        behind = _END if before is None else before
        rows = await self._run(_TRIES, webhook_id=webhook_id, before=behind, at_most=limit)
        return [_delivery(row) for row in rows]


def _webhooks(rows: Iterable[Record]) -> list[Webhook]:
    return [_webhook(row) for row in rows]


def _webhook(row: Record) -> Webhook:
    return Webhook(**_named(row, WebhookRow))


def _delivery(row: Record) -> WebhookDelivery:
    return WebhookDelivery(**_named(row, WebhookDeliveryRow))


def _named(row: Record, kind: type[OfAccount]) -> dict[str, Any]:
    return {name: row[name] for name in names_of(kind)}
