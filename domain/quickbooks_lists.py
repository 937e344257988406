"""QuickBooks' lists in values: what entries are called, and entries to add.

Names follow QuickBooks' own in our spelling. A `name` is the entry's own, without its parents: the
full name is "Parent:Child".
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.edits import UNSET, Unset
from domain.quickbooks import Ref


class ListKind(StrEnum):
    """A list that can be read; ITEM is all items of all kinds."""

    ACCOUNT = "Account"
    CLASS = "Class"
    CUSTOMER = "Customer"
    INVENTORY_SITE = "InventorySite"
    ITEM = "Item"
    ITEM_DISCOUNT = "ItemDiscount"
    ITEM_GROUP = "ItemGroup"
    ITEM_INVENTORY = "ItemInventory"
    ITEM_NON_INVENTORY = "ItemNonInventory"
    ITEM_OTHER_CHARGE = "ItemOtherCharge"
    ITEM_SALES_TAX = "ItemSalesTax"
    ITEM_SALES_TAX_GROUP = "ItemSalesTaxGroup"
    ITEM_SERVICE = "ItemService"
    ITEM_SUBTOTAL = "ItemSubtotal"
    SALES_TAX_CODE = "SalesTaxCode"
    TERMS = "Terms"
    VENDOR = "Vendor"


class ItemKind(StrEnum):
    """An item that is only named and priced, without stock."""

    SERVICE = "ItemService"
    NON_INVENTORY = "ItemNonInventory"
    OTHER_CHARGE = "ItemOtherCharge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; street and name stand in up to five lines."""

    lines: tuple[str, ...] = ()
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesOrPurchase:
    """The one price of an item that is sold or bought, but not bought for a job."""

    account: Ref
    description: str | None = None
    price: Decimal | None = None
    price_percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesAndPurchase:
    """Price and cost of an item that is bought to be sold."""

    sales_price: Decimal
    income_account: Ref
    expense_account: Ref
    sales_description: str | None = None
    purchase_description: str | None = None
    purchase_cost: Decimal | None = None
    vendor: Ref | None = None


# Entries to add


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAdd:
    """Create the customer; with a parent it is a job of that customer."""

    name: str
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
class CustomerMod:
    """Change the customer; what is UNSET stays, and "" clears."""

    list_id: str
    edit_sequence: str
    name: str | Unset = UNSET
    is_active: bool | Unset = UNSET
    company_name: str | Unset = UNSET
    first_name: str | Unset = UNSET
    last_name: str | Unset = UNSET
    bill_address: Address | None = None
    ship_address: Address | None = None
    phone: str | Unset = UNSET
    alt_phone: str | Unset = UNSET
    email: str | Unset = UNSET
    terms: Ref | Unset | None = UNSET
    tax_code: Ref | Unset = UNSET
    tax_item: Ref | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAdd:
    """Create the vendor."""

    name: str
    company_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    address: Address | None = None
    phone: str | None = None
    email: str | None = None
    terms: Ref | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAdd:
    """Create a service, a non-inventory part or another charge."""

    kind: ItemKind
    name: str
    prices: SalesOrPurchase | SalesAndPurchase
    parent: Ref | None = None
    tax_code: Ref | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemInventoryAdd:
    """Create a part whose stock QuickBooks counts."""

    name: str
    sales_price: Decimal
    income_account: Ref
    cogs_account: Ref
    asset_account: Ref
    parent: Ref | None = None
    tax_code: Ref | None = None
    sales_description: str | None = None
    purchase_description: str | None = None
    purchase_cost: Decimal | None = None
    vendor: Ref | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDiscountAdd:
    """Create a discount: a fixed rate, or a percentage of the line above it."""

    name: str
    account: Ref
    rate: Decimal | None = None
    rate_percent: Decimal | None = None
    parent: Ref | None = None
    description: str | None = None
    tax_code: Ref | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSubtotalAdd:
    """Create an item that adds up the lines above it."""

    name: str
    description: str | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSalesTaxAdd:
    """Create a sales tax; 6.25 means 6.25 %."""

    name: str
    rate: Decimal
    vendor: Ref
    description: str | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSalesTaxGroupAdd:
    """Create a group of sales taxes, each of which is rounded by itself."""

    name: str
    tax_items: tuple[Ref, ...]
    description: str | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesTaxCodeAdd:
    """Create a code that says whether a line is taxed; its name has three characters at most."""

    name: str
    is_taxable: bool
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAdd:
    """Create the class."""

    name: str
    parent: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventorySiteAdd:
    """Create the site: a warehouse or a truck."""

    name: str
    parent: Ref | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardTermsAdd:
    """Create terms of payment that count days from the invoice's date."""

    name: str
    due_days: int | None = None
    discount_days: int | None = None
    discount_percent: Decimal | None = None


ListAdd = (
    CustomerAdd
    | VendorAdd
    | ItemAdd
    | ItemInventoryAdd
    | ItemDiscountAdd
    | ItemSubtotalAdd
    | ItemSalesTaxAdd
    | ItemSalesTaxGroupAdd
    | SalesTaxCodeAdd
    | ClassAdd
    | InventorySiteAdd
    | StandardTermsAdd
)
ListRequest = ListAdd | CustomerMod
