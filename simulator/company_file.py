"""A QuickBooks company file in memory: lists, invoices, preferences, and what was asked of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.clock import Clock, system_time
from simulator.errors import Refusal, cannot_be_found
from simulator.figures import cents, derived_rate
from simulator.habits import Habits
from simulator.invoices import Invoice, Line, extended, settle
from simulator.journal import Journal
from simulator.lists import ListEntry, ListKind, Lists, read_lists
from simulator.locks import Locks
from simulator.payments import Deletion, Payment
from simulator.troubles import Troubles

DEMO_COMPANY = Path(__file__).with_name("demo_company.json")

_TAKE_PAYMENTS_OFF = "unapply"


@dataclass(slots=True)
class Preferences:
    """What the administrator has switched on; no request can change it."""

    #: Without it, requests that write get 3260.
    user_may_write: bool = True
    class_tracking: bool = True
    inventory_sites: bool = True
    closing_date: date | None = None
    #: With a password, writes up to the closing date are refused; without, they pass.
    closing_password: bool = False
    default_sales_tax_item: str = ""
    default_taxable_code: str = "Tax"
    default_non_taxable_code: str = "Non"
    #: "refuse" or "unapply": what happens when a new total is less than the applied payments.
    #: Intuit does not say which QuickBooks does.
    overapplied: str = "refuse"


@dataclass(slots=True)
class CompanyFile:
    """One company file. `now` gives the time of a save, of which EditSequence is the second."""

    name: str
    path: str = r"C:\QuickBooks\company.qbw"
    now: Clock = system_time
    lists: Lists = field(default_factory=Lists)
    preferences: Preferences = field(default_factory=Preferences)
    #: QuickBooks reports one offset all year, whatever the daylight saving time.
    utc_offset: timezone = timezone(timedelta(hours=-6))
    file_mode: str = "SingleUser"
    invoices: dict[str, Invoice] = field(default_factory=dict)
    credit_memos: dict[str, Invoice] = field(default_factory=dict)
    purchase_orders: dict[str, Invoice] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    deletions: list[Deletion] = field(default_factory=list)
    locks: Locks = field(default_factory=Locks)
    habits: Habits = field(default_factory=Habits)
    troubles: Troubles = field(default_factory=Troubles)
    #: Queries not yet read to their end: by iteratorID, the session and the ids still to come.
    iterators: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    journal: Journal = field(default_factory=Journal)
    #: Answers kept for recovery, by application and message set id.
    message_sets: dict[tuple[str, str], tuple[bytes, str]] = field(default_factory=dict)
    #: Private data of applications on the company: OwnerID and name to value.
    private_data: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Custom fields: the id of the entry, transaction or line, OwnerID and name to value.
    custom_fields: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _last_id: int = 0xC4
    _last_number: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any], now: Clock = system_time) -> "CompanyFile":
        """Return a company file from a JSON dictionary; demo_company.json shows the keys.

        Raises KeyError, ValueError or Refusal when the data do not fit together.
        """
        offset = timezone(timedelta(hours=data.get("utc_offset_hours", -6)))
        created = now().astimezone(offset)
        company = cls(
            name=data["name"],
            path=data.get("path", r"C:\QuickBooks\company.qbw"),
            now=now,
            lists=read_lists(data, created),
            preferences=_read_preferences(data.get("preferences", {})),
            utc_offset=offset,
            file_mode=data.get("file_mode", "SingleUser"),
        )
        for record in data.get("invoices", ()):
            company._read_invoice(record)
        return company

    @classmethod
    def load(cls, path: Path, now: Clock = system_time) -> "CompanyFile":
        """Return a company file from a JSON file. Raises OSError too."""
        return cls.from_json(json.loads(path.read_text(encoding="utf-8")), now)

    def moment(self) -> datetime:
        """Now, as QuickBooks writes it: whole seconds with the file's offset."""
        return self.now().astimezone(self.utc_offset).replace(microsecond=0)

    def next_id(self) -> str:
        """Return an unused id in the shape of a TxnID or TxnLineID ("C5-1417118624")."""
        self._last_id += 1
        return f"{self._last_id:X}-{int(self.now().timestamp())}"

    def next_list_id(self) -> str:
        """Return an unused id in the shape of a ListID ("80000013-1416570432")."""
        self._last_id += 1
        return f"{0x80010000 + self._last_id:X}-{int(self.now().timestamp())}"

    def next_number(self) -> int:
        """Return the next TxnNumber."""
        self._last_number += 1
        return self._last_number

    def invoice(self, txn_id: str) -> Invoice:
        """Return the invoice. Raises Refusal with status 3120."""
        found = self.invoices.get(txn_id)
        if found is None:
            raise cannot_be_found(txn_id)
        return found

    def credit_memo(self, txn_id: str) -> Invoice:
        """Return the credit memo. Raises Refusal with status 3120."""
        found = self.credit_memos.get(txn_id)
        if found is None:
            raise cannot_be_found(txn_id)
        return found

    def session(self) -> str:
        """Return what marks the present session of the Web Connector: the locks it has written."""
        return "".join(value for (_, name), value in self.private_data.items() if name == "AppLock")

    def save(self, invoice: Invoice, *, with_password: bool = False) -> Invoice:
        """Store the invoice with a new EditSequence and return it as stored.

        A person may type the closing password; a request cannot. Raises Refusal with status 3171
        in a closed period, 3210 when payments exceed the total.
        """
        before = self.invoices.get(invoice.txn_id)
        if not with_password:
            if before is not None:
                self.check_closing_date(before.txn_date)
            self.check_closing_date(invoice.txn_date)
        moment = self.moment()
        saved = replace(
            invoice,
            lines=settle(invoice.lines),
            modified=moment,
            edit_sequence=str(int(moment.timestamp())),
        )
        saved = self._with_payments_covered(saved)
        self.invoices[saved.txn_id] = saved
        return saved

    def save_memo(self, memo: Invoice, *, with_password: bool = False) -> Invoice:
        """Store the credit memo as `save` does an invoice; nothing is applied to it."""
        before = self.credit_memos.get(memo.txn_id, memo)
        if not with_password:
            for day in (before.txn_date, memo.txn_date):
                self.check_closing_date(day, what="a CreditMemo")
        moment = self.moment()
        seconds = str(int(moment.timestamp()))
        lines = settle(memo.lines)
        saved = replace(memo, lines=lines, modified=moment, edit_sequence=seconds)
        self.credit_memos[saved.txn_id] = saved
        return saved

    def books(self) -> dict[str, dict[str, Invoice] | dict[str, Payment]]:
        """Return the transactions of each kind, by the name TxnDelType has for it."""
        return {
            "Invoice": self.invoices,
            "CreditMemo": self.credit_memos,
            "PurchaseOrder": self.purchase_orders,
            "ReceivePayment": self.payments,
        }

    def delete(self, txn_id: str, kind: str = "Invoice") -> Deletion:
        """Remove the transaction and return what TxnDeletedQuery will tell of it.

        Invoices a deleted payment was applied to owe it again. Raises Refusal with status 3120.
        """
        gone = self.books().get(kind, {}).pop(txn_id, None)
        if gone is None:
            raise cannot_be_found(txn_id)
        if isinstance(gone, Payment):
            self._take_off(gone)
        deletion = Deletion(kind, txn_id, gone.created, self.moment(), gone.ref_number)
        self.deletions.append(deletion)
        return deletion

    def _take_off(self, payment: Payment) -> None:
        for txn_id in payment.applied_to:
            invoice = self.invoices.get(txn_id)
            if invoice is not None:
                left = tuple(part for part in invoice.payments if part.txn_id != payment.txn_id)
                self.save(replace(invoice, payments=left), with_password=True)

    def check_closing_date(self, day: date, code: int = 3171, what: str = "an Invoice") -> None:
        """Pass if the day is in an open period. Raises Refusal with the code."""
        closing_date = self.preferences.closing_date
        if closing_date is None or not self.preferences.closing_password:
            return
        if day <= closing_date:
            raise Refusal(
                code,
                f"An attempt was made to modify {what} with a date that is on or before the "
                "closing date of the company.",
            )

    def _with_payments_covered(self, invoice: Invoice) -> Invoice:
        if not invoice.payments or invoice.balance_remaining >= 0:
            return invoice
        if self.preferences.overapplied == _TAKE_PAYMENTS_OFF:
            return replace(invoice, payments=())
        raise Refusal(
            3210,
            f'The "Amount" field has an invalid value "{invoice.total:f}".  QuickBooks error '
            "message: The payments applied to this transaction exceed its new total.",
        )

    def _read_invoice(self, record: Mapping[str, Any]) -> None:
        moment = self.moment()
        refs = self._read_refs(_HEADER_KEYS, record)
        values = {name: record[key] for key, name in _HEADER_TEXTS.items() if key in record}
        invoice = Invoice(
            txn_id=record.get("txn_id") or self.next_id(),
            txn_number=self.next_number(),
            created=moment,
            modified=moment,
            edit_sequence=record.get("edit_sequence", str(int(moment.timestamp()))),
            refs=refs,
            values=values,
            lines=settle(tuple(self._read_line(line) for line in record.get("lines", ()))),
        )
        self.invoices[invoice.txn_id] = invoice

    def _read_line(self, record: Mapping[str, str]) -> Line:
        quantity = Decimal(record["quantity"]) if "quantity" in record else None
        rate = Decimal(record["rate"]) if "rate" in record else None
        amount = cents(Decimal(record["amount"])) if "amount" in record else None
        if amount is not None:
            rate = derived_rate(amount, quantity)
        elif rate is not None:
            amount = extended(quantity, rate)
        return Line(
            txn_line_id=record.get("txn_line_id") or self.next_id(),
            refs=self._read_refs(_LINE_KEYS, record),
            values={"Desc": record["description"]} if "description" in record else {},
            quantity=quantity,
            rate=rate,
            amount=amount,
        )

    def _read_refs(
        self, keys: Mapping[str, tuple[str, ListKind]], record: Mapping[str, str]
    ) -> dict[str, ListEntry]:
        return {
            reference: self.lists.refer(kind, "", record[key])
            for key, (reference, kind) in keys.items()
            if key in record
        }


