"""Invoices with their tasks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute

from db.rows import InvoiceRow, QuickBooksLinkRow, TaskRow
from db.scoped import Scoped
from domain.errors import NotFound
from domain.invoice import Content, ExportOrigin, ExportStatus, Invoice, Task
from domain.search import InvoiceFilter, InvoiceSort, PageKey
from domain.sync_status import SyncStatus
from domain.totals import Totals

_SORTS: dict[InvoiceSort, tuple[InstrumentedAttribute[Any], bool]] = {
    InvoiceSort.UPDATED_AT_DESC: (InvoiceRow.updated_at, True),
    InvoiceSort.UPDATED_AT_ASC: (InvoiceRow.updated_at, False),
    InvoiceSort.INVOICE_DATE_DESC: (InvoiceRow.invoice_date, True),
    InvoiceSort.INVOICE_NUMBER_ASC: (InvoiceRow.number, False),
}


class Invoices(Scoped):
    async def get(self, invoice_id: UUID) -> Invoice | None:
        """Give the invoice, None when the account has no such one."""
        found = await self.get_many([invoice_id])
        return found.get(invoice_id)

    async def get_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, Invoice]:
        """Give those of the invoices that exist, by id."""
        query = select(InvoiceRow).where(
            self._mine(InvoiceRow), InvoiceRow.id.in_(list(invoice_ids))
        )
        rows = (await self._session.scalars(query)).all()
        return {invoice.id: invoice for invoice in await self._with_tasks(rows)}

    async def lock(self, invoice_id: UUID) -> Invoice:
        """Give the invoice and keep others from changing it until the commit; or raise NotFound."""
        locked = await self.lock_many([invoice_id])
        if invoice_id not in locked:
            raise NotFound("There is no such invoice.", where=("invoice_id",))
        return locked[invoice_id]

    async def lock_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, Invoice]:
        """Lock several, always in the order of their ids, so that two callers never deadlock."""
        query = (
            select(InvoiceRow)
            .where(self._mine(InvoiceRow), InvoiceRow.id.in_(list(invoice_ids)))
            .order_by(InvoiceRow.id)
            .with_for_update(key_share=True)
        )
        rows = (await self._session.scalars(query)).all()
        return {invoice.id: invoice for invoice in await self._with_tasks(rows)}

    async def page(
        self, *, wanted: InvoiceFilter, sort: InvoiceSort, after: PageKey | None, limit: int
    ) -> list[Invoice]:
        """Give up to `limit` invoices behind `after`, in the order of the sort, then of the id."""
        column, descending = _SORTS[sort]
        query = select(InvoiceRow).where(self._mine(InvoiceRow), *_conditions(wanted))
        if after is not None:
            key, edge = tuple_(column, InvoiceRow.id), tuple_(*after)
            query = query.where(key < edge if descending else key > edge)
        order = (column.desc(), InvoiceRow.id.desc()) if descending else (column, InvoiceRow.id)
        rows = (await self._session.scalars(query.order_by(*order).limit(limit))).all()
        return await self._with_tasks(rows)

    async def is_number_in_use(
        self, number: str, *, by_other_than: UUID, company_file_id: UUID
    ) -> bool:
        """Tell whether another invoice of the company file has this number."""
        query = (
            select(InvoiceRow.id)
            .join(
                QuickBooksLinkRow,
                (QuickBooksLinkRow.account_id == InvoiceRow.account_id)
                & (QuickBooksLinkRow.invoice_id == InvoiceRow.id),
            )
            .where(
                self._mine(InvoiceRow),
                InvoiceRow.number == number,
                InvoiceRow.id != by_other_than,
                QuickBooksLinkRow.company_file_id == company_file_id,
            )
            .limit(1)
        )
        return await self._session.scalar(query) is not None

    async def find_task(self, task_id: UUID) -> tuple[Invoice, Task] | None:
        """Give a task with its invoice."""
        query = select(TaskRow.invoice_id).where(self._mine(TaskRow), TaskRow.id == task_id)
        invoice_id = await self._session.scalar(query)
        invoice = None if invoice_id is None else await self.get(invoice_id)
        task = None if invoice is None else invoice.content.task(task_id)
        return None if invoice is None or task is None else (invoice, task)

    async def add(self, invoice: Invoice) -> None:
        """Store a new invoice."""
        await self._session.execute(
            insert(InvoiceRow).values(account_id=self._account_id, **_columns(invoice))
        )
        await self._save_tasks(invoice)

    async def save(self, invoice: Invoice) -> None:
        """Store the invoice as it is now, tasks included."""
        await self.save_status(invoice)
        gone = delete(TaskRow).where(
            self._mine(TaskRow),
            TaskRow.invoice_id == invoice.id,
            TaskRow.id.not_in([task.id for task in invoice.content.tasks]),
        )
        await self._session.execute(gone)
        await self._save_tasks(invoice)

    async def save_status(self, invoice: Invoice) -> None:
        """Store everything but the tasks; for changes that touch none."""
        query = update(InvoiceRow).where(self._mine(InvoiceRow), InvoiceRow.id == invoice.id)
        await self._session.execute(query.values(**_columns(invoice)))

    async def _save_tasks(self, invoice: Invoice) -> None:
        values = [
            {"account_id": self._account_id, **_task_columns(invoice.id, position, task)}
            for position, task in enumerate(invoice.content.tasks, start=1)
        ]
        if values:
            query = postgresql.insert(TaskRow)
            changed = {
                name: query.excluded[name]
                for name in values[0]
                if name not in ("account_id", "id", "invoice_id")
            }
            upsert = query.on_conflict_do_update(index_elements=["account_id", "id"], set_=changed)
            await self._session.execute(upsert, values)

    async def _with_tasks(self, rows: Sequence[InvoiceRow]) -> list[Invoice]:
        tasks: dict[UUID, list[Task]] = defaultdict(list)
        if rows:
            query = (
                select(TaskRow)
                .where(self._mine(TaskRow), TaskRow.invoice_id.in_([row.id for row in rows]))
                .order_by(TaskRow.invoice_id, TaskRow.position)
            )
            for row in await self._session.scalars(query):
                tasks[row.invoice_id].append(_task(row))
        return [_invoice(row, tuple(tasks[row.id])) for row in rows]


def _conditions(wanted: InvoiceFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.sync_status:
        conditions.append(InvoiceRow.sync_status.in_(wanted.sync_status))
    if wanted.export_status:
        conditions.append(InvoiceRow.export_status.in_(wanted.export_status))
    if wanted.customer_id is not None:
        conditions.append(InvoiceRow.customer_id == wanted.customer_id)
    if wanted.number is not None:
        conditions.append(InvoiceRow.number == wanted.number)
    if wanted.date_from is not None:
        conditions.append(InvoiceRow.invoice_date >= wanted.date_from)
    if wanted.date_to is not None:
        conditions.append(InvoiceRow.invoice_date <= wanted.date_to)
    if wanted.updated_since is not None:
        conditions.append(InvoiceRow.updated_at >= wanted.updated_since)
    return conditions


def _invoice(row: InvoiceRow, tasks: tuple[Task, ...]) -> Invoice:
    return Invoice(
        id=row.id,
        version=row.version,
        content=Content(
            number=row.number,
            date=row.invoice_date,
            tax_zone_id=row.tax_zone_id,
            summary=row.summary,
            tasks=tasks,
        ),
        customer_id=row.customer_id,
        business_unit_id=row.business_unit_id,
        technician_id=row.technician_id,
        batch_id=row.batch_id,
        adjustment_to_id=row.adjustment_to_id,
        is_application_for_payment=row.is_application_for_payment,
        export_status=ExportStatus(row.export_status),
        export_origin=None if row.export_origin is None else ExportOrigin(row.export_origin),
        sync_status=SyncStatus(row.sync_status),
        totals=Totals(row.subtotal, row.sales_tax),
        applied=row.applied,
        synced_version=row.synced_version,
        synced_at=row.synced_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


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
        "is_application_for_payment": invoice.is_application_for_payment,
        "export_status": invoice.export_status,
        "export_origin": invoice.export_origin,
        "sync_status": invoice.sync_status,
        "subtotal": invoice.totals.subtotal,
        "sales_tax": invoice.totals.sales_tax,
        "applied": invoice.applied,
        "synced_version": invoice.synced_version,
        "synced_at": invoice.synced_at,
        "created_at": invoice.created_at,
        "updated_at": invoice.updated_at,
    }


def _task(row: TaskRow) -> Task:
    return Task(
        id=row.id,
        item_id=row.item_id,
        description=row.description,
        quantity=row.quantity,
        unit_price=row.unit_price,
        cost=row.cost,
        taxable=row.taxable,
        business_unit_id=row.business_unit_id,
        inventory_location_id=row.inventory_location_id,
    )


def _task_columns(invoice_id: UUID, position: int, task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "invoice_id": invoice_id,
        "position": position,
        "item_id": task.item_id,
        "description": task.description,
        "quantity": task.quantity,
        "unit_price": task.unit_price,
        "cost": task.cost,
        "taxable": task.taxable,
        "business_unit_id": task.business_unit_id,
        "inventory_location_id": task.inventory_location_id,
    }
