"""The simulator's own clock; tests pass another one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def system_time() -> datetime:
    """Tell the present moment, with a time zone."""
    # The simulator is a program of its own, outside the service, and this is its one clock.
    return datetime.now(tz=UTC)  # noqa: TID251 - QuickBooks has a clock of its own
