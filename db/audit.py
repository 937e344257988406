"""The audit trail: appended with what it tells of; the database refuses to change it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, DateTime, Uuid, func, select

from db.actors import actor_columns, read_actor
from db.documents import CHANGES
from db.rows import AuditEntryRow
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, insert_rows, mine, one_of
from domain.audit import (
    EVERYTHING,
    EXPORT_ACTS,
    AuditAction,
    AuditEntry,
    Subject,
    SubjectKind,
    TrailFilter,
)

_ENTRIES = select(*AuditEntryRow.__table__.columns).where(mine(AuditEntryRow))
_NEWEST = AuditEntryRow.id.desc()
_OLDER = AuditEntryRow.id < given("behind", Uuid)
_AT_MOST = given("at_most", BigInteger)

_APPEND = insert_rows(AuditEntryRow)
#: What a page may be narrowed to, by the filter's field.
_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "subject_id": AuditEntryRow.subject_id == given("subject_id", Uuid),
    "actor_id": AuditEntryRow.actor_id == given("actor_id", Uuid),
    "since": AuditEntryRow.occurred_at >= given("since", DateTime(timezone=True)),
    "before": AuditEntryRow.occurred_at < given("before", DateTime(timezone=True)),
}
_NUMBERED = (
    select(
        *AuditEntryRow.__table__.columns,
        func.row_number()
        .over(partition_by=AuditEntryRow.subject_id, order_by=_NEWEST)
        .label("place"),
    )
    .where(
        mine(AuditEntryRow),
        among(AuditEntryRow.subject_id, "subject_ids"),
        one_of(AuditEntryRow.action, EXPORT_ACTS),
    )
    .subquery()
)
#: The newest acts of each of these that led to its being exported, or not.
_EXPORT_ACTS = Statement(
    select(*(column for column in _NUMBERED.c if column.name != "place"))
    .where(_NUMBERED.c.place <= _AT_MOST)
    .order_by(_NUMBERED.c.id.desc())
)
#: One entry.
_GET = Statement(_ENTRIES.where(AuditEntryRow.id == given("entry_id", Uuid)))

#: Behind every id that there can be.
_END = UUID(int=2**128 - 1)


class AuditTrail(Scoped):
    async def append(self, entries: Sequence[AuditEntry]) -> None:
        """Store entries; none is ever changed or removed again."""
        if entries:
            await self._store(_APPEND, [_columns(entry) for entry in entries])

    async def page(
        self, *, wanted: TrailFilter = EVERYTHING, behind: UUID | None, limit: int
    ) -> list[AuditEntry]:
        """Give up to `limit` entries older than the one named, newest first."""
        given_values = {name: getattr(wanted, name) for name in _CONDITIONS}
        restrictions = {name: value for name, value in given_values.items() if value is not None}
        query = _page(frozenset(restrictions), frozenset(wanted.actions))
        edge = _END if behind is None else behind
        rows = await self._run(query, behind=edge, at_most=limit, **restrictions)
        return [_entry(row) for row in rows]

    async def export_acts(
        self, subject_ids: Iterable[UUID], *, at_most: int
    ) -> dict[UUID, list[AuditEntry]]:
        """Give the newest acts that led to the export of each of these, newest first."""
        found: dict[UUID, list[AuditEntry]] = defaultdict(list)
        for row in await self._run(_EXPORT_ACTS, subject_ids=list(subject_ids), at_most=at_most):
            found[row["subject_id"]].append(_entry(row))
        return found

    async def get(self, entry_id: UUID) -> AuditEntry | None:
        """Give one entry."""
        row = await self._first(_GET, entry_id=entry_id)
        return None if row is None else _entry(row)


@lru_cache(maxsize=64)
def _page(restrictions: frozenset[str], actions: frozenset[AuditAction]) -> Statement:
    """Give the query for entries, newest first."""
    query = _ENTRIES.where(_OLDER, *(_CONDITIONS[name] for name in restrictions))
    if actions:
        query = query.where(one_of(AuditEntryRow.action, actions))
    return Statement(query.order_by(_NEWEST).limit(_AT_MOST))


def _columns(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "occurred_at": entry.occurred_at,
        "credential": entry.credential,
        "request_id": entry.request_id,
        "action": entry.action,
        "subject_kind": entry.subject.kind,
        "subject_id": entry.subject.id,
        "changes": CHANGES.encode(entry.changes),
        "reason": entry.reason,
        **actor_columns(entry.actor),
    }


def _entry(row: Record) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        occurred_at=row["occurred_at"],
        actor=read_actor(row),
        credential=row["credential"],
        request_id=row["request_id"],
        action=AuditAction(row["action"]),
        subject=Subject(SubjectKind(row["subject_kind"]), row["subject_id"]),
        changes=CHANGES.load(row["changes"]),
        reason=row["reason"],
    )
