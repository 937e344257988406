"""QuickBooks' side of an account: company files, and the Web Connector installs that reach them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.issues import Step, StepActor


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


#: A connection that can carry work now; the others wait.
HEALTHY = frozenset({ConnectionState.ONLINE, ConnectionState.IN_SESSION})

#: A connector is missed after two polls that did not come, but never sooner than this.
_SHORTEST_PATIENCE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFile:
    id: UUID
    name: str
    path: str | None = None
    quickbooks_version: str | None = None
    file_mode: str | None = None


@dataclass(frozen=True, slots=True)
class CompanyFileIdentity:
    """What a company file is known by; None is not known."""

    path: str | None
    company_name: str | None

    def is_other_than(self, seen: "CompanyFileIdentity") -> bool:
        """Tell whether another file was seen: nothing that both know agrees."""
        pairs = ((self.path, seen.path), (self.company_name, seen.company_name))
        known = [(ours, theirs) for ours, theirs in pairs if ours and theirs]
        return bool(known) and all(a.casefold() != b.casefold() for a, b in known)

    def updated_by(self, seen: "CompanyFileIdentity") -> "CompanyFileIdentity":
        """Give the newer of each."""
        return CompanyFileIdentity(seen.path or self.path, seen.company_name or self.company_name)

    def __str__(self) -> str:
        return f"“{self.company_name or 'unnamed'}” ({self.path or 'path unknown'})"


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
    last_contact_at: datetime | None = None
    in_session: bool = False
    trouble: str | None = None
    #: The trouble is that another company file was open.
    is_wrong_company_file: bool = False
    queue_length: int = 0

    @property
    def expected_contact_at(self) -> datetime | None:
        """When the connector should be heard again; None before its first contact."""
        if self.last_contact_at is None:
            return None
        return self.last_contact_at + timedelta(seconds=self.poll_seconds)


def connection_state(connection: Connection, now: datetime) -> ConnectionState:
    """Give the state as far as contacts and the last error tell."""
    if connection.is_disabled:
        return ConnectionState.DISABLED
    if connection.last_contact_at is None:
        return ConnectionState.NEVER_CONNECTED
    patience = max(2 * timedelta(seconds=connection.poll_seconds), _SHORTEST_PATIENCE)
    if now - connection.last_contact_at > patience:
        return ConnectionState.OFFLINE
    if connection.is_wrong_company_file:
        return ConnectionState.WRONG_COMPANY_FILE
    if connection.trouble is not None:
        return ConnectionState.QUICKBOOKS_UNAVAILABLE
    return ConnectionState.IN_SESSION if connection.in_session else ConnectionState.ONLINE


def diagnose(connection: Connection, now: datetime) -> tuple[Step, ...]:
    """Give what to do, in order; nothing when the connection is well. Source: seed 001."""
    match connection_state(connection, now):
        case ConnectionState.NEVER_CONNECTED:
            return (
                Step(StepActor.QUICKBOOKS_ADMINISTRATOR,
                     "Open the .qwc file on the computer that runs QuickBooks, allow access when"
                     " QuickBooks asks, and type the password that was shown with it."),
                Step(StepActor.OFFICE, "Tick Auto-Run in the Web Connector."),
            )  # fmt: skip
        case ConnectionState.OFFLINE:
            return (
                Step(StepActor.OFFICE,
                     "On the computer that runs QuickBooks type QBWC in the search bar, open the"
                     " Web Connector and keep it open (Pin to taskbar)."),
                Step(StepActor.OFFICE,
                     "Run QuickBooks and the Web Connector with the same privileges: both as"
                     " administrator or neither."),
                Step(StepActor.ADMINISTRATOR, "Keep that computer from going to sleep."),
            )  # fmt: skip
        case ConnectionState.WRONG_COMPANY_FILE:
            return (Step(StepActor.OFFICE, connection.trouble or "Open the right company file."),)
        case ConnectionState.QUICKBOOKS_UNAVAILABLE:
            text = f"QuickBooks could not be opened. It said: {connection.trouble}"
            return (Step(StepActor.OFFICE, text),)
        case ConnectionState.DISABLED:
            return (Step(StepActor.ADMINISTRATOR, "Enable the connection again."),)
        case _:
            return ()
