"""The Web Connector installs of an account: how they are, and what helps when they are not well."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from unicodedata import category
from uuid import UUID

from domain.edits import UNSET, Unset
from domain.errors import InvalidValue, TextTooLong, ValueOutOfRange, ValueRequired
from domain.exchange import FIRST_SET_SIZE


class ConnectionKind(StrEnum):
    NEW = "NEW"
    LEGACY = "LEGACY"


class ConnectionState(StrEnum):
    NEVER_CONNECTED = "NEVER_CONNECTED"
    ONLINE = "ONLINE"
    IN_SESSION = "IN_SESSION"
    OFFLINE = "OFFLINE"
    WRONG_COMPANY_FILE = "WRONG_COMPANY_FILE"
    QUICKBOOKS_UNAVAILABLE = "QUICKBOOKS_UNAVAILABLE"
    PERMISSION_NEEDED = "PERMISSION_NEEDED"
    DISABLED = "DISABLED"


class ConnectionLight(StrEnum):
    GREEN = "GREEN"
    RED = "RED"


#: A connection that can carry work now; the others wait.
HEALTHY = frozenset({ConnectionState.ONLINE, ConnectionState.IN_SESSION})

#: An idle connector's contacts are written down no more often than this.
NOTED_EVERY = timedelta(minutes=1)
#: A connector is missed after two polls that did not come, but never sooner than this.
_SHORTEST_PATIENCE = timedelta(seconds=90)
#: QuickBooks may open a company file, or work on one message set, for minutes; then it is missed.
_LONGEST_WORK = timedelta(minutes=10)

#: QuickBooks itself keeps us out, until its administrator lets us in. Source: qbXML SDK.
_PERMISSION_HRESULTS = frozenset(
    {
        "0x80040418",  # first contact with this company file
        "0x8004041a",  # not allowed in Integrated Applications
        "0x8004041d",  # no automatic login
        "0x8004041e",  # certificate expired
        "0x80040420",  # the user at QuickBooks denied access
        "0x8004042a",  # no remote access
        "0x8004042c",  # certificate revoked
    }
)
_OTHER_FILE_OPEN = "0x8004040a"

MOST_LINGER_SECONDS = 20
_LONGEST_NAME = 80
#: XML, and so a .qwc file, cannot hold them, nor control characters.
_NO_CHARACTERS = "\ufffe\uffff"


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A run of the Web Connector whose end was not told yet."""

    called_at: datetime
    #: The next call comes when QuickBooks is done: it opens the file, or works on a message set.
    is_quickbooks_at_work: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One Web Connector install. `trouble` is why nothing could be sent when it was last heard."""

    id: UUID
    company_file_id: UUID
    name: str
    kind: ConnectionKind
    user_name: str
    file_guid: UUID
    poll_seconds: int
    is_disabled: bool = False
    #: How long an empty queue keeps a session open; 0 is off, None the service's default.
    linger_seconds: int | None = None
    last_contact_at: datetime | None = None
    session: OpenSession | None = None
    trouble: str | None = None
    #: The HRESULT that the trouble came with.
    trouble_hresult: str | None = None
    #: The trouble is that another company file was open.
    is_wrong_company_file: bool = False
    #: Sessions in a row that could not open QuickBooks.
    failures: int = 0
    #: QuickBooks is not opened again before then, though the connector may be heard.
    retry_at: datetime | None = None
    #: How many requests a message set takes, as learned from how QuickBooks copes.
    set_size: int = FIRST_SET_SIZE
    #: The computer that held the company file last.
    machine: str | None = None
    client_version: str | None = None
    queue_length: int = 0

    @property
    def in_session(self) -> bool:
        """Whether a session is open, or ended without telling; see `connection_state`."""
        return self.session is not None

    @property
    def heard_at(self) -> datetime | None:
        """When it last called; an idle connector may have called up to NOTED_EVERY later."""
        if self.session is None:
            return self.last_contact_at
        return max(self.session.called_at, self.last_contact_at or self.session.called_at)

    @property
    def expected_contact_at(self) -> datetime | None:
        """When it should be heard again.

        None before its first contact, and while QuickBooks is at work: it calls when that is done.
        """
        if self.heard_at is None or (self.session and self.session.is_quickbooks_at_work):
            return None
        return self.heard_at + timedelta(seconds=self.poll_seconds)

    @property
    def missed_at(self) -> datetime | None:
        """When it is taken for OFFLINE unless it is heard before; None before its first contact."""
        if self.heard_at is None:
            return None
        polls = self.heard_at + self._patience
        return max(polls, self.session_missed_at or polls)

    @property
    def session_missed_at(self) -> datetime | None:
        """When its session counts as broken off unless it calls before; None without a session."""
        if self.session is None:
            return None
        at_work = self.session.is_quickbooks_at_work
        return self.session.called_at + (_LONGEST_WORK if at_work else self._patience)

    def next_change_at(self, now: datetime) -> datetime | None:
        """Give when its state changes by silence alone; None: only a contact changes it."""
        if self.is_disabled or self.missed_at is None:
            return None
        ends = (self.session_missed_at, self.missed_at)
        return min((end for end in ends if end is not None and end >= now), default=None)

    @property
    def _patience(self) -> timedelta:
        return max(2 * timedelta(seconds=self.poll_seconds) + NOTED_EVERY, _SHORTEST_PATIENCE)


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """What somebody who watches a connection is told of when it changes."""

    state: ConnectionState
    trouble: str | None
    retry_at: datetime | None
    has_queue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPatch:
    """Changes of a connection; null gives `linger_seconds` back to the service's default."""

    name: str | Unset | None = UNSET
    disabled: bool | Unset | None = UNSET
    linger_seconds: int | Unset | None = UNSET


