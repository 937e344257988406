"""What the SDK says of the messages: element by element, in its order (facts.txt tells the notation)."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_ELEMENT = re.compile(
    r"(?P<indent> *)(?P<name>\w+)(?: (?P<type>[A-Z]+)(?:\((?P<longest>\d+)\))?)?"
    r"(?P<required> \*)?(?P<repeats> \+)?(?: @(?P<since>[\d.]+))?(?: =(?P<values>.*))?"
)
_STREET = {f"Addr{n}": 41 for n in range(1, 6)}
_TOWN = {"City": 31, "State": 21, "PostalCode": 13, "Country": 31, "Note": 41}


@dataclass
class Fact:
    name: str
    type: str | None = None
    longest: int | None = None
    required: bool = False
    repeats: bool = False
    since: str | None = None
    values: tuple[str, ...] = ()
    children: "list[Fact]" = field(default_factory=list)

    @property
    def is_reference(self) -> bool:
        return self.type == "REF"


def _texts(lengths: dict[str, int]) -> list[Fact]:
    return [Fact(name, "STRTYPE", longest) for name, longest in lengths.items()]


def _read(line: str) -> tuple[int, Fact]:
    match = _ELEMENT.fullmatch(line)
    assert match, line
    fact = Fact(
        name=match["name"],
        type=match["type"],
        longest=int(match["longest"]) if match["longest"] else None,
        required=bool(match["required"]),
        repeats=bool(match["repeats"]),
        since=match["since"],
        values=tuple((match["values"] or "").split("|")) if match["values"] else (),
    )
    if fact.type == "REF":
        fact.children = [Fact("ListID", "IDTYPE"), Fact("FullName", "STRTYPE", fact.longest)]
    if fact.type in ("ADDRESS", "BLOCK"):
        fact.children = _texts(_STREET | (_TOWN if fact.type == "ADDRESS" else {}))
        fact.type = None
    return len(match["indent"]), fact


def _read_all(text: str) -> dict[str, Fact]:
    root = Fact("")
    open_at = {-1: root}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        depth, fact = _read(line)
        open_at[depth] = fact
        open_at[depth - 1].children.append(fact)
    return {fact.name: fact for fact in root.children}


#: By message: InvoiceAddRq, InvoiceModRs and so on.
MESSAGES = _read_all(Path(__file__).with_name("facts.txt").read_text(encoding="utf-8"))
#: By element, as answers hold them: InvoiceRet, CustomerRet and so on.
RETS = {
    fact.name: fact
    for name, message in MESSAGES.items()
    if name.endswith("Rs")
    for fact in message.children
}
