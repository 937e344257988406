"""qbXML's scalar types: how a value is written for QuickBooks, and how QuickBooks' is read.

Source: qbXML 13.0, the types that the scalars are named for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Final, Generic, TypeVar

from domain import limits
from domain.money import plain, round_amount
from qbwc.qbxml.errors import RemoteProtocolError

V = TypeVar("V")

ID_LENGTH: Final = 36
_LARGEST_EXPONENT, _SMALLEST_EXPONENT = 9, -limits.NUMBER_PLACES
_LARGEST_INTEGER = 2**31 - 1
_SHOWN = 60

_AMOUNT = re.compile(r"[+-]?[0-9]{1,13}(\.[0-9]{2})?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,10}(\.[0-9]{1,5})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([+-][0-9]{2}:[0-9]{2})?)?)?"
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_GUID = re.compile(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}")
_UPPER_HALF = bytes(range(0x80, 0x100)).decode("cp1252", "ignore")
_STORABLE = re.compile(f"[\\t\\n -~{_UPPER_HALF}]*")  # Windows-1252 without control characters
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Scalar(Generic[V]):
    """A type of qbXML: the SDK's name, how a value is written, how many characters it may have.

    `values` are all there are, for a type that has no others.

    `write` raises ValueError with the reason, a phrase that follows the element's name.
    """

    name: str
    write: Callable[[V], str]
    longest: int | None = None
    values: tuple[str, ...] = ()


@cache
def text(longest: int | None = None, *, one_line: bool = False) -> Scalar[str]:
    """Give the type of texts up to that length."""
    return Scalar("STRTYPE", partial(_write_text, longest, one_line), longest)


def _write_text(longest: int | None, one_line: bool, value: str) -> str:
    if "\r" in value:
        # One kind of line break: a carriage return would go out as a character of its own.
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if longest is not None and len(value) > longest:
        raise ValueError(f"has {len(value)} characters; at most {longest} fit")
    if not _STORABLE.fullmatch(value):
        raise ValueError(f"holds characters that QuickBooks cannot store: {_unstorable(value)}")
    if one_line and ("\n" in value or "\t" in value):
        raise ValueError("must be one line without tabs")
    return value


@cache
def name(longest: int) -> Scalar[str]:
    """Give the type of an entry's own name: its parents are named elsewhere, not before a colon."""
    return Scalar("STRTYPE", partial(_write_own_name, longest), longest)


def _write_own_name(longest: int, value: str) -> str:
    if ":" in value or value != value.strip():
        raise ValueError("must not hold a colon or have blanks around it")
    return _write_text(longest, True, value)


@cache
def choice(*values: str) -> Scalar[str]:
    """Give the type that has these values and no other."""
    return Scalar("ENUMTYPE", partial(_write_choice, values), values=values)


def _write_choice(values: tuple[str, ...], value: str) -> str:
    if value not in values:
        raise ValueError(f"must be one of {', '.join(values)}")
    return str(value)


def _unstorable(value: str) -> str:
    """Show the characters that must not leave.

    `domain.limits` judges a text by what it will become; here it goes out as it stands.
    """
    bad = dict.fromkeys(c for c in value if not _STORABLE.fullmatch(c))
    return limits.show_characters("".join(bad), value)


def _write_id(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return _write_text(ID_LENGTH, True, value)


def _write_number(value: Decimal) -> str:
    written = str(value)
    if not _NUMBER.fullmatch(written):
        written = _write_other_number(value)
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def _write_other_number(value: Decimal) -> str:
    if value.is_zero():
        return "0"
    # Before it is written: 1E+999999 would be a megabyte.
    if value.is_finite() and _SMALLEST_EXPONENT <= value.adjusted() <= _LARGEST_EXPONENT:
        written = plain(value)
        if _NUMBER.fullmatch(written):
            return written
    raise ValueError(f"may have 10 digits before the point and {limits.NUMBER_PLACES} behind it")


def _write_amount(value: Decimal) -> str:
    if value.is_finite() and abs(value) <= limits.LARGEST_AMOUNT:
        written = format(round_amount(value), "f")
        if Decimal(written) == value:
            return written
    raise ValueError("may have 13 digits before the point and 2 behind it")


def _write_integer(value: int) -> str:
    if not 0 <= value <= _LARGEST_INTEGER:
        raise ValueError(f"must lie between 0 and {_LARGEST_INTEGER}")
    return str(value)


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
AMOUNT: Final[Scalar[Decimal]] = Scalar("AMTTYPE", _write_amount)
PERCENT: Final[Scalar[Decimal]] = Scalar("PERCENTTYPE", _write_number)
INTEGER: Final[Scalar[int]] = Scalar("INTTYPE", _write_integer)
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


def parse_moment(text: str, element: str = "DATETIMETYPE") -> datetime:
    """Read a DATETIMETYPE ("2026-03-01T09:30:00-08:00"). Raises RemoteProtocolError.

    Its offset does not follow daylight saving time, so it may be an hour off.
    """
    if not _MOMENT.fullmatch(text):
        raise malformed(element, text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise malformed(element, text) from None


def parse_integer(text: str, element: str = "INTTYPE") -> int:
    """Read an INTTYPE ("30"). Raises RemoteProtocolError."""
    if not _INTEGER.fullmatch(text):
        raise malformed(element, text)
    return int(text)


def parse_boolean(text: str, element: str = "BOOLTYPE") -> bool:
    """Read a BOOLTYPE: true or false, 1 or 0. Raises RemoteProtocolError."""
    try:
        return _BOOLEANS[text]
    except KeyError:
        raise malformed(element, text) from None


def malformed(element: str, text: str) -> RemoteProtocolError:
    """Give the error that names the element and the value it has."""
    return RemoteProtocolError(f"{element} has a malformed value: {text[:_SHOWN]!r}.")
