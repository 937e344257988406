"""Back to an earlier version: the edit that undoes what was saved since, staged as a draft."""

from dataclasses import dataclass
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.edits import check_total
from domain.errors import NotFound, NothingToSave
from domain.invoice import Content
from domain.reverting import require_entries, restore
from domain.revision import Revision
from resolvers.context import RequestContext
from resolvers.drafts import Staged, stage_content
from resolvers.editing import Desk, named_entries

#: More saves of one invoice than anybody makes.
_MOST_REVISIONS = 10_000
#: What a position in the content is called in a revision's changes.
_NAMES = {
    "tax_zone_id": "tax_zone",
    "business_unit_id": "business_unit",
    "inventory_location_id": "inventory_location",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Revert:
    """The wish to have the invoice as it was after that revision; None: before its first one."""

    invoice_id: UUID
    version: int
    revision_id: UUID | None
    idempotency_key: str | None = None


async def revert_to(context: RequestContext, wish: Revert) -> Staged:
    """Stage the edit that leads back; nothing is saved or sent before Save & Sync or Save & Bypass.

    What the caller had staged of this invoice gives way. Raises what `stage` raises, NotFound for a
    revision of another invoice or for list entries that are gone, naming them, ValueRequired where
    there was no tax zone or location, and NothingToSave when the invoice is as it was then.
    """

    async def compose(work: UnitOfWork, desk: Desk) -> Content:
        since, past = await _past(work, wish)
        content = restore(desk.invoice.content, past)
        if content == desk.invoice.content:
            raise NothingToSave("The invoice is as it was then, so there is nothing to revert.")
        references = (await work.lists.references_of([desk.invoice], content))[desk.invoice.id]
        missing = [
            (label, key, tuple(_NAMES.get(name, name) for name in _in_content(where)))
            for key, known, label, where in named_entries(content, references)
            if key is not None and key not in known
        ]
        version = since[0].version - 1 if since else desk.invoice.version
        require_entries(missing, since, version)
        check_total(references.totals(content.tasks, content.tax_zone_id), ("revision_id",))
        return content

    return await stage_content(context, "revertTo", wish, compose)


async def _past(work: UnitOfWork, wish: Revert) -> tuple[list[Revision], Content]:
    """Give the revisions since, oldest first, and the content they began from."""
    newest_first = await work.revisions.page(wish.invoice_id, before=None, limit=_MOST_REVISIONS)
    revisions = newest_first[::-1]
    if wish.revision_id is None:
        first = revisions[0] if revisions else None
        if first is None or first.began_from is None:
            raise NothingToSave("This invoice was never changed, so there is nothing to revert.")
        return revisions, first.began_from
    chosen = next((r for r in revisions if r.id == wish.revision_id), None)
    if chosen is None:
        raise NotFound("This invoice has no such revision.", where=("revision_id",))
    return [r for r in revisions if r.version > chosen.version], chosen.content


def _in_content(where: tuple[str, ...]) -> tuple[str, ...]:
    return where[1:] if where[0] == "details" else where
