"""The one parser for qbXML from outside: no entities, no network, no declarations, a size limit."""

import re
from typing import Final

from lxml import etree

from qbwc.qbxml.errors import RemoteProtocolError

MAX_BYTES: Final = 16 * 1024 * 1024

#: References to characters that XML 1.0 has not. QuickBooks writes them for what was pasted in.
_INVALID_REFERENCE = re.compile(
    rb"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]));", re.IGNORECASE
)


def read_message_set(document: str | bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Give the QBXMLMsgsRs of a document.

    Raises:
        RemoteProtocolError: It is no such document; the error does not quote it.
    """
    root = _parse(_encoded(document, max_bytes))
    message_set = root.find("QBXMLMsgsRs") if root.tag == "QBXML" else None
    if message_set is None:
        raise RemoteProtocolError("The document is not a QBXML with a QBXMLMsgsRs.")
    return message_set


def _encoded(document: str | bytes, max_bytes: int) -> bytes:
    try:
        encoded = document.encode() if isinstance(document, str) else document
    except UnicodeEncodeError:
        raise RemoteProtocolError("The document holds characters that are none.") from None
    if len(encoded) > max_bytes:
        raise RemoteProtocolError(f"The document is larger than {max_bytes} bytes.")
    if b"<!DOCTYPE" in encoded:
        raise RemoteProtocolError("A document must not have a document type declaration.")
    return encoded.strip()


def _parse(encoded: bytes) -> etree._Element:
    try:
        return etree.fromstring(encoded, _parser())
    except etree.XMLSyntaxError as error:
        cleaned = _INVALID_REFERENCE.sub(b"", encoded)
        if cleaned == encoded:
            raise _not_well_formed(error) from None
    try:
        return etree.fromstring(cleaned, _parser())
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error) from None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,  # between elements only: a text of blanks alone stays
        collect_ids=False,  # no DTD, no IDs; without their table it is read twice as fast
        encoding="utf-8",  # what strings were made into; another one could hide a declaration
    )


def _not_well_formed(error: etree.XMLSyntaxError) -> RemoteProtocolError:
    line, column = error.position  # lxml's own words may quote the document
    return RemoteProtocolError(
        f"The document is not well-formed XML (line {line}, column {column})."
    )
