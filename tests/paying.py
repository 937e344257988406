"""Payments in tests: recorded, exported, looked at on both sides."""

from datetime import date
from decimal import Decimal

from app.ids import new_id
from resolvers.payments import (
    BypassPayment,
    ExportPayments,
    RecordPayment,
    bypass_payment,
    export_payments,
    record_payment,
)

DAY = date(2026, 11, 20)


async def recorded(office, invoice, amount="62.44", **changes):
    """A payment that QuickBooks knows nothing of."""
    wish = {
        "invoice_id": invoice.id,
        "amount": Decimal(amount),
        "received_on": DAY,
        "number": "3309",
        "idempotency_key": str(new_id()),
    }
    return await record_payment(await office.as_person(), RecordPayment(**wish | changes))


async def wanted(office, *payments, connection=None):
    """The payments, to be exported."""
    wish = ExportPayments(
        payment_ids=tuple(payment.id for payment in payments),
        connection_id=connection,
        idempotency_key=str(new_id()),
    )
    return await export_payments(await office.as_person(), wish)


async def paid(office, invoice, amount="62.44", **changes):
    """A payment of the invoice, to be exported."""
    payment = await recorded(office, invoice, amount, **changes)
    return (await wanted(office, payment))[0]


async def bypassed(office, payment, reason=None):
    wish = BypassPayment(payment_id=payment.id, reason=reason, idempotency_key=str(new_id()))
    return await bypass_payment(await office.as_person("Adam"), wish)


async def seen(office, payment):
    """The payment as it is stored now."""
    async with office.open_work() as work:
        return (await work.payments.get_many([payment.id]))[payment.id]


def held(company):
    """The payments that QuickBooks holds."""
    return list(company.payments.values())
