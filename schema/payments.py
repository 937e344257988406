"""Queries and mutations of payments."""

import datetime as dt
from decimal import Decimal
from typing import Self

import strawberry

from domain.invoice import ExportStatus
from resolvers import payments
from resolvers.payment_reading import (
    PaymentCounts as PaymentCountsValue,
)
from resolvers.payment_reading import (
    ToApply,
    count_payments,
    read_payment_page,
    read_to_apply,
)
from schema.context import Info
from schema.ids import expect_id, expect_id_or_none, expect_ids, known
from schema.invoices import Invoice, Payment
from schema.pagination import Page, PageInfo, page_size, read_key, write_cursor
from schema.payloads import MutationPayload
from schema.positions import MutationInput
from schema.scalars import Money
from schema.user_errors import mutation

_KEY = "The same key again gives the same answer and has no second effect."


@strawberry.input
class RecordPaymentInput(MutationInput):
    """Money received for one invoice."""

    invoice_id: strawberry.ID = strawberry.field(description="The invoice that it pays.")
    amount: Money = strawberry.field(description="More than zero.")
    received_on: dt.date = strawberry.field(description="The day it was received.")
    method: str | None = strawberry.field(
        default=None,
        description="QuickBooks' name of the payment method, such as Check; at most 31 characters.",
    )
    reference_number: str | None = strawberry.field(
        default=None,
        description="The number of the cheque or another reference, at most 20 characters.",
    )
    acknowledge_overpayment: bool = strawberry.field(
        default=False,
        description="It is known to be more than the invoice leaves to be paid; the rest becomes a"
        " credit of the customer.",
    )
    idempotency_key: str = strawberry.field(description=_KEY)

    def to_domain(self) -> payments.RecordPayment:
        """Raise NotFound for an id that is none."""
        return payments.RecordPayment(
            invoice_id=expect_id(self.invoice_id, "Invoice", ("invoice_id",)),
            amount=Decimal(self.amount),
            received_on=self.received_on,
            method=self.method,
            number=self.reference_number,
            acknowledge_overpayment=self.acknowledge_overpayment,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class ExportPaymentsInput(MutationInput):
    """Which payments, and how."""

    payment_ids: list[strawberry.ID] = strawberry.field(description="1 to 200, each once.")
    connection_id: strawberry.ID | None = strawberry.field(
        default=None, description="Needed where there is more than one."
    )
    idempotency_key: str = strawberry.field(description=_KEY)

    def to_domain(self) -> payments.ExportPayments:
        """Raise NotFound for an id that is none."""
        return payments.ExportPayments(
            payment_ids=expect_ids(self.payment_ids, "Payment", ("payment_ids",)),
            connection_id=expect_id_or_none(self.connection_id, "Connection", ("connection_id",)),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class BypassPaymentInput(MutationInput):
    """Which payment, and why."""

    payment_id: strawberry.ID = strawberry.field(
        description="One that is not on its way to QuickBooks."
    )
    reason: str | None = strawberry.field(
        default=None,
        description="For the audit trail, at most 500 characters. Needed for an exported payment.",
    )
    idempotency_key: str = strawberry.field(description=_KEY)

    def to_domain(self) -> payments.BypassPayment:
        """Raise NotFound for an id that is none."""
        return payments.BypassPayment(
            payment_id=expect_id(self.payment_id, "Payment", ("payment_id",)),
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@strawberry.type
class RecordPaymentPayload(MutationPayload):
    """The payment as recorded, or why it was not."""

    payment: Payment | None = strawberry.field(default=None, description="As it is now.")


@strawberry.type
class ExportPaymentsPayload(MutationPayload):
    """The payments that wait for QuickBooks now, or why nothing changed."""

    payments: list[Payment] | None = strawberry.field(
        default=None, description="In the order of the ids."
    )


@strawberry.type
class BypassPaymentPayload(MutationPayload):
    """The payment as bypassed, or why nothing changed."""

    payment: Payment | None = strawberry.field(default=None, description="As it is now.")


@strawberry.type
class PaymentCounts:
    """How many payments are held up."""

    waiting: int = strawberry.field(
        description="They wait for a problem of their invoice or customer, and go by themselves."
    )
    refused: int = strawberry.field(description="Somebody has to do something about each of them.")

    @classmethod
    def of(cls, value: PaymentCountsValue) -> Self:
        """Show the counts."""
        return cls(waiting=value.waiting, refused=value.refused)


@strawberry.type
class PaymentToApply:
    """A payment that QuickBooks holds and has not applied, or not wholly, to its invoice."""

    payment: Payment = strawberry.field(description="QuickBooks holds it since `exportedAt`.")
    unapplied: Money = strawberry.field(description="What of it is still to be applied by hand.")
    reason: str = strawberry.field(description="Why QuickBooks does not apply it by itself.")

    @strawberry.field
    async def invoice(self, info: Info) -> Invoice:
        """What the customer paid with it; a bookkeeper applies it there."""
        key = self.payment.value.invoice_id
        return Invoice.of(known(await info.context.loaders.invoices.load(key)))

    @classmethod
    def of(cls, value: ToApply) -> Self:
        """Show what is to be applied."""
        return cls(
            payment=Payment.of(value.payment), unapplied=Money(value.left), reason=value.reason
        )


@strawberry.type
class PaymentsToApply:
    """A page of payments to apply by hand; it may hold less than was asked for."""

    nodes: list[PaymentToApply] = strawberry.field(
        description="Oldest first; what QuickBooks shows to be applied by now is left out."
    )
    page_info: PageInfo = strawberry.field(
        description="Ask for the next page with `after: endCursor` while `hasNextPage` is true."
    )


@strawberry.type
class PaymentQueries:
    @strawberry.field
    async def payments(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        export_status: ExportStatus | None = None,
    ) -> Page[Payment]:
        """Payments in the order they were recorded; without `exportStatus` all of them."""
        found, more = await read_payment_page(
            info.context.caller, status=export_status, after=read_key(after), first=page_size(first)
        )
        return Page[Payment].of(
            found,
            more=more,
            after=after,
            node=Payment.of,
            cursor=lambda payment: write_cursor(str(payment.id)),
        )

    @strawberry.field
    async def payment_counts(self, info: Info) -> PaymentCounts:
        """How many payments are held up, and how many of them need somebody."""
        return PaymentCounts.of(await count_payments(info.context.caller))

    @strawberry.field
    async def payments_to_apply_by_hand(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> PaymentsToApply:
        """Pairs of invoice and payment that a bookkeeper applies in QuickBooks.

        What different kinds of connectors exported, and what was entered by hand, never applies to
        one another by itself. A pair is listed until QuickBooks shows it applied.
        """
        found, more, last = await read_to_apply(
            info.context.caller, after=read_key(after), first=page_size(first)
        )
        end = None if last is None else write_cursor(str(last))
        return PaymentsToApply(
            nodes=[PaymentToApply.of(one) for one in found],
            page_info=PageInfo(
                has_next_page=more,
                has_previous_page=after is not None,
                start_cursor=None if not found else write_cursor(str(found[0].payment.id)),
                end_cursor=end,
            ),
        )


@strawberry.type
class PaymentMutations:
    @mutation
    async def record_payment(
        self, info: Info, input: RecordPaymentInput
    ) -> RecordPaymentPayload | None:
        """Keep a payment of an invoice here; QuickBooks is told when it is exported.

        More than the invoice leaves to be paid, other payments counted that QuickBooks does not
        show yet, is refused unless it is acknowledged.
        """
        kept = await payments.record_payment(info.context.caller, input.to_domain())
        return RecordPaymentPayload(payment=Payment.of(kept))

    @mutation
    async def export_payments(
        self, info: Info, input: ExportPaymentsInput
    ) -> ExportPaymentsPayload | None:
        """Ask for the export of payments, all or none.

        Each leaves by itself once its invoice is in QuickBooks and at rest. One that QuickBooks
        refused goes again; one that QuickBooks may hold is asked after first.
        """
        wanted = await payments.export_payments(info.context.caller, input.to_domain())
        return ExportPaymentsPayload(payments=[Payment.of(payment) for payment in wanted])

    @mutation
    async def bypass_payment(
        self, info: Info, input: BypassPaymentInput
    ) -> BypassPaymentPayload | None:
        """Count one payment as exported without sending it; what waits is withdrawn.

        It is refused while the payment is on its way. A payment that was exported counts as
        bypassed then, which needs a reason.
        """
        changed = await payments.bypass_payment(info.context.caller, input.to_domain())
        return BypassPaymentPayload(payment=Payment.of(changed))
