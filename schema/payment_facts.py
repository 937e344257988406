"""What a payment tells by itself; with its invoice it is in `invoices`."""

from datetime import date, datetime
from typing import Any, Self

import strawberry

from domain.invoice import ExportOrigin, ExportStatus
from domain.paying import why_it_waits
from domain.payments import Payment as PaymentValue
from domain.payments import PaymentProblem as PaymentProblemValue
from domain.payments import PaymentState
from schema.connections import Connection
from schema.context import Info
from schema.ids import known
from schema.scalars import Money
from schema.sync import ResolutionStep

strawberry.enum(PaymentState)

#: Descriptions of the values, for `schema.descriptions`.
PAYMENT_STATE_MEANINGS = {
    PaymentState.RECORDED: "Kept here; nobody has asked for its export.",
    PaymentState.WAITING: "It leaves by itself as soon as its invoice and the connector let it.",
    PaymentState.SENT: "It is with QuickBooks; the answer has not come.",
    PaymentState.UNKNOWN: "The answer was lost; QuickBooks is asked before anything is sent again.",
    PaymentState.ASKED: "QuickBooks is being asked whether it holds it.",
    PaymentState.HELD: (
        "QuickBooks refused it for what its invoice or customer lacks; it goes by itself when that"
        " is solved."
    ),
    PaymentState.REFUSED: "QuickBooks certainly does not hold it; somebody has to do something.",
    PaymentState.UNRESOLVED: "QuickBooks may hold it; somebody has to look.",
    PaymentState.EXPORTED: "QuickBooks holds it.",
    PaymentState.BYPASSED: "It counts as exported, and QuickBooks was not told.",
}


@strawberry.type
class PaymentProblem:
    """Why a payment cannot go, who can help and how."""

    code: str = strawberry.field(
        description="Stable name of the problem, such as PAYMENT_EXCEEDS_DUE."
    )
    quickbooks_code: int | None = strawberry.field(
        description="QuickBooks' statusCode, such as 3210; null when it did not come from a status."
    )
    quickbooks_message: str | None = strawberry.field(description="QuickBooks' own words.")
    reason: str = strawberry.field(description="In the user's words, with the amounts.")
    steps: list[ResolutionStep] = strawberry.field(
        description="What to do, in order, and who can do it."
    )
    opened_at: datetime = strawberry.field(description="Since when it stands.")

    @strawberry.field
    def article_url(self, info: Info) -> str | None:
        """The help article on this problem; null where the service has no public address."""
        return info.context.caller.help.article_url(self.code)

    @classmethod
    def of(cls, value: PaymentProblemValue) -> Self:
        """Show a problem."""
        return cls(
            code=value.code,
            quickbooks_code=value.quickbooks_code,
            quickbooks_message=value.quickbooks_message,
            reason=value.reason,
            steps=[ResolutionStep.of(step) for step in value.steps],
            opened_at=value.opened_at,
        )


@strawberry.type
class PaymentFacts:
    """The fields of Payment that need no other type of its module."""

    amount: Money = strawberry.field(description="What was received.")
    received_on: date = strawberry.field(description="The day it was received.")
    method: str | None = strawberry.field(
        description="QuickBooks' name of the payment method, such as Check."
    )
    reference_number: str | None = strawberry.field(
        description="The number of the cheque or another reference, at most 20 characters."
    )
    state: PaymentState = strawberry.field(description="How it stands.")
    export_status: ExportStatus = strawberry.field(
        description="PENDING until somebody asks for its export, POSTED until it is done."
    )
    export_origin: ExportOrigin | None = strawberry.field(
        description="Why it counts as exported: QuickBooks holds it, or it was bypassed."
    )
    applied: Money = strawberry.field(
        description="What of it QuickBooks told to be applied to the invoice when it was exported."
    )
    txn_id: str | None = strawberry.field(description="QuickBooks' own id of it.")
    problem: PaymentProblem | None = strawberry.field(
        description="Why it cannot go, or what to know of an exported one."
    )
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is tried again at the earliest; null when no time is set."
    )
    exported_at: datetime | None = strawberry.field(
        description="When QuickBooks was known to hold it."
    )
    recorded_at: datetime = strawberry.field(description="When it was entered here.")
    value: strawberry.Private[PaymentValue]

    @strawberry.field
    async def connection(self, info: Info) -> Connection | None:
        """How it goes or went to QuickBooks; null before its export is asked for."""
        key = self.value.connection_id
        if key is None:
            return None
        return Connection.of(known(await info.context.loaders.connections.load(key)))

    @strawberry.field
    async def waits_because(self, info: Info) -> str | None:
        """What it waits for, in words; null when it does not wait."""
        invoice = known(await info.context.loaders.invoices.load(self.value.invoice_id))
        return why_it_waits(self.value, invoice)


def facts_of(value: PaymentValue) -> dict[str, Any]:
    """Give the values of the fields above."""
    return {
        "amount": Money(value.amount),
        "received_on": value.received_on,
        "method": value.method,
        "reference_number": value.number,
        "state": value.state,
        "export_status": value.export_status,
        "export_origin": value.export_origin,
        "applied": Money(value.applied),
        "txn_id": value.txn_id,
        "problem": None if value.problem is None else PaymentProblem.of(value.problem),
        "next_attempt_at": value.next_attempt_at,
        "exported_at": value.exported_at,
        "recorded_at": value.created_at,
        "value": value,
    }
