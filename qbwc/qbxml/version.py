"""Versions of qbXML, as pairs that compare."""

from typing import Final

Version = tuple[int, int]

FIRST: Final[Version] = (1, 0)
#: Every QuickBooks since 2014 speaks it, and it has all that the tables hold.
OURS: Final[Version] = (13, 0)


def as_text(version: Version) -> str:
    """Write a version as qbXML does: "13.0"."""
    return f"{version[0]}.{version[1]}"
