"""Payments as an office should see them; beside `papers`, and without the service's code."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from simulator.invoices import Invoice as Books
from simulator.payments import Payment as BooksPayment
from tests.journeys.papers import ACCEPTED, BYPASS, EXPORT, Firm, Sheet
from tests.journeys.stored import Rows, Snapshot

ON_ITS_WAY = frozenset({"SENT", "UNKNOWN", "ASKED"})
#: What QuickBooks' answers lead to; the other states are left by a person alone.
_BY_ITSELF = frozenset({"WAITING", "HELD", *ON_ITS_WAY})
_ENDS = frozenset({"EXPORTED", "REFUSED", "UNRESOLVED"})


@dataclass
class Money:
    """One payment as the model sees it."""

    id: str
    sheet: Sheet
    amount: Decimal
    state: str = "RECORDED"
    #: Somebody has asked for its export; QuickBooks had it when it was bypassed.
    was_wanted: bool = False
    was_there: bool = False

    @property
    def guid(self) -> str:
        return f"{{{self.id}}}"

    def want(self) -> None:
        self.state = "UNKNOWN" if self.state == "UNRESOLVED" else "WAITING"
        self.was_wanted = True


def judge_record(
    firm: Firm, who: str, sheet: Sheet, amount: Decimal, known: Iterable[Money], knows: bool
) -> set[str]:
    """`knows`: whoever records it says that it is more than is left to be paid."""
    if EXPORT not in firm.rights[who]:
        return {"PermissionMissing"}
    owed = sheet.paper.total - sheet.applied
    counted = (m.amount for m in known if m.sheet is sheet and m.state != "BYPASSED")
    if knows or amount <= owed - sum(counted, Decimal(0)):
        return {ACCEPTED}
    # what was exported may be a part of what QuickBooks told to be applied
    return {"PaymentExceedsBalance"} if amount > owed else {ACCEPTED, "PaymentExceedsBalance"}


def judge_export(firm: Firm, who: str, money: Money) -> set[str]:
    if EXPORT not in firm.rights[who]:
        return {"PermissionMissing"}
    if money.state in ON_ITS_WAY:
        return {"PaymentOnItsWay"}
    return {"InvalidValue"} if money.state in ("EXPORTED", "BYPASSED") else {ACCEPTED}


def judge_bypass(firm: Firm, who: str, money: Money, reason: str | None) -> set[str]:
    if BYPASS not in firm.rights[who]:
        return {"PermissionMissing"}
    if money.state in ON_ITS_WAY:
        return {"PaymentOnItsWay"}
    if money.state == "BYPASSED":
        return {"InvalidValue"}
    return {"ValueRequired"} if money.state == "EXPORTED" and not reason else {ACCEPTED}


def hear(payments: Iterable[Money], after: Snapshot) -> Iterator[str]:
    """Follow what QuickBooks said, where that may be."""
    states = {row["id"]: row["state"] for row in after["payment"]}
    for money in payments:
        state = states[money.id]
        if state != money.state:
            if money.state not in _BY_ITSELF or state not in _BY_ITSELF | _ENDS:
                yield f"A payment went from {money.state} to {state} by itself."
            money.state = state


def disagreements(payments: Iterable[Money], rows: Rows) -> Iterator[str]:
    stored = {row["id"]: (row["state"], row["invoice_id"], Decimal(row["amount"])) for row in rows}
    expected = {m.id: (m.state, m.sheet.id, m.amount) for m in payments}
    if stored != expected:
        yield f"The payments are {stored}, not {expected}."


def in_books(
    payments: Iterable[Money],
    held: Mapping[str, BooksPayment],
    invoices: Mapping[str, Books],
    rows: Rows,
) -> Iterator[str]:
    """Each is there once, or not at all, and covers nothing but its own invoice."""
    there: dict[str, list[BooksPayment]] = {}
    for payment in held.values():
        there.setdefault(str(payment.values.get("ExternalGUID", "")), []).append(payment)
    stored = {row["id"]: row["txn_id"] for row in rows}
    for money in payments:
        found = there.get(money.guid, [])
        name = f"The payment of {money.amount} ({money.state})"
        is_wanted = money.was_wanted and (money.state != "BYPASSED" or money.was_there)
        if len(found) > 1 or (found and not is_wanted):
            yield f"{name} is in QuickBooks {len(found)} times; it was wanted: {is_wanted}."
        told = [(payment.txn_id, payment.total) for payment in found]
        if money.state == "EXPORTED" and told != [(stored[money.id], money.amount)]:
            yield f"{name} counts as exported, and QuickBooks holds {told}."
        covered = {invoice.ref_number for invoice in invoices.values() if _covers(found, invoice)}
        own = {invoice.ref_number for invoice in invoices.values() if _is_of(invoice, money.sheet)}
        if covered - own:
            yield f"{name} of invoice {own} covers {covered}."


def _covers(found: Iterable[BooksPayment], invoice: Books) -> bool:
    ids = {payment.txn_id for payment in found}
    return any(part.txn_id in ids for part in invoice.payments)


def _is_of(invoice: Books, sheet: Sheet) -> bool:
    return invoice.values.get("ExternalGUID") == f"{{{sheet.id}}}"


def is_left_over(money: Money) -> bool:
    """At the end all that was wanted has come to an end, unless its invoice stands in its way."""
    if money.state in ON_ITS_WAY:
        return True
    is_at_rest = money.sheet.export == "EXPORTED" and money.sheet.status != "ACTION_REQUIRED"
    return money.state == "WAITING" and is_at_rest
