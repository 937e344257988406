"""From what QuickBooks shall hold and what it held last to the one request that leads there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.comparison import are_equal, differences, header_fields, line_fields
from domain.edits import UNSET, Unset
from domain.money import ZERO
from domain.queue import RequestKind
from domain.quickbooks import (
    NEW_LINE,
    InvoiceAdd,
    InvoiceMod,
    InvoiceQuery,
    LineMod,
    QuickBooksInvoice,
    QuickBooksLine,
    QuickBooksLink,
    Request,
    SaleKind,
    WantedInvoice,
    WantedLine,
)
from domain.quickbooks_transactions import (
    CreditMemoAdd,
    CreditMemoMod,
    TransactionKind,
    TransactionQuery,
)

#: What an invoice can ask of QuickBooks, whichever of the two it is there.
SaleRequest = Request | CreditMemoAdd | CreditMemoMod | TransactionQuery
_KINDS: Mapping[type, RequestKind] = {
    InvoiceAdd: RequestKind.INVOICE_ADD,
    InvoiceMod: RequestKind.INVOICE_MOD,
    InvoiceQuery: RequestKind.INVOICE_QUERY,
    CreditMemoAdd: RequestKind.CREDIT_MEMO_ADD,
    CreditMemoMod: RequestKind.CREDIT_MEMO_MOD,
}

#: Time zones and clocks of QuickBooks' computer and ours: the filter is read as its local time.
CLOCKS_APART = timedelta(days=2)

_ONE_EDIT_SEQUENCE = timedelta(seconds=1.2)

#: New values by the names of fields; each field has a type of its own.
_Fields = dict[str, Any]
_HEADER = {"number": "number", "date": "date", "tax_zone": "tax_item", "memo": "memo"}
_LINE = {
    "description": "description",
    "quantity": "quantity",
    "unit_price": "rate",
    "business_unit": "class_ref",
    "inventory_location": "site",
    "taxable": "tax_code",
}


def plan_request(
    wanted: WantedInvoice,
    link: QuickBooksLink | None,
    *,
    must_read: bool,
    txn_id: str | None = None,
) -> SaleRequest | None:
    """Give the next request; None when QuickBooks already holds all of it.

    An invoice without a link is added, as the kind of transaction that is wanted. With `must_read`
    QuickBooks is asked first: the copy that we know may be out of date, or an earlier Add may have
    arrived after all.
    """
    if must_read:
        return question(wanted, link, txn_id=txn_id)
    if link is None:
        is_credit = wanted.kind is SaleKind.CREDIT_MEMO
        return CreditMemoAdd(wanted=wanted) if is_credit else InvoiceAdd(wanted=wanted)
    if not differences(wanted, link.copy, link.tasks_by_line):
        return None
    return _modify(wanted, link)


def is_copy_doubtful(link: QuickBooksLink, now: datetime) -> bool:
    """Tell whether QuickBooks is to be asked for its copy before anything is written.

    EditSequence counts seconds: two writes within one are not told apart by it.
    """
    is_young = link.verified_at is not None and now - link.verified_at < _ONE_EDIT_SEQUENCE
    return link.is_stale or is_young


def question(
    wanted: WantedInvoice, link: QuickBooksLink | None, *, txn_id: str | None = None
) -> InvoiceQuery | TransactionQuery:
    """Give the query for QuickBooks' copy of the invoice or credit memo.

    `txn_id` is what QuickBooks told of an Add whose answer was lost. Without any TxnID it asks for
    everything of the customer since the invoice was made: a bookkeeper may have corrected number or
    date of an invoice whose Add we do not know to have arrived.
    """
    known = txn_id if link is None else link.copy.txn_id
    kind = wanted.kind if link is None else link.copy.kind
    since = wanted.made_at - CLOCKS_APART
    if kind is SaleKind.CREDIT_MEMO:
        memos = TransactionQuery(kind=TransactionKind.CREDIT_MEMO)
        if known is not None:
            return replace(memos, txn_ids=(known,))
        return replace(memos, entity=wanted.customer, modified_since=since)
    if known is not None:
        return InvoiceQuery(txn_id=known)
    return InvoiceQuery(customer=wanted.customer, modified_since=since)


def request_kind(request: SaleRequest) -> RequestKind:
    """Give what the queue calls the request."""
    match request:
        case TransactionQuery():
            return RequestKind.CREDIT_MEMO_QUERY
        case _:
            return _KINDS[type(request)]


def match_lines(
    sent: Sequence[tuple[str, UUID | None]],
    wanted: WantedInvoice,
    returned: Sequence[QuickBooksLine],
) -> dict[str, UUID]:
    """Give whose line each returned line is, after an Add or Mod that named lines.

    `sent` lists (TxnLineID or -1, task) in the order of the request. Known ids stay with their
    task. Of the other lines each new task takes the first that agrees in every field; what is left
    is shared out by item alone, in order: QuickBooks may fill in or change a field of a new line,
    which is ours all the same, must not be added again, and shows as a difference.
    """
    known = {line_id: task for line_id, task in sent if line_id != NEW_LINE and task is not None}
    kept = {line_id for line_id, _ in sent if line_id != NEW_LINE}
    by_task = {line.task_id: line for line in wanted.lines}
    fresh = [line for line in returned if line.txn_line_id not in kept]
    matched = {line.txn_line_id: known[line.txn_line_id]
               for line in returned if line.txn_line_id in known}  # fmt: skip
    new = [by_task[task] for line_id, task in sent if line_id == NEW_LINE and task is not None]
    for fits in (_is_line, _is_of_item):
        for ours in (line for line in new if line.task_id not in matched.values()):
            found = next((line for line in fresh if fits(ours, line)), None)
            if found is not None:
                fresh.remove(found)
                matched[found.txn_line_id] = ours.task_id
    return matched


def sent_lines(request: SaleRequest) -> tuple[tuple[str, UUID | None], ...] | None:
    """Give (TxnLineID or -1, task) for each line of the request; None when it names no lines."""
    match request:
        case InvoiceAdd() | CreditMemoAdd():
            return tuple((NEW_LINE, line.task_id) for line in request.wanted.lines)
        case InvoiceMod() | CreditMemoMod() if request.lines is not None:
            return tuple((line.txn_line_id, line.task_id) for line in request.lines)
        case _:
            return None


def is_bare(line: LineMod) -> bool:
    """Tell whether the line is only named, so that QuickBooks keeps it as it is."""
    return line == LineMod(
        txn_line_id=line.txn_line_id, is_group=line.is_group, task_id=line.task_id
    )


def _modify(wanted: WantedInvoice, link: QuickBooksLink) -> InvoiceMod | CreditMemoMod:
    changed: _Fields = {
        _HEADER[name]: ours
        for name, ours, theirs in header_fields(wanted, link.copy)
        if not are_equal(ours, theirs)
    }
    lines = tuple(_line_mods(wanted, link.copy, link.tasks_by_line))
    changed |= {
        "txn_id": link.copy.txn_id,
        "edit_sequence": link.copy.edit_sequence,
        "lines": lines if _changes_lines(lines, link.copy) else None,
    }
    if link.copy.kind is SaleKind.CREDIT_MEMO:
        return CreditMemoMod(**changed)
    return InvoiceMod(wanted=wanted, **changed)


def _line_mods(
    wanted: WantedInvoice, held: QuickBooksInvoice, tasks_by_line: Mapping[str, UUID]
) -> Iterator[LineMod]:
    """QuickBooks' lines in QuickBooks' order, ours changed where needed, then the new ones.

    A line left out is deleted, so every line that is not ours is named bare (qbXML 13.0,
    InvoiceMod: unlisted lines are deleted; a wrong order is refused with 3290).
    """
    ours = {line.task_id: line for line in wanted.lines}
    for line in held.lines:
        task_id = tasks_by_line.get(line.txn_line_id)
        if task_id is None:
            yield LineMod(txn_line_id=line.txn_line_id, is_group=line.is_group)
        elif task_id in ours:
            yield _line_mod(ours.pop(task_id), line)
    for new in ours.values():
        yield _new_line(new)


def _line_mod(wanted: WantedLine, held: QuickBooksLine) -> LineMod:
    changed: _Fields = {
        _LINE[name]: ours
        for name, ours, theirs in line_fields(wanted, held)
        if not are_equal(ours, theirs)
    }
    bare = LineMod(txn_line_id=held.txn_line_id, task_id=wanted.task_id)
    if "quantity" in changed or "rate" in changed or wanted.amount != (held.amount or ZERO):
        # QuickBooks derives the third of quantity, rate and amount: never leave it a stale pair.
        changed |= {"quantity": _quantity(wanted), "rate": wanted.rate}
    return replace(bare, **changed)


def _quantity(wanted: WantedLine) -> Decimal | Unset:
    return UNSET if wanted.is_discount else wanted.quantity


def _new_line(wanted: WantedLine) -> LineMod:
    return LineMod(
        txn_line_id=NEW_LINE,
        task_id=wanted.task_id,
        item=wanted.item,
        description=UNSET if wanted.description is None else wanted.description,
        quantity=_quantity(wanted),
        rate=wanted.rate,
        class_ref=wanted.class_ref,
        tax_code=wanted.tax_code,
        site=UNSET if wanted.site is None else wanted.site,
    )


def _changes_lines(lines: Sequence[LineMod], held: QuickBooksInvoice) -> bool:
    if len(lines) != len(held.lines):
        return True
    return not all(is_bare(line) for line in lines)


def _is_of_item(wanted: WantedLine, held: QuickBooksLine) -> bool:
    return not held.is_group and wanted.item.same_as(held.item)


def _is_line(wanted: WantedLine, held: QuickBooksLine) -> bool:
    return _is_of_item(wanted, held) and all(
        are_equal(ours, theirs) for _, ours, theirs in line_fields(wanted, held)
    )
