"""Check a request against its table: the order as QuickBooks' parser does, then the values."""

import re
from datetime import date
from re import Pattern
from typing import Final

from lxml import etree

from simulator.errors import Refusal, unparsable
from simulator.messages import Node

_FIRST_DAY: Final = date(1970, 1, 1)
_LAST_DAY: Final = date(2038, 1, 18)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST_ID: Final = 36
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


def check_order(element: etree._Element, node: Node) -> None:
    """Pass if every element stands where the schema has it. Raises ComError 0x80040400."""
    previous: Node | None = None
    branch = ""
    for child in element.iterchildren(etree.Element):
        part = node.children.get(child.tag)
        if part is None or child.attrib or not _may_follow(part, previous):
            raise unparsable()
        if part.branch and branch and part.branch != branch:
            raise unparsable()
        previous, branch = part, part.branch or branch
        if part.kind == "aggregate":
            check_order(child, part)
        elif len(child):
            raise unparsable()
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        raise unparsable()


def check_values(element: etree._Element, node: Node) -> None:
    """Pass if every text fits its type and nothing needed is missing. Raises Refusal."""
    present = set()
    for child in element.iterchildren(etree.Element):
        part = node.children[child.tag]
        present.add(part.name)
        if part.kind == "aggregate":
            check_values(child, part)
        elif value := child.text or "":
            _check_value(part, value)
        elif part.required:
            raise _missing(part.name)
    for name in node.needed:
        if name not in present:
            raise _missing(name)


def _may_follow(part: Node, previous: Node | None) -> bool:
    if previous is None or part.slot > previous.slot:
        return True
    if part.slot < previous.slot or not part.repeats:
        return False
    return part.name == previous.name or (part.mixed and previous.mixed)


def _missing(name: str) -> Refusal:
    return Refusal(3150, f"There is a missing element: {name}")


def _check_value(part: Node, value: str) -> None:
    match part.kind:
        case "text":
            _check_length(part, value)
        case "id":
            _check_id(part, value)
        case "date":
            if not _is_day(value):
                raise _unconvertible(3020, "date value", value, part.name)
        case "enum":
            if value not in part.values:
                raise _unconvertible(3110, "enumeration value", value, part.name)
        case _:
            _check_format(part, value)


def _check_format(part: Node, value: str) -> None:
    pattern, code, word = _FORMATS[part.kind]
    if not pattern.fullmatch(value):
        raise _unconvertible(code, word, value, part.name)


def _check_id(part: Node, value: str) -> None:
    if len(value) > _LONGEST_ID:
        message = f'The given object ID "{value}" in the field "{part.name}" is invalid.'
        raise Refusal(3000, message)


def _check_length(part: Node, value: str) -> None:
    if part.longest is not None and len(value) > part.longest:
        raise Refusal(3070, f'The string "{value}" in the field "{part.name}" is too long.')


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
