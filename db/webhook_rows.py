"""The tables of webhooks: who is sent events, how far, and a log of every try."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from db.base import Identified, Row, belongs_to


class WebhookRow(Identified, Row):
    """An address that is sent every event; no secret is stored, only what names one."""

    __tablename__ = "webhook"

    url: Mapped[str]
    created_at: Mapped[datetime]
    secret_id: Mapped[UUID]
    previous_secret_id: Mapped[UUID | None]
    previous_until: Mapped[datetime | None]
    delivered: Mapped[int]
    is_disabled: Mapped[bool]
    failures: Mapped[int]
    failing_since: Mapped[datetime | None]
    trouble: Mapped[str | None]
    next_attempt_at: Mapped[datetime | None]
    lease_id: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]


class WebhookDeliveryRow(Identified, Row):
    """One try to deliver, whatever became of it."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        belongs_to("webhook", "webhook_id"),
        Index(None, "account_id", "webhook_id", "id"),
    )

    webhook_id: Mapped[UUID]
    first_sequence: Mapped[int]
    last_sequence: Mapped[int]
    attempt: Mapped[int]
    status: Mapped[int | None]
    error: Mapped[str | None]
    started_at: Mapped[datetime]
    milliseconds: Mapped[int]
