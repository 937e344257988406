"""The requests the simulator understands: their elements in order, with types and lengths.

Facts of the qbXML 13.0 message set, United States edition; a tuple in a list of parts is a choice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

Part: TypeAlias = "Node | tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a request."""

    name: str
    #: "text", "id", "bool", "date", "datetime", "amount", "price", "quantity", "percent", "int",
    #: "guid", "decimal", "enum", or "aggregate".
    kind: str = "text"
    #: The most characters QuickBooks takes, where it has a limit.
    longest: int | None = None
    required: bool = False
    repeats: bool = False
    #: Members of this choice may alternate (invoice lines and line groups).
    mixed: bool = False
    #: Elements of two different branches exclude each other ("" belongs to every branch).
    branch: str = ""
    values: tuple[str, ...] = ()
    #: The place in the parent's order; members of a choice share it.
    slot: int = 0
    children: Mapping[str, "Node"] = field(default_factory=dict)

    @property
    def needed(self) -> tuple[str, ...]:
        """The children that must be there, in order."""
        return tuple(name for name, child in self.children.items() if child.required)


def leaf(name: str, kind: str, longest: int | None = None, *, required: bool = False) -> Node:
    """Return an element with text in it."""
    return Node(name, kind, longest, required)


def text(name: str, longest: int | None = None) -> Node:
    """Return a STRTYPE element."""
    return Node(name, "text", longest)


def many(node: Node, *, branch: str = "") -> Node:
    """Return the same element, as often as one likes."""
    return replace(node, repeats=True, branch=branch or node.branch)


def group(name: str, *parts: Part, required: bool = False) -> Node:
    """Return an element with elements in it, in this order."""
    return Node(name, "aggregate", required=required, children=_in_order(parts))


def ref(name: str, longest: int | None = None, *, required: bool = False) -> Node:
    """Return a reference to a list entry by ListID or FullName."""
    return group(name, leaf("ListID", "id"), text("FullName", longest), required=required)


def enum(name: str, *values: str) -> Node:
    """Return an element whose text is one of these words."""
    return Node(name, "enum", values=values)


def _in_order(parts: tuple[Part, ...]) -> dict[str, Node]:
    return {node.name: node for node in _placed(parts)}


def _placed(parts: tuple[Part, ...]) -> Iterator[Node]:
    for slot, part in enumerate(parts):
        for node in part if isinstance(part, tuple) else (part,):
            yield replace(node, slot=slot)


def _branch(branch: str, *parts: Part) -> tuple[Part, ...]:
    return tuple(
        tuple(replace(node, branch=branch) for node in part)
        if isinstance(part, tuple)
        else replace(part, branch=branch)
        for part in parts
    )


_ADDRESS: Final = (
    *(text(f"Addr{number}", 41) for number in range(1, 6)),
    text("City", 31),
    text("State", 21),
    text("PostalCode", 13),
    text("Country", 31),
    text("Note", 41),
)
_RET_ELEMENTS: Final = many(text("IncludeRetElement", 50))
_OWNERS: Final = many(leaf("OwnerID", "guid"))

_HEADER_TOP: Final = (
    ref("ClassRef", 159),
    ref("ARAccountRef", 159),
    ref("TemplateRef", 31),
    leaf("TxnDate", "date"),
    text("RefNumber", 11),
    group("BillAddress", *_ADDRESS),
    group("ShipAddress", *_ADDRESS),
    leaf("IsPending", "bool"),
)
_HEADER_REST: Final = (
    text("PONumber", 25),
    ref("TermsRef", 31),
    leaf("DueDate", "date"),
    ref("SalesRepRef", 5),
    text("FOB", 13),
    leaf("ShipDate", "date"),
    ref("ShipMethodRef", 15),
    ref("ItemSalesTaxRef", 31),
    text("Memo", 4095),
    ref("CustomerMsgRef", 101),
    leaf("IsToBePrinted", "bool"),
    leaf("IsToBeEmailed", "bool"),
    ref("CustomerSalesTaxCodeRef", 3),
    text("Other", 29),
    leaf("ExchangeRate", "decimal"),
)
_SET_CREDIT: Final = many(
    group(
        "SetCredit",
        leaf("CreditTxnID", "id", required=True),
        leaf("AppliedAmount", "amount", required=True),
        leaf("Override", "bool"),
    )
)
_DATA_EXT: Final = many(
    group(
        "DataExt",
        leaf("OwnerID", "guid", required=True),
        leaf("DataExtName", "text", 31, required=True),
        leaf("DataExtValue", "text", required=True),
    )
)
_SITES: Final = (ref("InventorySiteRef", 31), ref("InventorySiteLocationRef", 31))
_LINE_TOP: Final = (
    ref("ItemRef"),
    text("Desc", 4095),
    leaf("Quantity", "quantity"),
    text("UnitOfMeasure", 31),
)
_LINE_REST: Final = (
    (leaf("Rate", "price"), leaf("RatePercent", "percent"), ref("PriceLevelRef", 31)),
    ref("ClassRef", 159),
    leaf("Amount", "amount"),
    enum("OptionForPriceRuleConflict", "Zero", "BasePrice"),
    *_SITES,
    (text("SerialNumber", 4095), text("LotNumber", 40)),
    leaf("ServiceDate", "date"),
    ref("SalesTaxCodeRef", 3),
    ref("OverrideItemAccountRef", 159),
    text("Other1", 29),
    text("Other2", 29),
)
_LINE_ID: Final = leaf("TxnLineID", "id", required=True)
_LINE_MOD: Final = group(
    "InvoiceLineMod", _LINE_ID, *_LINE_TOP, ref("OverrideUOMSetRef", 31), *_LINE_REST
)
_LINE_ADD: Final = group(
    "InvoiceLineAdd",
    *_LINE_TOP,
    *_LINE_REST,
    group("LinkToTxn", leaf("TxnID", "id", required=True), _LINE_ID),
    _DATA_EXT,
)
_GROUP_MOD: Final = group(
    "InvoiceLineGroupMod",
    _LINE_ID,
    ref("ItemGroupRef", 31),
    leaf("Quantity", "quantity"),
    text("UnitOfMeasure", 31),
    ref("OverrideUOMSetRef", 31),
    many(_LINE_MOD),
)
_GROUP_ADD: Final = group(
    "InvoiceLineGroupAdd",
    ref("ItemGroupRef", 31, required=True),
    leaf("Quantity", "quantity"),
    text("UnitOfMeasure", 31),
    *_SITES,
    _DATA_EXT,
)


