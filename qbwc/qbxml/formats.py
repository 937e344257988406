"""qbXML's scalar types: how a value is written for QuickBooks, and how QuickBooks' is read.

Source: qbXML 13.0, STRTYPE, IDTYPE, QUANTYPE, PRICETYPE, AMTTYPE, DATETYPE, BOOLTYPE, GUIDTYPE.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Final, Generic, TypeVar

from domain import limits
from domain.money import plain
from qbwc.qbxml.errors import RemoteProtocolError

V = TypeVar("V")

ID_LENGTH: Final = 36
_LARGEST_EXPONENT, _SMALLEST_EXPONENT = 9, -limits.NUMBER_PLACES
_SHOWN = 60

_AMOUNT = re.compile(r"[+-]?[0-9]{1,13}(\.[0-9]{2})?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,10}(\.[0-9]{1,5})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GUID = re.compile(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Scalar(Generic[V]):
    """A type of qbXML: the SDK's name, how a value is written, how many characters it may have.

    `write` raises ValueError with the reason, a phrase that follows the element's name.
    """

    name: str
    write: Callable[[V], str]
    longest: int | None = None


def text(longest: int | None = None, *, one_line: bool = False) -> Scalar[str]:
    """Give the type of texts up to that length."""
    return Scalar("STRTYPE", partial(_write_text, longest=longest, one_line=one_line), longest)


def _write_text(value: str, *, longest: int | None, one_line: bool) -> str:
    # One kind of line break: a carriage return would go out as a character of its own.
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if longest is not None and len(value) > longest:
        raise ValueError(f"has {len(value)} characters; at most {longest} fit")
    if bad := _unsendable(value):
        raise ValueError(f"holds characters that QuickBooks cannot store: {bad}")
    if one_line and ("\n" in value or "\t" in value):
        raise ValueError("must be one line without tabs")
    return value


def _unsendable(value: str) -> str:
    """Give the characters that must not leave, as code points.

    `domain.limits` judges a text by what it will become; here it goes out as it stands.
    """
    if value.isascii() and value.isprintable():
        return ""
    bad = (c for c in dict.fromkeys(value) if _CONTROL.match(c) or not c.encode("cp1252", "ignore"))
    return " ".join(f"U+{ord(c):04X}" for c in bad)


def _write_id(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return _write_text(value, longest=ID_LENGTH, one_line=True)


def _write_number(value: Decimal) -> str:
    if value.is_zero():
        return "0"
    # Before it is written: 1E+999999 would be a megabyte.
    if value.is_finite() and _SMALLEST_EXPONENT <= value.adjusted() <= _LARGEST_EXPONENT:
        written = plain(value)
        if _NUMBER.fullmatch(written):
            return written
    raise ValueError(f"may have 10 digits before the point and {limits.NUMBER_PLACES} behind it")


def _write_date(value: date) -> str:
    if not limits.FIRST_DAY <= value <= limits.LAST_DAY:
        raise ValueError(f"must lie between {limits.FIRST_DAY} and {limits.LAST_DAY}")
    return value.isoformat()


def _write_moment(value: datetime) -> str:
    """Without offset or fraction: QuickBooks reads the filter as its own local time."""
    return value.replace(tzinfo=None, microsecond=0).isoformat()


def _write_boolean(value: bool) -> str:
    return "true" if value else "false"


def _write_guid(value: str) -> str:
    if not _GUID.fullmatch(value):
        raise ValueError("must be a GUID in braces")
    return value


IDENTIFIER: Final[Scalar[str]] = Scalar("IDTYPE", _write_id)
QUANTITY: Final[Scalar[Decimal]] = Scalar("QUANTYPE", _write_number)
PRICE: Final[Scalar[Decimal]] = Scalar("PRICETYPE", _write_number)
DATE: Final[Scalar[date]] = Scalar("DATETYPE", _write_date)
MOMENT: Final[Scalar[datetime]] = Scalar("DATETIMETYPE", _write_moment)
BOOLEAN: Final[Scalar[bool]] = Scalar("BOOLTYPE", _write_boolean)
GUID: Final[Scalar[str]] = Scalar("GUIDTYPE", _write_guid)


def parse_amount(text: str, element: str = "AMTTYPE") -> Decimal:
    """Read an AMTTYPE ("80.00"): two places or none. Raises RemoteProtocolError."""
    if not _AMOUNT.fullmatch(text):
        raise malformed(element, text)
    return Decimal(text)


def parse_number(text: str, element: str = "QUANTYPE") -> Decimal:
    """Read a QUANTYPE or PRICETYPE ("2.5"): up to five places. Raises RemoteProtocolError."""
    if not _NUMBER.fullmatch(text):
        raise malformed(element, text)
    return Decimal(text)


def parse_date(text: str, element: str = "DATETYPE") -> date:
    """Read a DATETYPE ("2026-03-01"). Raises RemoteProtocolError."""
    if not _DATE.fullmatch(text):
        raise malformed(element, text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise malformed(element, text) from None


def parse_boolean(text: str, element: str = "BOOLTYPE") -> bool:
    """Read a BOOLTYPE: true or false, 1 or 0. Raises RemoteProtocolError."""
    try:
        return _BOOLEANS[text]
    except KeyError:
        raise malformed(element, text) from None


def malformed(element: str, text: str) -> RemoteProtocolError:
    """Give the error that names the element and the value it has."""
    return RemoteProtocolError(f"{element} has a malformed value: {text[:_SHOWN]!r}.")
