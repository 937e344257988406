"""The default trucks of invoices' technicians, where the company file keeps inventory sites."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from db.documents import TASKS_BY_LINE, Document
from db.rows import (
    InventoryLocationRow,
    InvoiceRow,
    QuickBooksLinkRow,
    TechnicianRow,
)
from db.scoped import Scoped
from db.statements import Statement, among, mine
from db.wire_rows import CompanyFileRow, ConnectionRow, SyncJobRow
from domain.invoice import Invoice
from domain.lists import InventoryLocation
from domain.wanted import DefaultTruck

_LOCATION = Document(InventoryLocation)


def _company_file_id() -> Any:
    """Where the invoice is held; else where it is going; else the only file that there is."""
    only = aliased(CompanyFileRow)
    going = (
        select(ConnectionRow.company_file_id)
        .join(SyncJobRow, SyncJobRow.connection_id == ConnectionRow.id)
        .where(mine(ConnectionRow), mine(SyncJobRow), SyncJobRow.invoice_id == InvoiceRow.id)
        .order_by(SyncJobRow.id.desc())
        .limit(1)
        .correlate(InvoiceRow)
        .scalar_subquery()
    )
    alone = (
        select(func.max(cast(only.id, Text)))
        .where(mine(only))
        .having(func.count() == 1)
        .scalar_subquery()
    )
    return func.coalesce(QuickBooksLinkRow.company_file_id, going, cast(alone, only.id.type))


def _trucks() -> Select[Any]:
    uses_sites = CompanyFileRow.facts["preferences"]["uses_sites"].as_boolean()
    columns: Any = InventoryLocationRow.__table__
    location = func.to_jsonb(columns.table_valued(), type_=JSONB).label("location")
    return (
        select(
            InvoiceRow.id,
            TechnicianRow.name.label("technician"),
            location,
            QuickBooksLinkRow.tasks_by_line,
        )
        .join(TechnicianRow, TechnicianRow.id == InvoiceRow.technician_id)
        .join(InventoryLocationRow, InventoryLocationRow.id == TechnicianRow.default_truck_id)
        .outerjoin(
            QuickBooksLinkRow,
            (QuickBooksLinkRow.account_id == InvoiceRow.account_id)
            & (QuickBooksLinkRow.invoice_id == InvoiceRow.id),
        )
        .join(CompanyFileRow, CompanyFileRow.id == _company_file_id())
        .where(
            mine(InvoiceRow),
            mine(TechnicianRow),
            mine(InventoryLocationRow),
            mine(CompanyFileRow),
            among(InvoiceRow.id, "invoice_ids"),
            uses_sites,
        )
    )


#: The default truck of each invoice's technician, if the company file keeps sites, with the lines
#: that QuickBooks holds.
_TRUCKS = Statement(_trucks())


class DefaultTrucks(Scoped):
    async def of(self, invoices: Sequence[Invoice]) -> dict[UUID, DefaultTruck]:
        """Give the default truck of each stored invoice that may need one; by invoice."""
        asked = [invoice.id for invoice in invoices if invoice.technician_id is not None]
        if not asked:
            return {}
        rows = await self._run(_TRUCKS, invoice_ids=asked)
        return {
            row["id"]: DefaultTruck(
                _LOCATION.load(row["location"]), row["technician"], _held(row["tasks_by_line"])
            )
            for row in rows
        }


def _held(tasks_by_line: Any) -> frozenset[UUID]:
    """Give the tasks that have a line in QuickBooks; none for an invoice that it does not hold."""
    return frozenset(() if tasks_by_line is None else TASKS_BY_LINE.load(tasks_by_line).values())
