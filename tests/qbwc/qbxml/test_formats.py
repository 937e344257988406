"""qbXML's scalars as QuickBooks writes them."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.formats import (
    parse_amount,
    parse_boolean,
    parse_date,
    parse_integer,
    parse_moment,
    parse_number,
)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parse_amount, "80.00", Decimal("80.00")),
        (parse_amount, "-55.00", Decimal(-55)),
        (parse_amount, "+9999999999999.99", Decimal("9999999999999.99")),
        (parse_number, "0.33333", Decimal("0.33333")),
        (parse_number, "7", Decimal(7)),
        (parse_date, "2026-03-02", date(2026, 3, 2)),
        (
            parse_moment,
            "2026-03-02T09:30:00-08:00",
            datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=-8))),
        ),
        (parse_integer, "30", 30),
        (parse_boolean, "true", True),
        (parse_boolean, "0", False),
    ],
)
def test_scalars_are_read(parse: Any, text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_amount, ""),
        (parse_amount, "80.0"),
        (parse_amount, "1e5"),
        (parse_amount, "12345678901234.00"),
        (parse_number, "0.123456"),
        (parse_number, "Infinity"),
        (parse_number, "٣"),
        (parse_date, "2026-W01-1"),
        (parse_date, "0000-01-01"),
        (parse_moment, "2026-13-02T09:30:00"),
        (parse_moment, "yesterday"),
        (parse_integer, "3.0"),
        (parse_boolean, "TRUE"),
    ],
)
def test_scalars_of_another_form_are_refused(parse: Any, text: str) -> None:
    with pytest.raises(RemoteProtocolError, match="malformed value"):
        parse(text)
