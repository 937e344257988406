"""The table of payments."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Identified, Row, belongs_to


class PaymentRow(Identified, Row):
    """Money received for an invoice, and how far it is on its way to QuickBooks."""

    __tablename__ = "payment"
    __table_args__ = (
        belongs_to("invoice", "invoice_id"),
        belongs_to("connection", "connection_id"),
        belongs_to("sync_issue", "root_id"),
        Index(None, "account_id", "invoice_id", "id"),
        Index(
            "ix_payment_under_way",
            "account_id",
            "connection_id",
            "id",
            postgresql_where=text("state IN ('WAITING', 'HELD', 'SENT', 'UNKNOWN', 'ASKED')"),
        ),
        Index(
            "ix_payment_sent",
            "account_id",
            "exchange_id",
            postgresql_where=text("state IN ('SENT', 'UNKNOWN', 'ASKED')"),
        ),
        Index(
            "ix_payment_troubled",
            "account_id",
            "id",
            postgresql_where=text("state IN ('WAITING', 'HELD', 'REFUSED', 'UNRESOLVED')"),
        ),
        Index(
            "ix_payment_unapplied",
            "account_id",
            "id",
            postgresql_where=text("state = 'EXPORTED' AND applied < amount"),
        ),
    )

    invoice_id: Mapped[UUID]
    amount: Mapped[Decimal] = mapped_column(Numeric(15, 2))
    received_on: Mapped[date]
    method: Mapped[str | None]
    number: Mapped[str | None]
    is_overpayment: Mapped[bool]
    state: Mapped[str]
    connection_id: Mapped[UUID | None]
    exchange_id: Mapped[UUID | None]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime | None]
    trouble_tries: Mapped[int]
    tried_microseconds: Mapped[int | None]
    last_try_at: Mapped[datetime | None]
    is_alone: Mapped[bool]
    root_id: Mapped[UUID | None]
    problem: Mapped[dict[str, Any] | None]
    txn_id: Mapped[str | None]
    applied: Mapped[Decimal] = mapped_column(Numeric(15, 2))
    exported_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
