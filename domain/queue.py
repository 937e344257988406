"""What lies between a planned job and QuickBooks: rendered requests, sessions of connectors."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.exchange import LARGEST_SET
from domain.quickbooks import WantedInvoice


class RequestKind(StrEnum):
    INVOICE_ADD = "INVOICE_ADD"
    INVOICE_MOD = "INVOICE_MOD"
    INVOICE_QUERY = "INVOICE_QUERY"
    CREDIT_MEMO_ADD = "CREDIT_MEMO_ADD"
    CREDIT_MEMO_MOD = "CREDIT_MEMO_MOD"
    CREDIT_MEMO_QUERY = "CREDIT_MEMO_QUERY"
    #: What goes before an invoice: are its inventory sites there, and creating one that is not.
    SITE_QUERY = "SITE_QUERY"
    SITE_ADD = "SITE_ADD"

    @property
    def is_write(self) -> bool:
        """Whether QuickBooks' copy of the invoice changes when it runs.

        A site that was perhaps created is asked for by name, so its lost answer needs no recovery.
        """
        return self.is_add or self in (RequestKind.INVOICE_MOD, RequestKind.CREDIT_MEMO_MOD)

    @property
    def is_add(self) -> bool:
        """Whether it makes the invoice or credit memo."""
        return self in (RequestKind.INVOICE_ADD, RequestKind.CREDIT_MEMO_ADD)

    @property
    def is_prerequisite(self) -> bool:
        """Whether it only makes the way free for the invoice."""
        return self in (RequestKind.SITE_QUERY, RequestKind.SITE_ADD)


class RequestState(StrEnum):
    READY = "READY"
    SENT = "SENT"
    ANSWERED = "ANSWERED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class QbxmlRequest:
    """A rendered request, without its bytes; its id is the requestID on the wire."""

    id: UUID
    job_id: UUID
    invoice_id: UUID
    connection_id: UUID
    kind: RequestKind
    #: What the answer is held against.
    wanted: WantedInvoice
    #: (TxnLineID or -1, task) per line of the request; None when it names no lines.
    sent_lines: tuple[tuple[str, UUID | None], ...] | None
    #: The list entries that a prerequisite is about.
    entry_names: tuple[str, ...] = ()
    #: The largest set it may travel in; a set that could not be parsed is halved until the culprit
    #: is alone.
    largest_set: int = LARGEST_SET
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
    #: Network address that signed in, "" when unknown.
    peer: str = ""
    #: The company file was looked at and is the right one.
    is_met: bool = False
    #: Requests answered so far, for the progress bar.
    answered: int = 0
    #: How often the company file could not be opened.
    openings_failed: int = 0
