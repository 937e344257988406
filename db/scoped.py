"""What every repository is: one account, inside one transaction."""

from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import OfAccount
from db.rows import AccountRow


class Scoped:
    """Born with its account, so no query can forget it; row-level security is the second wall."""

    def __init__(self, session: AsyncSession, account_id: UUID) -> None:
        self._session = session
        self._account_id = account_id

    def _mine(self, row: type[OfAccount] | type[AccountRow]) -> ColumnElement[bool]:
        return row.account_id == self._account_id