def _lines(*nodes: Node) -> tuple[Node, ...]:
    return tuple(replace(node, repeats=True, mixed=True) for node in nodes)


_INVOICE_ADD: Final = group(
    "InvoiceAdd",
    ref("CustomerRef", 209, required=True),
    *_HEADER_TOP,
    leaf("IsFinanceCharge", "bool"),
    *_HEADER_REST,
    leaf("ExternalGUID", "guid"),
    many(leaf("LinkToTxnID", "id")),
    _SET_CREDIT,
    _lines(_LINE_ADD, _GROUP_ADD),
    required=True,
)
_INVOICE_MOD: Final = group(
    "InvoiceMod",
    leaf("TxnID", "id", required=True),
    leaf("EditSequence", "text", 16, required=True),
    ref("CustomerRef", 209),
    *_HEADER_TOP,
    *_HEADER_REST,
    _SET_CREDIT,
    _lines(_LINE_MOD, _GROUP_MOD),
    required=True,
)


def _filter_by_ref(name: str) -> Node:
    return group(
        name,
        (
            many(leaf("ListID", "id")),
            many(text("FullName")),
            leaf("ListIDWithChildren", "id"),
            text("FullNameWithChildren"),
        ),
    )


_CRITERION: Final = enum("MatchCriterion", "StartsWith", "Contains", "EndsWith")
_INVOICE_QUERY: Final = group(
    "InvoiceQueryRq",
    (
        many(leaf("TxnID", "id"), branch="TxnID"),
        many(text("RefNumber"), branch="RefNumber"),
        many(text("RefNumberCaseSensitive"), branch="RefNumberCaseSensitive"),
    ),
    *_branch(
        "filter",
        leaf("MaxReturned", "int"),
        (
            group(
                "ModifiedDateRangeFilter",
                leaf("FromModifiedDate", "datetime"),
                leaf("ToModifiedDate", "datetime"),
            ),
            group(
                "TxnDateRangeFilter",
                (leaf("FromTxnDate", "date"), text("DateMacro")),
                leaf("ToTxnDate", "date"),
            ),
        ),
        _filter_by_ref("EntityFilter"),
        _filter_by_ref("AccountFilter"),
        (
            group("RefNumberFilter", _CRITERION, text("RefNumber")),
            group("RefNumberRangeFilter", text("FromRefNumber"), text("ToRefNumber")),
        ),
        group("CurrencyFilter", (many(leaf("ListID", "id")), many(text("FullName", 64)))),
        enum("PaidStatus", "All", "PaidOnly", "NotPaidOnly"),
    ),
    leaf("IncludeLineItems", "bool"),
    leaf("IncludeLinkedTxns", "bool"),
    _RET_ELEMENTS,
    _OWNERS,
)


def _list_query(name: str, *more: Part) -> Node:
    return group(
        name,
        (
            many(leaf("ListID", "id"), branch="ListID"),
            many(text("FullName"), branch="FullName"),
        ),
        *_branch(
            "filter",
            leaf("MaxReturned", "int"),
            enum("ActiveStatus", "ActiveOnly", "InactiveOnly", "All"),
            leaf("FromModifiedDate", "datetime"),
            leaf("ToModifiedDate", "datetime"),
            (
                group("NameFilter", _CRITERION, text("Name")),
                group("NameRangeFilter", text("FromName"), text("ToName")),
            ),
            *more,
        ),
        _RET_ELEMENTS,
        _OWNERS,
    )


#: Each request by its element name.
REQUESTS: Final[Mapping[str, Node]] = {
    node.name: node
    for node in (
        group("InvoiceAddRq", _INVOICE_ADD, _RET_ELEMENTS),
        group("InvoiceModRq", _INVOICE_MOD, _RET_ELEMENTS),
        _INVOICE_QUERY,
        _list_query("CustomerQueryRq"),
        _list_query("ItemQueryRq"),
        _list_query("ClassQueryRq"),
        group("HostQueryRq", _RET_ELEMENTS),
        group("CompanyQueryRq", _RET_ELEMENTS, _OWNERS),
        group("PreferencesQueryRq", _RET_ELEMENTS),
    )
}
