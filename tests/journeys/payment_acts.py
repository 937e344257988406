"""Payments of invoices: recorded, exported, bypassed; each act asks the model first."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from resolvers.payments import (
    BypassPayment,
    ExportPayments,
    RecordPayment,
    bypass_payment,
    export_payments,
    record_payment,
)
from tests.journeys.payment_papers import Money, judge_bypass, judge_export, judge_record
from tests.journeys.watching import Account, Attempt, Watch

_DAY = date(2026, 11, 20)


class PaymentActs:
    """Each method is one call; `which` is the account, `n` one of its invoices or payments."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def record_payment(self, which: int, who: str, n: int, amount: str, knows: bool) -> None:
        account = self._watch.accounts[which]
        model = account.model
        if not model.sheets:
            return
        sheet, paid = model.sheets[n % len(model.sheets)], Decimal(amount)
        wish = RecordPayment(
            invoice_id=UUID(sheet.id),
            amount=paid,
            received_on=_DAY,
            number=f"C{len(account.payments)}",
            acknowledge_overpayment=knows,
            idempotency_key=account.real.key(),
        )

        def accept(payment: Any) -> None:
            account.payments.append(Money(str(payment.id), sheet, paid))

        self._watch.act(
            account,
            Attempt(
                who,
                judge_record(model, who, sheet, paid, account.payments, knows),
                lambda context: record_payment(context, wish),
                accept,
                ["PAYMENT_RECORDED"],
            ),
        )

    def export_payment(self, which: int, who: str, n: int) -> None:
        account = self._watch.accounts[which]
        money = self._choose(account, n)
        if money is None:
            return
        wish = ExportPayments(payment_ids=(UUID(money.id),), idempotency_key=account.real.key())
        self._watch.act(
            account,
            Attempt(
                who,
                judge_export(account.model, who, money),
                lambda context: export_payments(context, wish),
                lambda _: money.want(),
                ["PAYMENT_EXPORTED"],
            ),
        )

    def bypass_payment(self, which: int, who: str, n: int, reason: str | None) -> None:
        account = self._watch.accounts[which]
        money = self._choose(account, n)
        if money is None:
            return
        wish = BypassPayment(
            payment_id=UUID(money.id), reason=reason, idempotency_key=account.real.key()
        )

        def accept(_: Any) -> None:
            held = account.real.books.payments.values()
            money.state = "BYPASSED"
            money.was_there = any(p.values.get("ExternalGUID") == money.guid for p in held)

        self._watch.act(
            account,
            Attempt(
                who,
                judge_bypass(account.model, who, money, reason),
                lambda context: bypass_payment(context, wish),
                accept,
                ["PAYMENT_BYPASSED"],
            ),
        )

    def _choose(self, account: Account, n: int) -> Money | None:
        known = account.payments
        return known[n % len(known)] if known else None
