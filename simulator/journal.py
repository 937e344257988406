"""A record of every message set the company file was given, and of the sessions that brought it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from lxml import etree

from simulator.errors import ComError
from simulator.writes import Write, WriteReader


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One message set and what became of it."""

    request: bytes
    response: str = ""
    #: Set when QuickBooks threw; then nothing ran.
    error: ComError | None = None
    #: The requests that were really run: none of a replay or a status check.
    executed: tuple[etree._Element, ...] = ()
    #: Set for what a Web Connector brought: when, and in which of the sessions.
    at: datetime | None = None
    session: int | None = None


@dataclass(frozen=True, slots=True)
class JournalCall:
    """One call of the service as the Web Connector saw it."""

    at: datetime
    operation: str
    #: What came back, without tickets; a message set is told by its id. None: no answer was read.
    answer: str | None
    #: Why there is none.
    failure: str = ""


@dataclass(slots=True)
class JournalSession:
    """One update of a Web Connector: its calls in order, and its end."""

    number: int
    machine: str
    begun: datetime
    calls: list[JournalCall] = field(default_factory=list)
    #: The report's outcome, status text and codes; empty while the session runs.
    outcome: str = ""
    status_text: str = ""
    error_codes: tuple[str, ...] = ()

    @property
    def order(self) -> list[str]:
        """The names of the calls that were made."""
        return [call.operation for call in self.calls]


@dataclass(slots=True)
class Journal:
    """The message sets in the order in which they came, and the sessions likewise."""

    entries: list[JournalEntry] = field(default_factory=list)
    sessions: list[JournalSession] = field(default_factory=list)

    def requests_named(self, name: str) -> list[etree._Element]:
        """Return the requests of that name ("InvoiceModRq") that were run, successfully or not."""
        return [request for request in self._executed() if request.tag == name]

    def writes(self, *, number: str | None = None, txn_id: str | None = None) -> list[Write]:
        """Return the writes that were run, all or those of one object; `saved` tells them apart.

        `number` is an invoice's RefNumber at any time, `txn_id` a TxnID or ListID.
        """
        found = list(WriteReader().read(self.entries))
        if number is not None:
            known_as = {write.txn_id for write in found if write.number == number} - {""}
            found = [w for w in found if w.number == number or w.txn_id in known_as]
        return [write for write in found if txn_id is None or write.txn_id == txn_id]

    def open_session(self, machine: str, begun: datetime) -> JournalSession:
        """Return a new session, noted as the last."""
        session = JournalSession(len(self.sessions) + 1, machine, begun)
        self.sessions.append(session)
        return session

    @contextmanager
    def stamping(self, at: datetime, session: int) -> Iterator[None]:
        """Note of each message set that comes inside: when, and in which session."""
        known = len(self.entries)
        try:
            yield
        finally:
            self.entries[known:] = [
                replace(entry, at=at, session=session) for entry in self.entries[known:]
            ]

    def _executed(self) -> Iterator[etree._Element]:
        for entry in self.entries:
            yield from entry.executed


@dataclass(slots=True)
class JournalLines:
    """A journal as lines of JSON, told piece by piece."""

    journal: Journal
    _reader: WriteReader = field(default_factory=WriteReader)
    _entries: int = 0
    _sessions: int = 0
    _running: list[JournalSession] = field(default_factory=list)

    def new(self) -> Iterator[str]:
        """Return a line for each write and each ended session since the last time."""
        entries = self.journal.entries[self._entries :]
        self._entries += len(entries)
        for write in self._reader.read(entries):
            yield _line("write", {**asdict(write), "saved": write.saved})
        sessions = [*self._running, *self.journal.sessions[self._sessions :]]
        self._sessions = len(self.journal.sessions)
        self._running = [session for session in sessions if not session.outcome]
        for session in sessions:
            if session.outcome:
                yield _line("session", asdict(session))


def _line(event: str, values: dict[str, object]) -> str:
    return json.dumps({"event": event, **values}, default=_text, ensure_ascii=False)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
