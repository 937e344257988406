"""QuickBooks' other transactions in values: credit memos, payments, purchase orders, deletions.

Invoices are in `domain.quickbooks`. Names follow QuickBooks' own in our spelling.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.edits import UNSET, Unset
from domain.quickbooks import LineMod, QuickBooksInvoice, QuickBooksLine, Ref, WantedInvoice
from domain.quickbooks_entries import (
    QuickBooksListEntry,
)
from domain.quickbooks_lists import (
    ListKind,
)


class TransactionKind(StrEnum):
    """A kind of transaction that can be read and deleted; the first two can be voided, too."""

    CREDIT_MEMO = "CreditMemo"
    INVOICE = "Invoice"
    PURCHASE_ORDER = "PurchaseOrder"
    RECEIVE_PAYMENT = "ReceivePayment"


# Requests


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditMemoAdd:
    """Create a credit memo, which reads like an invoice and counts the other way."""

    wanted: WantedInvoice


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditMemoMod:
    """Change the credit memo. No lines: every line stays; any line: those left out are deleted."""

    txn_id: str
    edit_sequence: str
    date: dt.date | Unset = UNSET  # `date` alone is the field itself here
    number: str | Unset = UNSET
    tax_item: Ref | Unset | None = UNSET
    memo: str | Unset = UNSET
    lines: tuple[LineMod, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedToTxn:
    """What a payment pays of one invoice."""

    txn_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivePaymentAdd:
    """Receive a payment. `applied` None lets QuickBooks choose the invoices it pays; () is none."""

    customer: Ref
    date: dt.date
    total: Decimal
    applied: tuple[AppliedToTxn, ...] | None
    number: str | None = None
    ar_account: Ref | None = None
    payment_method: Ref | None = None
    memo: str | None = None
    deposit_account: Ref | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivePaymentMod:
    """Change the payment. No `applied`: it pays what it paid; any: those are all it pays."""

    txn_id: str
    edit_sequence: str
    date: dt.date | Unset = UNSET
    number: str | Unset = UNSET
    total: Decimal | Unset = UNSET
    memo: str | Unset = UNSET
    applied: tuple[AppliedToTxn, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderLine:
    """A line to order; the customer is whom it is bought for."""

    item: Ref
    quantity: Decimal
    rate: Decimal
    description: str | None = None
    class_ref: Ref | None = None
    customer: Ref | None = None
    task_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderAdd:
    """Order from a vendor."""

    vendor: Ref
    date: dt.date
    lines: tuple[PurchaseOrderLine, ...]
    number: str | None = None
    class_ref: Ref | None = None
    site: Ref | None = None
    expected_date: dt.date | None = None
    memo: str | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a long answer: the first when there is no iterator yet.

    An iterator lives as long as QuickBooks' session, and its filters must not change.
    """

    size: int
    iterator_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionQuery:
    """Read transactions: by TxnID, by number, or all that pass every filter given."""

    kind: TransactionKind
    txn_ids: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    modified_since: dt.datetime | None = None
    modified_until: dt.datetime | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    entity: Ref | None = None
    with_lines: bool = True
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """Read a list: by ListID, by full name, or all that pass every filter given."""

    kind: ListKind
    list_ids: tuple[str, ...] = ()
    full_names: tuple[str, ...] = ()
    with_inactive: bool = False
    modified_since: dt.datetime | None = None
    page: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedQuery:
    """Read what was deleted of these kinds; QuickBooks remembers some months of it."""

    kinds: tuple[TransactionKind, ...]
    deleted_since: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionDelete:
    """Delete the transaction."""

    kind: TransactionKind
    txn_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionVoid:
    """Keep the transaction and its number, with amounts of zero."""

    kind: TransactionKind
    txn_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDelete:
    """Delete an entry of a list that nothing uses."""

    kind: ListKind
    list_id: str


@dataclass(frozen=True, slots=True)
class HostQuery:
    """Ask which QuickBooks this is."""


@dataclass(frozen=True, slots=True)
class CompanyQuery:
    """Ask which company file this is; with an owner for that one's private data, too."""

    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class PreferencesQuery:
    """Ask how the company file is set up."""


TransactionRequest = (
    CreditMemoAdd
    | CreditMemoMod
    | ReceivePaymentAdd
    | ReceivePaymentMod
    | PurchaseOrderAdd
    | TransactionQuery
    | ListQuery
    | DeletedQuery
    | TransactionDelete
    | TransactionVoid
    | ListDelete
    | HostQuery
    | CompanyQuery
    | PreferencesQuery
)


# Transactions as QuickBooks returned them


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksCreditMemo:
    """A CreditMemoRet, lines in QuickBooks' order; `remaining` is what is not yet used."""

    txn_id: str
    edit_sequence: str
    date: dt.date
    customer: Ref
    number: str | None = None
    class_ref: Ref | None = None
    tax_item: Ref | None = None
    memo: str | None = None
    subtotal: Decimal | None = None
    sales_tax: Decimal | None = None
    tax_percent: Decimal | None = None
    customer_tax_code: Ref | None = None
    total: Decimal | None = None
    remaining: Decimal | None = None
    external_guid: str | None = None
    lines: tuple[QuickBooksLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksAppliedTo:
    """What a payment pays of one transaction, and what is left of that one to pay."""

    txn_id: str
    txn_type: str
    number: str | None = None
    amount: Decimal | None = None
    balance: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksPayment:
    """A ReceivePaymentRet; `unused` is what pays nothing yet."""

    txn_id: str
    edit_sequence: str
    date: dt.date
    total: Decimal
    customer: Ref | None = None
    ar_account: Ref | None = None
    number: str | None = None
    payment_method: Ref | None = None
    memo: str | None = None
    deposit_account: Ref | None = None
    unused: Decimal | None = None
    external_guid: str | None = None
    applied: tuple[QuickBooksAppliedTo, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksOrder:
    """A PurchaseOrderRet, lines in QuickBooks' order."""

    txn_id: str
    edit_sequence: str
    date: dt.date
    vendor: Ref | None = None
    number: str | None = None
    class_ref: Ref | None = None
    site: Ref | None = None
    expected_date: dt.date | None = None
    total: Decimal | None = None
    is_manually_closed: bool | None = None
    is_fully_received: bool | None = None
    memo: str | None = None
    external_guid: str | None = None
    lines: tuple[QuickBooksLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksDeletion:
    """A transaction that is gone; `type` in QuickBooks' spelling ("Invoice")."""

    txn_id: str
    type: str
    number: str | None = None
    deleted_at: dt.datetime | None = None


Returned = (
    QuickBooksInvoice
    | QuickBooksCreditMemo
    | QuickBooksPayment
    | QuickBooksOrder
    | QuickBooksDeletion
    | QuickBooksListEntry
)
