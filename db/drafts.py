"""Drafts and revisions: edits that are staged, and edits that were accepted."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, delete, insert, select

from db.actors import actor_columns, read_actor
from db.documents import CHANGES, CONTENT
from db.rows import DraftRow, RevisionRow
from db.scoped import Scoped
from db.statements import Record, Statement, among, given, mine, one_of, upsert_rows
from domain.actor import Actor, ActorKind
from domain.draft import Draft
from domain.guards import GuardCode
from domain.revision import Revision
from domain.sync_status import SyncStatus

_DRAFT = DraftRow.__table__.columns
_REVISION = RevisionRow.__table__.columns
_REVISIONS_OF_INVOICE = select(*_REVISION).where(
    mine(RevisionRow), RevisionRow.invoice_id == given("invoice_id", Uuid)
)

#: The drafts of these invoices.
_GET_DRAFTS = Statement(
    select(*_DRAFT).where(mine(DraftRow), among(DraftRow.invoice_id, "invoice_ids"))
)
#: The draft of an exported invoice that a person has open.
_DRAFT_OF_EMPLOYEE = Statement(
    select(*_DRAFT).where(
        mine(DraftRow),
        one_of(DraftRow.editor_kind, [ActorKind.EMPLOYEE]),
        DraftRow.editor_id == given("employee_id", Uuid),
        DraftRow.is_of_exported,
    )
)
_SAVE_DRAFT = upsert_rows(
    DraftRow,
    key="invoice_id",
    fixed=(
        "base_version",
        "editor_kind",
        "editor_id",
        "editor_name",
        "started_at",
        "is_of_exported",
    ),
)
_REMOVE_DRAFT = Statement(
    delete(DraftRow).where(mine(DraftRow), DraftRow.invoice_id == given("invoice_id", Uuid))
)
_ADD_REVISION = Statement(insert(RevisionRow))
#: One revision.
_GET_REVISION = Statement(
    select(*_REVISION).where(mine(RevisionRow), RevisionRow.id == given("revision_id", Uuid))
)
#: Revisions of an invoice, newest first.
_NEWEST = Statement(
    _REVISIONS_OF_INVOICE.order_by(RevisionRow.version.desc()).limit(given("at_most", BigInteger))
)
#: The oldest revision of an invoice.
_FIRST = Statement(_REVISIONS_OF_INVOICE.order_by(RevisionRow.version).limit(1))
#: Revisions older than a version, newest first.
_OLDER = Statement(
    _REVISIONS_OF_INVOICE.where(RevisionRow.version < given("before", BigInteger))
    .order_by(RevisionRow.version.desc())
    .limit(given("at_most", BigInteger))
)
#: What revisions behind a version changed.
_CHANGES_SINCE = Statement(
    select(RevisionRow.changes).where(
        mine(RevisionRow),
        RevisionRow.invoice_id == given("invoice_id", Uuid),
        RevisionRow.version > given("version", BigInteger),
    )
)


class Drafts(Scoped):
    """At most one per invoice; take it only while the invoice is locked."""

    async def get(self, invoice_id: UUID) -> Draft | None:
        """Give the draft of the invoice."""
        return (await self.get_many([invoice_id])).get(invoice_id)

    async def get_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, Draft]:
        """Give the drafts of these invoices, by invoice."""
        rows = await self._run(_GET_DRAFTS, invoice_ids=list(invoice_ids))
        return {row["invoice_id"]: _draft(row) for row in rows}

    async def of_employee(self, employee_id: UUID) -> Draft | None:
        """Give the draft of an exported invoice that this person has open."""
        row = await self._first(_DRAFT_OF_EMPLOYEE, employee_id=employee_id)
        return None if row is None else _draft(row)

    async def save(self, draft: Draft) -> None:
        """Store a new draft, or the newer content of the one there is."""
        columns = {
            "invoice_id": draft.invoice_id,
            "base_version": draft.base_version,
            "editor_kind": draft.editor.kind,
            "editor_id": draft.editor.id,
            "editor_name": draft.editor.name,
            "started_at": draft.started_at,
            "touched_at": draft.touched_at,
            "is_of_exported": draft.is_of_exported,
            "content": CONTENT.encode(draft.content),
        }
        await self._store(_SAVE_DRAFT, [columns])

    async def remove(self, invoice_id: UUID) -> None:
        """Drop the draft, if there is one."""
        await self._run(_REMOVE_DRAFT, invoice_id=invoice_id)


class Revisions(Scoped):
    """Accepted saves; rows are only ever added."""

    async def add(self, revision: Revision) -> None:
        """Store a save."""
        columns = {
            "id": revision.id,
            "invoice_id": revision.invoice_id,
            "version": revision.version,
            "reason": revision.reason,
            "acknowledged": list(revision.acknowledged),
            "made_at": revision.made_at,
            "changes": CHANGES.encode(revision.changes),
            "disposition": revision.disposition,
            "content": CONTENT.encode(revision.content),
            "began_from": revision.began_from and CONTENT.encode(revision.began_from),
            **actor_columns(revision.actor),
        }
        await self._run(_ADD_REVISION, **columns)

    async def get(self, revision_id: UUID) -> Revision | None:
        """Give one revision."""
        row = await self._first(_GET_REVISION, revision_id=revision_id)
        return None if row is None else _revision(row)

    async def first(self, invoice_id: UUID) -> Revision | None:
        """Give the invoice's first revision, which keeps what was there before it."""
        row = await self._first(_FIRST, invoice_id=invoice_id)
        return None if row is None else _revision(row)

    async def page(self, invoice_id: UUID, *, before: int | None, limit: int) -> list[Revision]:
        """Give up to `limit` revisions, newest first, older than version `before`."""
        if before is None:
            rows = await self._run(_NEWEST, invoice_id=invoice_id, at_most=limit)
        else:
            rows = await self._run(_OLDER, invoice_id=invoice_id, before=before, at_most=limit)
        return [_revision(row) for row in rows]

    async def changed_since(self, invoice_id: UUID, version: int) -> list[tuple[str, ...]]:
        """Give the paths of the fields that revisions after `version` changed."""
        rows = await self._run(_CHANGES_SINCE, invoice_id=invoice_id, version=version)
        paths = (change.path for row in rows for change in CHANGES.load(row["changes"]))
        return list(dict.fromkeys(paths))


def _draft(row: Record) -> Draft:
    return Draft(
        invoice_id=row["invoice_id"],
        base_version=row["base_version"],
        editor=Actor(ActorKind(row["editor_kind"]), row["editor_id"], row["editor_name"]),
        started_at=row["started_at"],
        touched_at=row["touched_at"],
        is_of_exported=row["is_of_exported"],
        content=CONTENT.load(row["content"]),
    )


def _revision(row: Record) -> Revision:
    return Revision(
        id=row["id"],
        invoice_id=row["invoice_id"],
        version=row["version"],
        actor=read_actor(row),
        reason=row["reason"],
        made_at=row["made_at"],
        changes=CHANGES.load(row["changes"]),
        disposition=SyncStatus(row["disposition"]),
        content=CONTENT.load(row["content"]),
        acknowledged=tuple(map(GuardCode, row["acknowledged"])),
        began_from=None if row["began_from"] is None else CONTENT.load(row["began_from"]),
    )
