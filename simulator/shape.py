"""Check a request against its table: the order as QuickBooks' parser does, and the values."""

import re
from datetime import date
from functools import lru_cache
from re import Pattern
from typing import Final

from lxml import etree

from simulator.elements import Node
from simulator.errors import Refusal, unparsable

_FIRST_DAY: Final = date(1970, 1, 1)
_LAST_DAY: Final = date(2038, 1, 18)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST_ID: Final = 36
_STRAY_TEXT: Final = etree.XPath("boolean(/descendant::*[*]/text()[normalize-space()])")
_FIVE_PLACES: Final = re.compile(r"[+-]?\d{1,10}(\.\d{1,5})?")

#: By type: what it must look like, the status code otherwise, and QuickBooks' word for it.
_FORMATS: Final[dict[str, tuple[Pattern[str], int, str]]] = {
    "amount": (re.compile(r"[+-]?\d{1,13}(\.\d{2})?"), 3040, "amount"),
    "price": (_FIVE_PLACES, 3045, "price"),
    "percent": (_FIVE_PLACES, 3050, "percent"),
    "quantity": (_FIVE_PLACES, 3060, "quantity"),
    "bool": (re.compile("true|false"), 3005, "boolean value"),
    "int": (re.compile(r"[+-]?\d+"), 3085, "number"),
    "decimal": (re.compile(r"[+-]?\d+(\.\d+)?"), 3085, "number"),
    "guid": (
        re.compile(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}"),
        3065,
        "GUID",
    ),
    "datetime": (
        re.compile(r"\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}(:\d{1,2}(:\d{1,2}([+-]\d{1,2}:\d{1,2})?)?)?)?"),
        3020,
        "date value",
    ),
}


def check(element: etree._Element, node: Node, *, attributes: bool) -> Refusal | None:
    """Return the first value that does not fit or is missing, as its refusal; None if all fit.

    `attributes` says whether there are any below the element. Raises ComError 0x80040400 for an
    element or attribute that does not stand where the schema has it.
    """
    refusals: list[Refusal] = []
    _walk(element, node, refusals, attributes=attributes)
    return refusals[0] if refusals else None


def check_blank(root: etree._Element) -> None:
    """Pass if no text stands between elements. Raises ComError 0x80040400."""
    if _STRAY_TEXT(root):
        raise unparsable()


def _walk(
    element: etree._Element, node: Node, refusals: list[Refusal], *, attributes: bool
) -> None:
    children = list(element)
    parts, absent = _ordered(node, tuple([child.tag for child in children]))
    if not children and (element.text or "").strip():
        raise unparsable()
    for child, part in zip(children, parts, strict=True):
        named = child.keys() if attributes else ()
        if named and not part.attributes.issuperset(named):
            raise unparsable()
        if part.kind == "aggregate":
            _walk(child, part, refusals, attributes=attributes)
        elif len(child):
            raise unparsable()
        elif value := child.text:
            _check_value(part, value, refusals)
        elif part.required and not named:
            refusals.append(missing(part.name))
    refusals.extend(map(missing, absent))


@lru_cache(maxsize=4096)  # the lines of a message set mostly have the same elements
def _ordered(node: Node, tags: tuple[str, ...]) -> tuple[tuple[Node, ...], tuple[str, ...]]:
    """Return the part of the table for each child, and what is needed and absent."""
    parts: list[Node] = []
    branch = ""
    for tag in tags:
        part = node.children.get(tag)
        if part is None or (parts and not _may_follow(part, parts[-1])):
            raise unparsable()
        if part.branch and branch and part.branch != branch:
            raise unparsable()
        branch = part.branch or branch
        parts.append(part)
    return tuple(parts), tuple(name for name in node.needed if name not in tags)


def _may_follow(part: Node, previous: Node) -> bool:
    if part.slot != previous.slot:
        return part.slot > previous.slot
    return part.repeats and (part.name == previous.name or (part.mixed and previous.mixed))


def _check_value(part: Node, value: str, refusals: list[Refusal]) -> None:
    if part.kind != "text":
        _check_typed(part, value, refusals)
    elif part.longest is not None and len(value) > part.longest:
        message = f'The string "{value}" in the field "{part.name}" is too long.'
        refusals.append(Refusal(3070, message))


def missing(name: str) -> Refusal:
    """Status 3150: the request lacks this element."""
    return Refusal(3150, f"There is a missing element: {name}")


def _check_typed(part: Node, value: str, refusals: list[Refusal]) -> None:
    match part.kind:
        case "id" if len(value) > _LONGEST_ID:
            message = f'The given object ID "{value}" in the field "{part.name}" is invalid.'
            refusals.append(Refusal(3000, message))
        case "date" if not _is_day(value):
            refusals.append(_unconvertible(3020, "date value", value, part.name))
        case "enum" if value not in part.values:
            refusals.append(_unconvertible(3110, "enumeration value", value, part.name))
        case "id" | "date" | "enum":
            return
        case kind:
            pattern, code, word = _FORMATS[kind]
            if not pattern.fullmatch(value):
                refusals.append(_unconvertible(code, word, value, part.name))


def _unconvertible(code: int, word: str, value: str, name: str) -> Refusal:
    message = f'There was an error when converting the {word} "{value}" in the field "{name}"'
    return Refusal(code, message)


def _is_day(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return False
    return _FIRST_DAY <= day <= _LAST_DAY
