"""Items of all kinds: services, parts, charges, discounts, subtotals, sales taxes and groups."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from domain.limits import DESCRIPTION_LENGTH
from domain.quickbooks_entries import (
    QuickBooksItem,
    QuickBooksPrices,
)
from domain.quickbooks_lists import (
    ItemAdd,
    ItemDiscountAdd,
    ItemInventoryAdd,
    ItemKind,
    ItemSalesTaxAdd,
    ItemSalesTaxGroupAdd,
    ItemSubtotalAdd,
    SalesAndPurchase,
    SalesOrPurchase,
)
from qbwc.qbxml.formats import GUID, PERCENT, PRICE, name, text
from qbwc.qbxml.nodes import Aggregate, Each, Leaf, Misfit, One, Reference
from qbwc.qbxml.records import Field, Record, flag, number, ref, word
from qbwc.qbxml.records import text as as_it_stands
from qbwc.qbxml.tables.shared import ACCOUNT, TAX_CODE, TAX_ITEM, VENDOR

_NAME = 31
_TEXT: Final = text(DESCRIPTION_LENGTH)


def _check_one_price(prices: SalesOrPurchase) -> None:
    if (prices.price is None) == (prices.price_percent is None):
        raise Misfit("needs either a price or a percentage", name="Price", label="unit_price")


_SALES_OR_PURCHASE: Final[Aggregate[SalesOrPurchase]] = Aggregate(
    "SalesOrPurchase",
    (
        Leaf("Desc", lambda it: it.description, _TEXT, "description"),
        Leaf("Price", lambda it: it.price, PRICE, "unit_price"),
        Leaf("PricePercent", lambda it: it.price_percent, PERCENT, "unit_price"),
        Reference("AccountRef", lambda it: it.account, ACCOUNT, "account", filled=True),
    ),
    check=_check_one_price,
)
_SALES_AND_PURCHASE: Final[Aggregate[SalesAndPurchase]] = Aggregate(
    "SalesAndPurchase",
    (
        Leaf("SalesDesc", lambda it: it.sales_description, _TEXT, "description"),
        Leaf("SalesPrice", lambda it: it.sales_price, PRICE, "unit_price", filled=True),
        Reference(
            "IncomeAccountRef", lambda it: it.income_account, ACCOUNT, "income_account", filled=True
        ),
        Leaf("PurchaseDesc", lambda it: it.purchase_description, _TEXT, "purchase_description"),
        Leaf("PurchaseCost", lambda it: it.purchase_cost, PRICE, "cost"),
        Reference(
            "ExpenseAccountRef", lambda it: it.expense_account, ACCOUNT, "cogs_account", filled=True
        ),
        Reference("PrefVendorRef", lambda it: it.vendor, VENDOR, "vendor"),
    ),
)


def _sold_or_bought(item: ItemAdd) -> SalesOrPurchase | None:
    return item.prices if isinstance(item.prices, SalesOrPurchase) else None


def _sold_and_bought(item: ItemAdd) -> SalesAndPurchase | None:
    return item.prices if isinstance(item.prices, SalesAndPurchase) else None


def _item_add(kind: ItemKind) -> Aggregate[ItemAdd]:
    return Aggregate(
        f"{kind.value}Add",
        (
            Leaf("Name", lambda it: it.name, name(_NAME), "name", filled=True),
            Reference("ParentRef", lambda it: it.parent, None, "parent"),
            Reference("SalesTaxCodeRef", lambda it: it.tax_code, TAX_CODE, "taxable"),
            One(_SALES_OR_PURCHASE, _sold_or_bought),
            One(_SALES_AND_PURCHASE, _sold_and_bought),
            Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(8, 0), optional=True),
        ),
    )


ITEM_ADD: Final[Mapping[ItemKind, Aggregate[ItemAdd]]] = {
    kind: _item_add(kind) for kind in ItemKind
}

ITEM_INVENTORY_ADD: Final[Aggregate[ItemInventoryAdd]] = Aggregate(
    "ItemInventoryAdd",
    (
        Leaf("Name", lambda it: it.name, name(_NAME), "name", filled=True),
        Reference("ParentRef", lambda it: it.parent, None, "parent"),
        Reference("SalesTaxCodeRef", lambda it: it.tax_code, TAX_CODE, "taxable"),
        Leaf("SalesDesc", lambda it: it.sales_description, _TEXT, "description"),
        Leaf("SalesPrice", lambda it: it.sales_price, PRICE, "unit_price", filled=True),
        Reference(
            "IncomeAccountRef", lambda it: it.income_account, ACCOUNT, "income_account", filled=True
        ),
        Leaf("PurchaseDesc", lambda it: it.purchase_description, _TEXT, "purchase_description"),
        Leaf("PurchaseCost", lambda it: it.purchase_cost, PRICE, "cost"),
        Reference(
            "COGSAccountRef", lambda it: it.cogs_account, ACCOUNT, "cogs_account", filled=True
        ),
        Reference("PrefVendorRef", lambda it: it.vendor, VENDOR, "vendor"),
        Reference(
            "AssetAccountRef", lambda it: it.asset_account, ACCOUNT, "asset_account", filled=True
        ),
        Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(8, 0), optional=True),
    ),
)


def _check_one_rate(item: ItemDiscountAdd) -> None:
    if (item.rate is None) == (item.rate_percent is None):
        raise Misfit("needs either a rate or a percentage", name="DiscountRate", label="rate")


ITEM_DISCOUNT_ADD: Final[Aggregate[ItemDiscountAdd]] = Aggregate(
    "ItemDiscountAdd",
    (
        Leaf("Name", lambda it: it.name, name(_NAME), "name", filled=True),
        Reference("ParentRef", lambda it: it.parent, None, "parent"),
        Leaf("ItemDesc", lambda it: it.description, _TEXT, "description"),
        Reference("SalesTaxCodeRef", lambda it: it.tax_code, TAX_CODE, "taxable"),
        Leaf("DiscountRate", lambda it: it.rate, PRICE, "rate"),
        Leaf("DiscountRatePercent", lambda it: it.rate_percent, PERCENT, "rate_percent"),
        Reference("AccountRef", lambda it: it.account, ACCOUNT, "account", filled=True),
        Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(8, 0), optional=True),
    ),
    check=_check_one_rate,
)

ITEM_SUBTOTAL_ADD: Final[Aggregate[ItemSubtotalAdd]] = Aggregate(
    "ItemSubtotalAdd",
    (
        Leaf("Name", lambda it: it.name, name(_NAME), "name", filled=True),
        Leaf("ItemDesc", lambda it: it.description, _TEXT, "description"),
        Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(8, 0), optional=True),
    ),
)

ITEM_SALES_TAX_ADD: Final[Aggregate[ItemSalesTaxAdd]] = Aggregate(
    "ItemSalesTaxAdd",
    (
        Leaf("Name", lambda it: it.name, name(_NAME), "name", filled=True),
        Leaf("ItemDesc", lambda it: it.description, _TEXT, "description"),
        Leaf("TaxRate", lambda it: it.rate, PERCENT, "rate", filled=True),
        Reference("TaxVendorRef", lambda it: it.vendor, VENDOR, "vendor", filled=True),
        Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(8, 0), optional=True),
    ),
)

ITEM_SALES_TAX_GROUP_ADD: Final[Aggregate[ItemSalesTaxGroupAdd]] = Aggregate(
    "ItemSalesTaxGroupAdd",
    (
        Leaf("Name", lambda it: it.name, name(_NAME), "name", filled=True),
        Leaf("ItemDesc", lambda it: it.description, _TEXT, "description"),
        Leaf("ExternalGUID", lambda it: it.external_guid, GUID, since=(8, 0), optional=True),
        Each(
            Reference("ItemSalesTaxRef", lambda tax: tax, TAX_ITEM, "tax_items", filled=True),
            lambda it: it.tax_items,
            filled=True,
        ),
    ),
)

# As QuickBooks returned them

_PRICES: Final = Record(
    QuickBooksPrices,
    {
        "Desc": Field("description", as_it_stands),
        "Price": Field("price", number),
        "PricePercent": Field("price_percent", number),
        "AccountRef": Field("income_account", ref),
        "SalesDesc": Field("description", as_it_stands),
        "SalesPrice": Field("price", number),
        "IncomeAccountRef": Field("income_account", ref),
        "PurchaseDesc": Field("purchase_description", as_it_stands),
        "PurchaseCost": Field("purchase_cost", number),
        "ExpenseAccountRef": Field("expense_account", ref),
        "PrefVendorRef": Field("vendor", ref),
    },
)

#: One for all kinds: what a kind has not, its element does not hold.
_ITEM: Final[Mapping[str, Field]] = {
    "ListID": Field("list_id", word),
    "EditSequence": Field("edit_sequence", word),
    "Name": Field("name", word),
    "FullName": Field("full_name", word),
    "IsActive": Field("is_active", flag),
    "ParentRef": Field("parent", ref),
    "SalesTaxCodeRef": Field("tax_code", ref),
    "ItemDesc": Field("description", as_it_stands),
    "SalesOrPurchase": Field("prices", _PRICES.read),
    "SalesAndPurchase": Field("prices", _PRICES.read),
    "SalesDesc": Field("sales_description", as_it_stands),
    "SalesPrice": Field("sales_price", number),
    "IncomeAccountRef": Field("income_account", ref),
    "PurchaseDesc": Field("purchase_description", as_it_stands),
    "PurchaseCost": Field("purchase_cost", number),
    "COGSAccountRef": Field("cogs_account", ref),
    "AssetAccountRef": Field("asset_account", ref),
    "PrefVendorRef": Field("vendor", ref),
    "AccountRef": Field("account", ref),
    "DiscountRate": Field("rate", number),
    "DiscountRatePercent": Field("rate_percent", number),
    "TaxRate": Field("tax_rate", number),
    "TaxVendorRef": Field("vendor", ref),
    "ItemSalesTaxRef": Field("tax_items", ref, repeats=True),
    "ExternalGUID": Field("external_guid", word),
}
_KINDS: Final = (
    "ItemServiceRet",
    "ItemNonInventoryRet",
    "ItemOtherChargeRet",
    "ItemInventoryRet",
    "ItemInventoryAssemblyRet",
    "ItemFixedAssetRet",
    "ItemSubtotalRet",
    "ItemDiscountRet",
    "ItemPaymentRet",
    "ItemSalesTaxRet",
    "ItemSalesTaxGroupRet",
    "ItemGroupRet",
)

ITEM_RETS: Final[Mapping[str, Record[QuickBooksItem]]] = {
    kind: Record(partial(QuickBooksItem, kind=kind), _ITEM, ("ListID", "EditSequence", "Name"))
    for kind in _KINDS
}
