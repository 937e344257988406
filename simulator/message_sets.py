"""The answers QuickBooks keeps for recovery, by message set id. Source: SDK error recovery."""

import hashlib
from dataclasses import dataclass
from typing import Final

from lxml import etree

from simulator.company_file import CompanyFile
from simulator.habits import Recovered, StoreFailure

_CLEAR_ALL: Final = "ClearAllMessageSets"
_LONGEST_ID: Final = 23

_OK: Final = 0
_NOTHING_STORED: Final = 600
_OTHER_CONTENT: Final = 9001
_ANSWER_GONE: Final = 9002
_BAD_ID: Final = 9004
_NOT_STORED: Final = 9005

#: What is kept under an application and an id: the digest of the requests, and their answer.
Kept = tuple[bytes, str]


@dataclass(frozen=True, slots=True)
class Recall:
    """What the store says before anything runs."""

    #: messageSetStatusCode, None when the set has no ids.
    code: int | None
    #: Whether the requests of the set are to be run.
    run: bool
    #: The stored QBXMLMsgsRs, when there is one to repeat.
    stored: str = ""
    #: The digest under which the answer is to be kept; empty when it is not.
    checksum: bytes = b""


def recall(company: CompanyFile, application: str, message_set: etree._Element) -> Recall:
    """Look the ids of a message set up, and clear what it acknowledges."""
    new = message_set.get("newMessageSetID")
    old = message_set.get("oldMessageSetID")
    if new is None and old is None:
        return Recall(None, run=True)
    if _is_bad(new) or _is_bad(old):
        return Recall(_BAD_ID, run=False)
    if old is not None and old == new and not len(message_set):
        known = company.message_sets.get((application, old))
        return Recall(_NOTHING_STORED, run=False) if known is None else _repeat(company, known)
    code = _OK if old is None else _clear(company, application, old)
    if new is None:
        return Recall(code, run=True)
    return _begin(company, (application, new), code, content_checksum(message_set))


def keep(company: CompanyFile, application: str, message_set_id: str, kept: Kept) -> None:
    """Store an answer under the set's new id; the oldest go where there are too many."""
    company.message_sets[application, message_set_id] = kept
    most = company.habits.kept_message_sets
    if most is not None:
        own = [key for key in company.message_sets if key[0] == application]
        for key in own[: max(0, len(own) - most)]:
            del company.message_sets[key]


def lose_answers(company: CompanyFile) -> None:
    """Make QuickBooks forget the answers it kept, though not the ids: they give 9002 from now."""
    for key, (checksum, _) in company.message_sets.items():
        company.message_sets[key] = (checksum, "")


def content_checksum(message_set: etree._Element) -> bytes:
    """Return a digest of the requests alone: the ids around them do not change the content."""
    digest = hashlib.sha256()
    for request in message_set.iterchildren(etree.Element):
        digest.update(etree.tostring(request, method="c14n", with_tail=False))
    return digest.digest()


def _is_bad(message_set_id: str | None) -> bool:
    if message_set_id is None or message_set_id == _CLEAR_ALL:
        return False
    return not 0 < len(message_set_id) <= _LONGEST_ID


def _begin(company: CompanyFile, key: tuple[str, str], code: int, checksum: bytes) -> Recall:
    known = company.message_sets.get(key)
    if known is not None:
        if known[0] != checksum:
            return Recall(_OTHER_CONTENT, run=False)
        return _repeat(company, known)
    failure = company.habits.store_failure
    if failure is not None:
        return Recall(_NOT_STORED, run=failure is StoreFailure.RUNS)
    return Recall(code, run=True, checksum=checksum)


def _repeat(company: CompanyFile, known: Kept) -> Recall:
    if not known[1]:
        return Recall(_ANSWER_GONE, run=False)
    if company.habits.recovered is Recovered.WHOLE:
        return Recall(_OK, run=False, stored=known[1])
    return Recall(_OK, run=False, stored=_only_recovery(known[1]))


def _only_recovery(stored: str) -> str:
    body = etree.fromstring(stored)
    for response in body:
        if response.find("ErrorRecovery") is not None:
            for child in [child for child in response if child.tag != "ErrorRecovery"]:
                response.remove(child)
    return etree.tostring(body, encoding="unicode")


def _clear(company: CompanyFile, application: str, old: str) -> int:
    if old == _CLEAR_ALL:
        for key in [key for key in company.message_sets if key[0] == application]:
            del company.message_sets[key]
        return _OK
    known = company.message_sets.pop((application, old), None)
    return _NOTHING_STORED if known is None else _OK
