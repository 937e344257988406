"""Typed readers of single children, by path: for documents of which little is needed.

A child that is absent or empty is None: qbXML's types allow an empty value, and it says nothing.
"""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from lxml import etree

from domain.quickbooks import Ref
from qbwc.qbxml.formats import parse_boolean, parse_date

V = TypeVar("V")


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


def read_date(element: etree._Element, name: str) -> date | None:
    """Give a DATETYPE. Raises RemoteProtocolError naming the child."""
    return _read(element, name, parse_date)


def read_boolean(element: etree._Element, name: str) -> bool | None:
    """Give a BOOLTYPE. Raises RemoteProtocolError naming the child."""
    return _read(element, name, parse_boolean)


def _read(element: etree._Element, name: str, parse: Callable[[str, str], V]) -> V | None:
    word = read_word(element, name)
    return None if word is None else parse(word, f"{element.tag}/{name}")
