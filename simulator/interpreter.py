"""Run a qbXML document against a company file: what QuickBooks' ProcessRequest does."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from lxml import etree

from simulator import message_sets, pasted
from simulator.answers import NOT_PROCESSED, Answer, error_recovery, refused, response_element
from simulator.company_file import CompanyFile
from simulator.documents import MessageSet, Request, hardened_parser, read_message_set
from simulator.errors import ComError, Refusal, not_permitted
from simulator.handlers import HANDLERS
from simulator.journal import JournalEntry
from simulator.macros import Macros

_LONGEST_REQUEST_ID: Final = 50
_ERROR_RECOVERY_SINCE: Final = (11, 0)
_HEAD: Final = '<?xml version="1.0" ?>\n'


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
    element = message_set.element
    recalled = message_sets.recall(company, application, element)
    executed: tuple[etree._Element, ...] = ()
    if recalled.stored:
        body = etree.fromstring(recalled.stored, hardened_parser())
    else:
        body = etree.Element("QBXMLMsgsRs")
    if recalled.run:
        executed = tuple(request.element for request in message_set.requests)
        body.extend(_responses(company, message_set))
    new = element.get("newMessageSetID")
    if recalled.checksum and new is not None:
        kept = etree.tostring(body, encoding="unicode")
        message_sets.keep(company, application, new, (recalled.checksum, kept))
    _label(body, new, recalled.code)
    return _document(body), executed


def _label(body: etree._Element, new: str | None, code: int | None) -> None:
    if code is None:
        return
    if new is not None:
        body.set("newMessageSetID", new)
    body.set("messageSetStatusCode", str(code))


def _document(body: etree._Element) -> str:
    root = etree.Element("QBXML")
    root.append(body)
    return _HEAD + pasted.revealed(etree.tostring(root, encoding="unicode", pretty_print=True))


def _responses(company: CompanyFile, message_set: MessageSet) -> Iterator[etree._Element]:
    stop = message_set.element.get("onError") == "stopOnError"
    bare = message_set.element.get("responseData") == "includeNone"
    recoverable = company.habits.error_recovery and message_set.version >= _ERROR_RECOVERY_SINCE
    macros = Macros() if message_set.has_macros else None
    stopped = False
    for request in message_set.requests:
        answer = NOT_PROCESSED if stopped else _answer(company, request, macros)
        stopped = stopped or (stop and answer.is_error)
        if bare:
            answer = replace(answer, objects=())
        writes = recoverable and not request.element.tag.endswith("QueryRq")
        recovery = error_recovery(answer) if writes else None
        yield response_element(request.element, answer, recovery=recovery)


def _answer(company: CompanyFile, request: Request, macros: Macros | None) -> Answer:
    element = request.element
    try:
        _check_request_id(element)
        if request.refusal is not None:
            raise request.refusal
        if macros is not None:
            macros.resolve(element)
        if not company.preferences.user_may_write and not element.tag.endswith("QueryRq"):
            raise not_permitted()
        company.troubles.strike(element)
        answer = HANDLERS[element.tag](company, element)
    except Refusal as refusal:
        return refused(refusal)
    if macros is not None:
        macros.learn(element, answer)
    return answer


def _check_request_id(element: etree._Element) -> None:
    request_id = element.get("requestID", "")
    if len(request_id) > _LONGEST_REQUEST_ID:
        raise Refusal(1060, f'The request ID "{request_id}" is too long.')
