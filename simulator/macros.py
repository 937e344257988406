"""Names a request gives to what it adds, for later requests of the same set.

`<InvoiceAdd defMacro="TxnID:INV1">`, then `<TxnID useMacro="TxnID:INV1"/>`. The codes of macro
errors are 9100 to 9199; which of them means what is not published, so the numbers here are ours.
"""

from dataclasses import dataclass, field

from lxml import etree

from simulator.answers import Answer
from simulator.errors import Refusal

_UNKNOWN = 9100
_TAKEN = 9101
_KINDS = ("TxnID", "ListID")


@dataclass(slots=True)
class Macros:
    """The macros of one message set."""

    _ids: dict[str, str] = field(default_factory=dict)

    def resolve(self, request: etree._Element) -> None:
        """Put the ids in where macros stand. Raises Refusal for one that nobody defined."""
        defined = self._defined(request)
        if defined and (defined in self._ids or defined.partition(":")[0] not in _KINDS):
            raise Refusal(_TAKEN, f'The macro name "{defined}" cannot be defined.')
        for element in request.iter(*_KINDS):
            used = element.get("useMacro")
            if used is None:
                continue
            if used not in self._ids or used.partition(":")[0] != element.tag:
                raise Refusal(_UNKNOWN, f'The macro "{used}" has not been defined.')
            element.text = self._ids[used]

    def learn(self, request: etree._Element, answer: Answer) -> None:
        """Remember the id of what the request added under the name it gave."""
        name = self._defined(request)
        if name and answer.objects and not answer.is_error:
            self._ids[name] = answer.objects[0].findtext(name.partition(":")[0], "")

    def _defined(self, request: etree._Element) -> str:
        return next((body.get("defMacro", "") for body in request.iterchildren(etree.Element)), "")
