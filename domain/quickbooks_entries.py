"""The entries of QuickBooks' lists as QuickBooks returned them.

Entries to add are in `domain.quickbooks_lists`.
"""

from dataclasses import dataclass
from decimal import Decimal

from domain.quickbooks import Ref
from domain.quickbooks_lists import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksEntry:
    """An entry of which nothing is needed but what it is called: a class, a site, terms.

    `kind` is its element ("ClassRet"). A list without parents gives no full name, and a site may
    have no name at all.
    """

    kind: str
    list_id: str
    edit_sequence: str
    name: str | None = None
    full_name: str | None = None
    is_active: bool | None = None
    parent: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksAccount:
    """An AccountRet; `type` in QuickBooks' spelling ("CostOfGoodsSold")."""

    list_id: str
    edit_sequence: str
    name: str
    full_name: str
    type: str
    is_active: bool | None = None
    parent: Ref | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksCustomer:
    """A CustomerRet, which is a customer or a job."""

    list_id: str
    edit_sequence: str
    name: str
    full_name: str
    is_active: bool | None = None
    parent: Ref | None = None
    company_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    bill_address: Address | None = None
    ship_address: Address | None = None
    phone: str | None = None
    alt_phone: str | None = None
    email: str | None = None
    terms: Ref | None = None
    tax_code: Ref | None = None
    tax_item: Ref | None = None
    notes: str | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksVendor:
    """A VendorRet."""

    list_id: str
    edit_sequence: str
    name: str
    is_active: bool | None = None
    company_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    address: Address | None = None
    phone: str | None = None
    email: str | None = None
    terms: Ref | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksPrices:
    """What an item is sold and bought for, and where it is booked."""

    description: str | None = None
    price: Decimal | None = None
    price_percent: Decimal | None = None
    income_account: Ref | None = None
    purchase_description: str | None = None
    purchase_cost: Decimal | None = None
    expense_account: Ref | None = None
    vendor: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksItem:
    """An item of any kind; `kind` is its element ("ItemServiceRet").

    `rate` and `rate_percent` are a discount's, `tax_rate` is a sales tax's.
    """

    kind: str
    list_id: str
    edit_sequence: str
    name: str
    full_name: str | None = None
    is_active: bool | None = None
    parent: Ref | None = None
    tax_code: Ref | None = None
    description: str | None = None
    prices: QuickBooksPrices | None = None
    sales_description: str | None = None
    sales_price: Decimal | None = None
    income_account: Ref | None = None
    purchase_description: str | None = None
    purchase_cost: Decimal | None = None
    cogs_account: Ref | None = None
    asset_account: Ref | None = None
    vendor: Ref | None = None
    account: Ref | None = None
    rate: Decimal | None = None
    rate_percent: Decimal | None = None
    tax_rate: Decimal | None = None
    tax_items: tuple[Ref, ...] = ()
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksTaxCode:
    """A SalesTaxCodeRet."""

    list_id: str
    edit_sequence: str
    name: str
    is_taxable: bool
    is_active: bool | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooksTerms:
    """A StandardTermsRet, which counts days; date-driven terms are a QuickBooksEntry."""

    list_id: str
    edit_sequence: str
    name: str
    is_active: bool | None = None
    due_days: int | None = None
    discount_days: int | None = None
    discount_percent: Decimal | None = None


QuickBooksListEntry = (
    QuickBooksEntry
    | QuickBooksAccount
    | QuickBooksCustomer
    | QuickBooksVendor
    | QuickBooksItem
    | QuickBooksTaxCode
    | QuickBooksTerms
)
