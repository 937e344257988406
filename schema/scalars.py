"""Exact scalars: money and decimals are strings, dates and instants are RFC 3339."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NewType, NoReturn

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from domain.money import plain, round_amount

Money = NewType("Money", Decimal)

_MONEY = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,2})?")
_DECIMAL = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,5})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def parse_money(value: object) -> Decimal:
    """Read an amount; a JSON number has already lost its exact value, so it is refused."""
    if not isinstance(value, str) or not _MONEY.fullmatch(value):
        _refuse("Money", 'a string with at most 2 fraction digits, such as "1539.00"')
    return Decimal(value)


def parse_decimal(value: object) -> Decimal:
    """Read a quantity or a rate; JSON numbers are refused as for money."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        _refuse("Decimal", 'a string with at most 5 fraction digits, such as "35.5"')
    return Decimal(value)


def parse_date(value: object) -> date:
    """Read an RFC 3339 full-date and nothing else that ISO 8601 allows."""
    wanted = 'a calendar date as a string, such as "2026-01-31"'
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        _refuse("Date", wanted)
    try:
        return date.fromisoformat(value)
    except ValueError:
        _refuse("Date", wanted)


def parse_date_time(value: object) -> datetime:
    """Read an instant; without an offset it would be a guess, so that is refused."""
    wanted = 'an instant with an offset, such as "2026-01-31T09:30:00Z"'
    if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
        _refuse("DateTime", wanted)
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        _refuse("DateTime", wanted)


def print_money(value: Decimal) -> str:
    """Write an amount with exactly two places."""
    text = str(value)  # what was stored has them
    if text[-3:-2] == "." and text[0] != "-" and "E" not in text:
        return text
    return format(round_amount(value), "f")


def print_date_time(value: datetime) -> str:
    """Write an instant in UTC."""
    if value.tzinfo is UTC:
        return value.isoformat()[:-6] + "Z"
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _refuse(name: str, wanted: str) -> NoReturn:
    # The value is not repeated: it is personal data, and the path says where it stands.
    raise GraphQLError(f"{name} must be {wanted}.", extensions={"code": "BAD_USER_INPUT"})


SCALARS: Mapping[object, ScalarDefinition] = {
    Money: strawberry.scalar(
        name="Money",
        description="Signed decimal with at most 2 fraction digits, always a string:"
        ' "1539.00". JSON numbers are refused.',
        serialize=print_money,
        parse_value=parse_money,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="Signed decimal with at most 5 fraction digits (QuickBooks quantities and"
        " rates), always a string.",
        serialize=plain,
        parse_value=parse_decimal,
    ),
    date: strawberry.scalar(
        name="Date",
        description="Calendar date, RFC 3339 full-date: 2026-01-31.",
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description='Instant, RFC 3339 with an offset; output is always UTC ("Z").',
        serialize=print_date_time,
        parse_value=parse_date_time,
    ),
}
