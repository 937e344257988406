"""What is known of the lists of QuickBooks' company files."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, delete, func, or_, select, tuple_
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY

from db.scoped import Scoped
from db.statements import Record, Statement, given, mine, table_of, unnested
from db.wire_rows import QuickBooksEntryRow
from domain.issues import ObjectKind
from domain.known_entries import EntryKey, KnownEntry

_ENTRY = table_of(QuickBooksEntryRow)
_OF_FILE = QuickBooksEntryRow.company_file_id == given("company_file_id", Uuid)
_GIVEN = unnested(QuickBooksEntryRow, ("kind", "name"))
_IS_GIVEN = tuple_(QuickBooksEntryRow.kind, QuickBooksEntryRow.name).in_(
    select(_GIVEN.c.kind, _GIVEN.c.name)
)
#: These names, as far as anything is known of them.
_FIND = Statement(
    select(
        QuickBooksEntryRow.kind,
        QuickBooksEntryRow.name,
        QuickBooksEntryRow.list_id,
        QuickBooksEntryRow.is_missing,
    ).where(mine(QuickBooksEntryRow), _OF_FILE, _IS_GIVEN)
)
#: These names, and whatever has one of these ListIDs.
_FORGET = Statement(
    delete(QuickBooksEntryRow)
    .where(
        mine(QuickBooksEntryRow),
        _OF_FILE,
        or_(_IS_GIVEN, QuickBooksEntryRow.list_id == func.any(given("list_ids", ARRAY(Text)))),
    )
    .returning(QuickBooksEntryRow.name)
)


def _learn() -> Statement:
    """Store what was told, and write nothing that is known already."""
    names = ("kind", "name", "list_id", "is_missing")
    rows = unnested(QuickBooksEntryRow, names)
    columns = ["account_id", "company_file_id", *names, "seen_at"]
    source = select(
        given("account_id", Uuid),
        given("company_file_id", Uuid),
        *(rows.c[name] for name in names),
        given("seen_at", DateTime(timezone=True)),
    )
    query = postgresql.insert(_ENTRY).from_select(columns, source)
    new = query.excluded
    before = tuple_(_ENTRY.c.list_id, _ENTRY.c.is_missing)
    return Statement(
        query.on_conflict_do_update(
            index_elements=["account_id", "company_file_id", "kind", "name"],
            set_={name: new[name] for name in ("list_id", "is_missing", "seen_at")},
            where=before.is_distinct_from(tuple_(new.list_id, new.is_missing)),
        )
    )


_LEARN = _learn()


class KnownEntries(Scoped):
    async def find(
        self, company_file_id: UUID, keys: Collection[EntryKey]
    ) -> dict[EntryKey, KnownEntry]:
        """Give what is known of these names in the company file."""
        if not keys:
            return {}
        rows = await self._run(_FIND, company_file_id=company_file_id, **_columns(keys))
        return {entry.key: entry for entry in map(_entry, rows)}

    async def learn(
        self, company_file_id: UUID, entries: Iterable[KnownEntry], now: datetime
    ) -> None:
        """Keep what QuickBooks told; of one name the last word counts."""
        latest = {entry.key: entry for entry in entries}
        told = [latest[key] for key in sorted(latest, key=lambda key: (key.kind, key.name))]
        if told:
            await self._run(
                _LEARN,
                company_file_id=company_file_id,
                seen_at=now,
                list_id=[entry.list_id for entry in told],
                is_missing=[entry.is_missing for entry in told],
                **_columns([entry.key for entry in told]),
            )

    async def forget(
        self, company_file_id: UUID, keys: Iterable[EntryKey], list_ids: Iterable[str] = ()
    ) -> bool:
        """Know nothing of these any more: QuickBooks did not find them, or may have them by now.

        Tells whether anything was known.
        """
        forgotten = await self._run(
            _FORGET,
            company_file_id=company_file_id,
            list_ids=list(list_ids),
            **_columns(list(keys)),
        )
        return bool(forgotten)


def _columns(keys: Collection[EntryKey]) -> dict[str, list[str]]:
    return {"kind": [key.kind.value for key in keys], "name": [key.name for key in keys]}


def _entry(row: Record) -> KnownEntry:
    return KnownEntry(
        EntryKey(ObjectKind(row["kind"]), row["name"]), row["list_id"], row["is_missing"]
    )
