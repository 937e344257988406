"""Read a qbXML request document the way QuickBooks' own parser does: strictly."""

import re
from typing import Final

from lxml import etree

from simulator.company_queries import VERSIONS
from simulator.errors import ComError, unparsable
from simulator.messages import REQUESTS
from simulator.shape import check_order

_DECLARATION: Final = re.compile(rb"<\?xml\s[^>]*\?>")
_VERSION: Final = re.compile(r'version\s*=\s*["\']([^"\']+)["\']')
_ON_ERROR: Final = frozenset({"stopOnError", "continueOnError"})
_SET_ATTRIBUTES: Final = frozenset(
    {"onError", "newMessageSetID", "oldMessageSetID", "responseData"}
)
_UNKNOWN_VERSION: Final = "0x80040423"
_QUERY_ATTRIBUTES: Final = frozenset({"requestID", "metaData", "iterator", "iteratorID"})
_WRITE_ATTRIBUTES: Final = frozenset({"requestID"})


def hardened_parser() -> etree.XMLParser:
    """Return a parser that resolves no entities, loads nothing and refuses giant trees."""
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)


def read_message_set(document: bytes) -> etree._Element:
    """Return the QBXMLMsgsRq of a document that fits the schema throughout.

    Raises ComError: 0x80040400 for anything misplaced, unknown, missing or not ASCII,
    0x80040423 for a qbXML version the product does not speak.
    """
    if not document.isascii() or not _DECLARATION.match(document) or b"<!DOCTYPE" in document:
        raise unparsable()
    try:
        root = etree.fromstring(document, hardened_parser())
    except etree.XMLSyntaxError:
        raise unparsable() from None
    _check_version(root)
    message_set = _only_child(root)
    for request in message_set.iterchildren(etree.Element):
        _check_request(request)
    return message_set


def _check_version(root: etree._Element) -> None:
    found = root.xpath("preceding-sibling::processing-instruction('qbxml')")
    version = _VERSION.search(str(found)) if found else None
    if version is None:
        raise unparsable()
    if version[1] not in VERSIONS:
        raise ComError(_UNKNOWN_VERSION)


def _only_child(root: etree._Element) -> etree._Element:
    children = list(root.iterchildren(etree.Element))
    if root.tag != "QBXML" or root.attrib or [child.tag for child in children] != ["QBXMLMsgsRq"]:
        raise unparsable()
    message_set = children[0]
    if message_set.get("onError") not in _ON_ERROR or set(message_set.attrib) - _SET_ATTRIBUTES:
        raise unparsable()
    return message_set


def _check_request(request: etree._Element) -> None:
    node = REQUESTS.get(request.tag)
    if node is None:
        raise unparsable()
    allowed = _QUERY_ATTRIBUTES if request.tag.endswith("QueryRq") else _WRITE_ATTRIBUTES
    if set(request.attrib) - allowed:
        raise unparsable()
    check_order(request, node)
