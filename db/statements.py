"""SQL that is written once: SQLAlchemy builds it from the mapped rows, asyncpg runs it.

Executed by SQLAlchemy a statement was measured to cost four times the CPU, and to build it anew for
each call twice as much again; a save runs a dozen. So each statement stands in its repository's
module under a name, is compiled when it is first run, and goes straight to the connection.

Parameters are what asyncpg takes: UUIDs, decimals and moments as they are, several values as a
list, JSON as text (see `db.documents`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    Alias,
    BindParameter,
    ColumnElement,
    Delete,
    Table,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, asyncpg
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import CompilerElement
from sqlalchemy.types import TypeEngine

from db.base import OfAccount
from db.rows import AccountRow

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's own
_ACCOUNT = "account_id"


class Record(Protocol):
    """A row, by column name."""

    def __getitem__(self, name: str, /) -> Any: ...
    def keys(self) -> Iterable[str]: ...


class Wire(Protocol):
    """The part of asyncpg's connection that statements need."""

    async def fetch(self, query: str, *arguments: Any) -> Sequence[Record]: ...


class Statement:
    """One statement of one account; compiled when it is first run."""

    def __init__(self, query: CompilerElement) -> None:
        self._query = query

    async def run(
        self, wire: Wire, account_id: UUID, parameters: Mapping[str, Any]
    ) -> Sequence[Record]:
        """Give the rows that the statement returns."""
        text, names, constants = self._compiled
        values = {**constants, **parameters, _ACCOUNT: account_id}
        return await wire.fetch(text, *[values[name] for name in names])

    @cached_property
    def _compiled(self) -> tuple[str, Sequence[str], Mapping[str, Any]]:
        compiled: Any = self._query.compile(
            dialect=_DIALECT, compile_kwargs={"render_postcompile": True}
        )
        names = compiled.positiontup
        if _ACCOUNT not in names:
            raise TypeError(f"This statement forgets its account: {compiled.string}")
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        return compiled.string, names, constants


def given(name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]]) -> BindParameter[Any]:
    """Give the place of a parameter."""
    return bindparam(name, None, type_)


def mine(row: type[OfAccount] | type[AccountRow]) -> ColumnElement[bool]:
    """Give the condition that no statement may lack: rows of the account only."""
    return row.account_id == given(_ACCOUNT, Uuid)


def among(
    attribute: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None], name: str
) -> ColumnElement[bool]:
    """Give the condition that the value is one of a list parameter's."""
    return attribute == any_(given(name, ARRAY(Uuid)))


def one_of(attribute: InstrumentedAttribute[str], values: Collection[str]) -> ColumnElement[bool]:
    """Give the condition that the value is one of these, written out: partial indexes need it."""
    written: BindParameter[Any] = bindparam(
        None, sorted(values), expanding=True, literal_execute=True
    )
    return attribute.in_(written)


def insert_rows(row: type[OfAccount]) -> Statement:
    """Give the statement that stores new rows, as many as there are; see `by_column`."""
    table, names = table_of(row), names_of(row)
    rows = unnested(row, names)
    return Statement(_insert(table, names, rows))


def update_rows(row: type[OfAccount], *names: str, key: str = "id") -> Statement:
    """Give the statement that stores these columns (all but the key when none is named) anew."""
    changed = names or tuple(name for name in names_of(row) if name != key)
    rows = unnested(row, (key, *changed))
    query = (
        update(row)
        .where(mine(row), table_of(row).c[key] == rows.c[key])
        .values({name: rows.c[name] for name in changed})
    )
    return Statement(query)


def upsert_rows(
    row: type[OfAccount],
    *,
    key: str = "id",
    fixed: Collection[str] = (),
    only_changes: bool = False,
    besides: Delete | None = None,
) -> Statement:
    """Give the statement that stores rows, new ones and ones that are there already.

    Of the latter the fixed columns stay, and with `only_changes` a row that is the same is not
    written again. What is to be deleted `besides` must be other rows.
    """
    table, names = table_of(row), names_of(row)
    query = _insert(table, names, unnested(row, names))
    changed = [name for name in names if name != key and name not in fixed]
    before = tuple_(*(table.c[name] for name in changed))
    after = tuple_(*(query.excluded[name] for name in changed))
    upsert = query.on_conflict_do_update(
        index_elements=[_ACCOUNT, key],
        set_={name: query.excluded[name] for name in changed},
        where=before.is_distinct_from(after) if only_changes else None,
    )
    return Statement(upsert if besides is None else upsert.add_cte(besides.cte("besides")))


def unnested(row: type[OfAccount], names: Sequence[str], *, numbered: bool = False) -> Any:
    """Give a table expression of list parameters, one for each column, one row for each value."""
    columns = [table_of(row).c[name] for name in names]
    function = func.unnest(*(given(c.name, ARRAY(c.type)) for c in columns))
    derived = [column(c.name, c.type) for c in columns]
    if numbered:
        table = function.table_valued(*derived, with_ordinality="place")
    else:
        table = function.table_valued(*derived)
    return table.render_derived(name="given")


def table_of(row: type[OfAccount]) -> Table:
    """Give the table of mapped rows."""
    table: Table = row.__table__  # type: ignore[attr-defined] # every mapped row has one
    return table


def names_of(row: type[OfAccount]) -> tuple[str, ...]:
    """Give the names of a row's columns that are stored, the account's left out."""
    return tuple(c.name for c in table_of(row).c if c.name != _ACCOUNT and c.computed is None)


def by_column(names: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Turn rows by column name into one list a column, as the statements above take them."""
    return {name: [row[name] for row in rows] for name in names}


def _insert(table: Table, names: Sequence[str], rows: Alias) -> postgresql.Insert:
    source = select(given(_ACCOUNT, Uuid), *(rows.c[name] for name in names))
    return postgresql.insert(table).from_select([_ACCOUNT, *names], source)
