"""The audit trail: who did what, when, with which credential; nothing of it is ever changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.actor import Actor
from domain.revision import FieldChange


class AuditAction(StrEnum):
    """Acts of people and partners. What QuickBooks answered to them is told by the sync events."""

    INVOICE_CREATED = "INVOICE_CREATED"
    INVOICE_IMPORTED = "INVOICE_IMPORTED"
    INVOICE_ADJUSTED = "INVOICE_ADJUSTED"
    INVOICE_SAVED = "INVOICE_SAVED"
    SAVED_AND_SYNCED = "SAVED_AND_SYNCED"
    SAVED_AND_BYPASSED = "SAVED_AND_BYPASSED"
    RESYNCED = "RESYNCED"
    CONFLICT_RESOLVED = "CONFLICT_RESOLVED"
    DRIFT_RESOLVED = "DRIFT_RESOLVED"
    DRAFT_DISCARDED = "DRAFT_DISCARDED"
    ABANDONED_DRAFT_ENDED = "ABANDONED_DRAFT_ENDED"
    EXPORTED = "EXPORTED"
    EXPORT_BYPASSED = "EXPORT_BYPASSED"
    BYPASS_WITHDRAWN = "BYPASS_WITHDRAWN"
    PAYMENT_RECORDED = "PAYMENT_RECORDED"
    PAYMENT_EXPORTED = "PAYMENT_EXPORTED"
    PAYMENT_BYPASSED = "PAYMENT_BYPASSED"
    UNLOCK_REQUESTED = "UNLOCK_REQUESTED"
    UNLOCKED = "UNLOCKED"
    PIN_SET = "PIN_SET"
    PIN_REFUSED = "PIN_REFUSED"
    CONNECTION_CREATED = "CONNECTION_CREATED"
    CONNECTION_CHANGED = "CONNECTION_CHANGED"
    CONNECTION_PASSWORD_ROTATED = "CONNECTION_PASSWORD_ROTATED"  # noqa: S105 - a word, no secret
    EMPLOYEE_ADDED = "EMPLOYEE_ADDED"
    EMPLOYEE_CHANGED = "EMPLOYEE_CHANGED"
    PERMISSION_CHANGED = "PERMISSION_CHANGED"
    API_KEY_CREATED = "API_KEY_CREATED"
    API_KEY_ROTATED = "API_KEY_ROTATED"
    API_KEY_REVOKED = "API_KEY_REVOKED"
    ACCOUNT_CHANGED = "ACCOUNT_CHANGED"
    PERIOD_CHANGED = "PERIOD_CHANGED"
    QUICKBOOKS_NAME_CHANGED = "QUICKBOOKS_NAME_CHANGED"
    WEBHOOK_CREATED = "WEBHOOK_CREATED"
    WEBHOOK_CHANGED = "WEBHOOK_CHANGED"
    WEBHOOK_SECRET_ROTATED = "WEBHOOK_SECRET_ROTATED"  # noqa: S105 - a word, no secret
    WEBHOOK_REPLAYED = "WEBHOOK_REPLAYED"
    WEBHOOK_DELETED = "WEBHOOK_DELETED"
    WEBHOOK_GIVEN_UP = "WEBHOOK_GIVEN_UP"
    COGS_ACCOUNT_CHANGED = "COGS_ACCOUNT_CHANGED"
    CUSTOMER_MAPPING_CHANGED = "CUSTOMER_MAPPING_CHANGED"


#: What leads to an invoice's counting as exported, or no longer.
EXPORT_ACTS = frozenset(
    {
        AuditAction.INVOICE_IMPORTED,
        AuditAction.EXPORTED,
        AuditAction.EXPORT_BYPASSED,
        AuditAction.BYPASS_WITHDRAWN,
        AuditAction.UNLOCK_REQUESTED,
        AuditAction.UNLOCKED,
    }
)


class SubjectKind(StrEnum):
    """What an act was done to."""

    ACCOUNT = "ACCOUNT"
    API_KEY = "API_KEY"
    BATCH = "BATCH"
    CONNECTION = "CONNECTION"
    EMPLOYEE = "EMPLOYEE"
    INVOICE = "INVOICE"
    COMPANY_FILE = "COMPANY_FILE"
    CUSTOMER = "CUSTOMER"
    ITEM = "ITEM"
    BUSINESS_UNIT = "BUSINESS_UNIT"
    TAX_ZONE = "TAX_ZONE"
    INVENTORY_LOCATION = "INVENTORY_LOCATION"
    PAYMENT = "PAYMENT"
    WEBHOOK = "WEBHOOK"


@dataclass(frozen=True, slots=True)
class Subject:
    kind: SubjectKind
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    id: UUID
    occurred_at: datetime
    actor: Actor
    #: What the actor signed in with; never the secret itself.
    credential: str
    #: The request that carried the act, as the logs name it.
    request_id: str | None
    action: AuditAction
    subject: Subject
    changes: tuple[FieldChange, ...] = ()
    #: In the actor's own words, where the act asked for any.
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """What a page of the trail is narrowed to; without restrictions all of it."""

    subject_id: UUID | None = None
    actor_id: UUID | None = None
    #: One of these; empty asks for every act.
    actions: tuple[AuditAction, ...] = ()
    #: At this moment or later.
    since: datetime | None = None
    #: Earlier than this moment.
    before: datetime | None = None


EVERYTHING = TrailFilter()


def changes_between(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> tuple[FieldChange, ...]:
    """Give what differs, field by field; a field that one side does not name is absent there."""
    names = dict.fromkeys((*before, *after))
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return tuple(FieldChange((name,), old, new) for name, old, new in pairs if old != new)
