"""A record of every message set the company file was given."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from simulator.errors import ComError


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One message set and what became of it."""

    request: bytes
    response: str = ""
    #: Set when QuickBooks threw; then nothing ran.
    error: ComError | None = None
    #: The requests that were really run: none of a replay or a status check.
    executed: tuple[etree._Element, ...] = ()


@dataclass(slots=True)
class Journal:
    """The message sets in the order in which they came."""

    entries: list[JournalEntry] = field(default_factory=list)

    def requests_named(self, name: str) -> list[etree._Element]:
        """Return the requests of that name ("InvoiceModRq") that were run, successfully or not."""
        return [request for request in self._executed() if request.tag == name]

    def _executed(self) -> Iterator[etree._Element]:
        for entry in self.entries:
            yield from entry.executed
