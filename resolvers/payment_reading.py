"""Reading payments: pages, those of an invoice, and what is to be applied by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.invoice import ExportStatus
from domain.paying import PaymentCase, still_to_apply
from domain.payments import Payment
from resolvers.context import RequestContext


@dataclass(frozen=True, slots=True)
class ToApply:
    """A payment that QuickBooks holds and did not apply, or not wholly, to its invoice."""

    payment: Payment
    left: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentCounts:
    """How many payments wait for a problem, and how many are one themselves."""

    waiting: int
    refused: int


async def read_payments(
    context: RequestContext, payment_ids: Iterable[UUID]
) -> dict[UUID, Payment]:
    """Give those of the payments that the caller's account has, by id."""
    async with context.open_work() as work:
        return await work.payments.get_many(payment_ids)


async def read_payments_of(
    context: RequestContext, invoice_ids: Iterable[UUID]
) -> dict[UUID, list[Payment]]:
    """Give the payments of each of these invoices, oldest first."""
    async with context.open_work() as work:
        return await work.payments.of_invoices(invoice_ids)


async def read_payment_page(
    context: RequestContext, *, status: ExportStatus | None, after: UUID | None, first: int
) -> tuple[list[Payment], bool]:
    """Give `first` payments in the order they were recorded, and whether more follow."""
    async with context.open_work() as work:
        found = await work.payments.page(status=status, after=after, limit=first + 1)
    return found[:first], len(found) > first


async def count_payments(context: RequestContext) -> PaymentCounts:
    """Give how many payments are held up."""
    async with context.open_work() as work:
        return PaymentCounts(*await work.payments.count_troubled())


async def read_to_apply(
    context: RequestContext, *, after: UUID | None, first: int
) -> tuple[list[ToApply], bool, UUID | None]:
    """Give what is to be applied by hand among `first` payments, if more follow, where it ended.

    What QuickBooks shows to be applied by now is left out, so a page may hold less.
    """
    async with context.open_work() as work:
        found = await work.payments.unapplied(after=after, limit=first + 1)
        payments = found[:first]
        invoices = await work.invoices.get_many({one.invoice_id for one in payments})
        links = await work.links.get_many(invoices)
        customers = await work.lists.customers({one.customer_id for one in invoices.values()})
        connections = {each.id: each for each in await work.connections.installed()}
    listed = []
    for one in payments:
        connection = None if one.connection_id is None else connections.get(one.connection_id)
        if connection is None:
            continue
        invoice = invoices[one.invoice_id]
        case = PaymentCase(
            payment=one,
            invoice=invoice,
            customer=customers[invoice.customer_id],
            link=links.get(one.invoice_id),
            connection_id=connection.id,
            company_file_id=connection.company_file_id,
            connections=connections,
        )
        if (told := still_to_apply(case)) is not None:
            listed.append(ToApply(one, *told))
    return listed, len(found) > first, payments[-1].id if payments else None
