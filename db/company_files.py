"""The company files of an account: which they are, and what they last told of themselves."""

from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, func, select, update
from sqlalchemy.dialects import postgresql

from db.documents import FACTS
from db.rows import QuickBooksLinkRow
from db.scoped import Scoped
from db.statements import Record, Statement, given, mine, update_rows
from db.wire_rows import CompanyFileRow, ConnectionRow
from domain.company_file import CompanyFile, Mark
from domain.customer_mapping import CustomerMapping

_FILE = CompanyFileRow.__table__.columns
_OF_CONNECTION = and_(
    ConnectionRow.account_id == CompanyFileRow.account_id,
    ConnectionRow.company_file_id == CompanyFileRow.id,
)
#: A new company file; of one that the account has by this name, its id.
_FIND_OR_ADD = Statement(
    postgresql.insert(CompanyFileRow)
    .values(
        account_id=given("account_id", Uuid),
        id=given("id", Uuid),
        name=given("name", Text),
        path=given("path", Text),
    )
    .on_conflict_do_update(
        index_elements=[CompanyFileRow.account_id, func.lower(CompanyFileRow.name)],
        set_={"name": CompanyFileRow.name},  # a row that is left alone would not be returned
    )
    .returning(CompanyFileRow.id)
)

_ALL = Statement(select(*_FILE).where(mine(CompanyFileRow)).order_by(CompanyFileRow.id))
_GET = Statement(select(*_FILE).where(mine(CompanyFileRow), CompanyFileRow.id == given("id", Uuid)))
_REACHED = Statement(
    select(*_FILE)
    .join(ConnectionRow, _OF_CONNECTION)
    .where(mine(CompanyFileRow), ConnectionRow.id == given("connection_id", Uuid))
)
_PATH = Statement(
    select(CompanyFileRow.path)
    .join(ConnectionRow, _OF_CONNECTION)
    .where(mine(CompanyFileRow), ConnectionRow.id == given("connection_id", Uuid))
)
#: The marks of all connections; all their company files are locked.
_LOCK_MARKS = Statement(
    select(
        *_FILE,
        ConnectionRow.id.label("connection_id"),
        ConnectionRow.name.label("connection_name"),
        ConnectionRow.file_guid,
        ConnectionRow.is_disabled,
    )
    .join(ConnectionRow, _OF_CONNECTION)
    .where(mine(CompanyFileRow))
    .order_by(CompanyFileRow.id, ConnectionRow.id)
    .with_for_update(of=CompanyFileRow, key_share=True)
)
_SAVE = update_rows(CompanyFileRow, "path", "company_name", "facts")
_LOCK = Statement(
    select(*_FILE)
    .where(mine(CompanyFileRow), CompanyFileRow.id == given("id", Uuid))
    .with_for_update(key_share=True)
)
_SAVE_MAPPING = Statement(
    update(CompanyFileRow)
    .where(mine(CompanyFileRow), CompanyFileRow.id == given("id", Uuid))
    .values(customer_mapping=given("customer_mapping", Text))
)
_COUNT_HELD = Statement(
    select(func.count().label("held")).where(
        mine(QuickBooksLinkRow), QuickBooksLinkRow.company_file_id == given("id", Uuid)
    )
)


class CompanyFiles(Scoped):
    async def all(self) -> dict[UUID, CompanyFile]:
        """Give the account's company files, by id, oldest first."""
        return {row["id"]: _company_file(row) for row in await self._run(_ALL)}

    async def get(self, company_file_id: UUID) -> CompanyFile | None:
        """Give one company file."""
        found = await self._first(_GET, id=company_file_id)
        return None if found is None else _company_file(found)

    async def lock(self, company_file_id: UUID) -> CompanyFile | None:
        """Lock one company file and give it, None when there is none."""
        found = await self._first(_LOCK, id=company_file_id)
        return None if found is None else _company_file(found)

    async def save_mapping(self, company_file_id: UUID, mapping: CustomerMapping) -> None:
        """Store how customers of new exports are named in the company file."""
        await self._run(_SAVE_MAPPING, id=company_file_id, customer_mapping=mapping)

    async def count_held(self, company_file_id: UUID) -> int:
        """Give how many invoices the company file holds."""
        (row,) = await self._run(_COUNT_HELD, id=company_file_id)
        held: int = row["held"]
        return held

    async def of_connection(self, connection_id: UUID) -> CompanyFile:
        """Give the company file that a connection reaches. Raises LookupError without one."""
        found = await self._first(_REACHED, connection_id=connection_id)
        if found is None:
            raise LookupError(f"There is no connection {connection_id}.")
        return _company_file(found)

    async def path_of(self, connection_id: UUID) -> str | None:
        """Give the path that a connection's company file is known by."""
        found = await self._first(_PATH, connection_id=connection_id)
        return None if found is None else found["path"]

    async def lock_marks(self) -> list[Mark]:
        """Give the marks of all connections and keep their company files from being bound.

        All of them are locked, so that two never take the same QuickBooks file at one time.
        """
        return [
            Mark(
                file_id=row["file_guid"],
                connection_id=row["connection_id"],
                connection_name=row["connection_name"],
                is_disabled=row["is_disabled"],
                company_file=_company_file(row),
            )
            for row in await self._run(_LOCK_MARKS)
        ]

    async def find_or_add(self, company_file: CompanyFile) -> UUID:
        """Give the account's company file of this name; the given one is stored if there is none.

        Names differ in more than letter case. Whoever adds the same name at the same time waits
        here for the other's commit.
        """
        (row,) = await self._run(
            _FIND_OR_ADD, id=company_file.id, name=company_file.name, path=company_file.path
        )
        file_id: UUID = row["id"]
        return file_id

    async def save(self, company_file: CompanyFile) -> None:
        """Store what a company file is known by and what it told."""
        columns = _columns(company_file)
        del columns["name"]
        await self._store(_SAVE, [columns])


def _company_file(row: Record) -> CompanyFile:
    return CompanyFile(
        id=row["id"],
        name=row["name"],
        path=row["path"],
        company_name=row["company_name"],
        facts=None if row["facts"] is None else FACTS.load(row["facts"]),
        customer_mapping=CustomerMapping(row["customer_mapping"]),
    )


def _columns(company_file: CompanyFile) -> dict[str, Any]:
    facts = company_file.facts
    return {
        "id": company_file.id,
        "name": company_file.name,
        "path": company_file.path,
        "company_name": company_file.company_name,
        "facts": None if facts is None else FACTS.encode(facts),
    }
