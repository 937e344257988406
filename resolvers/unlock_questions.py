"""What is to be unlocked, through which connection QuickBooks is asked for it, and how."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.batches import is_locked
from domain.connections import Connection, ConnectionKind
from domain.errors import ConnectionNeeded, InvalidValue, NotFound, UnlockRefused
from domain.inquiry import UNLOCK
from domain.invoice import ExportOrigin, ExportStatus, Invoice
from domain.limits import quickbooks_text
from domain.lists import Batch, BatchStatus, Customer
from domain.quickbooks import QuickBooksLink
from domain.quickbooks_transactions import TransactionKind, TransactionQuery
from domain.unlocking import MOST_INVOICES, Check, Question, UnlockItem, UnlockRequest
from domain.wanted import memo_prefix
from resolvers.context import RequestContext
from resolvers.inquiries import ask, choose_line

#: A bookkeeper may have dated an invoice otherwise.
_DAYS_APART = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be unlocked, and the connection that reaches the books it would be in."""

    #: The batch that memos name; `is_whole`: it is what is to be unlocked.
    batch: Batch | None
    is_whole: bool
    invoices: tuple[Invoice, ...]
    #: The rest of the batch.
    excluded: tuple[Invoice, ...]
    #: Of all of them.
    links: Mapping[UUID, QuickBooksLink]
    customers: Mapping[UUID, Customer]
    connection: Connection


async def plan_unlock(
    work: UnitOfWork,
    *,
    batch_id: UUID | None,
    invoice_ids: Collection[UUID],
    excluded_ids: Collection[UUID],
    connection_id: UUID | None,
) -> Plan:
    """Find what is to be unlocked, and check that it is locked.

    Raises NotFound, and InvalidValue for what cannot be unlocked so.
    """
    if (batch_id is None) == (not invoice_ids):
        raise InvalidValue("Name a batch or invoices, one of both.", where=("batch_id",))
    named = await work.invoices.get_many(invoice_ids)
    searched = batch_id or _only_batch(named.values())
    batch = None if searched is None else (await work.lists.batches([searched])).get(searched)
    if batch_id is not None:
        _check_batch(batch)
    known = dict(named)
    if searched is not None:
        known |= await work.invoices.get_many(await work.batches.invoice_ids(searched))
    if not known.keys() >= set(excluded_ids):
        raise NotFound("There is no such invoice in the batch.", where=("exclude_invoice_ids",))
    chosen = _choose(known, invoice_ids, excluded_ids)
    others = [one for one in known.values() if one not in chosen]
    links = await work.links.get_many(known)
    return Plan(
        batch=batch,
        is_whole=batch_id is not None,
        invoices=tuple(chosen),
        excluded=tuple(others),
        links=links,
        customers=await work.lists.customers({one.customer_id for one in known.values()}),
        connection=_line(
            await work.connections.all(),
            {links[invoice.id].company_file_id for invoice in chosen if invoice.id in links},
            connection_id,
        ),
    )


async def ask_quickbooks(context: RequestContext, work: UnitOfWork, plan: Plan) -> UnlockRequest:
    """Put every question of the evidence, and give the request that waits for the answers."""
    items = tuple(_item(invoice, plan) for invoice in plan.invoices)
    chosen = {invoice.id for invoice in plan.invoices}
    part = None if plan.batch is None else memo_prefix(plan.batch)
    questions = []
    for check, query in _questions(context, items, by_memo=part is not None):
        inquiry = await ask(
            context,
            work,
            plan.connection.id,
            query,
            purpose=UNLOCK,
            memo_part=part if check is Check.MEMO else None,
        )
        questions.append(Question(check, inquiry.id))
    return UnlockRequest(
        id=context.new_id(),
        batch_id=plan.batch.id if plan.batch is not None and plan.is_whole else None,
        items=items,
        excluded=tuple(_item(invoice, plan) for invoice in plan.excluded),
        exported_txn_ids=tuple(
            link.copy.txn_id for key, link in plan.links.items() if key not in chosen
        ),
        memo_part=part,
        connection_id=plan.connection.id,
        questions=tuple(questions),
        requested_by=context.principal.actor,
        requested_at=context.now(),
    )


def _only_batch(invoices: Iterable[Invoice]) -> UUID | None:
    """The memos of one batch are searched at a time."""
    batches = {invoice.batch_id for invoice in invoices} - {None}
    if len(batches) > 1:
        raise InvalidValue(
            "These invoices are of several batches; unlock them batch by batch.",
            where=("invoice_ids",),
        )
    return next(iter(batches), None)


