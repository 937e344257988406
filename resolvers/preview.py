"""What a Save & Sync would do now: told before anything is saved, and nothing is sent.

It plans and renders what the worker would, with the same functions, against the copy that both
sides last agreed on. QuickBooks' present copy, where its connector is in session, is what the
fields are compared with; what it changes in the plan the worker finds out by itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.access import Permission
from domain.company_file import CompanyFile
from domain.connections import Connection
from domain.credit_memos import applied_to
from domain.draft import check_editor, is_held_by_another
from domain.edits import Edits
from domain.eligibility import (
    NEEDED_BEFORE_EXPORT,
    NotEligible,
    choose_connection,
    judge_eligibility,
    needed_permission,
)
from domain.guarding import guard_resync, guard_save
from domain.guards import Guard, GuardSeverity, by_severity
from domain.invoice import Content, Invoice
from domain.issues import ObjectKind
from domain.known_entries import EntryKey, Prerequisite, prerequisite, sites_of
from domain.planning import SaleRequest, is_copy_doubtful, plan_request
from domain.preview import (
    PreviewField,
    PreviewLine,
    new_fields,
    preview_fields,
    preview_lines,
    staying_fields,
    unnamed_fields,
    unnamed_lines,
    without_taken,
)
from domain.quickbooks import QuickBooksLink, SaleKind, WantedInvoice
from domain.revision import compare_contents
from domain.roots import root_behind
from domain.sending_guards import sending_guards
from domain.sync import ACTIVE, UNSENT
from domain.totals import Totals
from domain.wanted import References, missing_names, not_sent, wanted_invoice
from qbwc.qbxml.errors import LocalProtocolError
from qbwc.qbxml.host_facts import rendering_version
from qbwc.qbxml.refusals import explain
from qbwc.qbxml.render import render_request
from resolvers.context import RequestContext
from resolvers.editing import Desk, edit_content, gather_circumstances, guard_facts
from resolvers.exporting import choose_usable
from resolvers.inquiries import wait_for
from resolvers.present_copy import Seen, ask_for_copy, last_copy, present_copy

#: How long QuickBooks is waited for; a connector in session answers in a fraction of it.
PATIENCE = timedelta(seconds=4)
#: Stands where each request that is queued has an id of its own.
REQUEST_ID = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The wish to know what a sync of the draft, or of these edits on top of it, would do."""

    invoice_id: UUID
    connection_id: UUID | None = None
    edits: Edits | None = None
    #: Ask QuickBooks for its present copy, if its connector is in session.
    live: bool = True
    patience: timedelta = PATIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPreview:
    """`before` is the invoice as it is saved here, `after` as it would be."""

    fields: tuple[PreviewField, ...]
    lines: tuple[PreviewLine, ...]
    before: Totals
    after: Totals
    #: What QuickBooks holds, lines that are not ours included; None when it holds nothing.
    quickbooks: Totals | None
    guards: tuple[Guard, ...]
    #: Paths and reasons of what is saved here and never sent.
    not_sent: tuple[tuple[str, str], ...]
    read_at: datetime | None
    is_live: bool
    #: The request as the worker would queue it, but for its id.
    qbxml: str | None
    #: What has to be there before the request: it goes by itself, ahead of it.
    goes_first: str | None
    #: Why there is no request.
    nothing_sent: str | None
    #: QuickBooks' copy is read anew before the request leaves, which is then made from that.
    reads_first: bool
    remarks: tuple[str, ...]
    connection_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a save would start from, and where it would go."""

    desk: Desk
    content: Content
    references: References
    connection: Connection | None
    company_file: CompanyFile | None
    #: A newer copy of QuickBooks', in which a conflict was met that nobody has decided.
    rival: QuickBooksLink | None
    #: Why no save of it could be sent, whatever is in it.
    obstacle: str | None

    @property
    def kind(self) -> SaleKind | None:
        """What QuickBooks has made of it; None lets the sign of its total tell."""
        return None if self.desk.link is None else self.desk.link.copy.kind

    @property
    def target(self) -> Invoice:
        return replace(self.desk.invoice, content=self.content)

    @property
    def wanted(self) -> WantedInvoice | None:
        """None while names in QuickBooks are missing."""
        target = self.target
        is_nameless = bool(missing_names(target, self.references))
        return None if is_nameless else wanted_invoice(target, self.references, self.kind)


@dataclass(frozen=True, slots=True)
class _Requests:
    """What would be queued, or why nothing would."""

    body: str | None = None
    first: str | None = None
    why_none: str | None = None


async def preview_sync(context: RequestContext, wish: Preview) -> SyncPreview | None:
    """Give what a Save & Sync would do now; of an invoice not exported yet, what its export would.

    None for an invoice that the account does not have. With `live` it asks QuickBooks and waits a
    few seconds, no transaction being open. Raises Forbidden, NotFound for an unknown connection or
    list entry, ConnectionNeeded, BeingEdited for edits beside another's draft, and InvalidValue.
    """
    context.principal.require_one_of(Permission.EDIT_EXPORTED_TRANSACTIONS, NEEDED_BEFORE_EXPORT)
    async with context.open_work() as work:
        plan = await _plan(context, work, wish)
        if plan is None:
            return None
        link = plan.desk.link
        asked = await ask_for_copy(context, work, link, plan.connection) if wish.live else None
        if asked is None:
            return await _tell(context, work, plan, last_copy(link, plan.rival))
    answers = await wait_for(context, [asked.id], at_most=wish.patience)
    async with context.open_work() as work:
        plan = await _plan(context, work, wish)  # it may have changed meanwhile
        if plan is None:
            return None
        seen = present_copy(plan.desk.link, plan.rival, answers)
        return await _tell(context, work, plan, seen)


async def _plan(context: RequestContext, work: UnitOfWork, wish: Preview) -> _Plan | None:
    invoice = await work.invoices.get(wish.invoice_id)
    if invoice is None:
        return None
    context.principal.require(needed_permission(invoice))
    draft, actor = await work.drafts.get(invoice.id), context.principal.actor
    if wish.edits is not None:
        check_editor(draft, actor, context.now())
        draft = None if is_held_by_another(draft, actor) else draft
    facts = (await gather_circumstances(context, work, [invoice]))[invoice.id]
    desk = Desk(
        invoice=invoice,
        draft=draft,
        link=facts.link,
        facts=facts,
        eligibility=judge_eligibility(invoice, facts),
    )
    content, references = await edit_content(context, work, desk, wish.edits)
    issue = (await work.sync_issues.open_of([invoice.id])).get(invoice.id)
    connection, obstacle = await _choose(work, desk, wish.connection_id)
    if draft is not None and draft.base_version != invoice.version:
        obstacle = "The invoice was saved since this draft was begun; read it and edit it again."
    return _Plan(
        desk=desk,
        content=content,
        references=references,
        connection=connection,
        company_file=await _company_file(work, connection, facts.link),
        rival=None if issue is None else issue.held,
        obstacle=obstacle,
    )


async def _choose(
    work: UnitOfWork, desk: Desk, asked: UUID | None
) -> tuple[Connection | None, str | None]:
    """Give the connection that would carry it, or why none may."""
    if desk.invoice.is_before_export:
        return choose_usable(desk.facts.connections, asked), None
    latest = (await work.sync_jobs.latest([desk.invoice.id])).get(desk.invoice.id)
    usual = None if latest is None else latest.connection_id
    try:
        return choose_connection(desk.eligibility, asked, usual=usual), None
    except NotEligible as refusal:
        return None, str(refusal)


async def _company_file(
    work: UnitOfWork, connection: Connection | None, link: QuickBooksLink | None
) -> CompanyFile | None:
    if connection is not None:
        return await work.company_files.of_connection(connection.id)
    return None if link is None else await work.company_files.get(link.company_file_id)


async def _tell(context: RequestContext, work: UnitOfWork, plan: _Plan, seen: Seen) -> SyncPreview:
    invoice, references = plan.desk.invoice, plan.references
    guards = await _guards(work, plan, seen.link)
    requests = await _requests(work, plan, guards)
    fields, lines = _differences(plan, seen.link)
    reads_first = seen.is_changed or await _reads_first(work, plan, context.now())
    remarks = (seen.remark, _on_export(plan))
    return SyncPreview(
        fields=fields,
        lines=lines,
        before=invoice.totals,
        after=references.totals(plan.content.tasks, plan.content.tax_zone_id),
        quickbooks=_held_totals(seen.link),
        guards=guards,
        not_sent=not_sent(plan.content, references.batch, invoice.adjusted_number),
        read_at=seen.read_at,
        is_live=seen.is_live,
        qbxml=requests.body,
        goes_first=requests.first,
        nothing_sent=requests.why_none,
        reads_first=reads_first and requests.body is not None,
        remarks=tuple(remark for remark in remarks if remark is not None),
        connection_id=None if plan.connection is None else plan.connection.id,
    )


async def _guards(work: UnitOfWork, plan: _Plan, link: QuickBooksLink | None) -> tuple[Guard, ...]:
    """Every verdict; QuickBooks' present dates and payments count, where they are known."""
    desk, invoice = plan.desk, plan.desk.invoice
    facts = replace(
        await guard_facts(work, invoice, desk.facts, plan.content, plan.references),
        link=link,
        company_file=plan.company_file,
    )
    applied = None if link is None else applied_to(link.copy)
    if applied is not None:
        invoice = replace(invoice, applied=applied)
    if plan.content == invoice.content and not invoice.is_before_export:
        return guard_resync(invoice, facts)
    found = guard_save(invoice, plan.content, facts)
    if not invoice.is_before_export:
        return found
    return by_severity((*found, *sending_guards(invoice, plan.content, facts)))  # its export


