"""The company files of an account: which they are, and what they last told of themselves."""

from uuid import UUID

from sqlalchemy import insert, select, update

from db.documents import FACTS
from db.scoped import Scoped
from db.wire_rows import CompanyFileRow, ConnectionRow
from domain.company_file import CompanyFile, Mark

_OF_CONNECTION = (ConnectionRow.account_id == CompanyFileRow.account_id) & (
    ConnectionRow.company_file_id == CompanyFileRow.id
)


class CompanyFiles(Scoped):
    async def all(self) -> dict[UUID, CompanyFile]:
        """Give the account's company files, by id, oldest first."""
        query = select(CompanyFileRow).where(self._mine(CompanyFileRow)).order_by(CompanyFileRow.id)
        return {row.id: _company_file(row) for row in await self._session.scalars(query)}

    async def get(self, company_file_id: UUID) -> CompanyFile | None:
        """Give one company file."""
        query = select(CompanyFileRow).where(
            self._mine(CompanyFileRow), CompanyFileRow.id == company_file_id
        )
        row = await self._session.scalar(query)
        return None if row is None else _company_file(row)

    async def of_connection(self, connection_id: UUID) -> CompanyFile:
        """Give the company file that a connection reaches."""
        query = (
            select(CompanyFileRow)
            .join(ConnectionRow, _OF_CONNECTION)
            .where(self._mine(CompanyFileRow), ConnectionRow.id == connection_id)
        )
        return _company_file((await self._session.scalars(query)).one())

    async def path_of(self, connection_id: UUID) -> str | None:
        """Give the path that a connection's company file is known by."""
        query = (
            select(CompanyFileRow.path)
            .join(ConnectionRow, _OF_CONNECTION)
            .where(self._mine(CompanyFileRow), ConnectionRow.id == connection_id)
        )
        return await self._session.scalar(query)

    async def lock_marks(self) -> list[Mark]:
        """Give the marks of all connections and keep their company files from being bound.

        All of them are locked, so that two never take the same QuickBooks file at one time.
        """
        query = (
            select(CompanyFileRow, ConnectionRow)
            .join(ConnectionRow, _OF_CONNECTION)
            .where(self._mine(CompanyFileRow))
            .order_by(CompanyFileRow.id, ConnectionRow.id)
            .with_for_update(of=CompanyFileRow, key_share=True)
            .execution_options(populate_existing=True)
        )
        return [
            Mark(
                file_id=connection.file_guid,
                connection_id=connection.id,
                connection_name=connection.name,
                is_disabled=connection.is_disabled,
                company_file=_company_file(row),
            )
            for row, connection in await self._session.execute(query)
        ]

    async def add(self, company_file: CompanyFile) -> None:
        """Store a new company file, that no connection has met yet."""
        await self._session.execute(
            insert(CompanyFileRow).values(
                account_id=self._account_id,
                id=company_file.id,
                name=company_file.name,
                path=company_file.path,
            )
        )

    async def save(self, company_file: CompanyFile) -> None:
        """Store what a company file is known by and what it told."""
        facts = company_file.facts
        await self._session.execute(
            update(CompanyFileRow)
            .where(self._mine(CompanyFileRow), CompanyFileRow.id == company_file.id)
            .values(
                path=company_file.path,
                company_name=company_file.company_name,
                **({} if facts is None else {"facts": FACTS.dump(facts)}),
            )
        )


def _company_file(row: CompanyFileRow) -> CompanyFile:
    return CompanyFile(
        id=row.id,
        name=row.name,
        path=row.path,
        company_name=row.company_name,
        facts=None if row.facts is None else FACTS.load(row.facts),
    )
