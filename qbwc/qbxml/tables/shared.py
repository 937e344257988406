"""What several families have in common: lengths of names, addresses, the entries they refer to."""

from typing import Final

from domain.quickbooks_lists import Address
from qbwc.qbxml.formats import text
from qbwc.qbxml.nodes import Aggregate, Leaf
from qbwc.qbxml.records import Field, Record, word

ACCOUNT: Final = 159
CLASS: Final = 159
CUSTOMER: Final = 209
EDIT_SEQUENCE: Final = 16
EMAIL: Final = 1023
PHONE: Final = 21
SITE: Final = 31
TAX_CODE: Final = 3
TAX_ITEM: Final = 31
TERMS: Final = 31
VENDOR: Final = 41

_LINE: Final = 41


def address(name: str) -> Aggregate[Address]:
    """Give the table of an address. More than five lines are refused, not cut."""
    return Aggregate(
        name,
        (
            Leaf("Addr1", lambda it: _line(it, 0), text(_LINE, one_line=True), "address"),
            Leaf("Addr2", lambda it: _line(it, 1), text(_LINE, one_line=True), "address"),
            Leaf("Addr3", lambda it: _line(it, 2), text(_LINE, one_line=True), "address"),
            Leaf("Addr4", lambda it: _line(it, 3), text(_LINE, one_line=True), "address"),
            Leaf("Addr5", _last_line, text(_LINE, one_line=True), "address"),
            Leaf("City", lambda it: it.city, text(31, one_line=True), "city"),
            Leaf("State", lambda it: it.state, text(21, one_line=True), "state"),
            Leaf("PostalCode", lambda it: it.postal_code, text(13, one_line=True), "postal_code"),
            Leaf("Country", lambda it: it.country, text(31, one_line=True), "country"),
            Leaf("Note", lambda it: it.note, text(41, one_line=True), "address_note"),
        ),
    )


def _line(it: Address, index: int) -> str | None:
    return it.lines[index] if index < len(it.lines) else None


def _last_line(it: Address) -> str | None:
    # Whatever has no line of its own makes this one two lines, which its type refuses.
    return "\n".join(it.lines[4:]) or None


def _make_address(*, lines: tuple[str | None, ...] = (), **others: str | None) -> Address:
    return Address(lines=tuple(line for line in lines if line is not None), **others)


ADDRESS: Final = Record(
    _make_address,
    {
        "Addr1": Field("lines", word, repeats=True),
        "Addr2": Field("lines", word, repeats=True),
        "Addr3": Field("lines", word, repeats=True),
        "Addr4": Field("lines", word, repeats=True),
        "Addr5": Field("lines", word, repeats=True),
        "City": Field("city", word),
        "State": Field("state", word),
        "PostalCode": Field("postal_code", word),
        "Country": Field("country", word),
        "Note": Field("note", word),
    },
)
