"""Payments: recording them, exporting them, bypassing one, and what is applied by hand."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.connections import Connection, ConnectionKind
from domain.errors import (
    ConnectionNeeded,
    InvalidValue,
    NotFound,
    PaymentExceedsBalance,
    PaymentOnItsWay,
    TextTooLong,
    ValueOutOfRange,
    ValueRequired,
)
from domain.invoice import ExportStatus, Invoice
from domain.limits import (
    FIRST_DAY,
    LARGEST_AMOUNT,
    LAST_DAY,
    quickbooks_text,
    unstorable_characters,
)
from domain.payments import (
    ON_ITS_WAY,
    PAYMENT_METHOD_LENGTH,
    PAYMENT_NUMBER_LENGTH,
    TRANSITIONS,
    Payment,
    PaymentHappening,
    PaymentState,
    advance_payment,
)
from resolvers.auditing import note
from resolvers.context import RequestContext
from resolvers.idempotency import claim_key, keep_answer

MOST_PAYMENTS = 200
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPayment:
    """The wish to keep a payment of one invoice."""

    invoice_id: UUID
    amount: Decimal
    received_on: dt.date
    method: str | None = None
    number: str | None = None
    #: The caller knows that it is more than the invoice leaves to be paid.
    acknowledge_overpayment: bool = False
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPayments:
    """The wish to send these payments to QuickBooks."""

    payment_ids: tuple[UUID, ...]
    connection_id: UUID | None = None
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassPayment:
    """The wish that a payment counts as exported without being sent."""

    payment_id: UUID
    reason: str | None = None
    idempotency_key: str


async def record_payment(context: RequestContext, wish: RecordPayment) -> Payment:
    """Keep a payment here; QuickBooks is told when it is exported.

    Raises Forbidden, NotFound, InvalidValue for what QuickBooks could not hold, and
    PaymentExceedsBalance for more than the invoice leaves to be paid, unless that is acknowledged.
    """
    context.principal.require(Permission.EXPORT_INVOICES)
    _check(wish)
    async with context.open_work() as work:
        earlier = await claim_key(context, work, "recordPayment", wish.idempotency_key, wish)
        if earlier is not None:
            return await work.payments.lock(UUID(earlier["payment_id"]))
        invoice = await work.invoices.lock(wish.invoice_id)
        is_overpayment = await _check_balance(work, invoice, wish)
        payment = _new(context, wish, is_overpayment=is_overpayment)
        await work.payments.add(payment)
        told = {"amount": str(payment.amount), "invoice": invoice.content.number}
        _note(context, work, AuditAction.PAYMENT_RECORDED, payment, told)
        await keep_answer(
            work, "recordPayment", wish.idempotency_key, {"payment_id": str(payment.id)}
        )
        return payment


async def export_payments(context: RequestContext, wish: ExportPayments) -> list[Payment]:
    """Ask for the export of these payments, all or none.

    Each leaves once its invoice is in QuickBooks and at rest. One that QuickBooks refused goes
    again; one that it may have is asked after first. Raises Forbidden, NotFound, ConnectionNeeded,
    InvalidValue for one that was exported or bypassed, and PaymentOnItsWay.
    """
    context.principal.require(Permission.EXPORT_INVOICES)
    count = len(wish.payment_ids)
    if not 1 <= count <= MOST_PAYMENTS or len(set(wish.payment_ids)) != count:
        raise InvalidValue(
            f"Name 1 to {MOST_PAYMENTS} payments, each once.", where=("payment_ids",)
        )
    async with context.open_work() as work:
        if await claim_key(context, work, "exportPayments", wish.idempotency_key, wish):
            found = await work.payments.get_many(wish.payment_ids)
            return [found[payment_id] for payment_id in wish.payment_ids]
        connections = await work.connections.installed()
        connection = _choose(connections, wish.connection_id)
        files = {each.id: each.company_file_id for each in connections}
        locked = await work.payments.lock_many(wish.payment_ids)
        wanted = [
            _wanted(context, locked.get(payment_id), connection, files, ("payment_ids", str(n)))
            for n, payment_id in enumerate(wish.payment_ids)
        ]
        await work.payments.save_many(wanted)
        for payment in wanted:
            told = {"connection": connection.name}
            _note(context, work, AuditAction.PAYMENT_EXPORTED, payment, told)
        work.ring()  # a connector that lingers fetches them at once
        await keep_answer(work, "exportPayments", wish.idempotency_key, {"done": True})
        return wanted


async def bypass_payment(context: RequestContext, wish: BypassPayment) -> Payment:
    """Count a payment as exported without sending it, or no longer as exported by us.

    The latter needs a reason. Raises Forbidden, NotFound, InvalidValue for one that was bypassed
    before, and PaymentOnItsWay while QuickBooks may be storing it.
    """
    context.principal.require(Permission.BYPASS_BATCH_EXPORT)
    if wish.reason is not None and len(wish.reason) > _LONGEST_REASON:
        raise TextTooLong(
            "The reason", longest=_LONGEST_REASON, actual=len(wish.reason), where=("reason",)
        )
    async with context.open_work() as work:
        if await claim_key(context, work, "bypassPayment", wish.idempotency_key, wish):
            return await work.payments.lock(wish.payment_id)
        payment = await work.payments.lock(wish.payment_id)
        _check_bypass(payment, wish)
        bypassed = replace(
            advance_payment(payment, PaymentHappening.BYPASSED, context.now()),
            problem=None,
            root_id=None,
            trouble=None,
        )
        await work.payments.save_many([bypassed])
        before, after = {"state": payment.state}, {"state": bypassed.state}
        subject = Subject(SubjectKind.PAYMENT, payment.id)
        changes = changes_between(before, after)
        note(context, work, AuditAction.PAYMENT_BYPASSED, subject, changes, wish.reason)
        await keep_answer(work, "bypassPayment", wish.idempotency_key, {"done": True})
        return bypassed


def _check(wish: RecordPayment) -> None:
    if wish.amount <= 0:
        raise ValueOutOfRange("A payment is more than zero.", where=("amount",))
    if wish.amount > LARGEST_AMOUNT or wish.amount != round(wish.amount, 2):
        raise ValueOutOfRange(
            "QuickBooks holds amounts with two places, up to 9,999,999,999,999.99.",
            where=("amount",),
        )
    if not FIRST_DAY <= wish.received_on <= LAST_DAY:
        raise ValueOutOfRange(
            f"QuickBooks holds dates from {FIRST_DAY} to {LAST_DAY}.", where=("received_on",)
        )
    _check_text("The reference number", wish.number, PAYMENT_NUMBER_LENGTH, "reference_number")
    _check_text("The payment method", wish.method, PAYMENT_METHOD_LENGTH, "method")


def _check_text(label: str, text: str | None, longest: int, name: str) -> None:
    if text is None:
        return
    length = len(quickbooks_text(text))
    if length > longest:
        raise TextTooLong(label, longest=longest, actual=length, where=(name,))
    if unstorable_characters(text) or "\n" in quickbooks_text(text):
        raise InvalidValue(
            f"{label} holds a character that QuickBooks cannot store.", where=(name,)
        )


async def _check_balance(work: UnitOfWork, invoice: Invoice, wish: RecordPayment) -> bool:
    left = invoice.balance - await unseen(work, invoice)
    if wish.amount <= left:
        return False
    if not wish.acknowledge_overpayment:
        raise PaymentExceedsBalance(invoice.content.number, amount=wish.amount, left=left)
    return True


async def unseen(work: UnitOfWork, invoice: Invoice) -> Decimal:
    """Give what is paid of the invoice beyond what QuickBooks has told to be applied to it."""
    link = await work.links.get(invoice.id)
    seen = set() if link is None else {txn.txn_id for txn in link.copy.linked}
    payments = (await work.payments.of_invoices([invoice.id]))[invoice.id]
    counted = (
        payment.amount if payment.state is not PaymentState.EXPORTED else payment.applied
        for payment in payments
        if payment.state is not PaymentState.BYPASSED
        and not (payment.txn_id in seen and payment.state is PaymentState.EXPORTED)
    )
    return sum(counted, Decimal("0.00"))


def _new(context: RequestContext, wish: RecordPayment, *, is_overpayment: bool) -> Payment:
    now = context.now()
    return Payment(
        id=context.new_id(),
        invoice_id=wish.invoice_id,
        amount=wish.amount,
        received_on=wish.received_on,
        method=_filled(wish.method),
        number=_filled(wish.number),
        is_overpayment=is_overpayment,
        created_at=now,
        updated_at=now,
    )


def _filled(text: str | None) -> str | None:
    return quickbooks_text(text) or None if text is not None else None


def _choose(connections: Iterable[Connection], asked: UUID | None) -> Connection:
    usable: Mapping[UUID, Connection] = {
        each.id: each
        for each in connections
        if each.kind is ConnectionKind.NEW and not each.is_disabled
    }
    if asked is not None:
        if asked not in usable:
            raise NotFound("There is no such enabled connection.", where=("connection_id",))
        return usable[asked]
    if len(usable) == 1:
        return next(iter(usable.values()))
    names = ", ".join(sorted(each.name for each in usable.values()))
    told = f"Please select a connection: {names}." if usable else "There is no connection yet."
    raise ConnectionNeeded(told, where=("connection_id",))


def _wanted(
    context: RequestContext,
    payment: Payment | None,
    connection: Connection,
    files: Mapping[UUID, UUID],
    where: tuple[str, ...],
) -> Payment:
    if payment is None:
        raise NotFound("There is no such payment.", where=where)
    if payment.state in ON_ITS_WAY:
        raise PaymentOnItsWay(payment.name, where)
    if (payment.state, PaymentHappening.WANTED) not in TRANSITIONS:
        how = "bypassed" if payment.state is PaymentState.BYPASSED else "exported"
        raise InvalidValue(f"The {payment.name} was {how} before.", where=where)
    asked_in = None if payment.connection_id is None else files.get(payment.connection_id)
    is_doubtful = payment.state is PaymentState.UNRESOLVED
    if is_doubtful and asked_in != connection.company_file_id:
        raise InvalidValue(
            f"The {payment.name} may be in another company file of QuickBooks already; only a"
            " connection to that file can ask.",
            where=where,
        )
    return replace(
        advance_payment(payment, PaymentHappening.WANTED, context.now()),
        connection_id=connection.id,
        attempts=0,
        trouble=None,
        is_alone=False,
        root_id=None,
        problem=None,
    )


def _check_bypass(payment: Payment, wish: BypassPayment) -> None:
    if payment.state in ON_ITS_WAY:
        raise PaymentOnItsWay(payment.name, ("payment_id",))
    if payment.state is PaymentState.BYPASSED:
        raise InvalidValue(f"The {payment.name} was bypassed before.", where=("payment_id",))
    if payment.export_status is ExportStatus.EXPORTED and not (wish.reason or "").strip():
        raise ValueRequired(
            f"The {payment.name} was exported. Say why its export shall count as bypassed.",
            where=("reason",),
        )


def _note(
    context: RequestContext,
    work: UnitOfWork,
    action: AuditAction,
    payment: Payment,
    told: dict[str, str],
) -> None:
    subject = Subject(SubjectKind.PAYMENT, payment.id)
    note(context, work, action, subject, changes_between({}, told))
