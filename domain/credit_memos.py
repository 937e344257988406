"""An invoice with a negative total is a credit memo in QuickBooks, where its amounts are positive.

The sign turns line by line. The minus is taken from the unit price where it has one, from the
quantity otherwise, so that a rate on a credit memo is never negative; a task that takes something
off the credit has a negative quantity there. Halves are rounded away from zero on both sides, so
amounts, tax and totals are the same but for the sign.
"""

from dataclasses import replace
from decimal import Decimal

from domain.invoice import Task
from domain.money import ZERO
from domain.quickbooks import QuickBooksInvoice, QuickBooksLine, SaleKind, WantedLine
from domain.quickbooks_transactions import QuickBooksCreditMemo
from domain.totals import Totals


def kind_for(totals: Totals) -> SaleKind:
    """Give what QuickBooks is to make of a new invoice; one of exactly zero is an invoice."""
    return SaleKind.CREDIT_MEMO if totals.total < 0 else SaleKind.INVOICE


def turned(line: WantedLine) -> WantedLine:
    """Give an invoice's line as it stands on a credit memo."""
    if line.is_discount or line.rate < 0:
        return replace(line, rate=-line.rate)
    return replace(line, quantity=-line.quantity)


def our_quantity(line: QuickBooksLine, task: Task | None) -> Decimal | None:
    """Give the quantity of a credit memo's line as the task would have it; None if there is none.

    The minus stays where the task has it.
    """
    if line.quantity is None:
        return None
    return line.quantity if _has_negative_price(task) else -line.quantity


def our_price(line: QuickBooksLine, task: Task | None) -> Decimal | None:
    """Give the rate of a credit memo's line as the task would have it.

    None where it would not come out as the same line again: a negative rate, none, or the amount
    of a discount, of which nothing tells which minus was ours.
    """
    if line.quantity is None or line.rate is None or line.rate < 0:
        return None
    if not _has_negative_price(task):
        return line.rate
    return -line.rate if line.rate else None


def _has_negative_price(task: Task | None) -> bool:
    return task is not None and task.unit_price < 0


def as_copy(memo: QuickBooksCreditMemo) -> QuickBooksInvoice:
    """Give QuickBooks' credit memo as the copy that an invoice is held against, its signs kept."""
    remaining = memo.remaining
    used = None if memo.total is None or remaining is None else memo.total - remaining
    return QuickBooksInvoice(
        kind=SaleKind.CREDIT_MEMO,
        txn_id=memo.txn_id,
        edit_sequence=memo.edit_sequence,
        number=memo.number,
        date=memo.date,
        customer=memo.customer,
        class_ref=memo.class_ref,
        tax_item=memo.tax_item,
        memo=memo.memo,
        subtotal=memo.subtotal,
        sales_tax=memo.sales_tax,
        tax_percent=memo.tax_percent,
        customer_tax_code=memo.customer_tax_code,
        applied=used,
        balance=remaining,
        external_guid=memo.external_guid,
        lines=memo.lines,
    )


def applied_to(copy: QuickBooksInvoice) -> Decimal | None:
    """Give what payments cover of the invoice, or, as a negative amount, what of a credit is used.

    QuickBooks shows an invoice's as zero or negative. None when it did not tell.
    """
    if copy.applied is None:
        return None
    used = abs(copy.applied)
    return ZERO - used if copy.kind is SaleKind.CREDIT_MEMO else used
