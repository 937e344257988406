"""Counts what is said to the database, so that nobody asks once per row again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import event
from sqlalchemy.engine import Engine

from db.unit_of_work import UnitOfWork

_FRAME = ("begin", "commit")
#: How asyncpg asks, once on each connection, how a type is encoded.
_DRIVERS_OWN = "typeinfo_tree"


class Said:
    """The statements of units of work, whoever ran them, without BEGIN and COMMIT."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len(self.statements)

    def keep(self, statement: str) -> None:
        if not statement.lower().startswith(_FRAME) and _DRIVERS_OWN not in statement:
            self.statements.append(statement)


@asynccontextmanager
async def listening(office, said: Said) -> AsyncIterator[UnitOfWork]:
    """A unit of work of the office of which every statement is kept."""

    def keep_sqlalchemys(connection, cursor, statement, *rest) -> None:
        said.keep(statement)

    def keep_asyncpgs(query) -> None:
        said.keep(query.query)

    event.listen(Engine, "before_cursor_execute", keep_sqlalchemys)
    try:
        async with office.open_work() as work:
            wire = work._transaction.wire  # noqa: SLF001 - nobody else has a use for it
            wire.add_query_logger(keep_asyncpgs)
            yield work
        wire.remove_query_logger(keep_asyncpgs)
    finally:
        event.remove(Engine, "before_cursor_execute", keep_sqlalchemys)
