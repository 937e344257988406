"""Invoices that our books hold and QuickBooks' do not, counted by month and listed by date.

One statement counts all kinds: an invoice that moves from one to another meanwhile is counted once,
so that no month looks ready that is not.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Select,
    Uuid,
    and_,
    cast,
    exists,
    func,
    literal_column,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.drift_rows import DriftRow
from db.drifts import COUNTS
from db.rows import UNPROVEN, DraftRow, InvoiceRow, QuickBooksLinkRow, RevisionRow
from db.scoped import Scoped
from db.statements import Record, Statement, given, mine, one_of
from db.wire_rows import SyncIssueRow
from domain.invoice import ExportOrigin, ExportStatus
from domain.months import Month, month_of
from domain.sync_status import SyncStatus
from domain.unsettled import Tally, UnsettledKind

_FIRST_DAY, _LAST_DAY = given("first_day", Date), given("last_day", Date)
_MOMENT = DateTime(timezone=True)
AnySelect = Select[*tuple[Any, ...]]

#: When the oldest version was saved that QuickBooks has not confirmed.
_UNSETTLED_SINCE = func.coalesce(
    select(RevisionRow.made_at)
    .where(
        RevisionRow.account_id == InvoiceRow.account_id,
        RevisionRow.invoice_id == InvoiceRow.id,
        RevisionRow.version > func.coalesce(InvoiceRow.synced_version, 0),
    )
    .order_by(RevisionRow.version)
    .limit(1)
    .scalar_subquery(),
    InvoiceRow.updated_at,
)
_DRAFT = and_(DraftRow.account_id == InvoiceRow.account_id, DraftRow.invoice_id == InvoiceRow.id)
#: Looked up invoice by invoice, for those that are counted are few among all links.
_HELD_TOTAL = (
    select(QuickBooksLinkRow.total)
    .where(
        QuickBooksLinkRow.account_id == InvoiceRow.account_id,
        QuickBooksLinkRow.invoice_id == InvoiceRow.id,
    )
    .scalar_subquery()
)
_OF_INVOICE = and_(
    DriftRow.account_id == InvoiceRow.account_id, DriftRow.invoice_id == InvoiceRow.id
)
#: What QuickBooks holds now, where that is not what it was proven to hold.
_HELD: Mapping[UnsettledKind, ColumnElement[Any]] = {
    UnsettledKind.DRIFT: select(DriftRow.total).where(_OF_INVOICE).scalar_subquery()
}


def _open_issue(*, conflicts: bool) -> ColumnElement[bool]:
    none = cast(text("'[]'"), JSONB)
    held = SyncIssueRow.conflicts != none if conflicts else SyncIssueRow.conflicts == none
    return and_(
        SyncIssueRow.account_id == InvoiceRow.account_id,
        SyncIssueRow.invoice_id == InvoiceRow.id,
        SyncIssueRow.resolved_at.is_(None),
        held,
    )


def _has_issue(*, conflicts: bool) -> ColumnElement[bool]:
    return exists(select(SyncIssueRow.id).where(_open_issue(conflicts=conflicts)))


def _issue_since(*, conflicts: bool) -> ColumnElement[Any]:
    moment = func.min(SyncIssueRow.opened_at)
    return select(moment).where(_open_issue(conflicts=conflicts)).scalar_subquery()


def _with_status(status: SyncStatus) -> ColumnElement[bool]:
    return one_of(InvoiceRow.sync_status, [status])


def _unproven(*statuses: ExportStatus) -> ColumnElement[bool]:
    return and_(text(UNPROVEN), one_of(InvoiceRow.export_status, statuses))


_ON_ITS_WAY = _with_status(SyncStatus.SYNCING)
_IS_BYPASSED = InvoiceRow.export_origin == literal_column(f"'{ExportOrigin.BYPASSED}'")
#: What makes an invoice one of the kind; each begins with what an index has.
_CONDITIONS: Mapping[UnsettledKind, ColumnElement[bool]] = {
    UnsettledKind.BYPASSED: _with_status(SyncStatus.BYPASSED),
    UnsettledKind.ACTION_REQUIRED: _with_status(SyncStatus.ACTION_REQUIRED),
    UnsettledKind.SYNCING: _ON_ITS_WAY,
    UnsettledKind.LATE: and_(_ON_ITS_WAY, given("late_before", _MOMENT) > _UNSETTLED_SINCE),
    UnsettledKind.EXPORT_BYPASSED: and_(_unproven(ExportStatus.EXPORTED), _IS_BYPASSED),
    UnsettledKind.UNVERIFIED: and_(
        _unproven(ExportStatus.EXPORTED), _IS_BYPASSED.is_not(literal_column("true"))
    ),
    UnsettledKind.NEVER_EXPORTED: _unproven(ExportStatus.PENDING, ExportStatus.POSTED),
    UnsettledKind.DRAFT_OPEN: exists(select(DraftRow.invoice_id).where(_DRAFT)),
    UnsettledKind.CONFLICT: _has_issue(conflicts=True),
    UnsettledKind.DRIFT: exists(select(DriftRow.invoice_id).where(COUNTS)),
    UnsettledKind.ISSUE: _has_issue(conflicts=False),
}
#: Since when it is so.
_SINCE: Mapping[UnsettledKind, ColumnElement[Any]] = {
    UnsettledKind.NEVER_EXPORTED: InvoiceRow.__table__.c.created_at,
    UnsettledKind.DRAFT_OPEN: select(DraftRow.started_at).where(_DRAFT).scalar_subquery(),
    UnsettledKind.CONFLICT: _issue_since(conflicts=True),
    UnsettledKind.DRIFT: select(DriftRow.detected_at).where(_OF_INVOICE).scalar_subquery(),
    UnsettledKind.ISSUE: _issue_since(conflicts=False),
}


class Unsettled(Scoped):
    async def tally(
        self,
        kinds: Collection[UnsettledKind],
        *,
        late_before: datetime,
        month: Month | None = None,
    ) -> list[Tally]:
        """Count the invoices of these kinds, in every month or in this one, at one moment."""
        parameters: dict[str, Any] = {"late_before": late_before}
        if month is not None:
            parameters |= _bounds(month)
        query = _tally(tuple(kinds), in_month=month is not None)
        return [_to_tally(row) for row in await self._run(query, **parameters)]

    async def page(
        self,
        kind: UnsettledKind,
        month: Month,
        *,
        late_before: datetime,
        after: tuple[date, UUID] | None,
        limit: int,
    ) -> list[UUID]:
        """Give invoices of this kind and month behind `after`, in the order of date and id."""
        parameters = {"late_before": late_before, "at_most": limit, **_bounds(month)}
        if after is not None:
            parameters |= {"after_date": after[0], "after_id": after[1]}
        rows = await self._run(_page(kind, follows=after is not None), **parameters)
        return [row["id"] for row in rows]


def _bounds(month: Month) -> dict[str, Any]:
    return {"first_day": month.first_day, "last_day": month.last_day}


@lru_cache(maxsize=16)
def _tally(kinds: Iterable[UnsettledKind], *, in_month: bool) -> Statement:
    return Statement(union_all(*(_counted(kind, in_month=in_month) for kind in kinds)))


def _counted(kind: UnsettledKind, *, in_month: bool) -> AnySelect:
    """Give the count by month of one kind; each invoice's figures are looked up once."""
    each: AnySelect = select(
        cast(func.date_trunc("month", cast(InvoiceRow.invoice_date, DateTime)), Date).label(
            "month"
        ),
        (InvoiceRow.subtotal + InvoiceRow.sales_tax).label("total"),
        _HELD.get(kind, _HELD_TOTAL).label("held"),
        _SINCE.get(kind, _UNSETTLED_SINCE).label("since"),
    ).where(mine(InvoiceRow), _CONDITIONS[kind])
    one = (each.where(*_in_month()) if in_month else each).offset(0).subquery()
    return select(
        literal_column(f"'{kind}'").label("kind"),
        one.c.month,
        func.count().label("count"),
        func.sum(one.c.total - func.coalesce(one.c.held, 0)).label("difference"),
        func.count().filter(one.c.held.is_(None)).label("absent"),
        func.min(one.c.since).label("oldest_since"),
    ).group_by(one.c.month)


@lru_cache(maxsize=64)
def _page(kind: UnsettledKind, *, follows: bool) -> Statement:
    query: AnySelect = select(InvoiceRow.id).where(
        mine(InvoiceRow), _CONDITIONS[kind], *_in_month()
    )
    if follows:
        key = tuple_(InvoiceRow.invoice_date, InvoiceRow.id)
        query = query.where(key > tuple_(given("after_date", Date), given("after_id", Uuid)))
    order = query.order_by(InvoiceRow.invoice_date, InvoiceRow.id)
    return Statement(order.limit(given("at_most", BigInteger)))


def _in_month() -> tuple[ColumnElement[bool], ...]:
    return InvoiceRow.invoice_date >= _FIRST_DAY, InvoiceRow.invoice_date <= _LAST_DAY


def _to_tally(row: Record) -> Tally:
    return Tally(
        kind=UnsettledKind(row["kind"]),
        month=month_of(row["month"]),
        count=row["count"],
        difference=row["difference"],
        absent=row["absent"],
        oldest_since=row["oldest_since"],
    )
