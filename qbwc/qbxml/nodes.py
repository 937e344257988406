"""What a table of elements is made of: leaves, references, aggregates.

The getters read our values; `render` walks the table and writes what they give.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

from domain.edits import Unset
from domain.quickbooks import Ref
from qbwc.qbxml.formats import Scalar
from qbwc.qbxml.version import FIRST, Version


class OfTask(Protocol):
    """What stands for a line, which may be a task's."""

    @property
    def task_id(self) -> UUID | None: ...


T = TypeVar("T")
C = TypeVar("C")
L = TypeVar("L", bound=OfTask)
Value: TypeAlias = str | Decimal | date | bool | Unset | None


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """An element with a text. UNSET and None leave it out; "" is sent, and clears the field.

    `label` is our own name of the field; `filled` refuses None and "".
    """

    name: str
    get: Callable[[T], Value]
    scalar: Scalar[Any]
    label: str = ""
    filled: bool = False
    since: Version = FIRST


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
class One(Generic[T, C]):
    """An aggregate that stands once, or not at all where its value is None."""

    aggregate: "Aggregate[C]"
    get: Callable[[T], C | None]


@dataclass(frozen=True, slots=True)
class Many(Generic[T, L]):
    """Aggregates of one kind or of several, in the order of the values.

    None is no aggregate. With `filled` an empty sequence is refused: QuickBooks could not tell it
    from None. `choose` raises ValueError when the value fits no choice.
    """

    choices: "tuple[Aggregate[L], ...]"
    get: Callable[[T], Sequence[L] | None]
    choose: "Callable[[L], Aggregate[L]]"
    filled: bool = False


Node: TypeAlias = Leaf[T] | Reference[T] | One[T, Any] | Many[T, Any]


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[T]):
    """An element made of elements, in the SDK's order."""

    name: str
    children: tuple[Node[T], ...] = ()
