"""The audit trail as callers read it."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.audit import AuditAction, SubjectKind, TrailFilter
from domain.audit import AuditEntry as AuditEntryValue
from schema.actors import Actor
from schema.drafts import FieldChange
from schema.ids import NOBODY, Node, global_id, read_id
from schema.pagination import Page, write_cursor

for _enum in (AuditAction, SubjectKind):
    strawberry.enum(_enum)

_TYPES = {
    SubjectKind.API_KEY: "ApiKey",
    SubjectKind.BATCH: "Batch",
    SubjectKind.CONNECTION: "Connection",
    SubjectKind.EMPLOYEE: "Employee",
    SubjectKind.INVOICE: "Invoice",
    SubjectKind.COMPANY_FILE: "CompanyFile",
    SubjectKind.PAYMENT: "Payment",
    SubjectKind.WEBHOOK: "Webhook",
    SubjectKind.CUSTOMER: "Customer",
    SubjectKind.ITEM: "Item",
    SubjectKind.BUSINESS_UNIT: "BusinessUnit",
    SubjectKind.TAX_ZONE: "TaxZone",
    SubjectKind.INVENTORY_LOCATION: "InventoryLocation",
}


@strawberry.type
class AuditEntry(Node):
    """One act of a person or a partner, as it was stored with the act itself.

    Entries are never changed or removed: the database refuses it.
    """

    occurred_at: datetime = strawberry.field(description="When it was done.")
    actor: Actor = strawberry.field(description="Who did it; the name stays as it was at the time.")
    credential: str = strawberry.field(
        description="What the actor signed in with, in words; never the secret."
    )
    request_id: str | None = strawberry.field(
        description="The request that carried the act; the service's logs name it."
    )
    action: AuditAction = strawberry.field(description="What was done.")
    subject_kind: SubjectKind = strawberry.field(description="The kind of thing it was done to.")
    subject_id: strawberry.ID | None = strawberry.field(
        description="What it was done to, readable with `node`; null for the account itself."
    )
    changes: list[FieldChange] = strawberry.field(
        description="What changed, field by field, in words that last."
    )
    reason: str | None = strawberry.field(description="In the actor's own words, if any.")

    @classmethod
    def of(cls, value: AuditEntryValue) -> Self:
        """Show an entry."""
        type_name = _TYPES.get(value.subject.kind)
        return cls(
            id=global_id("AuditEntry", value.id),
            occurred_at=value.occurred_at,
            actor=Actor.of(value.actor),
            credential=value.credential,
            request_id=value.request_id,
            action=value.action,
            subject_kind=value.subject.kind,
            subject_id=None if type_name is None else global_id(type_name, value.subject.id),
            changes=[FieldChange.of(change) for change in value.changes],
            reason=value.reason,
        )


@strawberry.input
class AuditFilter:
    """Which entries of the trail to list: all restrictions that are given must hold."""

    subject_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Was done to this invoice, batch, payment, connection or other thing.",
    )
    actor_id: strawberry.ID | None = strawberry.field(
        default=None, description="Was done by this employee or API key: the id of an `Actor`."
    )
    action: list[AuditAction] | None = strawberry.field(
        default=None, description="Is one of these acts."
    )
    occurred_from: datetime | None = strawberry.field(
        default=None, description="Was done at this moment or later."
    )
    occurred_before: datetime | None = strawberry.field(
        default=None, description="Was done earlier than this moment."
    )

    def to_domain(self) -> TrailFilter:
        """An id that is none matches no entry, as a foreign one does."""
        return TrailFilter(
            subject_id=_row(self.subject_id),
            actor_id=_row(self.actor_id),
            actions=tuple(self.action or ()),
            since=self.occurred_from,
            before=self.occurred_before,
        )


def _row(text: str | None) -> UUID | None:
    if text is None:
        return None
    known = read_id(text)
    return NOBODY if known is None else known[1]


def audit_page(found: list[AuditEntryValue], *, more: bool, after: str | None) -> Page[AuditEntry]:
    """Give a page of the trail, newest first."""
    return Page[AuditEntry].of(
        found,
        more=more,
        after=after,
        node=AuditEntry.of,
        cursor=lambda entry: write_cursor(str(entry.id)),
    )
