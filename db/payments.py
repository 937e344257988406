"""Payments, and how far they are on their way to QuickBooks."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Uuid, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from db.documents import PROBLEM
from db.payment_rows import PaymentRow
from db.rows import InvoiceRow
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, insert_rows, mine, one_of, update_rows
from db.wire_rows import SyncIssueRow, SyncJobRow
from domain.backoff import Trouble
from domain.errors import NotFound
from domain.invoice import ExportStatus
from domain.payments import (
    EXPORT_STATUSES,
    ON_ITS_WAY,
    Payment,
    PaymentState,
)
from domain.sync import ACTIVE
from domain.sync_status import SyncStatus

_PAYMENT = PaymentRow.__table__.columns
_MICROSECOND = timedelta(microseconds=1)
_START = UUID(int=0)

_ADD = insert_rows(PaymentRow)
_SAVE = update_rows(PaymentRow)
_GET = Statement(select(*_PAYMENT).where(mine(PaymentRow), among(PaymentRow.id, "ids")))
#: These payments, locked in the order of their ids.
_LOCK = Statement(
    select(*_PAYMENT)
    .where(mine(PaymentRow), among(PaymentRow.id, "ids"))
    .order_by(PaymentRow.id)
    .with_for_update(key_share=True)
)
_OF_INVOICES = Statement(
    select(*_PAYMENT)
    .where(mine(PaymentRow), among(PaymentRow.invoice_id, "invoice_ids"))
    .order_by(PaymentRow.id)
)
_SENT_IN = Statement(
    select(*_PAYMENT)
    .where(
        mine(PaymentRow),
        PaymentRow.exchange_id == given("exchange_id", Uuid),
        one_of(PaymentRow.state, ON_ITS_WAY),
    )
    .order_by(PaymentRow.id)
    .with_for_update(key_share=True)
)
#: Its invoice is in QuickBooks (or counts as if it were) and at rest.
_INVOICE_RESTS = and_(
    InvoiceRow.export_status == ExportStatus.EXPORTED,
    InvoiceRow.sync_status != SyncStatus.ACTION_REQUIRED,
    ~exists().where(
        SyncJobRow.account_id == PaymentRow.account_id,
        SyncJobRow.invoice_id == PaymentRow.invoice_id,
        one_of(SyncJobRow.state, ACTIVE),
    ),
)
_ROOT = aliased(SyncIssueRow)
#: What it waits for is there: the thing that was missing, or its invoice's newest version.
_IS_RELEASED = or_(
    and_(PaymentRow.root_id.is_(None), InvoiceRow.sync_status == SyncStatus.SYNCED),
    exists().where(
        _ROOT.account_id == PaymentRow.account_id,
        _ROOT.id == PaymentRow.root_id,
        or_(_ROOT.cleared_at.is_not(None), _ROOT.resolved_at.is_not(None)),
    ),
)
_IS_DUE = and_(
    mine(PaymentRow),
    PaymentRow.connection_id == given("connection_id", Uuid),
    one_of(PaymentRow.state, [PaymentState.WAITING, PaymentState.HELD, PaymentState.UNKNOWN]),
    func.coalesce(PaymentRow.next_attempt_at, given("now", DateTime(timezone=True)))
    <= given("now", DateTime(timezone=True)),
    or_(
        # lost with a message set: QuickBooks is asked for that one first
        and_(PaymentRow.state == PaymentState.UNKNOWN, PaymentRow.exchange_id.is_(None)),
        and_(PaymentRow.state == PaymentState.WAITING, _INVOICE_RESTS),
        and_(PaymentRow.state == PaymentState.HELD, _INVOICE_RESTS, _IS_RELEASED),
    ),
)
_JOIN_INVOICE = and_(
    InvoiceRow.account_id == PaymentRow.account_id, InvoiceRow.id == PaymentRow.invoice_id
)
#: The oldest that may leave now; rows that somebody holds are skipped.
_DUE = Statement(
    select(*_PAYMENT)
    .join(InvoiceRow, _JOIN_INVOICE)
    .where(_IS_DUE)
    .order_by(PaymentRow.id)
    .limit(given("at_most", BigInteger))
    .with_for_update(key_share=True, skip_locked=True, of=PaymentRow)
)
_COUNT_DUE = Statement(
    select(func.count().label("due"))
    .select_from(PaymentRow)
    .join(InvoiceRow, _JOIN_INVOICE)
    .where(_IS_DUE)
)
_WAITING = (PaymentState.WAITING, PaymentState.HELD)
_TROUBLED = (PaymentState.REFUSED, PaymentState.UNRESOLVED)
_HAS_PROBLEM = or_(
    InvoiceRow.sync_status == SyncStatus.ACTION_REQUIRED,
    PaymentRow.state == PaymentState.HELD,
    exists().where(
        SyncIssueRow.account_id == PaymentRow.account_id,
        SyncIssueRow.invoice_id == PaymentRow.invoice_id,
        SyncIssueRow.resolved_at.is_(None),
    ),
)
#: How many payments wait for a problem, and how many are one.
_COUNT_TROUBLED = Statement(
    select(
        func.count().filter(one_of(PaymentRow.state, _WAITING), _HAS_PROBLEM).label("waiting"),
        func.count().filter(one_of(PaymentRow.state, _TROUBLED)).label("refused"),
    )
    .select_from(PaymentRow)
    .join(InvoiceRow, _JOIN_INVOICE)
    .where(mine(PaymentRow), one_of(PaymentRow.state, (*_WAITING, *_TROUBLED)))
)
_IS_UNAPPLIED = and_(
    one_of(PaymentRow.state, [PaymentState.EXPORTED]), PaymentRow.applied < PaymentRow.amount
)
_UNAPPLIED = Statement(
    select(*_PAYMENT)
    .where(mine(PaymentRow), _IS_UNAPPLIED, PaymentRow.id > given("after_id", Uuid))
    .order_by(PaymentRow.id)
    .limit(given("at_most", BigInteger))
)


class Payments(Scoped):
    """Lock invoices and their jobs before payments."""

    async def add(self, payment: Payment) -> None:
        """Store a new payment."""
        await self._store(_ADD, [_columns(payment)])

    async def save_many(self, payments: Sequence[Payment]) -> None:
        """Store the payments, all of them locked and none twice."""
        await self._store(_SAVE, [_columns(payment) for payment in payments])

    async def get_many(self, payment_ids: Iterable[UUID]) -> dict[UUID, Payment]:
        """Give those of the payments that exist, by id."""
        return {row["id"]: _payment(row) for row in await self._run(_GET, ids=list(payment_ids))}

    async def lock(self, payment_id: UUID) -> Payment:
        """Give the payment and keep others from changing it until the commit; or raise NotFound."""
        found = (await self.lock_many([payment_id])).get(payment_id)
        if found is None:
            raise NotFound("There is no such payment.", where=("payment_id",))
        return found

    async def lock_many(self, payment_ids: Iterable[UUID]) -> dict[UUID, Payment]:
        """Lock several, in the order of their ids."""
        return {row["id"]: _payment(row) for row in await self._run(_LOCK, ids=list(payment_ids))}

    async def of_invoices(self, invoice_ids: Iterable[UUID]) -> dict[UUID, list[Payment]]:
        """Give the payments of each of these invoices, oldest first."""
        found: dict[UUID, list[Payment]] = {invoice_id: [] for invoice_id in invoice_ids}
        for row in await self._run(_OF_INVOICES, invoice_ids=list(found)):
            found[row["invoice_id"]].append(_payment(row))
        return found

    async def take(self, connection_id: UUID, now: datetime, *, at_most: int) -> list[Payment]:
        """Lock and give the oldest that may leave now, or are to be asked after."""
        rows = await self._run(_DUE, connection_id=connection_id, now=now, at_most=at_most)
        return [_payment(row) for row in rows]

    async def count_due(self, connection_id: UUID, now: datetime) -> int:
        """Give how many may leave now through the connection, or are to be asked after."""
        found = await self._first(_COUNT_DUE, connection_id=connection_id, now=now)
        return 0 if found is None else found["due"]

    async def sent_in(self, exchange_id: UUID) -> list[Payment]:
        """Lock and give the payments of a message set whose answers are still owed."""
        return [_payment(row) for row in await self._run(_SENT_IN, exchange_id=exchange_id)]

    async def count_troubled(self) -> tuple[int, int]:
        """Give how many payments wait for a problem, and how many are one themselves."""
        (row,) = await self._run(_COUNT_TROUBLED)
        return row["waiting"], row["refused"]

    async def page(
        self, *, status: ExportStatus | None, after: UUID | None, limit: int
    ) -> list[Payment]:
        """Give payments behind that one in the order they were recorded."""
        rows = await self._run(_page(status), after_id=after or _START, at_most=limit)
        return [_payment(row) for row in rows]

    async def unapplied(self, *, after: UUID | None, limit: int) -> list[Payment]:
        """Give exported payments that QuickBooks did not apply wholly, in their order."""
        rows = await self._run(_UNAPPLIED, after_id=after or _START, at_most=limit)
        return [_payment(row) for row in rows]


@lru_cache(maxsize=8)
def _page(status: ExportStatus | None) -> Statement:
    query = select(*_PAYMENT).where(mine(PaymentRow), PaymentRow.id > given("after_id", Uuid))
    if status is not None:
        states = [state for state, known in EXPORT_STATUSES.items() if known is status]
        query = query.where(one_of(PaymentRow.state, states))
    return Statement(query.order_by(PaymentRow.id).limit(given("at_most", BigInteger)))


_AS_IT_IS = (
    "id", "invoice_id", "amount", "received_on", "method", "number", "is_overpayment", "state",
    "connection_id", "exchange_id", "attempts", "next_attempt_at", "is_alone", "root_id", "txn_id",
    "applied", "exported_at", "created_at", "updated_at",
)  # fmt: skip


def _columns(payment: Payment) -> dict[str, Any]:
    trouble, problem = payment.trouble, payment.problem
    return {
        **{name: getattr(payment, name) for name in _AS_IT_IS},
        "trouble_tries": 0 if trouble is None else trouble.tries,
        "tried_microseconds": None if trouble is None else trouble.tried_for // _MICROSECOND,
        "last_try_at": None if trouble is None else trouble.last_try_at,
        "problem": None if problem is None else PROBLEM.encode(problem),
    }


def _payment(row: Record) -> Payment:
    values: dict[str, Any] = {name: row[name] for name in _AS_IT_IS}
    values["state"] = PaymentState(row["state"])
    if row["problem"] is not None:
        values["problem"] = PROBLEM.load(row["problem"])
    if row["trouble_tries"]:
        values["trouble"] = Trouble(
            tries=row["trouble_tries"],
            tried_for=row["tried_microseconds"] * _MICROSECOND,
            last_try_at=row["last_try_at"],
        )
    return Payment(**values)
