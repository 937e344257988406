"""From requests to qbXML: one walker over the tables, and the message set around its results.

Everything is US-ASCII with character references: many versions of QuickBooks fail to parse raw
bytes of other characters (0x80040400), whatever encoding the document declares.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from lxml import etree

from domain.quickbooks_transactions import HostQuery
from qbwc.qbxml.errors import LocalProtocolError
from qbwc.qbxml.nodes import Aggregate
from qbwc.qbxml.spec import AnyRequest, table_of
from qbwc.qbxml.version import OURS, Version, as_text
from qbwc.qbxml.walker import fill

OnError = Literal["continueOnError", "stopOnError"]

#: Sources differ by one (23 or 24). A longer one is refused with 9004.
MESSAGE_SET_ID_LENGTH: Final = 23
#: A longer one is refused with 1060.
REQUEST_ID_LENGTH: Final = 50

_REQUEST_ID = re.compile(f"[!-~]{{1,{REQUEST_ID_LENGTH}}}")
_MESSAGE_SET_ID = re.compile(f"[!-~]{{1,{MESSAGE_SET_ID_LENGTH}}}")
_STORED = re.compile(rb"<([A-Za-z]+Rq)( [!-=?-~]+)+(/>|>[\t -~]*</\1>)")
_NO_REQUESTS: Final = b"/>"
_DECLARATION: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'


def render_request(request: AnyRequest, request_id: str, *, version: Version = OURS) -> bytes:
    """Write one request as an element, such as InvoiceModRq, in US-ASCII and on one line.

    Raises:
        UnsendableValue: A value does not fit its element; the error names element and field.
        ElementTooNew: The request needs an element that this version of qbXML does not have.
        LocalProtocolError: The request id is empty, too long or not plain ASCII.
    """
    return _render(table_of(request), request, request_id, version)


def render_query_host(request_id: str) -> bytes:
    """Write the question what QuickBooks this is, which is cheap and changes nothing."""
    return render_request(HostQuery(), request_id)


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
    instruction = etree.ProcessingInstruction("qbxml", f'version="{as_text(version)}"')
    head = _DECLARATION + etree.tostring(instruction) + b"\n"
    return head + _serialize(root).replace(_NO_REQUESTS, _around(requests))


def _around(requests: Sequence[bytes]) -> bytes:
    """Give what stands for the end of an empty message set: the requests, as they were stored."""
    for request in requests:
        _check_stored(request)
    return b"".join((b">", *requests, b"</QBXMLMsgsRq>")) if requests else _NO_REQUESTS


def _check_stored(request: bytes) -> None:
    # Written by this module and checked then, so it is not read again: only that all of it is
    # there, and that every element is closed.
    tags = request.count(b"<")
    closed = 2 * request.count(b"</") + request.count(b"/>")
    if tags != closed or not _STORED.fullmatch(request):
        raise LocalProtocolError("A rendered request is not well-formed XML.")


def _render(table: Aggregate[Any], value: object, request_id: str, version: Version) -> bytes:
    element = etree.Element(table.name, requestID=_checked("requestID", request_id, _REQUEST_ID))
    for attribute in table.attributes:
        if (given := attribute.get(value)) is not None:
            element.set(attribute.name, _checked(attribute.name, given, _REQUEST_ID))
    fill(element, table, value, version)
    return _serialize(element)


def _checked(name: str, value: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value):
        raise LocalProtocolError(f"{name} is empty, too long or not plain ASCII: {value!r}.")
    return value


def _serialize(element: etree._Element) -> bytes:
    # Only texts hold line breaks here. As references they survive whoever rewrites line ends on
    # the way to QuickBooks.
    written = etree.tostring(element, encoding="us-ascii", xml_declaration=False)
    return written.replace(b"\n", b"&#10;")
