"""Drafts and revisions: edits that are staged, and edits that were accepted."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql

from db.actors import actor_columns, read_actor
from db.documents import CHANGES, CONTENT
from db.rows import DraftRow, RevisionRow
from db.scoped import Scoped
from domain.actor import Actor, ActorKind
from domain.draft import Draft
from domain.revision import Revision
from domain.sync_status import SyncStatus


class Drafts(Scoped):
    """At most one per invoice; take it only while the invoice is locked."""

    async def get(self, invoice_id: UUID) -> Draft | None:
        """Give the draft of the invoice."""
        return (await self.get_many([invoice_id])).get(invoice_id)

    async def get_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, Draft]:
        """Give the drafts of these invoices, by invoice."""
        query = select(DraftRow).where(
            self._mine(DraftRow), DraftRow.invoice_id.in_(list(invoice_ids))
        )
        return {row.invoice_id: _draft(row) for row in await self._session.scalars(query)}

    async def of_employee(self, employee_id: UUID) -> Draft | None:
        """Give the draft that this person has open."""
        query = select(DraftRow).where(
            self._mine(DraftRow),
            DraftRow.editor_kind == ActorKind.EMPLOYEE,
            DraftRow.editor_id == employee_id,
        )
        row = (await self._session.scalars(query)).first()
        return None if row is None else _draft(row)

    async def save(self, draft: Draft) -> None:
        """Store a new draft, or the newer content of the one there is."""
        values = {
            "account_id": self._account_id,
            "invoice_id": draft.invoice_id,
            "base_version": draft.base_version,
            "editor_kind": draft.editor.kind,
            "editor_id": draft.editor.id,
            "editor_name": draft.editor.name,
            "started_at": draft.started_at,
            "content": CONTENT.dump(draft.content),
        }
        query = postgresql.insert(DraftRow).values(values)
        await self._session.execute(
            query.on_conflict_do_update(
                index_elements=["account_id", "invoice_id"],
                set_={"content": query.excluded.content},
            )
        )

    async def remove(self, invoice_id: UUID) -> None:
        """Drop the draft, if there is one."""
        await self._session.execute(
            delete(DraftRow).where(self._mine(DraftRow), DraftRow.invoice_id == invoice_id)
        )


class Revisions(Scoped):
    """Accepted saves; rows are only ever added."""

    async def add(self, revision: Revision, acknowledged: Sequence[str] = ()) -> None:
        """Store a save, with the guard codes its author acknowledged."""
        await self._session.execute(
            insert(RevisionRow).values(
                account_id=self._account_id,
                id=revision.id,
                invoice_id=revision.invoice_id,
                version=revision.version,
                reason=revision.reason,
                acknowledged=list(acknowledged),
                made_at=revision.made_at,
                changes=CHANGES.dump(revision.changes),
                disposition=revision.disposition,
                content=CONTENT.dump(revision.content),
                **actor_columns(revision.actor),
            )
        )

    async def get(self, revision_id: UUID) -> Revision | None:
        """Give one revision."""
        query = select(RevisionRow).where(self._mine(RevisionRow), RevisionRow.id == revision_id)
        row = (await self._session.scalars(query)).first()
        return None if row is None else _revision(row)

    async def page(self, invoice_id: UUID, *, before: int | None, limit: int) -> list[Revision]:
        """Give up to `limit` revisions, newest first, older than version `before`."""
        query = select(RevisionRow).where(
            self._mine(RevisionRow), RevisionRow.invoice_id == invoice_id
        )
        if before is not None:
            query = query.where(RevisionRow.version < before)
        rows = await self._session.scalars(query.order_by(RevisionRow.version.desc()).limit(limit))
        return [_revision(row) for row in rows]

    async def changed_since(self, invoice_id: UUID, version: int) -> list[tuple[str, ...]]:
        """Give the paths of the fields that revisions after `version` changed."""
        query = select(RevisionRow.changes).where(
            self._mine(RevisionRow),
            RevisionRow.invoice_id == invoice_id,
            RevisionRow.version > version,
        )
        stored: Iterable[Any] = await self._session.scalars(query)
        paths = (change.path for changes in stored for change in CHANGES.load(changes))
        return list(dict.fromkeys(paths))


def _draft(row: DraftRow) -> Draft:
    return Draft(
        invoice_id=row.invoice_id,
        base_version=row.base_version,
        editor=Actor(ActorKind(row.editor_kind), row.editor_id, row.editor_name),
        started_at=row.started_at,
        content=CONTENT.load(row.content),
    )


def _revision(row: RevisionRow) -> Revision:
    return Revision(
        id=row.id,
        invoice_id=row.invoice_id,
        version=row.version,
        actor=read_actor(row),
        reason=row.reason,
        made_at=row.made_at,
        changes=CHANGES.load(row.changes),
        disposition=SyncStatus(row.disposition),
        content=CONTENT.load(row.content),
    )
