"""What a table of a request is made of: leaves, references, aggregates, and how often they stand.

The getters read our values; `walker` walks the table and writes what they give.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar

from domain.edits import Unset
from domain.quickbooks import Ref
from qbwc.qbxml.formats import Scalar
from qbwc.qbxml.version import FIRST, Version

T = TypeVar("T")
C = TypeVar("C")
I = TypeVar("I")  # noqa: E741 - an item of a sequence
Value: TypeAlias = str | Decimal | date | bool | int | Unset | None


class Misfit(ValueError):
    """A value contradicts itself; `name` is the child at fault, "" the aggregate as a whole."""

    def __init__(self, reason: str, *, name: str = "", label: str) -> None:
        super().__init__(reason)
        self.name = name
        self.label = label


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """An element with a text. UNSET and None leave it out; "" is sent, and clears the field.

    `label` is our own name of the field; `filled` refuses None and "". One that is `optional` is
    left out where qbXML is too old for it: it tells QuickBooks nothing that the books need.
    """

    name: str
    get: Callable[[T], Value]
    scalar: Scalar[Any]
    label: str = ""
    filled: bool = False
    since: Version = FIRST
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Reference(Generic[T]):
    """A list entry, by ListID when that is known and by FullName otherwise.

    UNSET leaves it out. None does too, unless `clears` (then it empties the field) or `filled`
    (then it is refused).
    """

    name: str
    get: Callable[[T], Ref | Unset | None]
    longest: int | None = None
    label: str = ""
    filled: bool = False
    clears: bool = False
    since: Version = FIRST


@dataclass(frozen=True, slots=True)
class Each(Generic[T, I]):
    """A leaf or reference that stands once for each value. With `filled` there must be one."""

    node: "Leaf[I] | Reference[I]"
    get: Callable[[T], Sequence[I]]
    filled: bool = False


@dataclass(frozen=True, slots=True)
class One(Generic[T, C]):
    """An aggregate that stands once, or not at all where its value is None."""

    aggregate: "Aggregate[C]"
    get: Callable[[T], C | None]


@dataclass(frozen=True, slots=True)
class Many(Generic[T, I]):
    """Aggregates of one kind or of several, in the order of the values.

    None is no aggregate. With `filled` an empty sequence is refused: QuickBooks could not tell it
    from None. `choose` raises ValueError when the value fits no choice.
    """

    choices: "tuple[Aggregate[I], ...]"
    get: Callable[[T], Sequence[I] | None]
    choose: "Callable[[I], Aggregate[I]]"
    label: str
    filled: bool = False


Node: TypeAlias = Leaf[T] | Reference[T] | Each[T, Any] | One[T, Any] | Many[T, Any]


@dataclass(frozen=True, slots=True)
class Attribute(Generic[T]):
    """An attribute of a request; None leaves it out."""

    name: str
    get: Callable[[T], str | None]


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[T]):
    """An element made of elements, in the SDK's order.

    `check` raises Misfit for values that no element shows to be wrong by itself.
    """

    name: str
    children: tuple[Node[T], ...] = ()
    check: Callable[[T], None] | None = None
    attributes: tuple[Attribute[T], ...] = ()
