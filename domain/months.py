"""A calendar month: what an office closes its books by."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
#: Dates are those of the office, whose clock may be this far behind or ahead of UTC.
_LATEST_CLOCK, _EARLIEST_CLOCK = timedelta(hours=12), timedelta(hours=14)


class MonthPhase(StrEnum):
    TO_COME = "TO_COME"
    RUNNING = "RUNNING"
    OVER = "OVER"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    year: int
    number: int

    @property
    def first_day(self) -> date:
        """The first of the month."""
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        """The last day, which still belongs to it."""
        return date(self.year, self.number, monthrange(self.year, self.number)[1])

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def parse_month(text: str) -> Month | None:
    """Read "2026-11"; None for anything else."""
    found = _MONTH.fullmatch(text)
    if found is None or int(found[1]) == 0:
        return None
    return Month(int(found[1]), int(found[2]))


def month_of(day: date) -> Month:
    """Give the month of a day."""
    return Month(day.year, day.month)


def month_phase(month: Month, now: datetime) -> MonthPhase:
    """Tell whether the month is over everywhere, has begun somewhere, or neither."""
    if (now - _LATEST_CLOCK).date() > month.last_day:
        return MonthPhase.OVER
    begun = (now + _EARLIEST_CLOCK).date() >= month.first_day
    return MonthPhase.RUNNING if begun else MonthPhase.TO_COME
