"""Typed readers of an element's children, by name and never by position.

A child that is absent or empty is None: qbXML's types allow an empty value, and it says nothing.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from lxml import etree

from domain.quickbooks import Ref
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.formats import parse_amount, parse_boolean, parse_date, parse_number

V = TypeVar("V")


def read_text(element: etree._Element, name: str) -> str | None:
    """Give a child's text as it stands, line breaks and blanks included."""
    return element.findtext(name) or None


def read_word(element: etree._Element, name: str) -> str | None:
    """Give a child's text without blanks around it."""
    return (element.findtext(name) or "").strip() or None


def read_ref(element: etree._Element, name: str) -> Ref | None:
    """Give the list entry a child names; None when it names none."""
    child = element.find(name)
    if child is None:
        return None
    full_name, list_id = read_word(child, "FullName"), read_word(child, "ListID")
    return Ref(full_name, list_id) if full_name or list_id else None


def read_amount(element: etree._Element, name: str) -> Decimal | None:
    """Give an AMTTYPE. Raises RemoteProtocolError naming the child."""
    return _read(element, name, parse_amount)


def read_number(element: etree._Element, name: str) -> Decimal | None:
    """Give a QUANTYPE or PRICETYPE. Raises RemoteProtocolError naming the child."""
    return _read(element, name, parse_number)


def read_date(element: etree._Element, name: str) -> date | None:
    """Give a DATETYPE. Raises RemoteProtocolError naming the child."""
    return _read(element, name, parse_date)


def read_boolean(element: etree._Element, name: str) -> bool | None:
    """Give a BOOLTYPE. Raises RemoteProtocolError naming the child."""
    return _read(element, name, parse_boolean)


def required(value: V | None, element: etree._Element, name: str) -> V:
    """Give the value. Raises RemoteProtocolError when there is none."""
    if value is None:
        raise RemoteProtocolError(f"{element.tag} has no {name}.")
    return value


def _read(element: etree._Element, name: str, parse: Callable[[str, str], V]) -> V | None:
    word = read_word(element, name)
    return None if word is None else parse(word, f"{element.tag}/{name}")
