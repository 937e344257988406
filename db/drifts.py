"""What was found to be changed in QuickBooks, and how far QuickBooks was asked for it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Text,
    Uuid,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql

from db.documents import CONFLICTS, LINK
from db.drift_rows import DriftRow, DriftWatchRow
from db.rows import InvoiceRow, QuickBooksLinkRow
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, mine, one_of, upsert_rows
from db.wire_rows import ConnectionRow
from domain.connections import ConnectionKind
from domain.drift import WATCHED, Drift, DriftKind
from domain.invoice import ExportOrigin, ExportStatus

_MOMENT = DateTime(timezone=True)
#: A drift counts while the invoice is as it was then: a save, a bypass or a newer proof ends it.
COUNTS = and_(
    DriftRow.account_id == InvoiceRow.account_id,
    DriftRow.invoice_id == InvoiceRow.id,
    DriftRow.version == InvoiceRow.version,
    one_of(InvoiceRow.sync_status, WATCHED),
    one_of(InvoiceRow.export_status, [ExportStatus.EXPORTED]),
    InvoiceRow.export_origin == ExportOrigin.EXPORTED,
    InvoiceRow.synced_at <= DriftRow.seen_at,
)
_READ = (
    select(
        DriftRow.invoice_id,
        DriftRow.version,
        DriftRow.kind,
        cast(DriftRow.fields, Text).label("fields"),
        cast(DriftRow.held, Text).label("held"),
        DriftRow.detected_at,
    )
    .join(InvoiceRow, COUNTS)
    .where(mine(DriftRow))
)
_GET = Statement(_READ.where(among(DriftRow.invoice_id, "invoice_ids")))
_OLDEST_FIRST = _READ.order_by(DriftRow.detected_at, DriftRow.invoice_id).limit(
    given("at_most", BigInteger)
)
_FIRST_PAGE = Statement(_OLDEST_FIRST)
_NEXT_PAGE = Statement(
    _OLDEST_FIRST.where(
        tuple_(DriftRow.detected_at, DriftRow.invoice_id)
        > tuple_(given("after_moment", _MOMENT), given("after_id", Uuid))
    )
)
_SAVE = upsert_rows(DriftRow, key="invoice_id")
_REMOVE = Statement(
    delete(DriftRow).where(mine(DriftRow), among(DriftRow.invoice_id, "invoice_ids"))
)
#: Invoices that nobody is at work on, locked; the others are looked at with the next answer. To
#: wait for them could end in a circle: the answers before these have locked invoices already.
_LOCK_FREE = Statement(
    select(InvoiceRow.id)
    .where(mine(InvoiceRow), among(InvoiceRow.id, "invoice_ids"))
    .order_by(InvoiceRow.id)
    .with_for_update(key_share=True, skip_locked=True)
)
#: How far the company file behind a connection was read, and when it was asked last.
_WATCH = Statement(
    select(ConnectionRow.company_file_id, DriftWatchRow.asked_at, DriftWatchRow.read_through)
    .outerjoin(
        DriftWatchRow,
        and_(
            DriftWatchRow.account_id == ConnectionRow.account_id,
            DriftWatchRow.company_file_id == ConnectionRow.company_file_id,
        ),
    )
    .where(
        mine(ConnectionRow),
        ConnectionRow.id == given("connection_id", Uuid),
        one_of(ConnectionRow.kind, [ConnectionKind.NEW]),
    )
)
#: No copy that we know of the company file is older; None: QuickBooks holds nothing of ours.
_OLDEST_COPY = Statement(
    select(func.min(QuickBooksLinkRow.read_at).label("oldest")).where(
        mine(QuickBooksLinkRow),
        QuickBooksLinkRow.company_file_id == given("company_file_id", Uuid),
    )
)
_NEW_WATCH = postgresql.insert(DriftWatchRow).values(
    account_id=given("account_id", Uuid),
    company_file_id=given("company_file_id", Uuid),
    asked_at=given("now", _MOMENT),
)
#: Of several connections that come at once, one asks.
_CLAIM = Statement(
    _NEW_WATCH.on_conflict_do_update(
        index_elements=["account_id", "company_file_id"],
        set_={"asked_at": _NEW_WATCH.excluded.asked_at},
        where=DriftWatchRow.asked_at <= given("unless_since", _MOMENT),
    ).returning(DriftWatchRow.company_file_id)
)
#: An answer that comes late tells nothing of the time behind its question.
_READ_THROUGH = Statement(
    update(DriftWatchRow)
    .where(
        mine(DriftWatchRow),
        DriftWatchRow.company_file_id == given("company_file_id", Uuid),
        or_(
            DriftWatchRow.read_through.is_(None),
            DriftWatchRow.read_through < given("moment", _MOMENT),
        ),
    )
    .values(read_through=given("moment", _MOMENT))
)


class Drifts(Scoped):
    async def get_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, Drift]:
        """Give what still counts of these invoices, by invoice."""
        rows = await self._run(_GET, invoice_ids=list(invoice_ids))
        return {row["invoice_id"]: _drift(row) for row in rows}

    async def page(self, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Drift]:
        """Give what counts and was found behind `after`, what is known longest first."""
        if after is None:
            rows = await self._run(_FIRST_PAGE, at_most=limit)
        else:
            rows = await self._run(
                _NEXT_PAGE, at_most=limit, after_moment=after[0], after_id=after[1]
            )
        return [_drift(row) for row in rows]

    async def save(self, drifts: Collection[Drift]) -> None:
        """Store what was found, in the place of what was known of these invoices, all locked."""
        await self._store(_SAVE, [_columns(drift) for drift in drifts])

    async def remove(self, invoice_ids: Collection[UUID]) -> None:
        """Forget what was found of these invoices, all of them locked."""
        if invoice_ids:
            await self._run(_REMOVE, invoice_ids=list(invoice_ids))

    async def lock_free(self, invoice_ids: Iterable[UUID]) -> list[UUID]:
        """Lock and give those of the invoices that nobody else has locked; waits for none."""
        rows = await self._run(_LOCK_FREE, invoice_ids=list(invoice_ids))
        return [row["id"] for row in rows]

    async def begin_read(
        self, connection_id: UUID, now: datetime, *, unless_since: datetime
    ) -> datetime | None:
        """Note that the connection's company file is asked now; give since when to ask.

        None: it was asked since `unless_since`, or QuickBooks holds no invoice of ours there.
        """
        watch = await self._first(_WATCH, connection_id=connection_id)
        if watch is None or (watch["asked_at"] is not None and watch["asked_at"] > unless_since):
            return None
        company_file_id, since = watch["company_file_id"], watch["read_through"]
        if since is None:
            oldest = await self._first(_OLDEST_COPY, company_file_id=company_file_id)
            since = None if oldest is None else oldest["oldest"]
        if since is None:
            return None
        claimed = await self._first(
            _CLAIM, company_file_id=company_file_id, now=now, unless_since=unless_since
        )
        return None if claimed is None else since

    async def note_read(self, company_file_id: UUID, moment: datetime) -> None:
        """Every change in the company file before that moment was read."""
        await self._run(_READ_THROUGH, company_file_id=company_file_id, moment=moment)


def _columns(drift: Drift) -> dict[str, Any]:
    return {
        "invoice_id": drift.invoice_id,
        "version": drift.version,
        "kind": drift.kind,
        "fields": CONFLICTS.encode(drift.fields),
        "held": LINK.encode(drift.held),
        "total": drift.held.copy.total,
        "detected_at": drift.detected_at,
        "seen_at": drift.held.read_at,
    }


def _drift(row: Record) -> Drift:
    return Drift(
        invoice_id=row["invoice_id"],
        version=row["version"],
        kind=DriftKind(row["kind"]),
        fields=CONFLICTS.decode(row["fields"]),
        held=LINK.decode(row["held"]),
        detected_at=row["detected_at"],
    )