async def _requests(work: UnitOfWork, plan: _Plan, guards: tuple[Guard, ...]) -> _Requests:
    errors = [guard.message for guard in guards if guard.severity is GuardSeverity.ERROR]
    wanted = plan.wanted
    if plan.obstacle is not None or wanted is None or errors:
        return _Requests(why_none=plan.obstacle or " ".join(errors))
    request = plan_request(wanted, plan.desk.link, must_read=False)
    if request is None:
        return _Requests(why_none="QuickBooks already holds all of this; there is nothing to send.")
    if waiting := await _waits_for(work, plan, wanted):
        return _Requests(why_none=waiting)
    first = await _prerequisite(work, plan.company_file, request)
    facts = None if plan.company_file is None else plan.company_file.facts
    version = rendering_version(facts)
    try:
        written = [
            render_request(it, str(REQUEST_ID), version=version).decode("ascii")
            for it in (request, first)
            if it is not None
        ]
    except LocalProtocolError as refusal:
        reason, step = explain(refusal)
        return _Requests(why_none=f"{reason} {step.text}")
    return _Requests(*written)


async def _prerequisite(
    work: UnitOfWork, company_file: CompanyFile | None, request: SaleRequest
) -> Prerequisite | None:
    """As the planner decides: sites that QuickBooks is not known to have."""
    sites = sites_of(request)
    if company_file is None or not company_file.keeps_sites or not sites:
        return None
    keys = [EntryKey.of(ObjectKind.INVENTORY_SITE, name) for name in sites]
    return prerequisite(sites, await work.known_entries.find(company_file.id, keys))


