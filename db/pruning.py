"""What is old enough to go, and nothing that somebody may still have to look at.

What is open stays whatever its age: requests that wait or are owed, message sets whose answer is
owed, unbooked or lost, everything of a job that has not come to rest. So do the Add of an invoice
that has no link, because its invoice may be in QuickBooks all the same; the message set whose
answer QuickBooks is yet to be told to forget; and the newest event of each invoice.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db.base import OfAccount
from db.rows import IdempotencyKeyRow, QuickBooksLinkRow
from db.scoped import Scoped
from db.statements import Statement, given, mine, one_of
from db.unlock_rows import PinTryRow
from db.webhook_rows import WebhookDeliveryRow
from db.wire_rows import (
    ConnectorSessionRow,
    EventCounterRow,
    ExchangeRow,
    InquiryRow,
    QbxmlRequestRow,
    SyncEventRow,
    SyncJobRow,
)
from domain.exchange import ExchangeKind, ExchangeState
from domain.inquiry import UNLOCK
from domain.queue import RequestKind, RequestState, SessionState
from domain.sync import ACTIVE, JobState


class Prunable(StrEnum):
    """In the order of their foreign keys: who refers to another goes before it."""

    REQUESTS = "requests"
    INQUIRIES = "inquiries"
    EXCHANGES = "exchanges"
    SESSIONS = "sessions"
    KEYS = "keys"
    DELIVERIES = "deliveries"
    PIN_TRIES = "tries"
    EVENTS = "events"


def _is_old(moment: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    return moment < given("before", DateTime(timezone=True))


def _drop(row: type[OfAccount], old: Select[*tuple[Any, ...]]) -> Statement:
    """Give the statement that deletes the oldest of these rows, known by their own columns."""
    keys = [getattr(row, column.name) for column in old.selected_columns]
    oldest = old.order_by(*old.selected_columns).limit(given("at_most", BigInteger))
    return Statement(delete(row).where(mine(row), tuple_(*keys).in_(oldest)).returning(*keys))


def _requests() -> Statement:
    rests = one_of(SyncJobRow.state, set(JobState) - ACTIVE)
    was_add_sent = and_(
        one_of(QbxmlRequestRow.kind, [kind for kind in RequestKind if kind.is_add]),
        QbxmlRequestRow.exchange_id.is_not(None),
    )
    is_linked = exists().where(
        QuickBooksLinkRow.account_id == SyncJobRow.account_id,
        QuickBooksLinkRow.invoice_id == SyncJobRow.invoice_id,
    )
    old = (
        select(QbxmlRequestRow.id)
        .join(
            SyncJobRow,
            and_(
                SyncJobRow.account_id == QbxmlRequestRow.account_id,
                SyncJobRow.id == QbxmlRequestRow.job_id,
            ),
        )
        .where(
            mine(QbxmlRequestRow),
            _is_old(QbxmlRequestRow.created_at),
            one_of(QbxmlRequestRow.state, [RequestState.ANSWERED, RequestState.CANCELLED]),
            rests,
            or_(~was_add_sent, is_linked),
        )
    )
    return _drop(QbxmlRequestRow, old)


def _exchanges() -> Statement:
    newer = aliased(ExchangeRow)
    has_requests = exists().where(
        QbxmlRequestRow.account_id == ExchangeRow.account_id,
        QbxmlRequestRow.exchange_id == ExchangeRow.id,
    )
    is_a_newer_kept = exists().where(
        newer.account_id == ExchangeRow.account_id,
        newer.connection_id == ExchangeRow.connection_id,
        newer.id > ExchangeRow.id,
        _is_kept_by_quickbooks(newer),
    )
    old = select(ExchangeRow.id).where(
        mine(ExchangeRow),
        _is_old(ExchangeRow.sent_at),
        one_of(ExchangeRow.state, [ExchangeState.BOOKED, ExchangeState.UNTOLD]),
        ~has_requests,
        or_(~_is_kept_by_quickbooks(ExchangeRow), is_a_newer_kept),
    )
    return _drop(ExchangeRow, old)


def _is_kept_by_quickbooks(row: type[ExchangeRow]) -> ColumnElement[bool]:
    """Tell whether QuickBooks was not told to forget its answer; `Exchanges` names the newest."""
    return and_(
        one_of(row.state, [ExchangeState.BOOKED]),
        one_of(row.kind, [ExchangeKind.REQUESTS]),
        ~row.is_cleared,
    )


def _sessions() -> Statement:
    has_exchanges = exists().where(
        ExchangeRow.account_id == ConnectorSessionRow.account_id,
        ExchangeRow.session_id == ConnectorSessionRow.id,
    )
    old = select(ConnectorSessionRow.id).where(
        mine(ConnectorSessionRow),
        _is_old(ConnectorSessionRow.last_call_at),
        one_of(ConnectorSessionRow.state, set(SessionState) - {SessionState.OPEN}),
        ~has_exchanges,
    )
    return _drop(ConnectorSessionRow, old)


def _keys() -> Statement:
    old = select(IdempotencyKeyRow.mutation, IdempotencyKeyRow.key).where(
        mine(IdempotencyKeyRow), _is_old(IdempotencyKeyRow.created_at)
    )
    return _drop(IdempotencyKeyRow, old)


def _events() -> Statement:
    newer = aliased(SyncEventRow)
    is_superseded = exists().where(
        newer.account_id == SyncEventRow.account_id,
        newer.invoice_id == SyncEventRow.invoice_id,
        newer.sequence > SyncEventRow.sequence,
    )
    old = select(SyncEventRow.sequence).where(
        mine(SyncEventRow), _is_old(SyncEventRow.occurred_at), is_superseded
    )
    return _drop(SyncEventRow, old)


def _inquiries() -> Statement:
    """All but the evidence of unlocking, whatever they have come to."""
    old = select(InquiryRow.id).where(
        mine(InquiryRow), _is_old(InquiryRow.asked_at), InquiryRow.purpose != UNLOCK
    )
    return _drop(InquiryRow, old)


def _deliveries() -> Statement:
    old = select(WebhookDeliveryRow.id).where(
        mine(WebhookDeliveryRow), _is_old(WebhookDeliveryRow.started_at)
    )
    return _drop(WebhookDeliveryRow, old)


def _pin_tries() -> Statement:
    """None of them counts any more: a PIN is locked for minutes."""
    old = select(PinTryRow.id).where(mine(PinTryRow), _is_old(PinTryRow.tried_at))
    return _drop(PinTryRow, old)


_DROP = {
    Prunable.REQUESTS: _requests(),
    Prunable.INQUIRIES: _inquiries(),
    Prunable.EXCHANGES: _exchanges(),
    Prunable.SESSIONS: _sessions(),
    Prunable.KEYS: _keys(),
    Prunable.DELIVERIES: _deliveries(),
    Prunable.PIN_TRIES: _pin_tries(),
    Prunable.EVENTS: _events(),
}


#: So that a cursor from before it is told that events are missing.
_MARK_PRUNED = Statement(
    update(EventCounterRow)
    .where(mine(EventCounterRow))
    .values(pruned=func.greatest(EventCounterRow.pruned, given("sequence", BigInteger)))
)


class Pruning(Scoped):
    async def drop(self, what: Prunable, *, before: datetime, at_most: int) -> int:
        """Delete the oldest rows from before then, so many at most; give how many there were."""
        dropped = await self._run(_DROP[what], before=before, at_most=at_most)
        if dropped and what is Prunable.EVENTS:
            await self._run(_MARK_PRUNED, sequence=max(row["sequence"] for row in dropped))
        return len(dropped)