def _check_batch(batch: Batch | None) -> None:
    if batch is None:
        raise NotFound("There is no such batch.", where=("batch_id",))
    if batch.status is BatchStatus.EXPORTED:
        raise UnlockRefused(
            f"Batch {batch.number} was exported, and exported batches are not unlocked. To free a"
            " single invoice of it, bypass the export of that invoice (`bypassInvoiceExport`).",
            where=("batch_id",),
        )
    if batch.status is not BatchStatus.BYPASSED:
        raise UnlockRefused(
            f"Batch {batch.number} is not locked: its export was not bypassed.",
            where=("batch_id",),
        )


def _choose(
    known: Mapping[UUID, Invoice], asked: Collection[UUID], excluded: Collection[UUID]
) -> list[Invoice]:
    for n, key in enumerate(asked):
        where = ("invoice_ids", str(n))
        if key not in known:
            raise NotFound("There is no such invoice.", where=where)
        _check_invoice(known[key], where)
    wanted = set(asked) or known.keys() - set(excluded)
    chosen = [one for one in known.values() if is_locked(one) and one.id in wanted]
    if not 1 <= len(chosen) <= MOST_INVOICES:
        raise UnlockRefused(
            f"There must be 1 to {MOST_INVOICES} locked invoices to unlock.", where=("batch_id",)
        )
    return sorted(chosen, key=lambda invoice: invoice.id)


def _check_invoice(invoice: Invoice, where: tuple[str, ...]) -> None:
    if is_locked(invoice):
        return
    number = invoice.content.number
    if invoice.export_origin is ExportOrigin.EXPORTED:
        raise UnlockRefused(
            f"Invoice {number} was exported. Bypass its export first (`bypassInvoiceExport`).",
            where=where,
        )
    if invoice.export_status is not ExportStatus.EXPORTED:
        raise UnlockRefused(f"Invoice {number} is not locked: it can be exported.", where=where)
    raise UnlockRefused(f"Invoice {number} is not locked.", where=where)


def _line(
    connections: Sequence[Connection], company_files: Collection[UUID], asked: UUID | None
) -> Connection:
    """Where one was exported before, its books are asked; otherwise the only ones there are."""
    usable = [c for c in connections if c.kind is ConnectionKind.NEW and not c.is_disabled]
    if company_files:
        usable = [c for c in usable if {c.company_file_id} == set(company_files)]
    if asked is not None:
        found = next((c for c in usable if c.id == asked), None)
        if found is None:
            raise NotFound(
                "There is no such enabled connection that reaches these books.",
                where=("connection_id",),
            )
        return found
    files = {c.company_file_id for c in usable}
    if len(files) != 1:
        names = ", ".join(sorted(c.name for c in usable)) or "none is enabled"
        raise ConnectionNeeded(
            f"Select the connection that reaches the books to be searched: {names}.",
            where=("connection_id",),
        )
    chosen = choose_line(usable, next(iter(files)))
    if chosen is None:
        raise LookupError("An enabled connection cannot be chosen.")
    return chosen


def _questions(
    context: RequestContext, items: Sequence[UnlockItem], *, by_memo: bool
) -> Iterable[tuple[Check, TransactionQuery]]:
    txn_ids = tuple(item.txn_id for item in items if item.txn_id is not None)
    kinds = [TransactionKind.INVOICE]
    if any(item.total < 0 for item in items):  # QuickBooks holds those as credit memos
        kinds.append(TransactionKind.CREDIT_MEMO)
    numbers = tuple(dict.fromkeys(quickbooks_text(item.number) for item in items))
    days = [context.now().date(), *(item.date for item in items)]
    for kind in kinds:
        if txn_ids:
            query = TransactionQuery(kind=kind, txn_ids=txn_ids, with_lines=False)
            yield Check.TXN_ID, query
        yield Check.NUMBER, TransactionQuery(kind=kind, numbers=numbers, with_lines=False)
        if by_memo:
            yield (
                Check.MEMO,
                TransactionQuery(
                    kind=kind,
                    first_day=min(days) - _DAYS_APART,
                    last_day=max(days) + _DAYS_APART,
                    with_lines=False,
                ),
            )


def _item(invoice: Invoice, plan: Plan) -> UnlockItem:
    link, customer = plan.links.get(invoice.id), plan.customers.get(invoice.customer_id)
    return UnlockItem(
        invoice_id=invoice.id,
        version=invoice.version,
        number=invoice.content.number,
        date=invoice.content.date,
        customer=None if customer is None else customer.quickbooks_name,
        total=invoice.totals.total,
        txn_id=None if link is None else link.copy.txn_id,
    )
