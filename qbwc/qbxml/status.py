"""How QuickBooks says what became of a request, and of a message set. Source: qbXML 13.0."""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from qbwc.qbxml.errors import RemoteProtocolError
from qbwc.qbxml.formats import malformed

#: A query found nothing: by filter (1, Info), or by TxnID (500, Warn).
FOUND_NOTHING: Final = frozenset({1, 500})
#: Of a message set: nothing is stored for its id. It never ran, as far as QuickBooks knows.
NOTHING_STORED: Final = frozenset({600, 9002})

_CODE = re.compile("[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Status:
    """What became of one request; the severity is Info, Warn or Error in QuickBooks' spelling."""

    code: int
    severity: str
    message: str


def read_status(response: etree._Element) -> Status:
    """Give the status of a response. Raises RemoteProtocolError when it has no code."""
    code = read_count(response, "statusCode")
    if code is None:
        raise RemoteProtocolError(f"{response.tag} has no statusCode.")
    return Status(code, response.get("statusSeverity", ""), response.get("statusMessage", ""))


def read_message_set_status(message_set: etree._Element) -> int | None:
    """Give the status of a message set; None when it was sent without an id."""
    return read_count(message_set, "messageSetStatusCode")


def read_count(element: etree._Element, name: str) -> int | None:
    """Give a number that stands in an attribute; None when it is absent or empty.

    Raises RemoteProtocolError.
    """
    text = element.get(name, "").strip()
    if not text:
        return None
    if not _CODE.fullmatch(text):
        raise malformed(f"{element.tag}/@{name}", text)
    return int(text)
