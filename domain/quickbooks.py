"""QuickBooks' side in values: what it shall hold, what it holds, and what it is asked.

Names follow QuickBooks' own (TxnID, EditSequence, TxnLineID) in our spelling. `qbwc.qbxml` renders
and parses them; nothing here knows XML.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.edits import UNSET, Unset
from domain.money import line_amount

#: TxnLineID of a line that QuickBooks is to add. Source: qbXML 13.0, InvoiceLineMod.
NEW_LINE = "-1"


class SaleKind(StrEnum):
    """What an invoice is in QuickBooks, which holds a negative total as a credit memo."""

    INVOICE = "INVOICE"
    CREDIT_MEMO = "CREDIT_MEMO"


@dataclass(frozen=True, slots=True)
class Ref:
    """A list entry: by ListID when known, by FullName otherwise. Names compare without case."""

    full_name: str | None = None
    list_id: str | None = None

    def same_as(self, other: "Ref | None") -> bool:
        """Tell whether both name one entry."""
        if other is None:
            return False
        if self.list_id is not None and other.list_id is not None:
            return self.list_id == other.list_id
        return (self.full_name or "").casefold() == (other.full_name or "").casefold()

    def __str__(self) -> str:
        return self.full_name or self.list_id or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksLine:
    """A line (or line group, with its members) of an invoice as QuickBooks returned it."""

    txn_line_id: str
    is_group: bool = False
    item: Ref | None = None
    description: str | None = None
    quantity: Decimal | None = None
    rate: Decimal | None = None
    amount: Decimal | None = None
    class_ref: Ref | None = None
    site: Ref | None = None
    tax_code: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksLinkedTxn:
    """A transaction linked to an invoice: a payment, an estimate; the type as QuickBooks' own."""

    txn_id: str
    txn_type: str
    date: dt.date
    amount: Decimal
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksInvoice:
    """QuickBooks' copy at one EditSequence, lines in QuickBooks' order.

    It was an InvoiceRet or, by its kind, a CreditMemoRet, whose amounts count the other way.
    """

    kind: SaleKind = SaleKind.INVOICE
    txn_id: str
    edit_sequence: str
    number: str | None = None
    date: dt.date
    customer: Ref
    class_ref: Ref | None = None
    tax_item: Ref | None = None
    memo: str | None = None
    subtotal: Decimal | None = None
    sales_tax: Decimal | None = None
    #: The rate of its tax item, or of all components of the group; 8.25 means 8.25 %.
    tax_percent: Decimal | None = None
    customer_tax_code: Ref | None = None
    applied: Decimal | None = None
    balance: Decimal | None = None
    external_guid: str | None = None
    lines: tuple[QuickBooksLine, ...] = ()
    ar_account: Ref | None = None
    terms: Ref | None = None
    due_date: dt.date | None = None
    linked: tuple[QuickBooksLinkedTxn, ...] = ()

    @property
    def payments(self) -> tuple[QuickBooksLinkedTxn, ...] | None:
        """What took something off the balance; None when QuickBooks told no more than the sum."""
        taken_off = tuple(txn for txn in self.linked if txn.amount < 0)
        return None if self.applied and not taken_off else taken_off

    @property
    def total(self) -> Decimal | None:
        """Subtotal and tax as our books count them; None when QuickBooks told no subtotal."""
        if self.subtotal is None:
            return None
        total = self.subtotal + (self.sales_tax or Decimal(0))
        return -total if self.kind is SaleKind.CREDIT_MEMO else total


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksLink:
    """The thread from an invoice to its TxnID: the last acknowledged copy, and whose line is whose.

    `tasks_by_line` maps TxnLineID to task; a line that is missing there is not ours (a
    bookkeeper's, a subtotal, a group) and survives every sync. A task that was removed here keeps
    its entry until QuickBooks has dropped the line.
    """

    company_file_id: UUID
    connection_id: UUID
    copy: QuickBooksInvoice
    tasks_by_line: dict[str, UUID]
    read_at: dt.datetime
    verified_at: dt.datetime | None
    #: QuickBooks has told, or may have done, something that this copy does not show.
    is_stale: bool = False

    def line_of(self, task_id: UUID) -> str | None:
        """Give the TxnLineID of the task, None when QuickBooks has no line for it."""
        return next((line for line, task in self.tasks_by_line.items() if task == task_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLine:
    """What QuickBooks shall hold for one task."""

    task_id: UUID
    item: Ref
    #: None: QuickBooks takes the item's own.
    description: str | None
    quantity: Decimal
    rate: Decimal
    class_ref: Ref | None
    #: None: QuickBooks takes its default.
    site: Ref | None
    tax_code: Ref
    #: A discount has a rate alone: QuickBooks refuses a quantity of it.
    is_discount: bool = False

    @property
    def amount(self) -> Decimal:
        """What QuickBooks will compute for the line."""
        return line_amount(self.quantity, self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedInvoice:
    """One revision in QuickBooks' words; text, and signs, as QuickBooks will hold them."""

    kind: SaleKind = SaleKind.INVOICE
    number: str
    date: dt.date
    customer: Ref
    class_ref: Ref | None
    tax_item: Ref | None
    memo: str
    lines: tuple[WantedLine, ...]
    subtotal: Decimal
    sales_tax: Decimal
    external_guid: str
    #: When the invoice was made here: QuickBooks cannot have it from us from before.
    made_at: dt.datetime
    #: What the tax was computed from, component by component; 6.25 means 6.25 %.
    tax_rates: tuple[Decimal, ...] = ()
    #: None, like no tax item: QuickBooks takes its own default or the customer's.
    ar_account: Ref | None = None
    terms: Ref | None = None
    due_date: dt.date | None = None

    @property
    def is_zero(self) -> bool:
        """Whether no line of it is worth anything, as of a voided invoice."""
        return not any(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMod:
    """One line of an InvoiceMod. With nothing but its id it is kept as it is.

    QuickBooks derives the third of quantity, rate and amount, so a changed line names the quantity
    with one of the others; a discount has no quantity, and its rate or amount stands alone.
    """

    txn_line_id: str
    is_group: bool = False
    item: Ref | Unset = UNSET
    description: str | Unset = UNSET
    quantity: Decimal | Unset = UNSET
    rate: Decimal | Unset = UNSET
    amount: Decimal | Unset = UNSET
    class_ref: Ref | Unset | None = UNSET
    site: Ref | Unset = UNSET
    tax_code: Ref | Unset = UNSET
    #: Whose line this is; None for lines that are not ours.
    task_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceAdd:
    """Create the invoice."""

    wanted: WantedInvoice


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceMod:
    """Change the invoice. No lines: every line stays; any line: those left out are deleted."""

    txn_id: str
    edit_sequence: str
    wanted: WantedInvoice
    date: dt.date | Unset = UNSET  # `date` alone is the field itself here
    number: str | Unset = UNSET
    tax_item: Ref | Unset | None = UNSET
    memo: str | Unset = UNSET
    lines: tuple[LineMod, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceQuery:
    """Read QuickBooks' copy by TxnID or, without one, all that a customer has since then."""

    txn_id: str | None = None
    customer: Ref | None = None
    modified_since: dt.datetime | None = None


Request = InvoiceAdd | InvoiceMod | InvoiceQuery
