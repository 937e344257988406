"""Every table of the first release, each guarded by row-level security from its first moment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from db.migrations.security import (
    forbid_changes,
    guard_table,
    make_directory_function,
    make_roles,
    open_to_directory,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


#: In the order of their foreign keys.
_TABLES = (
    "account",
    "accounting_period",
    "api_key",
    "audit_entry",
    "batch",
    "business_unit",
    "company_file",
    "customer",
    "employee",
    "event_counter",
    "idempotency_key",
    "item",
    "tax_zone",
    "technician",
    "connection",
    "quickbooks_entry",
    "service_location",
    "inventory_location",
    "invoice",
    "connector_session",
    "draft",
    "quickbooks_link",
    "revision",
    "sync_event",
    "sync_job",
    "task",
    "exchange",
    "sync_issue",
    "qbxml_request",
    "inquiry",
    "admin_pin",
    "pin_try",
    "unlock_request",
    "unlock_consent",
    "drift_watch",
    "drift",
    "payment",
    "webhook",
    "webhook_delivery",
)

#: What was written there stays as it was.
_APPEND_ONLY = ("audit_entry", "unlock_consent")


def upgrade() -> None:
    make_roles()
    _make_tables()
    _make_webhooks()
    for table in _TABLES:
        guard_table(table)
    for table in _APPEND_ONLY:
        forbid_changes(table)
    _open_directory()


def _make_tables() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("edit_exported_enabled", sa.Boolean(), nullable=False),
        sa.Column("accounting_periods_enabled", sa.Boolean(), nullable=False),
        sa.Column("strict_zero_total", sa.Boolean(), nullable=False),
        sa.Column("next_batch_number", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
    )
    op.create_table(
        "accounting_period",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_accounting_period_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_accounting_period")),
    )
    op.create_table(
        "api_key",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("earlier_secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("trusted_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earlier_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_api_key_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
        sa.UniqueConstraint("earlier_secret_hash", name=op.f("uq_api_key_earlier_secret_hash")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_audit_entry_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        op.f("ix_audit_entry_account_id_subject_id_id"),
        "audit_entry",
        ["account_id", "subject_id", "id"],
        unique=False,
    )
    op.create_table(
        "batch",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_batch_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_batch")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_batch_account_id_number")),
    )
    op.create_table(
        "business_unit",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quickbooks_class", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_business_unit_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_business_unit")),
    )
    op.create_table(
        "company_file",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("company_name", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "customer_mapping", sa.Text(), server_default=sa.text("'CUSTOMER'"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_company_file_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_company_file")),
    )
    op.create_index(
        "uq_company_file_name",
        "company_file",
        ["account_id", sa.literal_column("lower(name)")],
        unique=True,
    )
    op.create_table(
        "customer",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quickbooks_name", sa.Text(), nullable=True),
        sa.Column("quickbooks_list_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_customer_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_customer")),
    )
    op.create_table(
        "employee",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_employee_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_employee")),
    )
    op.create_table(
        "event_counter",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("pruned", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_event_counter_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_event_counter")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mutation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_idempotency_key_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "mutation", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "item",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("quickbooks_name", sa.Text(), nullable=True),
        sa.Column("quickbooks_list_id", sa.Text(), nullable=True),
        sa.Column("cogs_account", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_item_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_item")),
    )
    op.create_table(
        "tax_zone",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quickbooks_item", sa.Text(), nullable=True),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("rates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_tax_zone_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_tax_zone")),
    )
    op.create_table(
        "technician",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("default_truck_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_technician_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_technician")),
    )
    op.create_table(
        "connection",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.LargeBinary(), nullable=False),
        sa.Column("file_guid", sa.Uuid(), nullable=False),
        sa.Column("poll_seconds", sa.BigInteger(), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("linger_seconds", sa.BigInteger(), nullable=True),
        sa.Column("last_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("trouble_hresult", sa.Text(), nullable=True),
        sa.Column("is_wrong_company_file", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_size", sa.BigInteger(), server_default=sa.text("20"), nullable=False),
        sa.Column("machine", sa.Text(), nullable=True),
        sa.Column("client_version", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "company_file_id"],
            ["company_file.account_id", "company_file.id"],
            name=op.f("fk_connection_account_id_company_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_connection_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_connection")),
        sa.UniqueConstraint("user_name", name=op.f("uq_connection_user_name")),
    )
    op.create_table(
        "service_location",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customer.account_id", "customer.id"],
            name=op.f("fk_service_location_account_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_service_location_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_service_location")),
    )
    op.create_index(
        op.f("ix_service_location_account_id_customer_id"),
        "service_location",
        ["account_id", "customer_id"],
        unique=False,
    )
    op.create_table(
        "quickbooks_entry",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("company_file_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=True),
        sa.Column("is_missing", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "company_file_id"],
            ["company_file.account_id", "company_file.id"],
            name=op.f("fk_quickbooks_entry_account_id_company_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_quickbooks_entry_account_id")
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "company_file_id", "kind", "name", name=op.f("pk_quickbooks_entry")
        ),
    )
    op.create_table(
        "inventory_location",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quickbooks_site", sa.Text(), nullable=True),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "technician_id"],
            ["technician.account_id", "technician.id"],
            name=op.f("fk_inventory_location_account_id_technician_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_inventory_location_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_inventory_location")),
    )
    op.create_table(
        "invoice",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("business_unit_id", sa.Uuid(), nullable=True),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("tax_zone_id", sa.Uuid(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("adjustment_to_id", sa.Uuid(), nullable=True),
        sa.Column("service_location_id", sa.Uuid(), nullable=True),
        sa.Column("is_application_for_payment", sa.Boolean(), nullable=False),
        sa.Column("export_status", sa.Text(), nullable=False),
        sa.Column("export_origin", sa.Text(), nullable=True),
        sa.Column("sync_status", sa.Text(), nullable=False),
        sa.Column("subtotal", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("sales_tax", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("applied", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("adjusted_number", sa.Text(), nullable=True),
        sa.Column("adjustment_reason", sa.Text(), nullable=True),
        sa.Column("synced_version", sa.BigInteger(), nullable=True),
        sa.Column(
            "is_proven",
            sa.Boolean(),
            sa.Computed("synced_version IS NOT DISTINCT FROM version", persisted=True),
            nullable=False,
        ),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "adjustment_to_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_invoice_account_id_adjustment_to_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "batch_id"],
            ["batch.account_id", "batch.id"],
            name=op.f("fk_invoice_account_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "service_location_id"],
            ["service_location.account_id", "service_location.id"],
            name=op.f("fk_invoice_account_id_service_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_unit.account_id", "business_unit.id"],
            name=op.f("fk_invoice_account_id_business_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customer.account_id", "customer.id"],
            name=op.f("fk_invoice_account_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "tax_zone_id"],
            ["tax_zone.account_id", "tax_zone.id"],
            name=op.f("fk_invoice_account_id_tax_zone_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "technician_id"],
            ["technician.account_id", "technician.id"],
            name=op.f("fk_invoice_account_id_technician_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_invoice_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_invoice")),
    )
    op.create_index(
        op.f("ix_invoice_account_id_batch_id_id"),
        "invoice",
        ["account_id", "batch_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoice_account_id_customer_id_updated_at_id"),
        "invoice",
        ["account_id", "customer_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_invoice_number_prefix",
        "invoice",
        ["account_id", "number"],
        unique=False,
        postgresql_ops={"number": "text_pattern_ops"},
    )
    op.create_index(
        "ix_invoice_unsettled",
        "invoice",
        ["account_id", "sync_status", "invoice_date", "id"],
        unique=False,
        postgresql_where=sa.text("sync_status IN ('ACTION_REQUIRED', 'BYPASSED', 'SYNCING')"),
    )
    op.create_index(
        "ix_invoice_unproven",
        "invoice",
        ["account_id", "export_status", "invoice_date", "id"],
        unique=False,
        postgresql_where=sa.text(
            "NOT is_proven AND sync_status IN ('NOT_APPLICABLE', 'SYNCED')"
            " AND export_origin IS DISTINCT FROM 'IMPORTED'"
        ),
    )
    op.create_index(
        op.f("ix_invoice_account_id_invoice_date_id"),
        "invoice",
        ["account_id", "invoice_date", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoice_account_id_number_id"),
        "invoice",
        ["account_id", "number", "id"],
        unique=False,
    )
    op.create_index(
        "ix_invoice_adjustments",
        "invoice",
        ["account_id", "adjustment_to_id", "id"],
        unique=False,
        postgresql_where=sa.text("adjustment_to_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_invoice_account_id_sync_status_updated_at_id"),
        "invoice",
        ["account_id", "sync_status", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoice_account_id_updated_at_id"),
        "invoice",
        ["account_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "connector_session",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_call_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("qbxml_version", sa.Text(), nullable=True),
        sa.Column("host_facts", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("is_met", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.Column("openings_failed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connection.account_id", "connection.id"],
            name=op.f("fk_connector_session_account_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_connector_session_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_connector_session")),
        sa.UniqueConstraint("ticket_hash", name=op.f("uq_connector_session_ticket_hash")),
    )
    op.create_index(
        "uq_connector_session_one_open",
        "connector_session",
        ["account_id", "connection_id"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_table(
        "draft",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("base_version", sa.BigInteger(), nullable=False),
        sa.Column("editor_kind", sa.Text(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=True),
        sa.Column("editor_name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_of_exported", sa.Boolean(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_draft_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_draft_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "invoice_id", name=op.f("pk_draft")),
    )
    op.create_index(
        "uq_draft_one_per_employee",
        "draft",
        ["account_id", "editor_id"],
        unique=True,
        postgresql_where=sa.text("editor_kind = 'EMPLOYEE' AND is_of_exported"),
    )
    op.create_table(
        "quickbooks_link",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("company_file_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("txn_id", sa.Text(), nullable=False),
        sa.Column("edit_sequence", sa.Text(), nullable=False),
        sa.Column("copy", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tasks_by_line", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total", sa.Numeric(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "company_file_id"],
            ["company_file.account_id", "company_file.id"],
            name=op.f("fk_quickbooks_link_account_id_company_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connection.account_id", "connection.id"],
            name=op.f("fk_quickbooks_link_account_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_quickbooks_link_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_quickbooks_link_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "invoice_id", name=op.f("pk_quickbooks_link")),
        sa.UniqueConstraint(
            "account_id",
            "company_file_id",
            "txn_id",
            name=op.f("uq_quickbooks_link_account_id_company_file_id_txn_id"),
        ),
    )
    op.create_table(
        "revision",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("acknowledged", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("began_from", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_revision_version_positive")),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_revision_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_revision_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_revision")),
        sa.UniqueConstraint(
            "account_id",
            "invoice_id",
            "version",
            name=op.f("uq_revision_account_id_invoice_id_version"),
        ),
    )
    op.create_table(
        "sync_event",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("previous_status", sa.Text(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("invoice_version", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_sync_event_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_sync_event_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "sequence", name=op.f("pk_sync_event")),
    )
    op.create_index(
        op.f("ix_sync_event_account_id_id"), "sync_event", ["account_id", "id"], unique=True
    )
    op.create_index(
        op.f("ix_sync_event_account_id_invoice_id_sequence"),
        "sync_event",
        ["account_id", "invoice_id", "sequence"],
        unique=False,
    )
    op.create_table(
        "sync_job",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("must_read", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble_tries", sa.BigInteger(), nullable=False),
        sa.Column("tried_microseconds", sa.BigInteger(), nullable=True),
        sa.Column("last_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("txn_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connection.account_id", "connection.id"],
            name=op.f("fk_sync_job_account_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_sync_job_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_sync_job_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_sync_job")),
    )
    op.create_index(
        op.f("ix_sync_job_account_id_invoice_id_id"),
        "sync_job",
        ["account_id", "invoice_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_sync_job_active",
        "sync_job",
        ["account_id", "connection_id", "id"],
        unique=False,
        postgresql_where=sa.text(
            "state IN ('QUEUED', 'PLANNED', 'READY', 'RETRY_WAIT', 'BLOCKED', 'SENT', 'UNKNOWN')"
        ),
    )
    op.create_index(
        "ix_sync_job_due",
        "sync_job",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('QUEUED', 'RETRY_WAIT', 'UNKNOWN', 'BLOCKED')"),
    )
    op.create_index(
        "ix_sync_job_next_session",
        "sync_job",
        ["account_id", "connection_id"],
        unique=False,
        postgresql_where=sa.text("state = 'RETRY_WAIT' AND next_attempt_at IS NULL"),
    )
    op.create_index(
        "uq_sync_job_one_in_flight",
        "sync_job",
        ["account_id", "invoice_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('SENT', 'UNKNOWN')"),
    )
    op.create_index(
        "uq_sync_job_one_unsent",
        "sync_job",
        ["account_id", "invoice_id"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('QUEUED', 'PLANNED', 'READY', 'RETRY_WAIT', 'BLOCKED')"
        ),
    )
    op.create_table(
        "task",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=20, scale=5), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=20, scale=5), nullable=False),
        sa.Column("cost", sa.Numeric(precision=20, scale=5), nullable=True),
        sa.Column("taxable", sa.Boolean(), nullable=False),
        sa.Column("business_unit_id", sa.Uuid(), nullable=True),
        sa.Column("inventory_location_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "business_unit_id"],
            ["business_unit.account_id", "business_unit.id"],
            name=op.f("fk_task_account_id_business_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "inventory_location_id"],
            ["inventory_location.account_id", "inventory_location.id"],
            name=op.f("fk_task_account_id_inventory_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_task_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "item_id"],
            ["item.account_id", "item.id"],
            name=op.f("fk_task_account_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_task_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_task")),
    )
    op.create_index(
        op.f("ix_task_account_id_invoice_id_position"),
        "task",
        ["account_id", "invoice_id", "position"],
        unique=False,
    )
    op.create_table(
        "exchange",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_set_id", sa.Text(), nullable=False),
        sa.Column("clears_id", sa.Uuid(), nullable=True),
        sa.Column("checks_id", sa.Uuid(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("checks", sa.BigInteger(), nullable=False),
        sa.Column("bookings", sa.BigInteger(), nullable=False),
        sa.Column("booking_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_cleared", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("hresult", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connection.account_id", "connection.id"],
            name=op.f("fk_exchange_account_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "session_id"],
            ["connector_session.account_id", "connector_session.id"],
            name=op.f("fk_exchange_account_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_exchange_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_exchange")),
    )
    op.create_index(
        "ix_exchange_open",
        "exchange",
        ["account_id", "connection_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('OWED', 'ANSWERED', 'LOST')"),
    )
    op.create_index(
        op.f("ix_exchange_account_id_session_id"),
        "exchange",
        ["account_id", "session_id"],
        unique=False,
    )
    op.create_index(
        "ix_exchange_kept_by_quickbooks",
        "exchange",
        ["account_id", "connection_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'BOOKED' AND kind = 'REQUESTS' AND NOT is_cleared"),
    )
    op.create_table(
        "sync_issue",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("root_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("quickbooks_code", sa.BigInteger(), nullable=True),
        sa.Column("quickbooks_message", sa.Text(), nullable=True),
        sa.Column("conflicts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("held", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("object_kind", sa.Text(), nullable=True),
        sa.Column("object_name", sa.Text(), nullable=True),
        sa.Column("company_file_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_sync_issue_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "job_id"],
            ["sync_job.account_id", "sync_job.id"],
            name=op.f("fk_sync_issue_account_id_job_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "root_id"],
            ["sync_issue.account_id", "sync_issue.id"],
            name=op.f("fk_sync_issue_account_id_root_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_sync_issue_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_sync_issue")),
    )
    op.create_index(
        "ix_sync_issue_open",
        "sync_issue",
        ["account_id", "invoice_id"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(
        "ix_sync_issue_open_roots",
        "sync_issue",
        ["account_id", "company_file_id"],
        unique=False,
        postgresql_where=sa.text(
            "resolved_at IS NULL AND cleared_at IS NULL AND root_id IS NULL"
            " AND object_kind IS NOT NULL"
        ),
    )
    op.create_index(
        "ix_sync_issue_roots",
        "sync_issue",
        ["account_id", "id"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL AND root_id IS NULL"),
    )
    op.create_index(
        "ix_sync_issue_dependents",
        "sync_issue",
        ["account_id", "root_id", "id"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL AND root_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sync_issue_cleared",
        "sync_issue",
        ["cleared_at"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL AND cleared_at IS NOT NULL"),
    )
    op.create_table(
        "qbxml_request",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("wanted", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_lines", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("entry_names", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("largest_set", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("exchange_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connection.account_id", "connection.id"],
            name=op.f("fk_qbxml_request_account_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "exchange_id"],
            ["exchange.account_id", "exchange.id"],
            name=op.f("fk_qbxml_request_account_id_exchange_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "job_id"],
            ["sync_job.account_id", "sync_job.id"],
            name=op.f("fk_qbxml_request_account_id_job_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_qbxml_request_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_qbxml_request")),
    )
    op.create_index(
        op.f("ix_qbxml_request_account_id_exchange_id"),
        "qbxml_request",
        ["account_id", "exchange_id"],
        unique=False,
    )
    op.create_index(
        "ix_qbxml_request_ready",
        "qbxml_request",
        ["account_id", "connection_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'READY'"),
    )
    op.create_index(
        "uq_qbxml_request_one_open_per_job",
        "qbxml_request",
        ["account_id", "job_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('READY', 'SENT')"),
    )
    op.create_table(
        "inquiry",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("question", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("memo_part", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("is_alone", sa.Boolean(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("exchange_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("iterator_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connection.account_id", "connection.id"],
            name=op.f("fk_inquiry_account_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_inquiry_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_inquiry")),
    )
    op.create_index(
        "ix_inquiry_asked",
        "inquiry",
        ["account_id", "connection_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'ASKED'"),
    )
    op.create_index(
        "ix_inquiry_sent",
        "inquiry",
        ["account_id", "exchange_id"],
        unique=False,
        postgresql_where=sa.text("state = 'SENT'"),
    )
    op.create_table(
        "admin_pin",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "employee_id"],
            ["employee.account_id", "employee.id"],
            name=op.f("fk_admin_pin_account_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_admin_pin_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "employee_id", name=op.f("pk_admin_pin")),
    )
    op.create_table(
        "pin_try",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "employee_id"],
            ["employee.account_id", "employee.id"],
            name=op.f("fk_pin_try_account_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_pin_try_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_pin_try")),
    )
    op.create_index(
        op.f("ix_pin_try_account_id_tried_at"), "pin_try", ["account_id", "tried_at"], unique=False
    )
    op.create_table(
        "unlock_request",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "batch_id"],
            ["batch.account_id", "batch.id"],
            name=op.f("fk_unlock_request_account_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_unlock_request_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_unlock_request")),
    )
    op.create_table(
        "unlock_consent",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=False),
        sa.Column("approver_name", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "approver_id"],
            ["employee.account_id", "employee.id"],
            name=op.f("fk_unlock_consent_account_id_approver_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "request_id"],
            ["unlock_request.account_id", "unlock_request.id"],
            name=op.f("fk_unlock_consent_account_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_unlock_consent_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_unlock_consent")),
    )
    op.create_table(
        "drift_watch",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("company_file_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_through", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "company_file_id"],
            ["company_file.account_id", "company_file.id"],
            name=op.f("fk_drift_watch_account_id_company_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_drift_watch_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "company_file_id", name=op.f("pk_drift_watch")),
    )
    op.create_table(
        "drift",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("held", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total", sa.Numeric(), nullable=True),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_drift_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_drift_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "invoice_id", name=op.f("pk_drift")),
    )
    op.create_index(
        op.f("ix_drift_account_id_detected_at_invoice_id"),
        "drift",
        ["account_id", "detected_at", "invoice_id"],
        unique=False,
    )
    _make_payment()


def _make_payment() -> None:
    op.create_table(
        "payment",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("is_overpayment", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("exchange_id", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble_tries", sa.BigInteger(), nullable=False),
        sa.Column("tried_microseconds", sa.BigInteger(), nullable=True),
        sa.Column("last_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_alone", sa.Boolean(), nullable=False),
        sa.Column("root_id", sa.Uuid(), nullable=True),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("txn_id", sa.Text(), nullable=True),
        sa.Column("applied", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["connection.account_id", "connection.id"],
            name=op.f("fk_payment_account_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoice.account_id", "invoice.id"],
            name=op.f("fk_payment_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "root_id"],
            ["sync_issue.account_id", "sync_issue.id"],
            name=op.f("fk_payment_account_id_root_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_payment_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_payment")),
    )
    op.create_index(
        op.f("ix_payment_account_id_invoice_id_id"),
        "payment",
        ["account_id", "invoice_id", "id"],
        unique=False,
    )
    for name, column, condition in (
        (
            "ix_payment_under_way",
            "connection_id",
            "state IN ('WAITING', 'HELD', 'SENT', 'UNKNOWN', 'ASKED')",
        ),
        ("ix_payment_sent", "exchange_id", "state IN ('SENT', 'UNKNOWN', 'ASKED')"),
        ("ix_payment_troubled", "id", "state IN ('WAITING', 'HELD', 'REFUSED', 'UNRESOLVED')"),
        ("ix_payment_unapplied", "id", "state = 'EXPORTED' AND applied < amount"),
    ):
        columns = ["account_id", column]
        if name == "ix_payment_under_way":
            columns.append("id")
        op.create_index(name, "payment", columns, unique=False, postgresql_where=sa.text(condition))


def _make_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret_id", sa.Uuid(), nullable=False),
        sa.Column("previous_secret_id", sa.Uuid(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_webhook_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_webhook_delivery_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "webhook_id"],
            ["webhook.account_id", "webhook.id"],
            name=op.f("fk_webhook_delivery_account_id_webhook_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(
        op.f("ix_webhook_delivery_account_id_webhook_id_id"),
        "webhook_delivery",
        ["account_id", "webhook_id", "id"],
        unique=False,
    )


def _open_directory() -> None:
    open_to_directory("account", "account_id")
    open_to_directory(
        "api_key",
        "account_id",
        "id",
        "name",
        "prefix",
        "secret_hash",
        "earlier_secret_hash",
        "scopes",
        "permissions",
        "actor_kind",
        "actor_id",
        "actor_name",
        "created_at",
        "trusted_only",
        "expires_at",
        "last_used_at",
        "rotated_at",
        "earlier_until",
        "revoked_at",
    )
    open_to_directory(
        "connection",
        "account_id",
        "id",
        "company_file_id",
        "user_name",
        "password_hash",
        "is_disabled",
        "last_contact_at",
        "retry_at",
        "poll_seconds",
        "trouble_hresult",
        "is_wrong_company_file",
    )
    open_to_directory(
        "connector_session",
        "account_id",
        "id",
        "connection_id",
        "ticket_hash",
        "state",
        "last_call_at",
    )
    open_to_directory(
        "sync_job",
        "account_id",
        "id",
        "invoice_id",
        "connection_id",
        "state",
        "next_attempt_at",
        "created_at",
        "updated_at",
    )
    open_to_directory(
        "sync_issue", "account_id", "id", "job_id", "root_id", "resolved_at", "cleared_at"
    )
    open_to_directory("qbxml_request", "account_id", "connection_id", "job_id", "state")
    open_to_directory("inquiry", "account_id", "connection_id", "state")
    open_to_directory(
        "payment", "account_id", "connection_id", "state", "next_attempt_at", "updated_at"
    )
    open_to_directory(
        "exchange", "account_id", "id", "connection_id", "state", "sent_at", "answered_at"
    )
    open_to_directory("draft", "account_id", "invoice_id", "touched_at")
    open_to_directory("quickbooks_link", "account_id", "invoice_id", "company_file_id")
    open_to_directory("employee", "account_id", "id", "name", "role", "is_active", "permissions")
    open_to_directory("event_counter", "account_id", "last")
    open_to_directory(
        "webhook",
        "account_id",
        "id",
        "delivered",
        "is_disabled",
        "next_attempt_at",
        "leased_until",
        "failures",
        "failing_since",
    )
    open_to_directory("sync_event", "account_id", "sequence", "occurred_at")
    make_directory_function(
        "directory_accounts",
        "",
        "select account_id from account order by account_id",
        gives="account_id uuid",
    )
    make_directory_function(
        "directory_api_key",
        "wanted bytea",
        "select account_id, id, name, prefix, scopes, permissions, actor_kind, actor_id,"
        " actor_name, created_at, trusted_only, expires_at, last_used_at, rotated_at,"
        " earlier_until, revoked_at, secret_hash = wanted from api_key"
        " where secret_hash = wanted or earlier_secret_hash = wanted",
        gives="account_id uuid, id uuid, name text, prefix text, scopes text[], permissions text[],"
        " actor_kind text, actor_id uuid, actor_name text, created_at timestamptz,"
        " trusted_only boolean, expires_at timestamptz, last_used_at timestamptz,"
        " rotated_at timestamptz, earlier_until timestamptz, revoked_at timestamptz,"
        " is_present boolean",
    )
    make_directory_function(
        "directory_person",
        "of_account uuid, wanted uuid",
        "select name, role, permissions from employee"
        " where account_id = of_account and id = wanted and is_active",
        gives="name text, role text, permissions text[]",
    )
    make_directory_function(
        "directory_sign_in",
        "wanted text, drafts_since timestamptz, quiet_since timestamptz",
        "select found.account_id, found.id, found.password_hash, found.is_disabled,"
        " found.last_contact_at, found.retry_at,"
        " exists (select from qbxml_request as request where request.account_id = found.account_id"
        " and request.connection_id = found.id and request.state = 'READY')"
        " or exists (select from exchange where exchange.account_id = found.account_id"
        " and exchange.connection_id = found.id"
        " and exchange.state in ('OWED', 'ANSWERED', 'LOST'))"
        " or exists (select from inquiry where inquiry.account_id = found.account_id"
        " and inquiry.connection_id = found.id and inquiry.state = 'ASKED')"
        # whether its invoice lets it go is looked at once the session opens
        " or exists (select from payment where payment.account_id = found.account_id"
        " and payment.connection_id = found.id"
        " and payment.state in ('WAITING', 'HELD', 'UNKNOWN')"
        " and coalesce(payment.next_attempt_at, now()) <= now())"
        " or exists (select from sync_job as job where job.account_id = found.account_id"
        " and job.connection_id = found.id and job.state = 'RETRY_WAIT'"
        " and job.next_attempt_at is null)"
        # on its way through a disabled connection of the same company file
        " or exists (select from sync_job as job join connection as other"
        " on other.account_id = job.account_id and other.id = job.connection_id"
        " where other.account_id = found.account_id and other.is_disabled"
        " and other.company_file_id = found.company_file_id"
        " and job.state in ('SENT', 'UNKNOWN') and job.updated_at <= quiet_since)"
        " or exists (select from payment join connection as other"
        " on other.account_id = payment.account_id and other.id = payment.connection_id"
        " where other.account_id = found.account_id and other.is_disabled"
        " and other.company_file_id = found.company_file_id"
        " and payment.state in ('SENT', 'UNKNOWN', 'ASKED')"
        " and payment.updated_at <= quiet_since),"
        " exists (select from draft join quickbooks_link as link"
        " on link.account_id = draft.account_id and link.invoice_id = draft.invoice_id"
        " where draft.account_id = found.account_id and draft.touched_at > drafts_since"
        " and link.company_file_id = found.company_file_id)"
        " from connection as found where found.user_name = wanted",
        gives="account_id uuid, id uuid, password_hash bytea, is_disabled boolean,"
        " last_contact_at timestamptz, retry_at timestamptz, has_work boolean, has_draft boolean",
    )
    make_directory_function(
        "directory_session",
        "wanted bytea",
        "select account_id, id, connection_id from connector_session where ticket_hash = wanted",
        gives="account_id uuid, id uuid, connection_id uuid",
    )
    make_directory_function(
        "directory_unbooked",
        "quiet_since timestamptz, at_most bigint",
        "select account_id, id from exchange where state = 'ANSWERED'"
        " and answered_at <= quiet_since order by answered_at limit at_most",
    )
    make_directory_function(
        "directory_due_jobs",
        "now_at timestamptz, quiet_since timestamptz, at_most bigint",
        "select due.account_id, due.id from ("
        "select job.account_id, job.id, job.updated_at as since from sync_job as job"
        " where job.updated_at <= quiet_since and (job.state in ('QUEUED', 'UNKNOWN')"
        " and coalesce(job.next_attempt_at, now_at) <= now_at"
        # without a time it waits for the next session of its connection
        " or job.state = 'RETRY_WAIT' and job.next_attempt_at <= now_at"
        # until the problem that it waits for is cleared
        " or job.state = 'BLOCKED' and not exists (select from sync_issue as issue"
        " join sync_issue as root on root.account_id = issue.account_id"
        " and root.id = issue.root_id and root.resolved_at is null and root.cleared_at is null"
        " where issue.account_id = job.account_id and issue.job_id = job.id"
        " and issue.resolved_at is null))"
        # waits for its own question, or for the answer to an older job of the invoice
        " and not exists (select from qbxml_request as request where request.account_id = "
        "job.account_id and request.job_id = job.id and request.state in ('READY', 'SENT'))"
        " and not exists (select from sync_job as older where older.account_id = job.account_id"
        " and older.invoice_id = job.invoice_id and older.id <> job.id"
        " and older.state in ('SENT', 'UNKNOWN'))"
        # what it failed for is there again
        " union all select job.account_id, job.id, issue.cleared_at from sync_issue as issue"
        " join sync_job as job on job.account_id = issue.account_id and job.id = issue.job_id"
        " and job.state = 'FAILED' where issue.cleared_at <= quiet_since"
        " and issue.resolved_at is null) as due order by due.since limit at_most",
    )
    make_directory_function(
        "directory_overview",
        "now_at timestamptz",
        "select 'JOB', state, count(*), min(created_at) from sync_job"
        # as ix_sync_job_active has it
        " where state in ('QUEUED', 'PLANNED', 'READY', 'RETRY_WAIT', 'BLOCKED', 'SENT', 'UNKNOWN')"
        " group by state"
        " union all select 'EXCHANGE', state, count(*), min(sent_at) from exchange"
        " where state in ('OWED', 'ANSWERED', 'LOST') group by state"
        " union all select 'CONNECTION', found.state, count(*), min(found.heard_at) from ("
        "select heard.heard_at, case when it.is_disabled then 'DISABLED'"
        " when heard.heard_at is null then 'NEVER_CONNECTED'"
        " when heard.heard_at < now_at - make_interval(secs => case when heard.is_in_session"
        " then 600 else greatest(2 * it.poll_seconds + 60, 90) end) then 'OFFLINE'"
        " when it.trouble_hresult is not null or it.is_wrong_company_file"
        " then 'TROUBLED' else 'ONLINE' end as state"
        " from connection as it cross join lateral (select greatest(it.last_contact_at,"
        " max(session.last_call_at)) as heard_at, count(*) > 0 as is_in_session"
        " from connector_session as session where session.account_id = it.account_id"
        " and session.connection_id = it.id and session.state = 'OPEN') as heard"
        ") as found group by found.state"
        " union all select 'WEBHOOK', hook.state, count(*), min(hook.failing_since) from ("
        "select case when is_disabled then 'DISABLED' when failures > 0 then 'FAILING'"
        " else 'ACTIVE' end as state, failing_since from webhook) as hook group by hook.state"
        " union all select 'WEBHOOK_EVENT', case when hook.failures > 0 then 'FAILING'"
        " else 'ACTIVE' end as state, sum(counter.last - hook.delivered)::bigint,"
        " min(oldest.occurred_at) from webhook as hook"
        " join event_counter as counter on counter.account_id = hook.account_id"
        " left join lateral (select event.occurred_at from sync_event as event"
        " where event.account_id = hook.account_id and event.sequence > hook.delivered"
        " order by event.sequence limit 1) as oldest on true"
        " where not hook.is_disabled and hook.delivered < counter.last group by 2",
        gives="kind text, state text, amount bigint, since timestamptz",
    )

    make_directory_function(
        "directory_due_webhooks",
        "now_at timestamptz, at_most bigint",
        "select due.account_id, due.id from webhook as due"
        " join event_counter as counter on counter.account_id = due.account_id"
        " where not due.is_disabled and due.delivered < counter.last"
        " and coalesce(due.next_attempt_at, now_at) <= now_at"
        " and coalesce(due.leased_until, now_at) <= now_at"
        " order by due.next_attempt_at nulls first limit at_most",
    )
    make_directory_function(
        "directory_event_numbers",
        "wanted uuid[]",
        "select account_id, last from event_counter where account_id = any(wanted)",
        gives="account_id uuid, last bigint",
    )


def downgrade() -> None:
    for name in (
        "accounts",
        "api_key",
        "person",
        "sign_in",
        "session",
        "unbooked",
        "due_jobs",
        "overview",
        "due_webhooks",
        "event_numbers",
    ):
        op.execute(f"drop function directory_{name}")
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.execute("drop function refuse_change")
