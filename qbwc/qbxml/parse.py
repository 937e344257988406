"""From QuickBooks' answers to values. Whatever an answer holds beyond them is ignored."""

from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from domain.quickbooks import QuickBooksInvoice
from domain.quickbooks_transactions import Returned
from qbwc.qbxml.document import MAX_BYTES, read_message_set
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.records import Field, Record, word
from qbwc.qbxml.spec import RETURNED
from qbwc.qbxml.status import read_count, read_message_set_status, read_status
from qbwc.qbxml.tables.sales import INVOICE_RET


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecovery:
    """What QuickBooks remembers of a write whose answer was lost. Source: qbXML 11.0."""

    list_id: str | None = None
    txn_id: str | None = None
    txn_number: str | None = None
    edit_sequence: str | None = None
    external_guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """QuickBooks' answer to one request; `name` is the element's, "InvoiceModRs"."""

    name: str
    request_id: str | None
    status_code: int
    severity: str
    message: str
    invoices: tuple[QuickBooksInvoice, ...] = ()
    #: What the answer holds besides invoices: list entries, other transactions, deletions.
    returned: tuple[Returned, ...] = ()
    #: Of a query by pages: how to ask for the next one, and how much is left after this one.
    iterator_id: str | None = None
    remaining: int | None = None
    error_recovery: ErrorRecovery | None = None
    #: Why the rest of this response could not be read; then nothing of it counts.
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """QuickBooks' answer to a message set; id and status only when it was sent with an id."""

    message_set_id: str | None
    message_set_status: int | None
    responses: tuple[Response, ...]


def parse_answer(document: str | bytes, *, max_bytes: int = MAX_BYTES) -> Answer:
    """Read the answer to a message set.

    Raises:
        RemoteProtocolError: It is no answer, or a response has no readable status. A malformed
            or missing value elsewhere is that response's `fault` alone, which names it.
    """
    message_set = read_message_set(document, max_bytes=max_bytes)
    return Answer(
        message_set_id=message_set.get("newMessageSetID") or None,
        message_set_status=read_message_set_status(message_set),
        responses=tuple(_response(element) for element in message_set.iterchildren("*")),
    )


def _response(element: etree._Element) -> Response:
    status = read_status(element)
    response = Response(
        name=element.tag,
        request_id=element.get("requestID") or None,
        status_code=status.code,
        severity=status.severity,
        message=status.message,
    )
    invoices: list[QuickBooksInvoice] = []
    returned: list[Returned] = []
    recovery = None
    try:
        remaining = read_count(element, "iteratorRemainingCount")
        for child in element:
            if child.tag == "InvoiceRet":
                invoices.append(INVOICE_RET.read(child))
            elif child.tag == "ErrorRecovery":
                recovery = _RECOVERY.read(child)
            elif (record := RETURNED.get(child.tag)) is not None:
                returned.append(record.read(child))
    except RemoteProtocolError as fault:
        return replace(response, fault=str(fault))
    return replace(
        response,
        invoices=tuple(invoices),
        returned=tuple(returned),
        error_recovery=recovery,
        iterator_id=element.get("iteratorID") or None,
        remaining=remaining,
    )


_RECOVERY: Final = Record(
    ErrorRecovery,
    {
        "ListID": Field("list_id", word),
        "TxnID": Field("txn_id", word),
        "TxnNumber": Field("txn_number", word),
        "EditSequence": Field("edit_sequence", word),
        "ExternalGUID": Field("external_guid", word),
    },
)
