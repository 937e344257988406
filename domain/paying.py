"""What a payment is sent as, and how QuickBooks is asked for it.

It is applied to its invoice only where both came through one kind of connection into one company
file; otherwise it is sent unapplied, and a person applies it. (seed 001: what different connectors
exported does not apply to one another.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from domain.connections import Connection, ConnectionKind
from domain.invoice import ExportOrigin, ExportStatus, Invoice
from domain.limits import quickbooks_text
from domain.lists import Customer
from domain.money import ZERO, add_up
from domain.payments import Payment, PaymentState
from domain.quickbooks import QuickBooksLink, Ref
from domain.quickbooks_transactions import (
    AppliedToTxn,
    ReceivePaymentAdd,
    TransactionKind,
    TransactionQuery,
)
from domain.sync_status import SyncStatus

#: Time zones and clocks of QuickBooks' computer and ours: the filter is read as its local time.
_CLOCKS_APART = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCase:
    """A payment with what its way to QuickBooks depends on."""

    payment: Payment
    invoice: Invoice
    customer: Customer
    #: QuickBooks' copy of the invoice, None where we know of none.
    link: QuickBooksLink | None
    #: Where it goes.
    connection_id: UUID
    company_file_id: UUID
    #: All connections of the account, by id.
    connections: Mapping[UUID, Connection]

    @property
    def customer_ref(self) -> Ref | None:
        """Who paid, as QuickBooks knows them; None when it has no name for them."""
        if self.link is not None and self.link.company_file_id == self.company_file_id:
            return self.link.copy.customer
        if not self.customer.quickbooks_name:
            return None
        return Ref(self.customer.quickbooks_name, self.customer.quickbooks_list_id)


def why_by_hand(case: PaymentCase) -> str | None:
    """Give why QuickBooks does not apply the payment to its invoice; None: it does."""
    number, link = case.invoice.content.number, case.link
    if case.invoice.export_origin is ExportOrigin.IMPORTED:
        return f"Invoice {number} was imported, not exported through this connection."
    if case.invoice.export_origin is ExportOrigin.BYPASSED or link is None:
        return f"The export of invoice {number} was bypassed: it was entered by hand, if at all."
    if link.company_file_id != case.company_file_id:
        return f"Invoice {number} is in another company file of QuickBooks than the payment."
    origin = case.connections.get(link.connection_id)
    here = case.connections.get(case.connection_id)
    if origin is not None and here is not None and origin.kind is not here.kind:
        kind = "legacy connector" if origin.kind is ConnectionKind.LEGACY else "new connector"
        return (
            f"Invoice {number} was exported through the {kind} “{origin.name}”: payments of another"
            " kind of connector are never applied to it by themselves."
        )
    return None


def plan_add(case: PaymentCase, customer: Ref) -> ReceivePaymentAdd:
    """Give what is sent: applied to the invoice, or to nothing at all."""
    payment = case.payment
    return ReceivePaymentAdd(
        customer=customer,
        date=payment.received_on,
        total=payment.amount,
        applied=_applied(case),
        number=None if payment.number is None else quickbooks_text(payment.number),
        payment_method=None if payment.method is None else Ref(quickbooks_text(payment.method)),
        external_guid=payment.external_guid,
    )


def _applied(case: PaymentCase) -> tuple[AppliedToTxn, ...]:
    """An empty tuple: QuickBooks must not choose an invoice by itself."""
    if case.link is None or why_by_hand(case) is not None:
        return ()
    amount = case.payment.amount
    if case.payment.is_overpayment and case.link.copy.balance is not None:
        amount = min(amount, max(case.link.copy.balance, ZERO))
    return (AppliedToTxn(txn_id=case.link.copy.txn_id, amount=amount),) if amount else ()


def question_about(payment: Payment, customer: Ref | None) -> TransactionQuery | None:
    """Give how QuickBooks is asked for the payment; None when it cannot be.

    By its TxnID if that is known, otherwise for all that the customer paid since it was recorded
    here: a bookkeeper may have corrected its number or date meanwhile.
    """
    if payment.txn_id is not None:
        return TransactionQuery(kind=TransactionKind.RECEIVE_PAYMENT, txn_ids=(payment.txn_id,))
    if customer is None:
        return None
    return TransactionQuery(
        kind=TransactionKind.RECEIVE_PAYMENT,
        modified_since=payment.created_at - _CLOCKS_APART,
        entity=customer,
    )


def why_it_waits(payment: Payment, invoice: Invoice) -> str | None:
    """Give what a payment waits for, in words; None when it does not."""
    if payment.state is PaymentState.HELD and payment.problem is not None:
        return payment.problem.reason
    if payment.state is not PaymentState.WAITING:
        return _UNDER_WAY.get(payment.state)
    if invoice.export_status is not ExportStatus.EXPORTED:
        told = "Invoice {number} is not in QuickBooks yet. The payment goes by itself after it."
    else:
        told = _WAITING.get(invoice.sync_status, "It waits for the Web Connector to fetch it.")
    return told.format(number=invoice.content.number)


_WAITING = {
    SyncStatus.ACTION_REQUIRED: (
        "Invoice {number} has a problem. The payment goes by itself once it is solved."
    ),
    SyncStatus.SYNCING: "Invoice {number} is being synced. The payment goes by itself after it.",
}
_LOST = (
    "The answer was lost on its way. QuickBooks is asked whether it holds the payment before"
    " anything is sent again."
)
_UNDER_WAY = {
    PaymentState.SENT: "It is with QuickBooks; the answer has not come.",
    PaymentState.UNKNOWN: _LOST,
    PaymentState.ASKED: _LOST,
}


def still_to_apply(case: PaymentCase) -> tuple[Decimal, str] | None:
    """Give what of an exported payment is to be applied by hand, and why; None: nothing is."""
    payment, link = case.payment, case.link
    shown = ZERO
    if link is not None and link.company_file_id == case.company_file_id:
        shown = add_up(-txn.amount for txn in link.copy.linked if txn.txn_id == payment.txn_id)
    left = payment.amount - max(payment.applied, shown)
    if payment.state is not PaymentState.EXPORTED or left <= 0:
        return None
    number = case.invoice.content.number
    reason = why_by_hand(case)
    if reason is None and payment.is_overpayment:
        return left, f"The payment is {left} more than invoice {number} left to be paid."
    return left, reason or f"QuickBooks did not apply the payment to invoice {number}."
