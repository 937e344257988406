"""The grammar of a request: which elements stand where, of which type and length.

The tables in messages.py and the modules it gathers are written in these words. In a list of parts
a tuple is a choice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

Part: TypeAlias = "Node | tuple[Node, ...]"

_NO_ATTRIBUTES: Final[frozenset[str]] = frozenset()
_MAY_USE_MACRO: Final = frozenset({"useMacro"})
_MAY_DEFINE_MACRO: Final = frozenset({"defMacro"})


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One element of a request. Two are never equal, so that one may be a key."""

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
    #: The attributes it may have.
    attributes: frozenset[str] = _NO_ATTRIBUTES
    #: The children that must be there, in order.
    needed: tuple[str, ...] = ()


def leaf(name: str, kind: str, longest: int | None = None, *, required: bool = False) -> Node:
    """Return an element with text in it; an id may be a macro's."""
    attributes = _MAY_USE_MACRO if kind == "id" else _NO_ATTRIBUTES
    return Node(name, kind, longest, required, attributes=attributes)


def text(name: str, longest: int | None = None, *, required: bool = False) -> Node:
    """Return a STRTYPE element."""
    return Node(name, "text", longest, required)


def many(node: Node, *, branch: str = "") -> Node:
    """Return the same element, as often as one likes."""
    return replace(node, repeats=True, branch=branch or node.branch)


def group(name: str, *parts: Part, required: bool = False) -> Node:
    """Return an element with elements in it, in this order."""
    children = {node.name: node for node in _placed(parts)}
    needed = tuple(child.name for child in children.values() if child.required)
    return Node(name, "aggregate", required=required, children=children, needed=needed)


def addition(name: str, *parts: Part) -> Node:
    """Return the body of an Add request, to which a macro may give a name."""
    return replace(group(name, *parts, required=True), attributes=_MAY_DEFINE_MACRO)


def request(name: str, *parts: Part, attributes: tuple[str, ...] = ()) -> Node:
    """Return a whole request; IncludeRetElement may end it."""
    node = group(name, *parts)
    return replace(node, attributes=frozenset({"requestID", *attributes}))


def ref(name: str, longest: int | None = None, *, required: bool = False) -> Node:
    """Return a reference to a list entry by ListID or FullName."""
    return group(name, leaf("ListID", "id"), text("FullName", longest), required=required)


def enum(name: str, *values: str, required: bool = False) -> Node:
    """Return an element whose text is one of these words."""
    return Node(name, "enum", values=values, required=required)


def alternating(*nodes: Node) -> tuple[Node, ...]:
    """Return elements that repeat in any order among each other: lines and line groups."""
    return tuple(replace(node, repeats=True, mixed=True) for node in nodes)


def in_branch(branch: str, *parts: Part) -> tuple[Part, ...]:
    """Return the parts as one of several branches, which exclude each other."""
    return tuple(
        tuple(replace(node, branch=branch) for node in part)
        if isinstance(part, tuple)
        else replace(part, branch=branch)
        for part in parts
    )


def filter_by_ref(name: str) -> Node:
    """Return a filter for entries of a list, with or without those below them."""
    return group(
        name,
        (
            many(leaf("ListID", "id")),
            many(text("FullName")),
            leaf("ListIDWithChildren", "id"),
            text("FullNameWithChildren"),
        ),
    )


def _placed(parts: tuple[Part, ...]) -> Iterator[Node]:
    for slot, part in enumerate(parts):
        for node in part if isinstance(part, tuple) else (part,):
            yield replace(node, slot=slot)


ADDRESS: Final = (
    *(text(f"Addr{number}", 41) for number in range(1, 6)),
    text("City", 31),
    text("State", 21),
    text("PostalCode", 13),
    text("Country", 31),
    text("Note", 41),
)
RET_ELEMENTS: Final = many(text("IncludeRetElement", 50))
OWNERS: Final = many(leaf("OwnerID", "guid"))
CRITERION: Final = enum("MatchCriterion", "StartsWith", "Contains", "EndsWith", required=True)
DATA_EXT: Final = many(
    group(
        "DataExt",
        leaf("OwnerID", "guid", required=True),
        text("DataExtName", 31, required=True),
        text("DataExtValue", required=True),
    )
)
MODIFIED_FILTER: Final = group(
    "ModifiedDateRangeFilter",
    leaf("FromModifiedDate", "datetime"),
    leaf("ToModifiedDate", "datetime"),
)
TXN_DATE_FILTER: Final = group(
    "TxnDateRangeFilter",
    (leaf("FromTxnDate", "date"), text("DateMacro")),
    leaf("ToTxnDate", "date"),
)
SET_CREDIT: Final = many(
    group(
        "SetCredit",
        leaf("CreditTxnID", "id", required=True),
        leaf("AppliedAmount", "amount", required=True),
        leaf("Override", "bool"),
    )
)
ITERATED: Final = ("metaData", "iterator", "iteratorID")
COUNTED: Final = ("metaData",)
