"""The words of syncing: status, phase, outcome, what stands against it and what to do."""

from datetime import date, datetime
from typing import Self

import strawberry

from domain.comparison import Comparison, foreign_lines
from domain.invoice import Invoice as InvoiceValue
from domain.issues import Step, StepActor
from domain.issues import SyncIssue as SyncIssueValue
from domain.merge import FieldConflict as FieldConflictValue
from domain.quickbooks import QuickBooksLink, QuickBooksLinkedTxn, SaleKind
from domain.sync import SyncOutcome, SyncPhase
from domain.sync_status import SyncStatus
from schema.context import Info
from schema.ids import public_path
from schema.scalars import Money

for _enum in (SyncStatus, SyncPhase, SyncOutcome, StepActor):
    strawberry.enum(_enum)
strawberry.enum(SaleKind, name="QuickBooksTransactionKind")

#: Descriptions of the values of SyncStatus, for `schema.descriptions`.
SYNC_STATUS_MEANINGS = {
    SyncStatus.NOT_APPLICABLE: "N/A: not updated since it was exported, or never exported.",
    SyncStatus.SYNCING: "Saved here; on its way to QuickBooks.",
    SyncStatus.SYNCED: "QuickBooks confirmed exactly this version.",
    SyncStatus.BYPASSED: "Saved here on purpose, not sent to QuickBooks.",
    SyncStatus.ACTION_REQUIRED: (
        "Saved here; QuickBooks refused it or holds a conflicting change. Somebody has to decide."
    ),
}


@strawberry.type
class ResolutionStep:
    """One thing to do, and who can do it; steps stand in their order."""

    actor: StepActor = strawberry.field(description="Whose hands it takes.")
    text: str = strawberry.field(description="What to do, in plain words, fit to show.")

    @strawberry.field
    def contact(self, info: Info) -> str | None:
        """How to reach support: a telephone number, an address or a URL, as this service was told.

        Null for every other actor, and where nothing was set (INSTEP_SUPPORT_CONTACT).
        """
        is_support = self.actor is StepActor.SUPPORT
        return info.context.caller.help.support_contact if is_support else None

    @classmethod
    def of(cls, step: Step) -> Self:
        """Show a step."""
        return cls(actor=step.actor, text=step.text)


@strawberry.type
class FieldNotSent:
    path: str
    reason: str

    @classmethod
    def of(cls, path: str, reason: str) -> Self:
        """Show a field that stays here; the path is dotted."""
        return cls(path=public_path(path.split(".")), reason=reason)


@strawberry.type
class ThreeValues:
    """What a field has here and in QuickBooks, and what both sides last agreed on."""

    path: str
    base: str | None
    ours: str | None
    quickbooks: str | None

    @classmethod
    def of(cls, value: FieldConflictValue) -> Self:
        """Show the field and its values as text."""
        return cls(
            path=public_path(value.path),
            base=value.base,
            ours=value.ours,
            quickbooks=value.quickbooks,
        )


@strawberry.type
class FieldConflict(ThreeValues):
    pass


@strawberry.type
class SyncConflict:
    fields: list[FieldConflict]
    detected_at: datetime

    @classmethod
    def of(cls, issue: SyncIssueValue) -> Self | None:
        """Show what both sides changed; None when the issue is of another kind."""
        if not issue.conflicts:
            return None
        fields = [FieldConflict.of(conflict) for conflict in issue.conflicts]
        return cls(fields=fields, detected_at=issue.opened_at)


@strawberry.type
class FieldComparison:
    path: str
    ours: str | None
    quickbooks: str | None
    equal: bool

    @classmethod
    def of(cls, comparison: Comparison) -> Self:
        """Show a field on both sides."""
        return cls(
            path=public_path(comparison.path),
            ours=comparison.ours,
            quickbooks=comparison.quickbooks,
            equal=comparison.equal,
        )


@strawberry.type
class QuickBooksPayment:
    """A payment or credit that QuickBooks applied to the invoice."""

    txn_id: str
    type: str = strawberry.field(description="QuickBooks' own word: ReceivePayment, CreditMemo.")
    date: date
    number: str | None = strawberry.field(description="Reference or cheque number.")
    amount: Money = strawberry.field(description="What it took off the balance.")

    @classmethod
    def of(cls, value: QuickBooksLinkedTxn) -> Self:
        """Show what was applied, as a positive amount."""
        return cls(
            txn_id=value.txn_id,
            type=value.txn_type,
            date=value.date,
            number=value.number,
            amount=Money(-value.amount),
        )


@strawberry.type
class QuickBooksCopy:
    """What QuickBooks holds for an invoice; amounts of a credit memo with QuickBooks' own signs."""

    kind: SaleKind = strawberry.field(
        description="Whether `txnId` is that of an invoice or of a credit memo: the latter for a"
        " negative total, with positive amounts there."
    )
    txn_id: str
    edit_sequence: str
    read_at: datetime
    verified_at: datetime | None
    foreign_lines: int
    payments: list[QuickBooksPayment] | None = strawberry.field(
        description="What QuickBooks had applied to the invoice when it was read last; null when it"
        " told their sum alone, which is the answer to a write."
    )
    invoice: strawberry.Private[InvoiceValue]

    @strawberry.field
    async def fields(self, info: Info) -> list[FieldComparison]:
        compared = await info.context.loaders.comparisons.load(self.invoice)
        return [FieldComparison.of(comparison) for comparison in compared or ()]

    @classmethod
    def of(cls, invoice: InvoiceValue, link: QuickBooksLink) -> Self:
        """Show QuickBooks' side of the invoice."""
        return cls(
            kind=link.copy.kind,
            txn_id=link.copy.txn_id,
            edit_sequence=link.copy.edit_sequence,
            read_at=link.read_at,
            verified_at=link.verified_at,
            foreign_lines=len(foreign_lines(link.copy, link.tasks_by_line)),
            payments=(
                None
                if link.copy.payments is None
                else [QuickBooksPayment.of(payment) for payment in link.copy.payments]
            ),
            invoice=invoice,
        )
