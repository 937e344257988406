"""All that the database holds of one account, read in one statement as its owner."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.journeys.papers import Line, Paper

Rows = list[dict[str, Any]]

_COLUMNS = text(
    "select table_name, column_name from information_schema.columns where table_schema = 'public'"
    " and table_name in (select table_name from information_schema.columns"
    " where column_name = 'account_id' and table_schema = 'public')"
    " order by table_name, ordinal_position"
)
#: Bytes of the wire tell nothing here that their other columns do not, and take long to read.
_LEFT_OUT = frozenset({"body", "wanted", "answer", "held", "copy", "findings"})
_LONGEST_KEY = 4


@dataclass(frozen=True)
class Snapshot:
    """Every row of every table of one account."""

    tables: Mapping[str, Rows]

    def __getitem__(self, table: str) -> Rows:
        return self.tables[table]

    def differing(self, other: "Snapshot") -> list[str]:
        """Name the tables that are not the same."""
        return [name for name in self.tables if self.tables[name] != other.tables[name]]

    @cached_property
    def invoices(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self["invoice"]}

    def of_invoice(self, table: str, invoice_id: str) -> Rows:
        return [row for row in self[table] if row["invoice_id"] == invoice_id]

    def sorted(self, table: str, column: str = "id") -> Rows:
        return sorted(self[table], key=lambda row: row[column])

    @cached_property
    def _names(self) -> dict[str, str]:
        lists = ("item", "business_unit", "tax_zone")
        return {row["id"]: row["name"] for table in lists for row in self[table]}

    @cached_property
    def _tasks(self) -> dict[str, Rows]:
        found: dict[str, Rows] = {}
        for row in sorted(self["task"], key=lambda row: row["position"]):
            found.setdefault(row["invoice_id"], []).append(row)
        return found

    def paper(self, invoice_id: str) -> Paper:
        """The content of an invoice, entries by their names."""
        row = self.invoices[invoice_id]
        return self._paper(row, row["invoice_date"], self._tasks.get(invoice_id, []))

    def paper_of(self, content: dict[str, Any]) -> Paper:
        """The content of a draft or a revision."""
        return self._paper(content, content["date"], content["tasks"])

    def _paper(self, header: dict[str, Any], date: str, tasks: Rows) -> Paper:
        return Paper(
            number=header["number"],
            date=date,
            zone=self._names[header["tax_zone_id"]],
            summary=header["summary"],
            lines=tuple(self._line(task) for task in tasks),
        )

    def _line(self, task: dict[str, Any]) -> Line:
        unit = task["business_unit_id"]
        return Line(
            item=self._names[task["item_id"]],
            description=task["description"],
            quantity=Decimal(task["quantity"]),
            unit_price=Decimal(task["unit_price"]),
            taxable=task["taxable"],
            unit=None if unit is None else self._names[unit],
            cost=None if task["cost"] is None else Decimal(task["cost"]),
            id=str(task["id"]),
        )


class Reader:
    """Reads as the tables' owner, whom row-level security does not bind."""

    def __init__(self, database_url: str, *, left_out: Collection[str] = _LEFT_OUT) -> None:
        self._engine: AsyncEngine = create_async_engine(database_url)
        self._left_out = left_out
        self._statement: str | None = None

    async def read(self, account_id: object) -> Snapshot:
        async with self._engine.connect() as connection:
            if self._statement is None:
                columns: dict[str, list[str]] = {}
                for table, column in await connection.execute(_COLUMNS):
                    if column not in self._left_out:
                        columns.setdefault(table, []).append(column)
                self._statement = ", ".join(_table(*each) for each in columns.items())
            found = await connection.execute(
                text(f"select {self._statement}"),
                {"account": account_id},
            )
            row = found.mappings().one()
        return Snapshot({name: json.loads(rows, parse_float=Decimal) for name, rows in row.items()})

    async def close(self) -> None:
        await self._engine.dispose()


def _table(name: str, columns: list[str]) -> str:
    """Sorted by what a key begins with, so that equal rows stand in equal order."""
    rows = f"select {', '.join(columns)} from {name} where account_id = :account"  # noqa: S608 - our own names
    rows += f" order by {', '.join(columns[:_LONGEST_KEY])}"
    return f"(select coalesce(json_agg(r), '[]')::text from ({rows}) r) as {name}"  # noqa: S608 - our own names
