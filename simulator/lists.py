"""The lists of a company file: customers, items, classes, sites, tax codes and the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from simulator.errors import Refusal


class ListKind(StrEnum):
    """A list, in the words of QuickBooks' own messages."""

    CUSTOMER = "Customer"
    ITEM = "Item"
    ITEM_SALES_TAX = "ItemSalesTax"
    CLASS = "Class"
    INVENTORY_SITE = "Inventory Site"
    SALES_TAX_CODE = "Sales Tax Code"
    ACCOUNT = "Account"
    TEMPLATE = "Template"
    TERMS = "Terms"
    SALES_REP = "Sales Rep"
    SHIP_METHOD = "Ship Method"
    CUSTOMER_MESSAGE = "Customer Message"
    PAYMENT_METHOD = "Payment Method"
    VENDOR = "Vendor"
    EMPLOYEE = "Employee"
    OTHER_NAME = "Other Name"


#: Lists whose names must differ from each other's too.
_NAME_SPACES: Final = (
    frozenset({ListKind.CUSTOMER, ListKind.VENDOR, ListKind.EMPLOYEE, ListKind.OTHER_NAME}),
    frozenset({ListKind.ITEM, ListKind.ITEM_SALES_TAX}),
)

#: Which list a reference in a request points into; ParentRef depends on what it stands in.
REFERENCES: Final[Mapping[str, ListKind]] = {
    "CustomerRef": ListKind.CUSTOMER,
    "ClassRef": ListKind.CLASS,
    "ARAccountRef": ListKind.ACCOUNT,
    "TemplateRef": ListKind.TEMPLATE,
    "TermsRef": ListKind.TERMS,
    "SalesRepRef": ListKind.SALES_REP,
    "ShipMethodRef": ListKind.SHIP_METHOD,
    "ItemSalesTaxRef": ListKind.ITEM_SALES_TAX,
    "CustomerMsgRef": ListKind.CUSTOMER_MESSAGE,
    "CustomerSalesTaxCodeRef": ListKind.SALES_TAX_CODE,
    "ItemRef": ListKind.ITEM,
    "ItemGroupRef": ListKind.ITEM,
    "InventorySiteRef": ListKind.INVENTORY_SITE,
    "SalesTaxCodeRef": ListKind.SALES_TAX_CODE,
    "OverrideItemAccountRef": ListKind.ACCOUNT,
    "ParentSiteRef": ListKind.INVENTORY_SITE,
    "AccountRef": ListKind.ACCOUNT,
    "IncomeAccountRef": ListKind.ACCOUNT,
    "ExpenseAccountRef": ListKind.ACCOUNT,
    "COGSAccountRef": ListKind.ACCOUNT,
    "AssetAccountRef": ListKind.ACCOUNT,
    "DepositToAccountRef": ListKind.ACCOUNT,
    "DiscountAccountRef": ListKind.ACCOUNT,
    "PaymentMethodRef": ListKind.PAYMENT_METHOD,
    "VendorRef": ListKind.VENDOR,
    "PrefVendorRef": ListKind.VENDOR,
    "TaxVendorRef": ListKind.VENDOR,
    "ShipToEntityRef": ListKind.CUSTOMER,
}

_FILE_KEYS: Final[Mapping[str, ListKind]] = {
    "sales_tax_codes": ListKind.SALES_TAX_CODE,
    "sales_tax_items": ListKind.ITEM_SALES_TAX,
    "accounts": ListKind.ACCOUNT,
    "templates": ListKind.TEMPLATE,
    "terms": ListKind.TERMS,
    "sales_reps": ListKind.SALES_REP,
    "ship_methods": ListKind.SHIP_METHOD,
    "customer_messages": ListKind.CUSTOMER_MESSAGE,
    "payment_methods": ListKind.PAYMENT_METHOD,
    "vendors": ListKind.VENDOR,
    "employees": ListKind.EMPLOYEE,
    "other_names": ListKind.OTHER_NAME,
    "classes": ListKind.CLASS,
    "inventory_sites": ListKind.INVENTORY_SITE,
    "items": ListKind.ITEM,
    "customers": ListKind.CUSTOMER,
}


@dataclass(frozen=True, slots=True)
class Member:
    """A component of an item group or of a sales tax group."""

    entry: "ListEntry"
    quantity: Decimal = Decimal(1)


@dataclass(eq=False, slots=True)
class ListEntry:
    """One entry. Invoices hold the entry itself, so a new name shows on every old invoice."""

    kind: ListKind
    list_id: str
    full_name: str
    created: datetime
    edit_sequence: str
    is_active: bool = True
    #: Items: Service, NonInventory, Inventory, OtherCharge, Discount, Subtotal, Group;
    #: tax items: SalesTax, SalesTaxGroup.
    item_type: str = ""
    description: str = ""
    price: Decimal | None = None
    #: A tax rate, or what a discount item takes off the line above.
    percent: Decimal | None = None
    #: Sales tax codes only.
    is_taxable: bool = False
    sales_tax_code: "ListEntry | None" = None
    #: Customers only: where they are taxed.
    item_sales_tax: "ListEntry | None" = None
    email: str = ""
    members: tuple[Member, ...] = ()
    #: An item without an account cannot be sold: 3270.
    lacks_account: bool = False
    #: Accounts only: "Income", "AccountsReceivable" and so on.
    account_type: str = "Income"
    #: What has no field of its own, under its qbXML name.
    values: dict[str, str] = field(default_factory=dict)
    refs: dict[str, "ListEntry"] = field(default_factory=dict)
    addresses: dict[str, Mapping[str, str]] = field(default_factory=dict)
    modified: datetime | None = None

    @property
    def name(self) -> str:
        """The last part of the full name."""
        return self.full_name.rpartition(":")[2]

    @property
    def parent_name(self) -> str:
        """The full name of the entry above, or an empty string."""
        return self.full_name.rpartition(":")[0]


