"""The tables of unlocking: what QuickBooks was asked, who consented, administrators' PINs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Identified, OfAccount, Row, belongs_to


class UnlockRequestRow(Identified, Row):
    """A wish to unlock; `request` is all of it, with its questions to QuickBooks."""

    __tablename__ = "unlock_request"
    __table_args__ = (belongs_to("batch", "batch_id"),)

    batch_id: Mapped[UUID | None]
    request: Mapped[dict[str, Any]]
    requested_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class UnlockConsentRow(Identified, Row):
    """Only ever added: a trigger refuses everything else. Text and evidence as they were shown."""

    __tablename__ = "unlock_consent"
    __table_args__ = (
        belongs_to("unlock_request", "request_id"),
        belongs_to("employee", "approver_id"),
    )

    request_id: Mapped[UUID]
    batch_id: Mapped[UUID | None]
    invoice_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    text: Mapped[str]
    version: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    given_at: Mapped[datetime]
    approver_id: Mapped[UUID]
    approver_name: Mapped[str]
    evidence: Mapped[dict[str, Any]]


class AdminPinRow(OfAccount, Row):
    """An administrator's PIN, as argon2 keeps it."""

    __tablename__ = "admin_pin"
    __table_args__ = (belongs_to("employee", "employee_id"),)

    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    pin_hash: Mapped[str]
    set_at: Mapped[datetime]


class PinTryRow(Identified, Row):
    """A try of an administrator's PIN, stored before it is looked at."""

    __tablename__ = "pin_try"
    __table_args__ = (
        belongs_to("employee", "employee_id"),
        Index(None, "account_id", "tried_at"),
    )

    employee_id: Mapped[UUID]
    tried_at: Mapped[datetime]
    is_right: Mapped[bool]
