"""What a table of an answer is made of: which child of an element is which field of a value.

One pass over the children, by name and never by position. A child that no field names is skipped,
with whatever stands in it; an absent or empty one is None; of several the first counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from lxml import etree

from domain.quickbooks import Ref
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.formats import (
    malformed,
    parse_amount,
    parse_boolean,
    parse_date,
    parse_integer,
    parse_moment,
    parse_number,
)

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Reader(Protocol[V_co]):
    """Gives the value of an element."""

    def __call__(self, element: etree._Element, /) -> V_co: ...


class Field(NamedTuple):
    """A field of a value, and how its element is read. With `repeats` it is a tuple of all."""

    name: str
    read: Reader[object]
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Record(Generic[V_co]):
    """An element that becomes a value: `fields` by the names of its children."""

    make: Callable[..., V_co]
    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()

    def read(self, element: etree._Element) -> V_co:
        """Give the value. Raises RemoteProtocolError naming what is malformed or missing."""
        values: dict[str, Any] = {}
        repeated: dict[str, list[object]] = {}
        find = self.fields.get
        for child in element:
            if (field := find(child.tag)) is None:
                continue
            name, read, repeats = field
            if repeats:
                repeated.setdefault(name, []).append(read(child))
            elif name not in values:
                values[name] = read(child)
        for name, found in repeated.items():
            values[name] = tuple(found)
        for tag in self.required:
            if values.get(self.fields[tag].name) is None:
                raise RemoteProtocolError(f"{element.tag} has no {tag}.")
        return self.make(**values)


def text(element: etree._Element) -> str | None:
    """Give the text as it stands, line breaks and blanks included."""
    return element.text or None


def word(element: etree._Element) -> str | None:
    """Give the text without blanks around it."""
    found = element.text
    return (found.strip() or None) if found else None


def ref(element: etree._Element) -> Ref | None:
    """Give the list entry that the element names; None when it names none."""
    names = {child.tag: child.text for child in element}
    return _entry(names.get("FullName"), names.get("ListID"))


@lru_cache(maxsize=4096)
def _entry(full_name: str | None, list_id: str | None) -> Ref | None:
    # Kept, because the lines of an answer name the same few entries over and over.
    full_name = (full_name or "").strip() or None
    list_id = (list_id or "").strip() or None
    return Ref(full_name, list_id) if full_name or list_id else None


def _typed(parse: Callable[[str], V]) -> Reader[V | None]:
    def read(element: etree._Element) -> V | None:
        found = element.text
        if not found or not (found := found.strip()):
            return None
        try:
            return parse(found)
        except RemoteProtocolError:
            parent = element.getparent()
            path = element.tag if parent is None else f"{parent.tag}/{element.tag}"
            raise malformed(path, found) from None

    return read


amount: Final[Reader[Decimal | None]] = _typed(parse_amount)
number: Final[Reader[Decimal | None]] = _typed(parse_number)
whole: Final[Reader[int | None]] = _typed(parse_integer)
day: Final[Reader[date | None]] = _typed(parse_date)
moment: Final[Reader[datetime | None]] = _typed(parse_moment)
flag: Final[Reader[bool | None]] = _typed(parse_boolean)
