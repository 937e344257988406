"""QuickBooks' copy of an invoice as it is now, or else as it was told last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from db.unit_of_work import UnitOfWork
from domain.comparison import is_void
from domain.connections import Connection, ConnectionState, connection_state
from domain.credit_memos import as_copy
from domain.inquiry import Inquiry, InquiryState
from domain.quickbooks import QuickBooksLink, SaleKind
from domain.quickbooks_transactions import TransactionKind, TransactionQuery
from resolvers.context import RequestContext
from resolvers.inquiries import ask


@dataclass(frozen=True, slots=True)
class Seen:
    """QuickBooks' newest copy, and what is to be said of it."""

    link: QuickBooksLink | None
    read_at: datetime | None
    is_live: bool = False
    is_changed: bool = False
    remark: str | None = None


async def ask_for_copy(
    context: RequestContext,
    work: UnitOfWork,
    link: QuickBooksLink | None,
    connection: Connection | None,
) -> Inquiry | None:
    """Put the question, unless nobody would carry it now."""
    if link is None or connection is None:
        return None
    if connection_state(connection, context.now()) is not ConnectionState.IN_SESSION:
        return None
    is_credit = link.copy.kind is SaleKind.CREDIT_MEMO
    kind = TransactionKind.CREDIT_MEMO if is_credit else TransactionKind.INVOICE
    question = TransactionQuery(kind=kind, txn_ids=(link.copy.txn_id,))
    return await ask(context, work, connection.id, question, purpose="preview")


def last_copy(link: QuickBooksLink | None, rival: QuickBooksLink | None) -> Seen:
    """Give what is known without asking: `rival` is newer than what both sides agreed on."""
    if rival is not None:
        return Seen(rival, rival.read_at, is_changed=True)
    return Seen(link, None if link is None else link.read_at)


def present_copy(
    link: QuickBooksLink | None, rival: QuickBooksLink | None, answers: Sequence[Inquiry]
) -> Seen:
    """Give what QuickBooks answered; both sides agreed on the last copy, not on this one."""
    seen = last_copy(link, rival)
    if link is None or not answers or answers[0].state is not InquiryState.ANSWERED:
        text = "QuickBooks did not answer in time: this compares with the copy that it gave last."
        return replace(seen, remark=text)
    findings = answers[0].findings
    copies = (*findings.invoices, *(as_copy(memo) for memo in findings.credit_memos))
    copy = next((copy for copy in copies if copy.txn_id == link.copy.txn_id), None)
    seen = replace(seen, read_at=answers[0].answered_at, is_live=True, is_changed=True)
    if copy is None:
        text = "QuickBooks does not hold this invoice any more: somebody deleted it there."
        return replace(seen, remark=text)
    seen = replace(seen, link=replace(link, copy=copy))
    if is_void(copy):
        text = "The invoice was voided in QuickBooks; a sync will not overwrite that."
        return replace(seen, remark=text)
    if copy.edit_sequence == link.copy.edit_sequence:
        return replace(seen, is_changed=False)
    text = "The invoice was changed in QuickBooks since the last sync; both changes are compared."
    return replace(seen, remark=text)
