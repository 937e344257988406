"""From requests to qbXML: one walker over the tables, and the message set around its results.

Everything is US-ASCII with character references: many versions of QuickBooks fail to parse raw
bytes of other characters (0x80040400), whatever encoding the document declares.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, assert_never
from uuid import UUID

from lxml import etree

from domain.edits import UNSET
from domain.quickbooks import Ref, Request
from qbwc.qbxml.errors import ElementTooNew, LocalProtocolError, UnsendableValue
from qbwc.qbxml.formats import IDENTIFIER, Scalar, text
from qbwc.qbxml.nodes import Aggregate, Leaf, Many, One, Reference
from qbwc.qbxml.spec import HOST_QUERY, REQUESTS
from qbwc.qbxml.version import OURS, Version, as_text

OnError = Literal["continueOnError", "stopOnError"]

#: Sources differ by one (23 or 24). A longer one is refused with 9004.
MESSAGE_SET_ID_LENGTH: Final = 23
#: A longer one is refused with 1060.
REQUEST_ID_LENGTH: Final = 50

_REQUEST_ID = re.compile(f"[!-~]{{1,{REQUEST_ID_LENGTH}}}")
_MESSAGE_SET_ID = re.compile(f"[!-~]{{1,{MESSAGE_SET_ID_LENGTH}}}")
_DECLARATION: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walker is, for the message of an error."""

    version: Version
    path: str = ""
    task_id: UUID | None = None

    def below(self, name: str) -> "_Place":
        return replace(self, path=self.path_of(name))

    def path_of(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def unsendable(self, reason: str, name: str, label: str = "") -> UnsendableValue:
        return UnsendableValue(
            reason, field=self.path_of(name), label=label or name, task_id=self.task_id
        )

    def check_version(self, name: str, since: Version) -> None:
        if since > self.version:
            raise ElementTooNew(self.path_of(name), since=since, version=self.version)


def render_request(request: Request, request_id: str, *, version: Version = OURS) -> bytes:
    """Write one request as an element, such as InvoiceModRq, in US-ASCII and on one line.

    Raises:
        UnsendableValue: A value does not fit its element; the error names element and field.
        ElementTooNew: The request needs an element that this version of qbXML does not have.
        LocalProtocolError: The request id is empty, too long or not plain ASCII.
    """
    return _render(REQUESTS[type(request)], request, request_id, version)


def render_query_host(request_id: str) -> bytes:
    """Write the question what QuickBooks this is, which is cheap and changes nothing."""
    return _render(HOST_QUERY, None, request_id, OURS)


def render_message_set(
    requests: Sequence[bytes],
    *,
    version: Version,
    message_set_id: str | None,
    old_message_set_id: str | None = None,
    on_error: OnError = "continueOnError",
) -> bytes:
    """Write the document around requests that are already rendered.

    No requests, and one id as both ids, is the status check: QuickBooks tells what it stored for
    the id and runs nothing. An old id alone makes it forget what it stored.

    Raises:
        LocalProtocolError: An id does not fit, or a request is not XML.
    """
    root = etree.Element("QBXML")
    message_set = etree.SubElement(root, "QBXMLMsgsRq", onError=on_error)
    for name, value in (
        ("newMessageSetID", message_set_id),
        ("oldMessageSetID", old_message_set_id),
    ):
        if value is not None:
            message_set.set(name, _checked(name, value, _MESSAGE_SET_ID))
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for request in requests:
        message_set.append(_reread(request, parser))
    instruction = etree.ProcessingInstruction("qbxml", f'version="{as_text(version)}"')
    return _DECLARATION + etree.tostring(instruction) + b"\n" + _serialize(root)


def _render(table: Aggregate[Any], value: object, request_id: str, version: Version) -> bytes:
    element = etree.Element(table.name, requestID=_checked("requestID", request_id, _REQUEST_ID))
    _fill(element, table, value, _Place(version))
    return _serialize(element)


def _checked(name: str, value: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value):
        raise LocalProtocolError(f"{name} is empty, too long or not plain ASCII: {value!r}.")
    return value


def _reread(request: bytes, parser: etree.XMLParser) -> etree._Element:
    try:
        return etree.fromstring(request, parser)
    except etree.XMLSyntaxError as error:
        raise LocalProtocolError("A rendered request is not well-formed XML.") from error


def _serialize(element: etree._Element) -> bytes:
    # Only texts hold line breaks here. As references they survive whoever rewrites line ends on
    # the way to QuickBooks.
    written = etree.tostring(element, encoding="us-ascii", xml_declaration=False)
    return written.replace(b"\n", b"&#10;")


def _fill(parent: etree._Element, table: Aggregate[Any], value: Any, place: _Place) -> None:
    for node in table.children:
        match node:
            case Leaf():
                _write_leaf(parent, node, value, place)
            case Reference():
                _write_reference(parent, node, value, place)
            case One():
                if (inner := node.get(value)) is not None:
                    child = etree.SubElement(parent, node.aggregate.name)
                    _fill(child, node.aggregate, inner, place.below(node.aggregate.name))
            case Many():
                _write_many(parent, node, value, place)
            case _:
                assert_never(node)


def _write_leaf(parent: etree._Element, leaf: Leaf[Any], value: Any, place: _Place) -> None:
    given = leaf.get(value)
    if given is UNSET or (given is None and not leaf.filled):
        return
    if leaf.filled and not given:
        raise place.unsendable("must not be empty", leaf.name, leaf.label)
    place.check_version(leaf.name, leaf.since)
    _write_text(parent, leaf.name, leaf.scalar, given, place, leaf.label)


def _write_reference(
    parent: etree._Element, reference: Reference[Any], value: Any, place: _Place
) -> None:
    ref = reference.get(value)
    if ref is UNSET or (ref is None and not (reference.clears or reference.filled)):
        return
    if ref is None and reference.filled:
        raise place.unsendable("must not be empty", reference.name, reference.label)
    place.check_version(reference.name, reference.since)
    element = etree.SubElement(parent, reference.name)
    if ref is None:
        etree.SubElement(element, "FullName").text = ""  # qbXML 13.0: an empty name clears it
        return
    _write_name(element, reference, ref, place.below(reference.name))


def _write_name(
    element: etree._Element, reference: Reference[Any], ref: Ref, place: _Place
) -> None:
    label = reference.label or reference.name
    if ref.list_id:  # QuickBooks ignores FullName beside it
        _write_text(element, "ListID", IDENTIFIER, ref.list_id, place, label)
    elif ref.full_name:
        name = text(reference.longest, one_line=True)
        _write_text(element, "FullName", name, ref.full_name, place, label)
    else:
        raise place.unsendable("must not be empty", "FullName", label)


def _write_many(parent: etree._Element, many: Many[Any, Any], value: Any, place: _Place) -> None:
    given = many.get(value)
    if given is None:
        return
    if many.filled and not given:
        raise place.unsendable("must not be an empty list", many.choices[0].name, "tasks")
    for position, item in enumerate(given, start=1):
        try:
            table = many.choose(item)
        except ValueError as error:
            at = f"{many.choices[0].name}[{position}]"
            raise place.unsendable(str(error), at, "tasks") from None
        below = replace(place.below(f"{table.name}[{position}]"), task_id=item.task_id)
        _fill(etree.SubElement(parent, table.name), table, item, below)


def _write_text(
    parent: etree._Element, name: str, scalar: Scalar[Any], value: object, place: _Place, label: str
) -> None:
    try:
        written = scalar.write(value)
    except ValueError as error:
        raise place.unsendable(str(error), name, label) from None
    etree.SubElement(parent, name).text = written