def is_other_file(hresult: str) -> bool:
    """Tell whether QuickBooks was not opened because another company file is open in it."""
    return hresult.strip().casefold() == _OTHER_FILE_OPEN


def connection_state(connection: Connection, now: datetime) -> ConnectionState:
    """Give the state as far as contacts and the last error tell."""
    if connection.is_disabled:
        return ConnectionState.DISABLED
    if connection.missed_at is None:
        return ConnectionState.NEVER_CONNECTED
    if now > connection.missed_at:
        return ConnectionState.OFFLINE
    if connection.trouble is not None:
        return _trouble_state(connection)
    if connection.session_missed_at is not None and now <= connection.session_missed_at:
        return ConnectionState.IN_SESSION
    return ConnectionState.ONLINE


def connection_light(connection: Connection, now: datetime) -> ConnectionLight:
    """Give green for a connection that can carry work now, red for one whose work waits."""
    is_well = connection_state(connection, now) in HEALTHY
    return ConnectionLight.GREEN if is_well else ConnectionLight.RED


def connection_health(connection: Connection, now: datetime) -> ConnectionHealth:
    """Give what watchers are told of when it changes."""
    return ConnectionHealth(
        state=connection_state(connection, now),
        trouble=connection.trouble,
        retry_at=connection.retry_at,
        has_queue=connection.queue_length > 0,
    )


def changed(connection: Connection, patch: ConnectionPatch) -> Connection:
    """Give the connection as patched. Raises InvalidValue for a value that does not fit."""
    name, disabled, seconds = patch.name, patch.disabled, patch.linger_seconds
    return replace(
        connection,
        name=connection.name if name is UNSET else checked_name(name, "name"),
        is_disabled=connection.is_disabled if disabled is UNSET else _checked_flag(disabled),
        linger_seconds=connection.linger_seconds if seconds is UNSET else _checked_linger(seconds),
    )


def checked_name(name: str | None, field: str) -> str:
    """Give the name without blanks around it. Raises InvalidValue for none, or one too long."""
    if name is None or not name.strip():
        raise ValueRequired("The name must not be empty.", where=(field,))
    if len(name) > _LONGEST_NAME:
        raise TextTooLong("The name", longest=_LONGEST_NAME, actual=len(name), where=(field,))
    if any(category(c) in ("Cc", "Cs") or c in _NO_CHARACTERS for c in name):
        raise InvalidValue("The name holds a control character. Remove it.", where=(field,))
    return name.strip()


def _checked_flag(disabled: bool | None) -> bool:
    if disabled is None:
        raise ValueRequired(
            "Say whether the connection is disabled: true or false.", where=("disabled",)
        )
    return disabled


def _checked_linger(seconds: int | None) -> int | None:
    if seconds is not None and not 0 <= seconds <= MOST_LINGER_SECONDS:
        raise ValueOutOfRange(
            f"A session lingers 0 (off) to {MOST_LINGER_SECONDS} seconds.",
            where=("linger_seconds",),
        )
    return seconds


def _trouble_state(connection: Connection) -> ConnectionState:
    hresult = (connection.trouble_hresult or "").strip().casefold()
    if connection.is_wrong_company_file or hresult == _OTHER_FILE_OPEN:
        return ConnectionState.WRONG_COMPANY_FILE
    if hresult in _PERMISSION_HRESULTS:
        return ConnectionState.PERMISSION_NEEDED
    return ConnectionState.QUICKBOOKS_UNAVAILABLE
