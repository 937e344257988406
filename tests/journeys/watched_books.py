"""A company file that remembers who wrote what, and a bookkeeper who writes at random.

Whatever a person at QuickBooks' screen wrote stands until it is written over. Each time a request
does that, the old value is noted: somebody has to answer for it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from simulator.bookkeeper import Bookkeeper
from simulator.company_file import CompanyFile
from simulator.errors import Refusal
from simulator.invoices import Invoice
from tests.journeys.ledgers import Path, header_fields, line_fields

_FIRST_DAY = date(2026, 11, 2)
_DAYS = 25


@dataclass(frozen=True)
class Overwritten:
    """A bookkeeper's value that a request wrote over."""

    txn_id: str
    path: Path
    value: Any
    new_value: Any
    written_at: datetime
    lost_at: datetime


@dataclass
class WatchedBooks(CompanyFile):
    """The company file of one connection."""

    #: Records that somebody has open on the screen: requests cannot save them.
    opened: set[str] = field(default_factory=set)
    #: TxnIDs that a person voided or deleted.
    ended: set[str] = field(default_factory=set)
    #: Lines that a person put in, and lines that a person took out.
    inserted: set[str] = field(default_factory=set)
    removed: dict[str, datetime] = field(default_factory=dict)
    #: How often each invoice was added, by its ExternalGUID.
    added: Counter[str] = field(default_factory=Counter)
    overwritten: list[Overwritten] = field(default_factory=list)
    #: Values of a person that nobody has written over, and when they were written.
    standing: dict[str, dict[Path, tuple[Any, datetime]]] = field(default_factory=dict)
    #: What the last request left in an invoice.
    agreed: dict[str, dict[Path, Any]] = field(default_factory=dict)

    def save(self, invoice: Invoice, *, with_password: bool = False) -> Invoice:
        """Save it, and note what that does to the values of the other side."""
        if invoice.txn_id in self.opened and not with_password:
            raise Refusal(3175, "There was an error when locking the record: it is in use.")
        before = self.invoices.get(invoice.txn_id)
        saved = CompanyFile.save(self, invoice, with_password=with_password)
        if with_password:
            self._note_person(saved, {} if before is None else _fields(before))
        else:
            if before is None:
                self.added[saved.values.get("ExternalGUID", "")] += 1
            self._note_request(saved)
        return saved

    def doubled(self) -> list[str]:
        """Give the ExternalGUIDs of invoices that were added more than once."""
        return [guid for guid, times in self.added.items() if times > 1]

    def _note_person(self, saved: Invoice, before: dict[Path, Any]) -> None:
        after, now = _fields(saved), self.now()
        standing = self.standing.setdefault(saved.txn_id, {})
        agreed = self.agreed.get(saved.txn_id, {})
        for path in before.keys() - after.keys():
            standing.pop(path, None)
            if len(path) == 2 and path[1] in self.inserted:
                self.inserted.discard(path[1])
            elif len(path) == 2:
                self.removed[path[1]] = now
        for path, value in after.items():
            if before.get(path) == value:
                continue
            if path not in before and len(path) == 2:
                self.inserted.add(path[1])
            if agreed.get(path) == value:
                standing.pop(path, None)  # back to what both sides knew
            else:
                standing[path] = (value, now)

    def _note_request(self, saved: Invoice) -> None:
        after, now = _fields(saved), self.now()
        standing = self.standing.setdefault(saved.txn_id, {})
        for path, (value, written_at) in list(standing.items()):
            if after.get(path) != value:
                del standing[path]
                self.overwritten.append(
                    Overwritten(saved.txn_id, path, value, after.get(path), written_at, now)
                )
        self.agreed[saved.txn_id] = after


def _fields(books: Invoice) -> dict[Path, Any]:
    found: dict[Path, Any] = header_fields(books)
    for line_id, line in line_fields(books).items():
        found["lines", line_id] = True
        found |= {("lines", line_id, name): value for name, value in line.items()}
    return found


class RandomBookkeeper:
    """A person who edits any invoice of the file, in any way the screen offers."""

    def __init__(self, books: WatchedBooks, chance: Random) -> None:
        self._books = books
        self._chance = chance
        self._hand = Bookkeeper(books)
        self._texts = 0
        self.acts: Counter[str] = Counter()

    def act(self) -> None:
        """Do one thing to one invoice, if there is one to do it to."""
        living = [txn for txn in self._books.invoices if txn not in self._books.ended]
        if not living:
            return
        invoice = self._books.invoice(self._chance.choice(living))
        acts = {
            self._change_header: 30,
            self._change_line: 40,
            self._insert_line: 14,
            self._delete_line: 5,
            self._open_or_close: 12,
            self._pay: 2,
            self._void: 0.5,
            self._delete: 0.5,
        }
        (act,) = self._chance.choices(list(acts), list(acts.values()))
        act(invoice)
        self.acts[act.__name__.strip("_").replace("_", " ")] += 1

    def close_all(self) -> None:
        """Leave no record open."""
        self._books.opened.clear()

    def _text(self, word: str) -> str:
        self._texts += 1
        return f"{word} {self._texts}"

    def _change_header(self, invoice: Invoice) -> None:
        name = self._chance.choice(["number", "date", "memo", "memo"])
        if name == "number":
            value = f"B{self._chance.randrange(10**6)}"
        elif name == "date":
            value = (_FIRST_DAY + timedelta(days=self._chance.randrange(_DAYS))).isoformat()
        else:
            batch = invoice.memo.split(" - ")[0]
            prefix = f"{batch} - " if self._chance.random() < 0.9 else ""
            value = prefix + self._text("Seen by the bookkeeper")
        self._hand.edit_invoice(invoice.txn_id, **{name: value})

    def _change_line(self, invoice: Invoice) -> None:
        priced = [line for line in invoice.flat_lines() if line.amount is not None]
        if not priced:
            return
        line = self._chance.choice(priced)
        changes: dict[str, Any] = {
            "rate": Decimal(self._chance.randrange(100, 30000)) / 100,
            "quantity": Decimal(self._chance.randrange(1, 10)),
            "description": self._text("Work checked"),
            "class_name": self._chance.choice(["HVAC", "Plumbing"]),
        }
        name = self._chance.choice(list(changes))
        self._hand.change_line(invoice.txn_id, line.txn_line_id, **{name: changes[name]})

    def _insert_line(self, invoice: Invoice) -> None:
        after = self._chance.choice(["", *(line.txn_line_id for line in invoice.lines)])
        self._hand.insert_text_line(invoice.txn_id, self._text("Thank you"), after=after)

    def _delete_line(self, invoice: Invoice) -> None:
        if len([line for line in invoice.flat_lines() if line.amount]) > 1:
            line = self._chance.choice(invoice.lines)
            self._hand.delete_line(invoice.txn_id, line.txn_line_id)

    def _open_or_close(self, invoice: Invoice) -> None:
        self._books.opened ^= {invoice.txn_id}

    def _pay(self, invoice: Invoice) -> None:
        if invoice.balance_remaining > 1:
            self._hand.receive_payment(invoice.txn_id, Decimal(1))

    def _void(self, invoice: Invoice) -> None:
        self._books.ended.add(invoice.txn_id)
        self._hand.void_invoice(invoice.txn_id)

    def _delete(self, invoice: Invoice) -> None:
        self._books.ended.add(invoice.txn_id)
        self._hand.delete_invoice(invoice.txn_id)