@dataclass(slots=True)
class Lists:
    """All entries, found by id or by name, which QuickBooks compares without regard to case."""

    _by_id: dict[ListKind, dict[str, ListEntry]] = field(
        default_factory=lambda: {kind: {} for kind in ListKind}
    )
    _by_name: dict[ListKind, dict[str, ListEntry]] = field(
        default_factory=lambda: {kind: {} for kind in ListKind}
    )

    def add(self, entry: ListEntry) -> ListEntry:
        """Put an entry on its list and return it."""
        self._by_id[entry.kind][entry.list_id] = entry
        self._by_name[entry.kind][entry.full_name.casefold()] = entry
        return entry

    def remove(self, entry: ListEntry) -> None:
        """Take an entry off its list."""
        del self._by_id[entry.kind][entry.list_id]
        del self._by_name[entry.kind][entry.full_name.casefold()]

    def rename(self, entry: ListEntry, full_name: str) -> None:
        """Give an entry another name, and its children another path; the ListIDs stay."""
        names = self._by_name[entry.kind]
        above = entry.full_name
        for child in [*self.below(entry), entry]:
            del names[child.full_name.casefold()]
            child.full_name = full_name + child.full_name[len(above) :]
            names[child.full_name.casefold()] = child

    def of(self, kind: ListKind) -> Iterator[ListEntry]:
        """Return the entries of one list, in the order in which they were made."""
        return iter(self._by_id[kind].values())

    def below(self, entry: ListEntry) -> list[ListEntry]:
        """Return the entries whose path begins with this one."""
        path = f"{entry.full_name}:".casefold()
        return [
            other for other in self.of(entry.kind) if other.full_name.casefold().startswith(path)
        ]

    def by_id(self, kind: ListKind, list_id: str) -> ListEntry | None:
        """Return the entry with that ListID, active or not."""
        return self._by_id[kind].get(list_id)

    def by_name(self, kind: ListKind, full_name: str) -> ListEntry | None:
        """Return the entry with that FullName, active or not."""
        return self._by_name[kind].get(full_name.casefold())

    def check_name_is_free(self, kind: ListKind, full_name: str) -> None:
        """Pass if no list of the same name space has the name. Raises Refusal with status 3100."""
        spaces = next((space for space in _NAME_SPACES if kind in space), frozenset({kind}))
        if any(self.by_name(other, full_name) is not None for other in spaces):
            name = full_name.rpartition(":")[2]
            raise Refusal(3100, f'The name "{name}" of the list element is already in use.')

    def refer(
        self, kind: ListKind, list_id: str, full_name: str, *, place: str = "Invoice"
    ) -> ListEntry:
        """Return the active entry a request means; FullName does not count beside a ListID.

        Raises Refusal with status 3140, which names the `place` the reference stands in.
        """
        found = self.by_id(kind, list_id) if list_id else self.by_name(kind, full_name)
        if found is None or not found.is_active:
            raise Refusal(
                3140,
                f'There is an invalid reference to QuickBooks {kind} "{list_id or full_name}" in '
                f"the {place}.  QuickBooks error message: Invalid argument.  The specified record "
                "does not exist in the list.",
            )
        return found


def read_lists(data: Mapping[str, Any], created: datetime) -> Lists:
    """Return the lists of a company file in JSON. Raises KeyError, ValueError or Refusal."""
    lists = Lists()
    seconds = int(created.timestamp())
    number = 0
    for key, kind in _FILE_KEYS.items():
        for raw in data.get(key, ()):
            number += 1
            record = {"full_name": raw} if isinstance(raw, str) else raw
            list_id = record.get("list_id", f"{0x80000000 + number:X}-{seconds}")
            entry = ListEntry(kind, list_id, record["full_name"], created, str(seconds))
            lists.add(_fill(entry, record, lists))
    return lists


def _fill(entry: ListEntry, record: Mapping[str, Any], lists: Lists) -> ListEntry:
    entry.is_active = record.get("is_active", True)
    entry.item_type = record.get("type", "")
    entry.description = record.get("description", "")
    entry.email = record.get("email", "")
    entry.lacks_account = record.get("lacks_account", False)
    entry.account_type = record.get("account_type", "Income")
    entry.is_taxable = record.get("is_taxable", False)
    entry.price = Decimal(record["price"]) if "price" in record else None
    entry.percent = Decimal(record["percent"]) if "percent" in record else None
    entry.sales_tax_code = _named(lists, ListKind.SALES_TAX_CODE, record.get("sales_tax_code"))
    entry.item_sales_tax = _named(lists, ListKind.ITEM_SALES_TAX, record.get("sales_tax_item"))
    entry.members = tuple(_member(lists, entry.kind, raw) for raw in record.get("members", ()))
    return entry


def _member(lists: Lists, kind: ListKind, raw: str | Mapping[str, str]) -> Member:
    if isinstance(raw, str):
        return Member(lists.refer(kind, "", raw))
    return Member(lists.refer(kind, "", raw["item"]), Decimal(raw.get("quantity", "1")))


def _named(lists: Lists, kind: ListKind, full_name: str | None) -> ListEntry | None:
    if full_name is None:
        return None
    found = lists.by_name(kind, full_name)
    if found is None:
        message = f'The company file has no {kind} "{full_name}".'
        raise ValueError(message)
    return found
