"""The business tables: accounts and people, lists, invoices, drafts, revisions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Identified, OfAccount, Row, belongs_to

#: The invoice's newest version was never proven to be in QuickBooks, and nothing else says so.
#: What was imported is not ours to prove.
UNPROVEN = (
    "NOT is_proven AND sync_status IN ('NOT_APPLICABLE', 'SYNCED')"
    " AND export_origin IS DISTINCT FROM 'IMPORTED'"
)


class AccountRow(Row):
    """A tenant; its key is its account_id, so the same policy guards it."""

    __tablename__ = "account"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    edit_exported_enabled: Mapped[bool]
    accounting_periods_enabled: Mapped[bool]
    strict_zero_total: Mapped[bool]
    next_batch_number: Mapped[int]
    created_at: Mapped[datetime]


class EmployeeRow(Identified, Row):
    __tablename__ = "employee"

    name: Mapped[str]
    role: Mapped[str]
    is_active: Mapped[bool]
    permissions: Mapped[list[str]]


class ApiKeyRow(Identified, Row):
    """A partner's credential: only the SHA-256 of the secret is kept."""

    __tablename__ = "api_key"

    name: Mapped[str]
    prefix: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    #: Of the secret before the present one, which holds until `earlier_until`.
    earlier_secret_hash: Mapped[bytes | None] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    permissions: Mapped[list[str]]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    trusted_only: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    rotated_at: Mapped[datetime | None]
    earlier_until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntryRow(Identified, Row):
    """Only ever added: a trigger refuses everything else."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "account_id", "subject_id", "id"),)

    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    credential: Mapped[str]
    request_id: Mapped[str | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    changes: Mapped[list[Any]]
    reason: Mapped[str | None]


class AccountingPeriodRow(Identified, Row):
    __tablename__ = "accounting_period"

    first_day: Mapped[date]
    last_day: Mapped[date]
    is_closed: Mapped[bool]


class CustomerRow(Identified, Row):
    __tablename__ = "customer"

    name: Mapped[str]
    quickbooks_name: Mapped[str | None]
    quickbooks_list_id: Mapped[str | None]


class ServiceLocationRow(Identified, Row):
    __tablename__ = "service_location"
    __table_args__ = (
        belongs_to("customer", "customer_id"),
        Index(None, "account_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    name: Mapped[str]
    address: Mapped[str]


class BusinessUnitRow(Identified, Row):
    __tablename__ = "business_unit"

    name: Mapped[str]
    quickbooks_class: Mapped[str | None]


class TaxZoneRow(Identified, Row):
    __tablename__ = "tax_zone"

    name: Mapped[str]
    quickbooks_item: Mapped[str | None]
    is_group: Mapped[bool]
    rates: Mapped[list[Any]]


class TechnicianRow(Identified, Row):
    __tablename__ = "technician"

    name: Mapped[str]
    default_truck_id: Mapped[UUID | None]


class InventoryLocationRow(Identified, Row):
    __tablename__ = "inventory_location"
    __table_args__ = (belongs_to("technician", "technician_id"),)

    name: Mapped[str]
    kind: Mapped[str]
    quickbooks_site: Mapped[str | None]
    technician_id: Mapped[UUID | None]


class ItemRow(Identified, Row):
    __tablename__ = "item"

    name: Mapped[str]
    type: Mapped[str]
    quickbooks_name: Mapped[str | None]
    quickbooks_list_id: Mapped[str | None]
    cogs_account: Mapped[str | None]


class BatchRow(Identified, Row):
    __tablename__ = "batch"
    __table_args__ = (UniqueConstraint("account_id", "number"),)

    number: Mapped[int]
    name: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]


class InvoiceRow(Identified, Row):
    __tablename__ = "invoice"
    __table_args__ = (
        belongs_to("customer", "customer_id"),
        belongs_to("business_unit", "business_unit_id"),
        belongs_to("technician", "technician_id"),
        belongs_to("service_location", "service_location_id"),
        belongs_to("tax_zone", "tax_zone_id"),
        belongs_to("batch", "batch_id"),
        belongs_to("invoice", "adjustment_to_id"),
        Index(None, "account_id", "updated_at", "id"),
        Index(None, "account_id", "invoice_date", "id"),
        Index(None, "account_id", "number", "id"),
        Index(
            "ix_invoice_number_prefix",
            "account_id",
            "number",
            postgresql_ops={"number": "text_pattern_ops"},  # LIKE, whatever the collation
        ),
        Index(None, "account_id", "sync_status", "updated_at", "id"),
        Index(None, "account_id", "customer_id", "updated_at", "id"),
        Index(None, "account_id", "batch_id", "id"),
        Index(
            "ix_invoice_unsettled",
            "account_id",
            "sync_status",
            "invoice_date",
            "id",
            postgresql_where=text("sync_status IN ('ACTION_REQUIRED', 'BYPASSED', 'SYNCING')"),
        ),
        Index(
            "ix_invoice_unproven",
            "account_id",
            "export_status",
            "invoice_date",
            "id",
            postgresql_where=text(UNPROVEN),
        ),
        Index(
            "ix_invoice_adjustments",
            "account_id",
            "adjustment_to_id",
            "id",
            postgresql_where=text("adjustment_to_id IS NOT NULL"),
        ),
    )

    version: Mapped[int]
    number: Mapped[str]
    invoice_date: Mapped[date]
    customer_id: Mapped[UUID]
    business_unit_id: Mapped[UUID | None]
    technician_id: Mapped[UUID | None]
    tax_zone_id: Mapped[UUID | None]
    summary: Mapped[str | None]
    batch_id: Mapped[UUID | None]
    adjustment_to_id: Mapped[UUID | None]
    service_location_id: Mapped[UUID | None]
    is_application_for_payment: Mapped[bool]
    export_status: Mapped[str]
    export_origin: Mapped[str | None]
    sync_status: Mapped[str]
    subtotal: Mapped[Decimal] = mapped_column(Numeric(15, 2))
    sales_tax: Mapped[Decimal] = mapped_column(Numeric(15, 2))
    applied: Mapped[Decimal] = mapped_column(Numeric(15, 2))
    adjusted_number: Mapped[str | None]
    adjustment_reason: Mapped[str | None]
    synced_version: Mapped[int | None]
    #: A column of its own, because PostgreSQL keeps statistics of columns: few are not proven.
    is_proven: Mapped[bool] = mapped_column(
        Computed("synced_version IS NOT DISTINCT FROM version", persisted=True)
    )
    synced_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TaskRow(Identified, Row):
    __tablename__ = "task"
    __table_args__ = (
        belongs_to("invoice", "invoice_id"),
        belongs_to("item", "item_id"),
        belongs_to("business_unit", "business_unit_id"),
        belongs_to("inventory_location", "inventory_location_id"),
        Index(None, "account_id", "invoice_id", "position"),
    )

    invoice_id: Mapped[UUID]
    position: Mapped[int]
    item_id: Mapped[UUID]
    description: Mapped[str | None]
    quantity: Mapped[Decimal]
    unit_price: Mapped[Decimal]
    cost: Mapped[Decimal | None]
    taxable: Mapped[bool]
    business_unit_id: Mapped[UUID | None]
    inventory_location_id: Mapped[UUID | None]


class QuickBooksLinkRow(OfAccount, Row):
    """The last acknowledged copy of an invoice in QuickBooks, and whose line is whose."""

    __tablename__ = "quickbooks_link"
    __table_args__ = (
        belongs_to("invoice", "invoice_id"),
        belongs_to("company_file", "company_file_id"),
        belongs_to("connection", "connection_id"),
        UniqueConstraint("account_id", "company_file_id", "txn_id"),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    company_file_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    txn_id: Mapped[str]
    edit_sequence: Mapped[str]
    copy: Mapped[dict[str, Any]]
    tasks_by_line: Mapped[dict[str, Any]]
    #: The copy's, where sums are made of many; None when QuickBooks told none.
    total: Mapped[Decimal | None] = mapped_column(Numeric)
    read_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    is_stale: Mapped[bool]


class DraftRow(OfAccount, Row):
    """Staged edits: at most one per invoice, and one per person (partial unique index)."""

    __tablename__ = "draft"
    __table_args__ = (
        belongs_to("invoice", "invoice_id"),
        Index(
            "uq_draft_one_per_employee",
            "account_id",
            "editor_id",
            unique=True,
            postgresql_where=text("editor_kind = 'EMPLOYEE' AND is_of_exported"),
        ),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    base_version: Mapped[int]
    editor_kind: Mapped[str]
    editor_id: Mapped[UUID | None]
    editor_name: Mapped[str]
    started_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    is_of_exported: Mapped[bool]
    content: Mapped[dict[str, Any]]


class RevisionRow(Identified, Row):
    """An accepted save; never changed afterwards."""

    __tablename__ = "revision"
    __table_args__ = (
        belongs_to("invoice", "invoice_id"),
        UniqueConstraint("account_id", "invoice_id", "version"),
        CheckConstraint("version > 0", name="version_positive"),
    )

    invoice_id: Mapped[UUID]
    version: Mapped[int]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    reason: Mapped[str | None]
    acknowledged: Mapped[list[str]]
    made_at: Mapped[datetime]
    changes: Mapped[list[Any]]
    disposition: Mapped[str]
    content: Mapped[dict[str, Any]]
    #: Of an invoice's first revision: the content before it.
    began_from: Mapped[dict[str, Any] | None]


class IdempotencyKeyRow(OfAccount, Row):
    """A key is scoped to the account and the mutation; the answer is ids, not a rendering."""

    __tablename__ = "idempotency_key"

    mutation: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
