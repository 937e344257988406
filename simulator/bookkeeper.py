"""A person at the QuickBooks screen, who edits invoices and credit memos without asking anybody."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from simulator.company_file import CompanyFile
from simulator.errors import cannot_be_found
from simulator.figures import cents
from simulator.invoice_writes import blank, with_sales_defaults
from simulator.invoices import Entry, Invoice, Line, extended
from simulator.lists import REFERENCES, ListEntry, ListKind
from simulator.pasted import hidden
from simulator.payment_writes import new_payment, record_payment

#: What a person may type over, by our word for it.
_TEXTS: Final[Mapping[str, str]] = {
    "memo": "Memo",
    "number": "RefNumber",
    "date": "TxnDate",
    "due_date": "DueDate",
    "po_number": "PONumber",
}


@dataclass(frozen=True, slots=True)
class Bookkeeper:
    """Edits of a person. Each saves the invoice, so each moves its EditSequence.

    What is said of invoices goes for credit memos too, but for payments. A person knows the closing
    password, so closed periods do not stop these edits.
    """

    company: CompanyFile

    def enter_invoice(
        self, customer: str, item: str, rate: Decimal, *, number: str, **texts: str
    ) -> Invoice:
        """Enter an invoice of one line by hand; memo and date as in `edit_invoice`.

        Raises Refusal for a customer or item that is not there.
        """
        line = Line(
            self.company.next_id(),
            refs={"ItemRef": self._entry(REFERENCES["ItemRef"], item)},
            quantity=Decimal(1),
            rate=rate,
            amount=cents(rate),
        )
        values = {_TEXTS[word]: hidden(text) for word, text in texts.items()}
        entered = replace(
            blank(self.company),
            txn_id=self.company.next_id(),
            refs={"CustomerRef": self._entry(REFERENCES["CustomerRef"], customer)},
            values={**values, "RefNumber": number},
            lines=(line,),
        )
        return self._save(with_sales_defaults(self.company, entered))

    def edit_invoice(self, txn_id: str, **texts: str) -> Invoice:
        """Type over memo, number, date, due_date or po_number; dates as YYYY-MM-DD.

        Control characters that are pasted in come out of QuickBooks as `&#5;`. Raises KeyError for
        any other word.
        """
        invoice = self._find(txn_id)
        changes = {_TEXTS[word]: hidden(text) for word, text in texts.items()}
        return self._save(replace(invoice, values={**invoice.values, **changes}))

    def insert_text_line(self, txn_id: str, text: str, *, after: str = "") -> Line:
        """Put a line that is only text below the line with that TxnLineID, or on top."""
        line = Line(self.company.next_id(), values={"Desc": hidden(text)})
        lines = list(self._find(txn_id).lines)
        lines.insert(self._position(txn_id, after) + 1 if after else 0, line)
        self._save_lines(txn_id, lines)
        return line

    def change_line(
        self,
        txn_id: str,
        txn_line_id: str,
        *,
        rate: Decimal | None = None,
        quantity: Decimal | None = None,
        description: str | None = None,
        class_name: str | None = None,
    ) -> Invoice:
        """Change what is given of one line; the amount follows. Raises Refusal."""
        position = self._position(txn_id, txn_line_id)
        lines = list(self._find(txn_id).lines)
        line = lines[position]
        if not isinstance(line, Line):
            raise cannot_be_found(txn_line_id)
        if description is not None:
            line = replace(line, values={**line.values, "Desc": description})
        if class_name is not None:
            line = replace(line, refs={**line.refs, "ClassRef": self._class(class_name)})
        if rate is not None or quantity is not None:
            line = _repriced(line, rate, quantity)
        lines[position] = line
        return self._save_lines(txn_id, lines)

    def delete_line(self, txn_id: str, txn_line_id: str) -> Invoice:
        """Take one line or line group out."""
        lines = list(self._find(txn_id).lines)
        del lines[self._position(txn_id, txn_line_id)]
        return self._save_lines(txn_id, lines)

    def void_invoice(self, txn_id: str) -> Invoice:
        """Void: number and lines stay, all amounts are zero, the memo begins with VOID:."""
        return self._save(self._find(txn_id).voided())

    def delete_invoice(self, txn_id: str) -> None:
        """Delete the invoice for good; TxnDeletedQuery tells of it for ninety days."""
        is_memo = txn_id in self.company.credit_memos
        self.company.delete(txn_id, "CreditMemo" if is_memo else "Invoice")

    def open_record(self, record_id: str) -> None:
        """Open the record with that TxnID or ListID on the screen, so that it cannot be written.

        Requests that write it get 3175, those that write something resting on it 3176.
        """
        self.company.locks.records.add(record_id)

    def close_record(self, record_id: str) -> None:
        """Close it again."""
        self.company.locks.records.discard(record_id)

    def open_list(self, reference: str) -> None:
        """Work in the list that elements such as "CustomerRef" point into: 3180 for requests."""
        self.company.locks.lists.add(REFERENCES[reference])

    def close_list(self, reference: str) -> None:
        """Close the list again."""
        self.company.locks.lists.discard(REFERENCES[reference])

    def receive_payment(self, txn_id: str, amount: Decimal, *, ref_number: str = "") -> Invoice:
        """Apply a payment of the customer to the invoice."""
        invoice = self.company.invoice(txn_id)
        payment = new_payment(self.company, cents(amount))
        payment = replace(
            payment,
            refs={"CustomerRef": invoice.refs["CustomerRef"]},
            values={**payment.values, **({"RefNumber": ref_number} if ref_number else {})},
        )
        record_payment(self.company, payment, [(txn_id, payment.total)])
        return self.company.invoice(txn_id)

    def deactivate(self, reference: str, full_name: str) -> None:
        """Make a list entry inactive; `reference` is an element name such as "CustomerRef"."""
        self._entry(REFERENCES[reference], full_name).is_active = False

    def activate(self, reference: str, full_name: str) -> None:
        """Make a list entry active again."""
        self._entry(REFERENCES[reference], full_name).is_active = True

    def rename(self, reference: str, full_name: str, new_name: str) -> None:
        """Give a list entry another full name; invoices show it at once."""
        entry = self._entry(REFERENCES[reference], full_name)
        self.company.lists.rename(entry, new_name)

    def _find(self, txn_id: str) -> Invoice:
        return self.company.credit_memos.get(txn_id) or self.company.invoice(txn_id)

    def _save(self, invoice: Invoice) -> Invoice:
        if invoice.txn_id in self.company.credit_memos:
            return self.company.save_memo(invoice, with_password=True)
        return self.company.save(invoice, with_password=True)

    def _class(self, full_name: str) -> ListEntry:
        return self._entry(ListKind.CLASS, full_name)

    def _entry(self, kind: ListKind, full_name: str) -> ListEntry:
        entry = self.company.lists.by_name(kind, full_name)
        if entry is None:
            raise cannot_be_found(full_name)
        return entry

    def _position(self, txn_id: str, txn_line_id: str) -> int:
        for position, entry in enumerate(self._find(txn_id).lines):
            if entry.txn_line_id == txn_line_id:
                return position
        raise cannot_be_found(txn_line_id)

    def _save_lines(self, txn_id: str, lines: list[Entry]) -> Invoice:
        return self._save(replace(self._find(txn_id), lines=tuple(lines)))


def _repriced(line: Line, rate: Decimal | None, quantity: Decimal | None) -> Line:
    line = replace(
        line,
        rate=line.rate if rate is None else rate,
        quantity=line.quantity if quantity is None else quantity,
    )
    if line.rate is None:
        return line
    return replace(line, amount=extended(line.quantity, line.rate))
