"""What a caller may still ask for: a bucket of points that fills up by itself."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from domain.access import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A bucket as it stood at a moment."""

    #: Points at hand, after what was taken.
    remaining: float
    #: How many it holds when it is full.
    most: int
    per_second: float
    at: datetime
    #: False: there were too few points, and none was taken.
    was_enough: bool = True

    @property
    def reset_at(self) -> datetime:
        """The moment when it is full again, unless more is taken."""
        return self.at + timedelta(seconds=(self.most - self.remaining) / self.per_second)

    def plus(self, points: int) -> "Balance":
        """Give the balance with so many points given back."""
        return replace(self, remaining=min(self.remaining + points, self.most))

    def seconds_until(self, points: int) -> int:
        """Give after how many whole seconds it holds so many points, at least one."""
        return max(math.ceil((points - self.remaining) / self.per_second), 1)


class Budget(Protocol):
    """The buckets of all callers; one that cannot be reached is replaced by one of the process."""

    @property
    def most(self) -> int:
        """How many points a full bucket holds."""

    async def take(self, principal: Principal, points: int) -> Balance:
        """Take the points if there are as many; give the balance after that."""

    def give_back(self, principal: Principal, points: int) -> None:
        """Give back what was taken and not needed."""