_HEADER_KEYS = {
    "customer": ("CustomerRef", ListKind.CUSTOMER),
    "class": ("ClassRef", ListKind.CLASS),
    "account": ("ARAccountRef", ListKind.ACCOUNT),
    "terms": ("TermsRef", ListKind.TERMS),
    "sales_tax_item": ("ItemSalesTaxRef", ListKind.ITEM_SALES_TAX),
    "customer_sales_tax_code": ("CustomerSalesTaxCodeRef", ListKind.SALES_TAX_CODE),
}
_HEADER_TEXTS = {
    "date": "TxnDate",
    "due_date": "DueDate",
    "number": "RefNumber",
    "memo": "Memo",
    "po_number": "PONumber",
    "external_guid": "ExternalGUID",
}
_LINE_KEYS = {
    "item": ("ItemRef", ListKind.ITEM),
    "class": ("ClassRef", ListKind.CLASS),
    "site": ("InventorySiteRef", ListKind.INVENTORY_SITE),
    "sales_tax_code": ("SalesTaxCodeRef", ListKind.SALES_TAX_CODE),
}


def _read_preferences(data: Mapping[str, Any]) -> Preferences:
    values = dict(data)
    if values.get("closing_date"):
        values["closing_date"] = date.fromisoformat(values["closing_date"])
    return Preferences(**values)
