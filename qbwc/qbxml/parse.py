"""From QuickBooks' answers to values. Whatever an answer holds beyond them is ignored."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from domain.quickbooks import QuickBooksInvoice, QuickBooksLine
from qbwc.qbxml.document import MAX_BYTES, read_message_set
from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.reading import (
    read_amount,
    read_date,
    read_number,
    read_ref,
    read_text,
    read_word,
    required,
)
from qbwc.qbxml.status import read_message_set_status, read_status


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecovery:
    """What QuickBooks remembers of a write whose answer was lost. Source: qbXML 11.0."""

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
    error_recovery: ErrorRecovery | None = None
    #: Why the rest of this response could not be read; then there are no invoices.
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
    try:
        invoices = tuple(_invoice(invoice) for invoice in element.iterchildren("InvoiceRet"))
        recovery = _error_recovery(element)
    except RemoteProtocolError as fault:
        return replace(response, fault=str(fault))
    return replace(response, invoices=invoices, error_recovery=recovery)


def _error_recovery(response: etree._Element) -> ErrorRecovery | None:
    element = response.find("ErrorRecovery")
    if element is None:
        return None
    return ErrorRecovery(
        txn_id=read_word(element, "TxnID"),
        txn_number=read_word(element, "TxnNumber"),
        edit_sequence=read_word(element, "EditSequence"),
        external_guid=read_word(element, "ExternalGUID"),
    )


def _invoice(element: etree._Element) -> QuickBooksInvoice:
    return QuickBooksInvoice(
        txn_id=_required_word(element, "TxnID"),
        edit_sequence=_required_word(element, "EditSequence"),
        number=read_word(element, "RefNumber"),
        date=required(read_date(element, "TxnDate"), element, "TxnDate"),
        customer=required(read_ref(element, "CustomerRef"), element, "CustomerRef"),
        class_ref=read_ref(element, "ClassRef"),
        tax_item=read_ref(element, "ItemSalesTaxRef"),
        memo=read_text(element, "Memo"),
        subtotal=read_amount(element, "Subtotal"),
        sales_tax=read_amount(element, "SalesTaxTotal"),
        applied=read_amount(element, "AppliedAmount"),
        balance=read_amount(element, "BalanceRemaining"),
        external_guid=read_word(element, "ExternalGUID"),
        lines=tuple(_lines(element)),
    )


def _lines(invoice: etree._Element) -> Iterator[QuickBooksLine]:
    for element in invoice.iterchildren("InvoiceLineRet", "InvoiceLineGroupRet"):
        yield _group(element) if element.tag == "InvoiceLineGroupRet" else _line(element)


def _line(element: etree._Element) -> QuickBooksLine:
    return QuickBooksLine(
        txn_line_id=_required_word(element, "TxnLineID"),
        item=read_ref(element, "ItemRef"),
        description=read_text(element, "Desc"),
        quantity=read_number(element, "Quantity"),
        rate=read_number(element, "Rate"),
        amount=read_amount(element, "Amount"),
        class_ref=read_ref(element, "ClassRef"),
        site=read_ref(element, "InventorySiteRef"),
        tax_code=read_ref(element, "SalesTaxCodeRef"),
    )


def _group(element: etree._Element) -> QuickBooksLine:
    # Its members stay inside: a group is kept or deleted as a whole.
    return QuickBooksLine(
        txn_line_id=_required_word(element, "TxnLineID"),
        is_group=True,
        item=read_ref(element, "ItemGroupRef"),
        description=read_text(element, "Desc"),
        quantity=read_number(element, "Quantity"),
        amount=read_amount(element, "TotalAmount"),
    )


def _required_word(element: etree._Element, name: str) -> str:
    return required(read_word(element, name), element, name)
