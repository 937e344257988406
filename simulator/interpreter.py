"""Run a qbXML document against a company file: what QuickBooks' ProcessRequest does."""

from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

from simulator import company_queries, invoice_queries, invoice_writes, list_queries, message_sets
from simulator.answers import NOT_PROCESSED, Answer, refused, response_element
from simulator.company_file import CompanyFile
from simulator.documents import hardened_parser, read_message_set
from simulator.errors import ComError, Refusal, not_simulated
from simulator.journal import JournalEntry
from simulator.messages import REQUESTS
from simulator.shape import check_values

_LONGEST_REQUEST_ID: Final = 50
_HEAD: Final = '<?xml version="1.0" ?>\n'

_HANDLERS: Final[Mapping[str, Callable[[CompanyFile, etree._Element], Answer]]] = {
    "InvoiceAddRq": invoice_writes.add_invoice,
    "InvoiceModRq": invoice_writes.modify_invoice,
    "InvoiceQueryRq": invoice_queries.query_invoices,
    "CustomerQueryRq": list_queries.query_customers,
    "ItemQueryRq": list_queries.query_items,
    "ClassQueryRq": list_queries.query_classes,
    "HostQueryRq": company_queries.query_host,
    "CompanyQueryRq": company_queries.query_company,
    "PreferencesQueryRq": company_queries.query_preferences,
}


def process(company: CompanyFile, document: str | bytes, *, application: str = "") -> str:
    """Run a request document and return the response document; both go into the journal.

    `application` owns the message sets kept for recovery. Raises ComError when QuickBooks would
    throw; then nothing of the set ran.
    """
    raw = document.encode() if isinstance(document, str) else document
    try:
        response, executed = _run(company, raw, application)
    except ComError as error:
        company.journal.entries.append(JournalEntry(raw, error=error))
        raise
    company.journal.entries.append(JournalEntry(raw, response, executed=executed))
    return response


def answer_quietly(company: CompanyFile, document: bytes) -> str:
    """Run a document of the Web Connector itself: like process, but not in the journal."""
    return _run(company, document, "")[0]


def _run(
    company: CompanyFile, raw: bytes, application: str
) -> tuple[str, tuple[etree._Element, ...]]:
    message_set = read_message_set(raw)
    recalled = message_sets.recall(company, application, message_set)
    executed: tuple[etree._Element, ...] = ()
    if recalled.stored:
        body = etree.fromstring(recalled.stored, hardened_parser())
    else:
        body = etree.Element("QBXMLMsgsRs")
        if recalled.run:
            executed = tuple(message_set.iterchildren(etree.Element))
            body.extend(_responses(company, message_set))
            kept = etree.tostring(body, encoding="unicode")
            message_sets.keep(company, application, message_set, kept)
    _label(body, message_set, recalled.code)
    return _document(body), executed


def _label(body: etree._Element, message_set: etree._Element, code: int | None) -> None:
    if code is None:
        return
    new = message_set.get("newMessageSetID")
    if new is not None:
        body.set("newMessageSetID", new)
    body.set("messageSetStatusCode", str(code))


def _document(body: etree._Element) -> str:
    root = etree.Element("QBXML")
    root.append(body)
    return _HEAD + etree.tostring(root, encoding="unicode", pretty_print=True)


def _responses(company: CompanyFile, message_set: etree._Element) -> list[etree._Element]:
    stop = message_set.get("onError") == "stopOnError"
    bare = message_set.get("responseData") == "includeNone"
    stopped = False
    responses = []
    for request in message_set.iterchildren(etree.Element):
        answer = NOT_PROCESSED if stopped else _answer(company, request)
        stopped = stopped or (stop and answer.is_error)
        shown = Answer((), answer.code, answer.message) if bare else answer
        responses.append(response_element(request, shown))
    return responses


def _answer(company: CompanyFile, request: etree._Element) -> Answer:
    try:
        _check_attributes(request)
        check_values(request, REQUESTS[request.tag])
        return _HANDLERS[request.tag](company, request)
    except Refusal as refusal:
        return refused(refusal)


def _check_attributes(request: etree._Element) -> None:
    request_id = request.get("requestID", "")
    if len(request_id) > _LONGEST_REQUEST_ID:
        raise Refusal(1060, f'The request ID "{request_id}" is too long.')
    for name in ("metaData", "iterator", "iteratorID"):
        if request.get(name) is not None:
            raise not_simulated(f"the attribute {name}")
