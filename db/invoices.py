"""Invoices with their tasks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Text,
    Uuid,
    all_,
    and_,
    delete,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from db.rows import InvoiceRow, QuickBooksLinkRow, TaskRow
from db.scoped import Scoped
from db.statements import (
    Record,
    Statement,
    among,
    by_column,
    given,
    insert_rows,
    mine,
    names_of,
    one_of,
    update_rows,
    upsert_rows,
)
from db.task_columns import task_of, tasks_columns
from domain.errors import NotFound
from domain.invoice import Content, ExportOrigin, ExportStatus, Invoice, Task, UnreadTasks
from domain.search import InvoiceFilter, InvoiceSort, PageKey
from domain.standing import Standing
from domain.sync_status import SyncStatus
from domain.totals import Totals

_SORTS: dict[InvoiceSort, tuple[InstrumentedAttribute[Any], bool]] = {
    InvoiceSort.UPDATED_AT_DESC: (InvoiceRow.updated_at, True),
    InvoiceSort.UPDATED_AT_ASC: (InvoiceRow.updated_at, False),
    InvoiceSort.INVOICE_DATE_DESC: (InvoiceRow.invoice_date, True),
    InvoiceSort.INVOICE_NUMBER_ASC: (InvoiceRow.number, False),
}


#: What a page may be narrowed to one or several of.
_ONE_OF = ("sync_status", "export_status", "export_origin")
#: What else it may be narrowed to, by the filter's field.
_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "customer_id": InvoiceRow.customer_id == given("customer_id", Uuid),
    "batch_id": InvoiceRow.batch_id == given("batch_id", Uuid),
    "number": InvoiceRow.number == given("number", Text),
    "number_prefix": InvoiceRow.number.like(given("number_prefix", Text)),
    "date_from": InvoiceRow.invoice_date >= given("date_from", Date),
    "date_to": InvoiceRow.invoice_date <= given("date_to", Date),
    "updated_since": InvoiceRow.updated_at >= given("updated_since", DateTime(timezone=True)),
}

_INVOICE = InvoiceRow.__table__.columns
#: What syncing changes of an invoice, and what it reads besides.
_SYNCED = (
    "export_status",
    "export_origin",
    "sync_status",
    "applied",
    "synced_version",
    "synced_at",
    "updated_at",
)
_STANDING = [_INVOICE[name] for name in ("id", "version", "batch_id", *_SYNCED)]

_TASK = [TaskRow.invoice_id, *(TaskRow.__table__.columns[name] for name in Task.__slots__)]
_UNREAD = UnreadTasks()

#: These invoices, without their tasks.
_GET = Statement(select(*_INVOICE).where(mine(InvoiceRow), among(InvoiceRow.id, "invoice_ids")))
#: The same, locked in the order of their ids.
_LOCK = Statement(
    select(*_INVOICE)
    .where(mine(InvoiceRow), among(InvoiceRow.id, "invoice_ids"))
    .order_by(InvoiceRow.id)
    .with_for_update(key_share=True)
)
#: How these invoices stand towards QuickBooks.
_STANDINGS = Statement(
    select(*_STANDING).where(mine(InvoiceRow), among(InvoiceRow.id, "invoice_ids"))
)
#: The same, locked in the order of their ids.
_LOCK_STANDINGS = Statement(
    select(*_STANDING)
    .where(mine(InvoiceRow), among(InvoiceRow.id, "invoice_ids"))
    .order_by(InvoiceRow.id)
    .with_for_update(key_share=True)
)
#: The tasks of these invoices, in their order. Never joined to a lock: a statement that has waited
#: for one still sees the tasks of before.
_TASKS = Statement(
    select(*_TASK)
    .where(mine(TaskRow), among(TaskRow.invoice_id, "invoice_ids"))
    .order_by(TaskRow.invoice_id, TaskRow.position)
)
#: Another invoice of the company file with this number.
_HAS_NUMBER = Statement(
    select(InvoiceRow.id)
    .join(
        QuickBooksLinkRow,
        and_(
            QuickBooksLinkRow.account_id == InvoiceRow.account_id,
            QuickBooksLinkRow.invoice_id == InvoiceRow.id,
        ),
    )
    .where(
        mine(InvoiceRow),
        InvoiceRow.number == given("number", Text),
        InvoiceRow.id != given("but_not", Uuid),
        QuickBooksLinkRow.company_file_id == given("company_file_id", Uuid),
    )
    .limit(1)
)
#: The adjustments of these invoices, oldest first: ids grow with time.
_ADJUSTMENTS = Statement(
    select(*_INVOICE)
    .where(mine(InvoiceRow), among(InvoiceRow.adjustment_to_id, "invoice_ids"))
    .order_by(InvoiceRow.id)
)
#: Whose task it is.
_OWNER_OF_TASK = Statement(
    select(TaskRow.invoice_id).where(mine(TaskRow), TaskRow.id == given("task_id", Uuid))
)
_ADD = insert_rows(InvoiceRow)
_SAVE = update_rows(InvoiceRow)
_SAVE_STANDINGS = update_rows(InvoiceRow, *_SYNCED)
_ADD_TASKS = insert_rows(TaskRow)
#: Drop the tasks of an invoice that are not among these, add those that are new, and write the
#: others again where they differ.
_SAVE_TASKS = upsert_rows(
    TaskRow,
    fixed=("invoice_id",),
    only_changes=True,
    besides=delete(TaskRow).where(
        mine(TaskRow),
        TaskRow.invoice_id == given("of_invoice", Uuid),
        TaskRow.id != all_(given("id", ARRAY(Uuid))),
    ),
)


class Invoices(Scoped):
    async def get(self, invoice_id: UUID) -> Invoice | None:
        """Give the invoice, None when the account has no such one."""
        found = await self.get_many([invoice_id])
        return found.get(invoice_id)

    async def get_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, Invoice]:
        """Give those of the invoices that exist, by id."""
        rows = await self._run(_GET, invoice_ids=list(invoice_ids))
        return {invoice.id: invoice for invoice in await self._with_tasks(rows)}

    async def lock(self, invoice_id: UUID) -> Invoice:
        """Give the invoice and keep others from changing it until the commit; or raise NotFound."""
        locked = await self.lock_many([invoice_id])
        if invoice_id not in locked:
            raise NotFound("There is no such invoice.", where=("invoice_id",))
        return locked[invoice_id]

    async def lock_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, Invoice]:
        """Lock several, always in the order of their ids, so that two callers never deadlock."""
        rows = await self._run(_LOCK, invoice_ids=list(invoice_ids))
        return {invoice.id: invoice for invoice in await self._with_tasks(rows)}

    async def get_standings(self, invoice_ids: Iterable[UUID]) -> dict[UUID, Standing]:
        """Give how these invoices stand towards QuickBooks, by invoice."""
        rows = await self._run(_STANDINGS, invoice_ids=list(invoice_ids))
        return {row["id"]: _standing(row) for row in rows}

    async def lock_standings(self, invoice_ids: Iterable[UUID]) -> dict[UUID, Standing]:
        """Lock as `lock_many` does, but read only what syncing needs; by invoice."""
        rows = await self._run(_LOCK_STANDINGS, invoice_ids=list(invoice_ids))
        return {row["id"]: _standing(row) for row in rows}

    async def save_standings(self, standings: Iterable[Standing]) -> None:
        """Store how these invoices, all of them locked and none twice, stand now."""
        await self._store(_SAVE_STANDINGS, [_standing_columns(s) for s in standings])

    async def page(
        self,
        *,
        wanted: InvoiceFilter,
        sort: InvoiceSort,
        after: PageKey | None,
        limit: int,
        with_tasks: bool = True,
    ) -> list[Invoice]:
        """Give up to `limit` invoices behind `after`, in the order of the sort, then of the id."""
        others = {name: getattr(wanted, name) for name in _CONDITIONS}
        parameters = {name: value for name, value in others.items() if value is not None}
        values = tuple((name, getattr(wanted, name)) for name in _ONE_OF)
        query = _page(sort, values, frozenset(parameters), follows=after is not None)
        if wanted.number_prefix is not None:
            parameters["number_prefix"] = _beginning_with(wanted.number_prefix)
        if after is not None:
            parameters["after_key"], parameters["after_id"] = after
        rows = await self._run(query, at_most=limit, **parameters)
        if with_tasks:
            return await self._with_tasks(rows)
        return [_invoice(row, _UNREAD) for row in rows]

    async def is_number_in_use(
        self, number: str, *, by_other_than: UUID, company_file_id: UUID
    ) -> bool:
        """Tell whether another invoice of the company file has this number."""
        holder = await self._first(
            _HAS_NUMBER, number=number, but_not=by_other_than, company_file_id=company_file_id
        )
        return holder is not None

    async def adjustments_of(self, invoice_ids: Iterable[UUID]) -> dict[UUID, list[Invoice]]:
        """Give the adjustment invoices of each of these that has any, oldest first."""
        rows = await self._run(_ADJUSTMENTS, invoice_ids=list(invoice_ids))
        found: dict[UUID, list[Invoice]] = defaultdict(list)
        for row, invoice in zip(rows, await self._with_tasks(rows), strict=True):
            found[row["adjustment_to_id"]].append(invoice)
        return found

    async def find_task(self, task_id: UUID) -> tuple[Invoice, Task] | None:
        """Give a task with its invoice."""
        owner = await self._first(_OWNER_OF_TASK, task_id=task_id)
        invoice = None if owner is None else await self.get(owner["invoice_id"])
        task = None if invoice is None else invoice.content.task(task_id)
        return None if invoice is None or task is None else (invoice, task)

    async def add(self, invoice: Invoice) -> None:
        """Store a new invoice."""
        await self._store(_ADD, [_columns(invoice)])
        await self._store(_ADD_TASKS, tasks_columns(invoice))

    async def save(self, invoice: Invoice) -> None:
        """Store the invoice as it is now, tasks included."""
        await self.save_status(invoice)
        tasks = by_column(names_of(TaskRow), tasks_columns(invoice))
        await self._run(_SAVE_TASKS, of_invoice=invoice.id, **tasks)

    async def save_status(self, invoice: Invoice) -> None:
        """Store everything but the tasks; for changes that touch none."""
        await self._store(_SAVE, [_columns(invoice)])

    async def _with_tasks(self, rows: Sequence[Record]) -> list[Invoice]:
        tasks: dict[UUID, list[Task]] = defaultdict(list)
        if rows:
            for row in await self._run(_TASKS, invoice_ids=[row["id"] for row in rows]):
                tasks[row["invoice_id"]].append(task_of(row))
        return [_invoice(row, tuple(tasks[row["id"]])) for row in rows]


@lru_cache(maxsize=256)
def _page(
    sort: InvoiceSort,
    values: tuple[tuple[str, tuple[str, ...]], ...],
    others: frozenset[str],
    *,
    follows: bool,
) -> Statement:
    """Give the query for a page; values are written out, because one status keeps the order."""
    column, descending = _SORTS[sort]
    query = select(*_INVOICE).where(mine(InvoiceRow), *(_CONDITIONS[name] for name in others))
    for name, wanted in values:
        if wanted:
            query = query.where(one_of(getattr(InvoiceRow, name), wanted))
    if follows:
        key = tuple_(column, InvoiceRow.id)
        edge = tuple_(given("after_key", column.type), given("after_id", Uuid))
        query = query.where(key < edge if descending else key > edge)
    order = (column.desc(), InvoiceRow.id.desc()) if descending else (column, InvoiceRow.id)
    return Statement(query.order_by(*order).limit(given("at_most", BigInteger)))


def _beginning_with(text: str) -> str:
    """Give the pattern that LIKE takes; what means something to it is written as itself."""
    return "".join(f"\\{c}" if c in "\\%_" else c for c in text) + "%"


def _invoice(row: Record, tasks: tuple[Task, ...]) -> Invoice:
    return Invoice(
        id=row["id"],
        version=row["version"],
        content=Content(
            number=row["number"],
            date=row["invoice_date"],
            tax_zone_id=row["tax_zone_id"],
            summary=row["summary"],
            tasks=tasks,
        ),
        customer_id=row["customer_id"],
        business_unit_id=row["business_unit_id"],
        technician_id=row["technician_id"],
        batch_id=row["batch_id"],
        adjustment_to_id=row["adjustment_to_id"],
        service_location_id=row["service_location_id"],
        is_application_for_payment=row["is_application_for_payment"],
        export_status=ExportStatus(row["export_status"]),
        export_origin=_origin(row),
        sync_status=SyncStatus(row["sync_status"]),
        totals=Totals(row["subtotal"], row["sales_tax"]),
        applied=row["applied"],
        adjusted_number=row["adjusted_number"],
        adjustment_reason=row["adjustment_reason"],
        synced_version=row["synced_version"],
        synced_at=row["synced_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _origin(row: Record) -> ExportOrigin | None:
    origin = row["export_origin"]
    return None if origin is None else ExportOrigin(origin)


def _standing(row: Record) -> Standing:
    return Standing(
        id=row["id"],
        version=row["version"],
        export_status=ExportStatus(row["export_status"]),
        export_origin=_origin(row),
        sync_status=SyncStatus(row["sync_status"]),
        applied=row["applied"],
        synced_version=row["synced_version"],
        synced_at=row["synced_at"],
        batch_id=row["batch_id"],
        updated_at=row["updated_at"],
    )


def _standing_columns(standing: Standing) -> dict[str, Any]:
    return {"id": standing.id, **{name: getattr(standing, name) for name in _SYNCED}}


def _columns(invoice: Invoice) -> dict[str, Any]:
    content = invoice.content
    return {
        "id": invoice.id,
        "version": invoice.version,
        "number": content.number,
        "invoice_date": content.date,
        "customer_id": invoice.customer_id,
        "business_unit_id": invoice.business_unit_id,
        "technician_id": invoice.technician_id,
        "tax_zone_id": content.tax_zone_id,
        "summary": content.summary,
        "batch_id": invoice.batch_id,
        "adjustment_to_id": invoice.adjustment_to_id,
        "service_location_id": invoice.service_location_id,
        "is_application_for_payment": invoice.is_application_for_payment,
        "export_status": invoice.export_status,
        "export_origin": invoice.export_origin,
        "sync_status": invoice.sync_status,
        "subtotal": invoice.totals.subtotal,
        "sales_tax": invoice.totals.sales_tax,
        "applied": invoice.applied,
        "adjusted_number": invoice.adjusted_number,
        "adjustment_reason": invoice.adjustment_reason,
        "synced_version": invoice.synced_version,
        "synced_at": invoice.synced_at,
        "created_at": invoice.created_at,
        "updated_at": invoice.updated_at,
    }
