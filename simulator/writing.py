"""Small hands for building response elements."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from functools import lru_cache

from lxml import etree

from simulator.lists import ListEntry


def put(parent: etree._Element, name: str, text: str) -> None:
    """Add an element with text."""
    etree.SubElement(parent, name).text = text


def put_flag(parent: etree._Element, name: str, *, value: bool) -> None:
    """Add a BOOLTYPE."""
    put(parent, name, "true" if value else "false")


def put_moment(parent: etree._Element, name: str, moment: datetime) -> None:
    """Add a DATETIMETYPE with its offset."""
    put(parent, name, moment.isoformat(timespec="seconds"))


def put_ref(parent: etree._Element, name: str, entry: ListEntry | None) -> None:
    """Add a reference with ListID and FullName; nothing for None."""
    if entry is not None:
        parent.append(copy(_reference(name, entry.list_id, entry.full_name)))


@lru_cache(maxsize=4096)  # the same few entries stand in every line, and a copy is cheap
def _reference(name: str, list_id: str, full_name: str) -> etree._Element:
    reference = etree.Element(name)
    put(reference, "ListID", list_id)
    put(reference, "FullName", full_name)
    return reference


def put_all(parent: etree._Element, values: Mapping[str, str], *names: str) -> None:
    """Add those of the named texts that are there, in the order of the names."""
    for name in names:
        if name in values:
            put(parent, name, values[name])
