"""The one clock of the service."""

from datetime import UTC, datetime


def now() -> datetime:
    """Give the present moment, aware and in UTC."""
    return datetime.now(UTC)
