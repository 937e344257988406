"""What QuickBooks really wrote, read from the message sets that it ran."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from lxml import etree

_LEAST_ERROR: Final = 1000


@dataclass(frozen=True, slots=True)
class Write:
    """One request that adds, changes or deletes, and what QuickBooks answered."""

    #: None when no Web Connector brought it.
    at: datetime | None
    session: int | None
    #: newMessageSetID, or an empty string.
    message_set_id: str
    #: "InvoiceModRq" and the like.
    name: str
    #: The request as XML.
    request: str
    #: The status code of the answer; 3231 when an earlier request stopped the set.
    code: int
    message: str
    #: TxnID of a transaction, ListID of a list entry; empty when a refused Add has none.
    txn_id: str
    edit_sequence: str
    #: RefNumber after the write, or the one it asked for in vain.
    number: str

    @property
    def saved(self) -> bool:
        """Whether the company file was changed; warnings count as saved."""
        return self.code < _LEAST_ERROR


class Ran(Protocol):
    """A message set with what became of it."""

    @property
    def response(self) -> str: ...
    @property
    def executed(self) -> tuple[etree._Element, ...]: ...
    @property
    def at(self) -> datetime | None: ...
    @property
    def session(self) -> int | None: ...


@dataclass(slots=True)
class WriteReader:
    """Reads message sets in their order, and remembers which number belongs to which TxnID."""

    _numbers: dict[str, str] = field(default_factory=dict)

    def read(self, entries: Iterable[Ran]) -> Iterator[Write]:
        """Return the writes among what was really run."""
        for entry in entries:
            if entry.executed and entry.response:
                yield from self._read(entry)

    def _read(self, entry: Ran) -> Iterator[Write]:
        # QuickBooks may hand on control characters, which XML forbids.
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
        answers = etree.fromstring(entry.response.encode(), parser)[0]
        for request, answer in zip(entry.executed, answers, strict=True):
            self._learn(answer)
            if not request.tag.endswith("QueryRq"):
                yield self._write(entry, request, answer)

    def _learn(self, answer: etree._Element) -> None:
        for ret in answer.iterchildren():
            txn_id, number = ret.findtext("TxnID"), ret.findtext("RefNumber")
            if txn_id and number is not None:
                self._numbers[txn_id] = number

    def _write(self, entry: Ran, request: etree._Element, answer: etree._Element) -> Write:
        message_set = request.getparent()
        txn_id = _first(answer, "TxnID", "ListID") or _named_by(request)
        return Write(
            at=entry.at,
            session=entry.session,
            message_set_id="" if message_set is None else message_set.get("newMessageSetID", ""),
            name=request.tag,
            request=etree.tostring(request, encoding="unicode", with_tail=False),
            code=int(answer.get("statusCode", "0")),
            message=answer.get("statusMessage", ""),
            txn_id=txn_id,
            edit_sequence=_first(answer, "EditSequence"),
            number=self._numbers.get(txn_id) or _first(request, "RefNumber"),
        )


def _named_by(request: etree._Element) -> str:
    """Return the id of what a Mod, Void or Del is about; the references of an Add name others."""
    return "" if request.tag.endswith("AddRq") else _first(request, "TxnID", "ListID")


def _first(element: etree._Element, *names: str) -> str:
    """Return the text of that child or grandchild, of whichever name is there, or ''."""
    for name in names:
        for path in (name, f"*/{name}"):
            text = element.findtext(path)
            if text:
                return text
    return ""
