"""Read a qbXML request document the way QuickBooks' own parser does: strictly."""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from simulator.company_queries import VERSIONS
from simulator.errors import ComError, Refusal, unparsable
from simulator.messages import REQUESTS
from simulator.shape import check, check_blank

_DECLARATION: Final = re.compile(rb"<\?xml\s[^>]*\?>")
_VERSION: Final = re.compile(r'version\s*=\s*["\']([^"\']+)["\']')
_ON_ERROR: Final = frozenset({"stopOnError", "continueOnError"})
_SET_ATTRIBUTES: Final = frozenset(
    {"onError", "newMessageSetID", "oldMessageSetID", "responseData"}
)
_UNKNOWN_VERSION: Final = "0x80040423"
#: Below a request there are no attributes but those of macros.
_HAS_MACROS: Final = etree.XPath("boolean(/QBXML/QBXMLMsgsRq/*/*/descendant-or-self::*[@*])")


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a set."""

    element: etree._Element
    #: What is wrong with a value of it; QuickBooks says so only when its turn comes.
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class MessageSet:
    """A document that fits the schema."""

    #: The QBXMLMsgsRq.
    element: etree._Element
    requests: tuple[Request, ...]
    #: The qbXML version it is written in, as major and minor number.
    version: tuple[int, int]
    has_macros: bool


def hardened_parser() -> etree.XMLParser:
    """Return a parser that resolves no entities, loads nothing and refuses giant trees."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
    )


def read_message_set(document: bytes) -> MessageSet:
    """Return what the document asks for, once it fits the schema throughout.

    Raises ComError: 0x80040400 for anything misplaced, unknown or not ASCII, 0x80040423 for a qbXML
    version the product does not speak.
    """
    if not document.isascii() or not _DECLARATION.match(document) or b"<!DOCTYPE" in document:
        raise unparsable()
    try:
        root = etree.fromstring(document, hardened_parser())
    except etree.XMLSyntaxError:
        raise unparsable() from None
    version = _version(root)
    element = _only_child(root)
    check_blank(root)
    has_macros = bool(_HAS_MACROS(root))
    requests = tuple(
        _read_request(child, has_macros=has_macros) for child in element.iterchildren(etree.Element)
    )
    return MessageSet(element, requests, version, has_macros)


def _version(root: etree._Element) -> tuple[int, int]:
    found = root.xpath("preceding-sibling::processing-instruction('qbxml')")
    version = _VERSION.search(str(found)) if found else None
    if version is None:
        raise unparsable()
    if version[1] not in VERSIONS:
        raise ComError(_UNKNOWN_VERSION)
    major, _, minor = version[1].partition(".")
    return int(major), int(minor)


def _only_child(root: etree._Element) -> etree._Element:
    children = list(root.iterchildren(etree.Element))
    if root.tag != "QBXML" or root.attrib or [child.tag for child in children] != ["QBXMLMsgsRq"]:
        raise unparsable()
    message_set = children[0]
    if message_set.get("onError") not in _ON_ERROR or set(message_set.attrib) - _SET_ATTRIBUTES:
        raise unparsable()
    return message_set


def _read_request(element: etree._Element, *, has_macros: bool) -> Request:
    node = REQUESTS.get(element.tag)
    if node is None or not node.attributes.issuperset(element.keys()):
        raise unparsable()
    return Request(element, check(element, node, attributes=has_macros))
