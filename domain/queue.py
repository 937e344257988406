"""What lies between a planned job and QuickBooks: requests, message sets, sessions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.quickbooks import WantedInvoice


class RequestKind(StrEnum):
    INVOICE_ADD = "INVOICE_ADD"
    INVOICE_MOD = "INVOICE_MOD"
    INVOICE_QUERY = "INVOICE_QUERY"

    @property
    def is_write(self) -> bool:
        """Whether QuickBooks changes when it runs."""
        return self is not RequestKind.INVOICE_QUERY


class RequestState(StrEnum):
    READY = "READY"
    SENT = "SENT"
    ANSWERED = "ANSWERED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class QbxmlRequest:
    """A rendered request; its id is the requestID on the wire."""

    id: UUID
    job_id: UUID
    connection_id: UUID
    kind: RequestKind
    #: The element as US-ASCII bytes.
    body: bytes
    #: What the answer is held against.
    wanted: WantedInvoice
    #: (TxnLineID or -1, task) per line of the request; None when it names no lines.
    sent_lines: tuple[tuple[str, UUID | None], ...] | None
    #: To be sent in a set of its own.
    alone: bool = False
    created_at: datetime


class SessionState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    #: A newer sign-in of the same connection took over.
    FENCED = "FENCED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorSession:
    """One run of the Web Connector that found work."""

    id: UUID
    connection_id: UUID
    state: SessionState
    opened_at: datetime
    last_call_at: datetime
    #: "13.0", from the first sendRequestXML.
    qbxml_version: str | None = None
    last_error: str | None = None


class ExchangeState(StrEnum):
    OWED = "OWED"
    ANSWERED = "ANSWERED"
    LOST = "LOST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One message set and what came back."""

    id: UUID
    connection_id: UUID
    session_id: UUID
    #: newMessageSetID on the wire, at most 23 characters.
    message_set_id: str
    body: bytes
    sent_at: datetime
    state: ExchangeState
