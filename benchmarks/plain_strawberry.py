"""The same reads, and a save, by Strawberry as its documentation shows it; knows nothing of Instep.

python plain_strawberry.py PORT DATABASE_URL ACCOUNT_ID
"""

import base64
import sys
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
import uvicorn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

_PORT, _DATABASE_URL, _ACCOUNT = sys.argv[1:]
_ENGINE = create_async_engine(_DATABASE_URL, pool_size=10)
_INVOICE = text("select * from invoice where account_id = :account and id = :id")
_INVOICES = text(
    "select * from invoice where account_id = :account order by updated_at desc, id desc limit :n"
)
_TASKS = text(
    "select * from task where account_id = :account and invoice_id = any(:ids)"
    " order by invoice_id, position"
)
_LOCK = text(
    "select version from invoice where account_id = :account and id = :id for no key update"
)
_SAVE_TASK = text(
    "update task set unit_price = :price"
    " where account_id = :account and invoice_id = :id and id = :task"
)
_SAVE_INVOICE = text(
    "update invoice set version = version + 1, sync_status = 'SYNCING', updated_at = now(),"
    " subtotal = (select sum(round(quantity * unit_price, 2)) from task"
    " where account_id = :account and invoice_id = :id)"
    " where account_id = :account and id = :id returning *"
)
_ADD_JOB = text(
    "insert into sync_job (account_id, id, invoice_id, connection_id, kind, version, state,"
    " must_read, attempts, trouble_tries, created_at, updated_at)"
    " select account_id, uuidv7(), invoice_id, connection_id, 'SYNC', :version, 'QUEUED',"
    " false, 0, 0, now(), now()"
    " from quickbooks_link where account_id = :account and invoice_id = :id"
    " on conflict (account_id, invoice_id)"
    " where state in ('QUEUED', 'PLANNED', 'READY', 'RETRY_WAIT', 'BLOCKED')"
    " do update set version = excluded.version, updated_at = now()"
)


@strawberry.type
class Task:
    id: strawberry.ID
    position: int
    description: str | None
    quantity: Decimal
    unit_price: Decimal
    cost: Decimal | None
    taxable: bool


@strawberry.type
class Invoice:
    id: strawberry.ID
    version: int
    invoice_number: str
    invoice_date: date
    summary: str | None
    subtotal: Decimal
    sales_tax: Decimal
    total: Decimal
    balance: Decimal
    is_application_for_payment: bool
    export_status: str
    sync_status: str
    created_at: datetime
    updated_at: datetime

    @strawberry.field
    async def tasks(self, info: strawberry.Info) -> list[Task]:
        """Its lines."""
        found: list[Task] = await info.context["tasks"].load(str(self.id))
        return found


@strawberry.type
class InvoiceEdge:
    cursor: str
    node: Invoice


@strawberry.type
class InvoiceConnection:
    edges: list[InvoiceEdge]


@strawberry.type
class Query:
    @strawberry.field
    async def invoice(self, id: strawberry.ID) -> Invoice | None:
        """Give one invoice."""
        rows = await _read(_INVOICE, id=id)
        return _invoice(rows[0]) if rows else None

    @strawberry.field
    async def invoices(self, first: int = 20) -> InvoiceConnection:
        """Give a page of invoices."""
        rows = await _read(_INVOICES, n=first + 1)
        return InvoiceConnection(
            edges=[InvoiceEdge(cursor=_cursor(row), node=_invoice(row)) for row in rows[:first]]
        )


@strawberry.type
class SaveAndSyncPayload:
    invoice: Invoice


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def save_and_sync(
        self, invoice_id: strawberry.ID, version: int, task_id: strawberry.ID, unit_price: Decimal
    ) -> SaveAndSyncPayload:
        """Save a price and have it sent: what is least, without proof, history or events."""
        given = {"account": _ACCOUNT, "id": invoice_id}
        async with _ENGINE.begin() as connection:
            found = (await connection.execute(_LOCK, given)).scalar_one()
            if found != version:
                raise ValueError("The invoice has changed.")
            await connection.execute(_SAVE_TASK, {**given, "task": task_id, "price": unit_price})
            saved = (await connection.execute(_SAVE_INVOICE, given)).mappings().one()
            await connection.execute(_ADD_JOB, {**given, "version": version + 1})
        return SaveAndSyncPayload(invoice=_invoice(saved))


class View(GraphQL[dict[str, Any], None]):
    """One loader a request."""

    async def get_context(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Give the loader."""
        return {"tasks": DataLoader(_tasks)}


async def _tasks(invoice_ids: list[str]) -> list[list[Task]]:
    by_invoice: dict[str, list[Task]] = defaultdict(list)
    for row in await _read(_TASKS, ids=invoice_ids):
        by_invoice[str(row["invoice_id"])].append(
            Task(
                id=strawberry.ID(str(row["id"])),
                position=row["position"] + 1,
                description=row["description"],
                quantity=row["quantity"],
                unit_price=row["unit_price"],
                cost=row["cost"],
                taxable=row["taxable"],
            )
        )
    return [by_invoice[id_] for id_ in invoice_ids]


async def _read(query: Any, **parameters: Any) -> Any:
    async with _ENGINE.connect() as connection:
        found = await connection.execute(query, {"account": _ACCOUNT, **parameters})
        return found.mappings().all()


def _invoice(row: Any) -> Invoice:
    total = row["subtotal"] + row["sales_tax"]
    return Invoice(
        id=strawberry.ID(str(row["id"])),
        version=row["version"],
        invoice_number=row["number"],
        invoice_date=row["invoice_date"],
        summary=row["summary"],
        subtotal=row["subtotal"],
        sales_tax=row["sales_tax"],
        total=total,
        balance=total - row["applied"],
        is_application_for_payment=row["is_application_for_payment"],
        export_status=row["export_status"],
        sync_status=row["sync_status"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _cursor(row: Any) -> str:
    return base64.urlsafe_b64encode(f"{row['updated_at']} {row['id']}".encode()).decode()


def main() -> None:
    """Serve until stopped, as Instep's web process is served: one process, the same server."""
    view: Any = View(strawberry.Schema(Query, Mutation))

    async def healthy(_: Any) -> PlainTextResponse:
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/graphql", view), Route("/healthz", healthy)])
    uvicorn.run(app, host="127.0.0.1", port=int(_PORT), log_config=None)


if __name__ == "__main__":
    main()