async def _waits_for(work: UnitOfWork, plan: _Plan, wanted: WantedInvoice) -> str | None:
    """Tell what another invoice met first; a save clears this one's own problem."""
    if plan.company_file is None:
        return None
    roots = await work.sync_issues.open_roots(plan.company_file.id)
    root = root_behind(wanted, (r for r in roots if r.invoice_id != plan.desk.invoice.id))
    if root is None:
        return None
    return f"It would wait for this first: {root.reason}"


async def _reads_first(work: UnitOfWork, plan: _Plan, now: datetime) -> bool:
    """As the planner decides; of what is on its way the answer comes first."""
    invoice_id, link = plan.desk.invoice.id, plan.desk.link
    job = (await work.sync_jobs.latest([invoice_id])).get(invoice_id)
    if job is not None and job.state in ACTIVE and (job.must_read or job.state not in UNSENT):
        return True
    if link is not None:
        return is_copy_doubtful(link, now)
    if await work.qbxml_requests.last_add(invoice_id) is not None:
        return True
    return await work.unlocks.was_unlocked(invoice_id)


def _differences(
    plan: _Plan, link: QuickBooksLink | None
) -> tuple[tuple[PreviewField, ...], tuple[PreviewLine, ...]]:
    """Against the newest copy; `link` is that, and the desk's the one both sides agreed on."""
    invoice, wanted, agreed = plan.desk.invoice, plan.wanted, plan.desk.link
    changes = compare_contents(invoice.content, plan.content, plan.references.name_of)
    if wanted is None:
        return unnamed_fields(changes), unnamed_lines(invoice.content, plan.content, link)
    request = plan_request(wanted, link, must_read=False)
    lines = preview_lines(request, wanted, link)
    if link is None or agreed is None:
        return new_fields(wanted), lines
    before = wanted_invoice(invoice, plan.references, plan.kind)
    fields = preview_fields(before, wanted, agreed, link.copy)
    costs = staying_fields(changes, (c.path for c in changes if c.path[-1] == "cost"))
    return (*fields, *costs), without_taken(lines, fields)


def _held_totals(link: QuickBooksLink | None) -> Totals | None:
    if link is None or link.copy.subtotal is None or link.copy.sales_tax is None:
        return None
    sign = -1 if link.copy.kind is SaleKind.CREDIT_MEMO else 1  # as we count it
    return Totals(sign * link.copy.subtotal, sign * link.copy.sales_tax)


def _on_export(plan: _Plan) -> str | None:
    if plan.desk.link is not None or plan.references.batch is not None:
        return None
    return "Its export puts number and name of the batch before the memo."
