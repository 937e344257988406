"""Versions of qbXML, as pairs that compare."""

from collections.abc import Iterable
from typing import Final

Version = tuple[int, int]

FIRST: Final[Version] = (1, 0)
#: Every QuickBooks since 2014 speaks it, and it has all that the tables hold.
OURS: Final[Version] = (13, 0)


def as_text(version: Version) -> str:
    """Write a version as qbXML does: "13.0"."""
    return f"{version[0]}.{version[1]}"


def choose_version(reported: Iterable[Version], *, at_most: Version = OURS) -> Version | None:
    """Give the version to speak with a QuickBooks that reported these; None when it reported none.

    QuickBooks understands every version before its newest, so that one alone is enough to know.
    """
    newest = max(reported, default=None)
    return None if newest is None else min(newest, at_most)
