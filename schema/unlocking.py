"""Unlocking as callers see it: what QuickBooks was asked, what it holds, who consented."""

from datetime import date, datetime
from typing import Self

import strawberry

from domain import unlocking as values
from domain.unlocking import Check, EvidenceState, UnlockState
from resolvers.unlocking import UnlockView
from schema.actors import Actor
from schema.connections import Connection
from schema.context import Info
from schema.ids import Node, global_id, known
from schema.invoices import Batch, Invoice
from schema.scalars import Money

strawberry.enum(Check, name="UnlockCheck")
strawberry.enum(EvidenceState)
strawberry.enum(UnlockState)

CHECK_MEANINGS = {
    Check.TXN_ID: "By the TxnID under which QuickBooks once held it.",
    Check.NUMBER: "By its number; customer or total tell whether it is the one.",
    Check.MEMO: "By the batch's number and name in the memo, over a month around its dates.",
}
EVIDENCE_MEANINGS = {
    EvidenceState.ABSENT: "QuickBooks answered every question and holds nothing of it.",
    EvidenceState.PRESENT: "QuickBooks holds it; this blocks the unlock.",
    EvidenceState.UNKNOWN: "Not answered, or not in full. It does not count as absent.",
}
UNLOCK_STATE_MEANINGS = {
    UnlockState.CHECKING: "QuickBooks has not answered every question yet.",
    UnlockState.BLOCKED: "QuickBooks holds something of it.",
    UnlockState.UNKNOWN: "A question was not answered, or not in full: ask again.",
    UnlockState.OUTDATED: "Older than 15 minutes, or an invoice was changed or sent: ask again.",
    UnlockState.READY: "Proven absent; an administrator can confirm.",
    UnlockState.CONFIRMED: "Unlocked, with the consent shown.",
}


@strawberry.type
class UnlockFinding:
    """A transaction that QuickBooks holds, as it answered."""

    check: Check = strawberry.field(description="Which question found it.")
    txn_id: str = strawberry.field(description="QuickBooks' own id of it.")
    number: str | None = strawberry.field(description="Its number in QuickBooks.")
    date: date
    customer: str = strawberry.field(description="Its customer, by QuickBooks' name.")
    memo: str | None = strawberry.field(
        description="Its memo in QuickBooks, which begins with the batch; null: none."
    )
    total: Money = strawberry.field(description="Its total, tax included.")

    @classmethod
    def of(cls, value: values.FoundCopy) -> Self:
        """Show a transaction that was found."""
        return cls(
            check=value.check,
            txn_id=value.txn_id,
            number=value.number,
            date=value.date,
            customer=value.customer,
            memo=value.memo,
            total=Money(value.total),
        )


@strawberry.type
class UnlockEvidence:
    """What QuickBooks' answers say of one invoice."""

    invoice_number: str = strawberry.field(description="The number that was asked for.")
    state: EvidenceState = strawberry.field(description="Whether QuickBooks holds it.")
    found: list[UnlockFinding] = strawberry.field(description="What QuickBooks holds of it.")
    similar: list[UnlockFinding] = strawberry.field(
        description="The same number, but another customer and total; it does not block."
    )
    value: strawberry.Private[values.ItemEvidence]

    @strawberry.field
    async def invoice(self, info: Info) -> Invoice:
        """The invoice here: what to enter in QuickBooks by hand instead of unlocking it."""
        key = self.value.item.invoice_id
        return Invoice.of(known(await info.context.loaders.invoices.load(key)))

    @classmethod
    def of(cls, value: values.ItemEvidence) -> Self:
        """Show the evidence of one invoice."""
        return cls(
            invoice_number=value.item.number,
            state=value.state,
            found=[UnlockFinding.of(copy) for copy in value.found],
            similar=[UnlockFinding.of(copy) for copy in value.similar],
            value=value,
        )


@strawberry.type
class UnlockConsentText:
    """What whoever confirms agrees to; its version goes back with the confirmation."""

    version: str = strawberry.field(description="Send it back as `consentVersion`.")
    text: str = strawberry.field(description="Show all of it before asking for the PIN.")


@strawberry.type
class UnlockConsent:
    """A consent that was given; the database refuses to change or remove it."""

    version: str = strawberry.field(description="Which text it was.")
    text: str = strawberry.field(description="The text, word for word.")
    given_by: Actor = strawberry.field(description="Who confirmed.")
    approved_by: str = strawberry.field(description="The administrator whose PIN was given.")
    given_at: datetime

    @classmethod
    def of(cls, value: values.Consent) -> Self:
        """Show a consent."""
        return cls(
            version=value.version,
            text=value.text,
            given_by=Actor.of(value.given_by),
            approved_by=value.approver_name,
            given_at=value.given_at,
        )


@strawberry.type
class UnlockRequest(Node):
    """A wish to unlock what was bypassed or imported, with QuickBooks' answers as evidence."""

    state: UnlockState = strawberry.field(description="What can be done now.")
    advice: str = strawberry.field(description="What to do instead; show it first.")
    consent_text: UnlockConsentText = strawberry.field(
        description="What whoever confirms agrees to."
    )
    evidence: list[UnlockEvidence] = strawberry.field(
        description="One row for each invoice that is to be unlocked."
    )
    strays: list[UnlockFinding] = strawberry.field(
        description="They name the batch in their memo and are none of its invoices; they block."
    )
    troubles: list[str] = strawberry.field(
        description="Why a question is not answered, in words for the office."
    )
    evidence_at: datetime | None = strawberry.field(
        description="When the oldest answer came; null while one is missing. It holds 15 minutes."
    )
    requested_by: Actor
    requested_at: datetime
    consent: UnlockConsent | None = strawberry.field(
        description="Who confirmed, and to what; null until then."
    )
    batch: Batch | None = strawberry.field(description="The batch, if it is one.")
    invoices: list[Invoice] = strawberry.field(
        description="What is to be unlocked: the list to enter by hand instead."
    )
    view: strawberry.Private[UnlockView]

    @strawberry.field
    async def connection(self, info: Info) -> Connection:
        """The connection through which QuickBooks is asked."""
        key = self.view.request.connection_id
        return Connection.of(known(await info.context.loaders.connections.load(key)))

    @classmethod
    def of(cls, view: UnlockView) -> Self:
        """Show a request as it stands."""
        request, evidence = view.request, view.evidence
        text = UnlockConsentText(version=values.CONSENT_VERSION, text=values.CONSENT_TEXT)
        return cls(
            id=global_id("UnlockRequest", request.id),
            state=view.state,
            advice=values.ADVICE,
            consent_text=text,
            evidence=[UnlockEvidence.of(item) for item in evidence.items],
            strays=[UnlockFinding.of(copy) for copy in evidence.strays],
            troubles=list(evidence.troubles),
            evidence_at=evidence.answered_at,
            requested_by=Actor.of(request.requested_by),
            requested_at=request.requested_at,
            consent=None if view.consent is None else UnlockConsent.of(view.consent),
            batch=None if view.batch is None else Batch.of(view.batch),
            invoices=[Invoice.of(invoice) for invoice in view.invoices.values()],
            view=view,
        )
