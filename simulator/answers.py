"""What a handler answers to one request, and how it is written as an Rs element."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from simulator.errors import Refusal
from simulator.writing import put

_LEAST_WARNING: Final = 500
_LEAST_ERROR: Final = 1000
_RECOVERY_PARTS: Final = (
    *("ListID", "OwnerID", "TxnID", "TxnNumber", "EditSequence", "ExternalGUID"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The objects that come back and the status; a warning still carries its objects."""

    objects: tuple[etree._Element, ...] = ()
    code: int = 0
    message: str = "Status OK"
    #: retCount, iteratorRemainingCount, iteratorID.
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether the request failed, which stops a set under stopOnError."""
        return self.code >= _LEAST_ERROR

    @property
    def severity(self) -> str:
        """Info, Warn or Error, by the range of the code."""
        if self.code < _LEAST_WARNING:
            return "Info"
        return "Error" if self.is_error else "Warn"


NOT_PROCESSED: Final = Answer(code=3231, message="The request has not been processed.")
NO_MATCH: Final = Answer(
    code=1, message="A query request did not find a matching object in QuickBooks"
)


def refused(refusal: Refusal) -> Answer:
    """Return the answer that carries a refusal, with the object it is about if it shows one."""
    return Answer(refusal.objects, refusal.code, refusal.message)


def not_found(what: str, objects: Iterable[etree._Element] = ()) -> Answer:
    """Return a query by id or name that missed something: a warning, with what was found."""
    message = (
        "The query request has not been fully completed.  There was a required element "
        f'("{what}") that could not be found in QuickBooks.'
    )
    return Answer(tuple(objects), 500, message)


def response_element(
    request: etree._Element, answer: Answer, *, recovery: etree._Element | None = None
) -> etree._Element:
    """Return the Rs element for a request: its requestID echoed, the status as attributes."""
    attributes = {
        "statusCode": str(answer.code),
        "statusSeverity": answer.severity,
        "statusMessage": answer.message,
        **answer.attributes,
    }
    request_id = request.get("requestID")
    if request_id is not None:
        attributes = {"requestID": request_id, **attributes}
    element = etree.Element(request.tag.removesuffix("Rq") + "Rs", attributes)
    wanted = {child.text for child in request.iterchildren("IncludeRetElement")}
    for found in answer.objects:
        if wanted:
            _keep_only(found, wanted)
        element.append(found)
    if recovery is not None:
        element.append(recovery)
    return element


def error_recovery(answer: Answer) -> etree._Element | None:
    """Return the ErrorRecovery of a write: the ids of the object it made or changed.

    None of a refusal, which made nothing. Source: qbXML 11.0 ErrorRecovery.
    """
    if answer.is_error or not answer.objects:
        return None
    written = answer.objects[0]
    parts = {part.tag: part.text for part in (written if len(written) else answer.objects)}
    element = etree.Element("ErrorRecovery")
    for name in _RECOVERY_PARTS:
        if text := parts.get(name):
            put(element, name, text)
    return element


def _keep_only(element: etree._Element, names: set[str | None]) -> None:
    for child in list(element):
        if child.tag not in names:
            element.remove(child)
