"""The answers QuickBooks keeps for recovery, by message set id. Source: SDK error recovery."""

import hashlib
from dataclasses import dataclass
from typing import Final

from lxml import etree

from simulator.company_file import CompanyFile

_CLEAR_ALL: Final = "ClearAllMessageSets"
_LONGEST_ID: Final = 23

_OK: Final = 0
_NOTHING_STORED: Final = 600
_OTHER_CONTENT: Final = 9001
_BAD_ID: Final = 9004


@dataclass(frozen=True, slots=True)
class Recall:
    """What the store says before anything runs."""

    #: messageSetStatusCode, None when the set has no ids.
    code: int | None
    #: Whether the requests of the set are to be run.
    run: bool
    #: The stored QBXMLMsgsRs, when there is one to repeat.
    stored: str = ""


def recall(company: CompanyFile, application: str, message_set: etree._Element) -> Recall:
    """Look the ids of a message set up, and clear what it acknowledges."""
    new = message_set.get("newMessageSetID")
    old = message_set.get("oldMessageSetID")
    if new is None and old is None:
        return Recall(None, run=True)
    if _too_long(new) or _too_long(old):
        return Recall(_BAD_ID, run=False)
    if old is not None and old == new and not len(message_set):
        return _status(company, (application, old))
    code = _OK if old is None else _clear(company, application, old)
    known = company.message_sets.get((application, new or ""))
    if known is None:
        return Recall(code, run=True)
    checksum, response = known
    if checksum != content_checksum(message_set):
        return Recall(_OTHER_CONTENT, run=False)
    return Recall(_OK, run=False, stored=response)


def keep(
    company: CompanyFile, application: str, message_set: etree._Element, response: str
) -> None:
    """Store the answer under the set's new id, if it has one."""
    new = message_set.get("newMessageSetID")
    if new is not None:
        checksum = content_checksum(message_set)
        company.message_sets[application, new] = (checksum, response)


def content_checksum(message_set: etree._Element) -> bytes:
    """Return a digest of the requests alone: the ids around them do not change the content."""
    digest = hashlib.sha256()
    for request in message_set.iterchildren(etree.Element):
        digest.update(etree.tostring(request, method="c14n", with_tail=False))
    return digest.digest()


def _too_long(message_set_id: str | None) -> bool:
    if message_set_id is None or message_set_id == _CLEAR_ALL:
        return False
    return not 0 < len(message_set_id) <= _LONGEST_ID


def _status(company: CompanyFile, key: tuple[str, str]) -> Recall:
    known = company.message_sets.get(key)
    if known is None:
        return Recall(_NOTHING_STORED, run=False)
    return Recall(_OK, run=False, stored=known[1])


def _clear(company: CompanyFile, application: str, old: str) -> int:
    if old == _CLEAR_ALL:
        for key in [key for key in company.message_sets if key[0] == application]:
            del company.message_sets[key]
        return _OK
    known = company.message_sets.pop((application, old), None)
    return _NOTHING_STORED if known is None else _OK
