"""What an invoice's company file adds to what it names: a default truck, the customer's ListID."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from db.documents import TASKS_BY_LINE, Document
from db.rows import (
    CustomerRow,
    InventoryLocationRow,
    InvoiceRow,
    QuickBooksLinkRow,
    ServiceLocationRow,
    TechnicianRow,
)
from db.scoped import Scoped
from db.statements import Record, Statement, among, mine, one_of
from db.wire_rows import CompanyFileRow, ConnectionRow, QuickBooksEntryRow, SyncJobRow
from domain.customer_mapping import CustomerMapping, job_of
from domain.invoice import ExportStatus, Invoice
from domain.issues import ObjectKind
from domain.lists import InventoryLocation, ServiceLocation
from domain.wanted import DefaultTruck

_LOCATION = Document(InventoryLocation)
_SERVICE_LOCATION = Document(ServiceLocation)
_BY_ADDRESS = CustomerMapping.SERVICE_LOCATION_ADDRESS.value
_BY_NAME = CustomerMapping.SERVICE_LOCATION_NAME.value


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


def _of(row: Any, *conditions: ColumnElement[bool]) -> Any:
    """Give the condition of an outer join to a row of the same account."""
    return and_(row.account_id == InvoiceRow.account_id, *conditions)


def to_json(row: Any) -> Any:
    """Give a whole row as JSON; null where the outer join found none."""
    return func.to_jsonb(row.__table__.table_valued(), type_=JSONB)


def _facts() -> Select[Any]:
    uses_sites = CompanyFileRow.facts["preferences"]["uses_sites"].as_boolean()
    job = case(
        (CompanyFileRow.customer_mapping == literal(_BY_ADDRESS), ServiceLocationRow.address),
        (CompanyFileRow.customer_mapping == literal(_BY_NAME), ServiceLocationRow.name),
    )
    customer = CustomerRow.quickbooks_name + func.coalesce(literal(":") + job, "")
    return (
        select(
            InvoiceRow.id,
            TechnicianRow.name.label("technician"),
            to_json(InventoryLocationRow).label("truck"),
            QuickBooksLinkRow.tasks_by_line,
            QuickBooksEntryRow.list_id.label("customer_list_id"),
            CompanyFileRow.customer_mapping,
            to_json(ServiceLocationRow).label("service_location"),
        )
        .join(CustomerRow, _of(CustomerRow, CustomerRow.id == InvoiceRow.customer_id))
        .outerjoin(
            QuickBooksLinkRow, _of(QuickBooksLinkRow, QuickBooksLinkRow.invoice_id == InvoiceRow.id)
        )
        .outerjoin(
            CompanyFileRow, _of(CompanyFileRow, CompanyFileRow.id == _company_file_id())
        )
        .outerjoin(
            ServiceLocationRow,
            _of(ServiceLocationRow, ServiceLocationRow.id == InvoiceRow.service_location_id),
        )
        .outerjoin(
            TechnicianRow,
            _of(TechnicianRow, TechnicianRow.id == InvoiceRow.technician_id, uses_sites),
        )
        .outerjoin(
            InventoryLocationRow,
            _of(InventoryLocationRow, InventoryLocationRow.id == TechnicianRow.default_truck_id),
        )
        .outerjoin(
            QuickBooksEntryRow,
            _of(
                QuickBooksEntryRow,
                QuickBooksEntryRow.company_file_id == CompanyFileRow.id,
                one_of(QuickBooksEntryRow.kind, [ObjectKind.CUSTOMER]),
                QuickBooksEntryRow.name == func.lower(customer),
            ),
        )
        .where(mine(InvoiceRow), among(InvoiceRow.id, "invoice_ids"))
    )  # fmt: skip


#: Of each invoice: the truck of its technician, if its company file keeps sites, the lines that
#: QuickBooks holds, and the ListID that the customer's name had there.
_FACTS = Statement(_facts())


@dataclass(frozen=True, slots=True)
class InFile:
    """What holds for an invoice in its company file; None where nothing is known."""

    default_truck: DefaultTruck | None = None
    #: The job that the invoice belongs to, by the file's customer mapping.
    job: str | None = None
    #: Of the job, or of the customer when there is none.
    customer_list_id: str | None = None


class InCompanyFile(Scoped):
    async def of(self, invoices: Sequence[Invoice]) -> dict[UUID, InFile]:
        """Give what the company file adds to each of these stored invoices, all at once.

        Nobody is asked about an invoice that was exported and has no technician: its customer is
        never sent again, and it has no truck.
        """
        asked = [
            invoice.id
            for invoice in invoices
            if invoice.technician_id or invoice.export_status is not ExportStatus.EXPORTED
        ]
        if not asked:
            return {}
        rows = await self._run(_FACTS, invoice_ids=asked)
        return {row["id"]: InFile(_truck(row), _job(row), row["customer_list_id"]) for row in rows}


def _job(row: Record) -> str | None:
    found = row["service_location"]
    location = None if found is None else _SERVICE_LOCATION.load(found)
    return job_of(CustomerMapping(row["customer_mapping"] or CustomerMapping.CUSTOMER), location)


def _truck(row: Record) -> DefaultTruck | None:
    if row["truck"] is None:
        return None
    lines = row["tasks_by_line"]
    held = frozenset(() if lines is None else TASKS_BY_LINE.load(lines).values())
    return DefaultTruck(_LOCATION.load(row["truck"]), row["technician"], held)
