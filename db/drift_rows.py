"""The tables of the drift watch: how far QuickBooks was asked, and what was found."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from db.base import OfAccount, Row, belongs_to


class DriftWatchRow(OfAccount, Row):
    """When QuickBooks was last asked what was changed in a company file, and how far it told."""

    __tablename__ = "drift_watch"
    __table_args__ = (belongs_to("company_file", "company_file_id"),)

    company_file_id: Mapped[UUID] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    #: Every change before then was read; None until the first answer.
    read_through: Mapped[datetime | None]


class DriftRow(OfAccount, Row):
    """What was found to be changed in QuickBooks; whether it still counts, the invoice tells."""

    __tablename__ = "drift"
    __table_args__ = (
        belongs_to("invoice", "invoice_id"),
        Index(None, "account_id", "detected_at", "invoice_id"),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    kind: Mapped[str]
    fields: Mapped[list[Any]]
    held: Mapped[dict[str, Any]]
    #: QuickBooks' own, where sums are made of many; None when it told none.
    total: Mapped[Decimal | None] = mapped_column(Numeric)
    detected_at: Mapped[datetime]
    seen_at: Mapped[datetime]
