"""What every repository is: one account, inside one transaction.

Rows are locked FOR NO KEY UPDATE (`key_share=True`), because their keys never change. FOR UPDATE
would keep others from storing rows that merely refer to a locked one: a save that holds its invoice
and waits for the job would deadlock with the message set that holds the job and tells of the
invoice.
"""

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
