"""The tables between us and QuickBooks: connections, jobs, requests, exchanges, events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Identified, OfAccount, Row, belongs_to


class CompanyFileRow(Identified, Row):
    """A QuickBooks company file, with what it last told of itself."""

    __tablename__ = "company_file"
    __table_args__ = (
        Index("uq_company_file_name", "account_id", text("lower(name)"), unique=True),
    )

    name: Mapped[str]
    path: Mapped[str | None]
    company_name: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None]
    customer_mapping: Mapped[str] = mapped_column(server_default=text("'CUSTOMER'"))


class ConnectionRow(Identified, Row):
    """A Web Connector install; its password is kept as a salted SHA-256 only."""

    __tablename__ = "connection"
    __table_args__ = (belongs_to("company_file", "company_file_id"),)

    company_file_id: Mapped[UUID]
    name: Mapped[str]
    kind: Mapped[str]
    user_name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[bytes]
    file_guid: Mapped[UUID]
    poll_seconds: Mapped[int]
    is_disabled: Mapped[bool]
    linger_seconds: Mapped[int | None]
    last_contact_at: Mapped[datetime | None]
    trouble: Mapped[str | None]
    trouble_hresult: Mapped[str | None]
    is_wrong_company_file: Mapped[bool]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    retry_at: Mapped[datetime | None]
    set_size: Mapped[int] = mapped_column(server_default=text("20"))
    machine: Mapped[str | None]
    client_version: Mapped[str | None]


class SyncJobRow(Identified, Row):
    """One intention per row; the two partial indexes keep them from overtaking each other."""

    __tablename__ = "sync_job"
    __table_args__ = (
        belongs_to("invoice", "invoice_id"),
        belongs_to("connection", "connection_id"),
        Index(
            "uq_sync_job_one_unsent",
            "account_id",
            "invoice_id",
            unique=True,
            postgresql_where=text(
                "state IN ('QUEUED', 'PLANNED', 'READY', 'RETRY_WAIT', 'BLOCKED')"
            ),
        ),
        Index(
            "uq_sync_job_one_in_flight",
            "account_id",
            "invoice_id",
            unique=True,
            postgresql_where=text("state IN ('SENT', 'UNKNOWN')"),
        ),
        Index(
            "ix_sync_job_due",
            "updated_at",
            postgresql_where=text("state IN ('QUEUED', 'RETRY_WAIT', 'UNKNOWN', 'BLOCKED')"),
        ),
        Index(
            "ix_sync_job_next_session",
            "account_id",
            "connection_id",
            postgresql_where=text("state = 'RETRY_WAIT' AND next_attempt_at IS NULL"),
        ),
        Index(
            "ix_sync_job_active",
            "account_id",
            "connection_id",
            "id",
            postgresql_where=text(
                "state IN ('QUEUED', 'PLANNED', 'READY', 'RETRY_WAIT', 'BLOCKED',"
                " 'SENT', 'UNKNOWN')"
            ),
        ),
        Index(None, "account_id", "invoice_id", "id"),
    )

    invoice_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    kind: Mapped[str]
    version: Mapped[int]
    state: Mapped[str]
    must_read: Mapped[bool]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime | None]
    trouble_tries: Mapped[int]
    tried_microseconds: Mapped[int | None]
    last_try_at: Mapped[datetime | None]
    txn_id: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SyncIssueRow(Identified, Row):
    """Why a job cannot finish; open until resolved_at is set."""

    __tablename__ = "sync_issue"
    __table_args__ = (
        belongs_to("invoice", "invoice_id"),
        belongs_to("sync_job", "job_id"),
        belongs_to("sync_issue", "root_id"),
        Index(
            "ix_sync_issue_open",
            "account_id",
            "invoice_id",
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index(
            "ix_sync_issue_open_roots",
            "account_id",
            "company_file_id",
            postgresql_where=text(
                "resolved_at IS NULL AND cleared_at IS NULL AND root_id IS NULL"
                " AND object_kind IS NOT NULL"
            ),
        ),
        Index(
            "ix_sync_issue_roots",
            "account_id",
            "id",
            postgresql_where=text("resolved_at IS NULL AND root_id IS NULL"),
        ),
        Index(
            "ix_sync_issue_dependents",
            "account_id",
            "root_id",
            "id",
            postgresql_where=text("resolved_at IS NULL AND root_id IS NOT NULL"),
        ),
        Index(
            "ix_sync_issue_cleared",
            "cleared_at",
            postgresql_where=text("resolved_at IS NULL AND cleared_at IS NOT NULL"),
        ),
    )

    invoice_id: Mapped[UUID]
    job_id: Mapped[UUID]
    root_id: Mapped[UUID | None]
    code: Mapped[str]
    reason: Mapped[str]
    steps: Mapped[list[Any]]
    quickbooks_code: Mapped[int | None]
    quickbooks_message: Mapped[str | None]
    conflicts: Mapped[list[Any]]
    #: QuickBooks' side when a conflict was found; what the values of `conflicts` were read from.
    held: Mapped[dict[str, Any] | None]
    #: The list entry or feature that is in the way, in this company file.
    object_kind: Mapped[str | None]
    object_name: Mapped[str | None]
    company_file_id: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    #: Another invoice found the thing to be there: nobody is held back any more.
    cleared_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]


class QuickBooksEntryRow(OfAccount, Row):
    """What is known of a name on a list of a company file: its ListID, or that it is missing.

    The name is ours, case-folded; the kind is a word of domain.issues.ObjectKind.
    """

    __tablename__ = "quickbooks_entry"
    __table_args__ = (belongs_to("company_file", "company_file_id"),)

    company_file_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    list_id: Mapped[str | None]
    is_missing: Mapped[bool]
    seen_at: Mapped[datetime]


class QbxmlRequestRow(Identified, Row):
    """The queue: rendered requests, ready until a Web Connector fetches them.

    The id is the requestID on the wire. The answer is held against `wanted` and `sent_lines`.
    """

    __tablename__ = "qbxml_request"
    __table_args__ = (
        belongs_to("sync_job", "job_id"),
        belongs_to("connection", "connection_id"),
        belongs_to("exchange", "exchange_id"),
        Index(
            "ix_qbxml_request_ready",
            "account_id",
            "connection_id",
            "id",
            postgresql_where=text("state = 'READY'"),
        ),
        Index(
            "uq_qbxml_request_one_open_per_job",
            "account_id",
            "job_id",
            unique=True,
            postgresql_where=text("state IN ('READY', 'SENT')"),
        ),
        Index(None, "account_id", "exchange_id"),
    )

    job_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    kind: Mapped[str]
    body: Mapped[bytes]
    wanted: Mapped[dict[str, Any]]
    sent_lines: Mapped[list[Any] | None]
    #: The list entries that a request is about which goes before an invoice.
    entry_names: Mapped[list[Any] | None]
    #: A set with it could not be parsed: the next one may hold so many requests at most.
    largest_set: Mapped[int]
    state: Mapped[str]
    exchange_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class ConnectorSessionRow(Identified, Row):
    """A sign-in that found work; its ticket is kept as a SHA-256. One open per connection."""

    __tablename__ = "connector_session"
    __table_args__ = (
        belongs_to("connection", "connection_id"),
        Index(
            "uq_connector_session_one_open",
            "account_id",
            "connection_id",
            unique=True,
            postgresql_where=text("state = 'OPEN'"),
        ),
    )

    connection_id: Mapped[UUID]
    ticket_hash: Mapped[bytes] = mapped_column(unique=True)
    state: Mapped[str]
    opened_at: Mapped[datetime]
    last_call_at: Mapped[datetime]
    qbxml_version: Mapped[str | None]
    host_facts: Mapped[str | None]
    last_error: Mapped[str | None]
    peer: Mapped[str]
    is_met: Mapped[bool]
    answered: Mapped[int]
    openings_failed: Mapped[int]


class ExchangeRow(Identified, Row):
    """A message set: the bytes that left, and the answer as it came, stored before it is booked."""

    __tablename__ = "exchange"
    __table_args__ = (
        belongs_to("connection", "connection_id"),
        belongs_to("connector_session", "session_id"),
        Index(
            "ix_exchange_open",
            "account_id",
            "connection_id",
            "id",
            postgresql_where=text("state IN ('OWED', 'ANSWERED', 'LOST')"),
        ),
        Index(None, "account_id", "session_id"),
        Index(
            "ix_exchange_kept_by_quickbooks",
            "account_id",
            "connection_id",
            "id",
            postgresql_where=text("state = 'BOOKED' AND kind = 'REQUESTS' AND NOT is_cleared"),
        ),
    )

    connection_id: Mapped[UUID]
    session_id: Mapped[UUID]
    kind: Mapped[str]
    message_set_id: Mapped[str]
    clears_id: Mapped[UUID | None]
    checks_id: Mapped[UUID | None]
    size: Mapped[int]
    body: Mapped[bytes]
    sent_at: Mapped[datetime]
    state: Mapped[str]
    checks: Mapped[int]
    bookings: Mapped[int]
    booking_at: Mapped[datetime | None]
    #: QuickBooks was told that it may forget its stored answer.
    is_cleared: Mapped[bool]
    answer: Mapped[str | None]
    hresult: Mapped[str | None]
    message: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class InquiryRow(Identified, Row):
    """A question to QuickBooks outside of any job, and its answer; the id is the requestID."""

    __tablename__ = "inquiry"
    __table_args__ = (
        belongs_to("connection", "connection_id"),
        Index(
            "ix_inquiry_asked",
            "account_id",
            "connection_id",
            "id",
            postgresql_where=text("state = 'ASKED'"),
        ),
        Index(
            "ix_inquiry_sent",
            "account_id",
            "exchange_id",
            postgresql_where=text("state = 'SENT'"),
        ),
    )

    connection_id: Mapped[UUID]
    purpose: Mapped[str]
    question: Mapped[dict[str, Any]]
    memo_part: Mapped[str | None]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    attempts: Mapped[int]
    is_alone: Mapped[bool]
    findings: Mapped[dict[str, Any]]
    trouble: Mapped[str | None]
    exchange_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    iterator_id: Mapped[str | None]


class EventCounterRow(OfAccount, Row):
    """The last event number of an account; updated as the last statement of a transaction."""

    __tablename__ = "event_counter"

    last: Mapped[int]
    #: The highest number that was pruned; behind it every event is there.
    pruned: Mapped[int]


class SyncEventRow(OfAccount, Row):
    __tablename__ = "sync_event"
    __table_args__ = (
        belongs_to("invoice", "invoice_id"),
        Index(None, "account_id", "id", unique=True),
        Index(None, "account_id", "invoice_id", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    invoice_id: Mapped[UUID]
    status: Mapped[str]
    previous_status: Mapped[str | None]
    phase: Mapped[str | None]
    invoice_version: Mapped[int]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    issue_id: Mapped[UUID | None]
