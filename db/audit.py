"""The audit trail: appended with what it tells of; the database refuses to change it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, func, select

from db.actors import actor_columns, read_actor
from db.documents import CHANGES
from db.rows import AuditEntryRow
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, insert_rows, mine, one_of
from domain.audit import EXPORT_ACTS, AuditAction, AuditEntry, Subject, SubjectKind

_ENTRIES = select(*AuditEntryRow.__table__.columns).where(mine(AuditEntryRow))
_NEWEST = AuditEntryRow.id.desc()
_OLDER = AuditEntryRow.id < given("before", Uuid)
_OF_SUBJECT = AuditEntryRow.subject_id == given("subject_id", Uuid)
_AT_MOST = given("at_most", BigInteger)

_APPEND = insert_rows(AuditEntryRow)
#: Entries, newest first.
_PAGE = Statement(_ENTRIES.where(_OLDER).order_by(_NEWEST).limit(_AT_MOST))
#: The same of one subject.
_PAGE_OF_SUBJECT = Statement(_ENTRIES.where(_OLDER, _OF_SUBJECT).order_by(_NEWEST).limit(_AT_MOST))
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
        self, *, subject_id: UUID | None = None, before: UUID | None, limit: int
    ) -> list[AuditEntry]:
        """Give up to `limit` entries older than the one named, newest first."""
        behind = _END if before is None else before
        if subject_id is None:
            rows = await self._run(_PAGE, before=behind, at_most=limit)
        else:
            rows = await self._run(
                _PAGE_OF_SUBJECT, before=behind, subject_id=subject_id, at_most=limit
            )
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
