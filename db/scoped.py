"""What every repository is: one account, inside one transaction.

Rows are locked FOR NO KEY UPDATE (`key_share=True`), because their keys never change. FOR UPDATE
would keep others from storing rows that merely refer to a locked one: a save that holds its invoice
and waits for the job would deadlock with the message set that holds the job and tells of the
invoice.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.statements import Record, Statement, by_column
from db.transactions import Transaction


class Scoped:
    """Born with its account, so no query can forget it; row-level security is the second wall."""

    def __init__(self, transaction: Transaction, account_id: UUID) -> None:
        self._transaction = transaction
        self._wire = transaction.wire
        self._account_id = account_id

    @property
    def _session(self) -> AsyncSession:
        return self._transaction.session

    async def _run(self, statement: Statement, **parameters: Any) -> Sequence[Record]:
        """Run a statement of the account's and give its rows."""
        return await statement.run(self._wire, self._account_id, parameters)

    async def _first(self, statement: Statement, **parameters: Any) -> Record | None:
        rows = await statement.run(self._wire, self._account_id, parameters)
        return rows[0] if rows else None

    async def _store(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store rows, given by column name, in one statement; nothing when there are none."""
        if rows:
            await statement.run(self._wire, self._account_id, by_column(rows[0], rows))
