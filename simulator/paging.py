"""Query answers in pieces: metaData, MaxReturned and iterators. Source: qbXML 13.0."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from lxml import etree

from simulator.answers import NO_MATCH, Answer
from simulator.company_file import CompanyFile
from simulator.errors import Refusal
from simulator.shape import missing

Found = TypeVar("Found")

_ONLY_COUNT: Final = "MetaDataOnly"
_COUNT_TOO: Final = "MetaDataAndResponseData"


@dataclass(frozen=True, slots=True)
class Query(Generic[Found]):
    """What a query is made of."""

    company: CompanyFile
    request: etree._Element
    #: All there is of that kind, by TxnID or ListID.
    known: Mapping[str, Found]
    ret: Callable[[Found], etree._Element]

    def answer(self, found: Sequence[str]) -> Answer:
        """Return the objects with these ids, or as many of them as the request wants at once."""
        word = self.request.get("iterator")
        if word is not None:
            return self._iterated(word, found)
        metadata = self.request.get("metaData")
        attributes = {"retCount": str(len(found))} if metadata in {_ONLY_COUNT, _COUNT_TOO} else {}
        if metadata == _ONLY_COUNT:
            return Answer(attributes=attributes)
        if not found:
            return NO_MATCH
        limit = self.request.findtext("MaxReturned")
        return self._rets(found[: int(limit)] if limit else found, attributes)

    def _rets(self, ids: Sequence[str], attributes: Mapping[str, str]) -> Answer:
        rets = tuple(self.ret(self.known[one]) for one in ids if one in self.known)
        return Answer(rets, attributes=attributes)

    def _iterated(self, word: str, found: Sequence[str]) -> Answer:
        limit = self.request.findtext("MaxReturned")
        if not limit:
            raise missing("MaxReturned")
        if word == "Start":
            if not found:
                return NO_MATCH
            iterator_id, rest = _iterator_id(len(self.company.iterators) + 1), list(found)
        else:
            iterator_id = self.request.get("iteratorID", "")
            rest = self._rest(iterator_id)
        page, rest = rest[: int(limit)], rest[int(limit) :]
        self.company.iterators[iterator_id] = (self.company.session(), rest)
        remaining = str(len(rest))
        attributes = {"iteratorRemainingCount": remaining, "iteratorID": iterator_id}
        return self._rets(page, attributes)

    def _rest(self, iterator_id: str) -> list[str]:
        session, rest = self.company.iterators.get(iterator_id, ("", []))
        if not rest or session != self.company.session():
            raise Refusal(3391, f'The iteratorID "{iterator_id}" is not valid')
        return rest


def _iterator_id(number: int) -> str:
    return f"{{00000000-0000-4000-8000-{number:012x}}}"
