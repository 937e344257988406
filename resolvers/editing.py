"""What staging and saving share: may it be edited, and what would it become."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from db.unit_of_work import UnitOfWork
from domain.audit import AuditAction, Subject, SubjectKind, changes_between
from domain.draft import Draft, check_editor, is_held_by_another
from domain.edits import Edits, apply_edits, check_total
from domain.eligibility import NEEDED_TO_EDIT, Circumstances, Eligibility, judge_eligibility
from domain.errors import NotFound, VersionConflict, Where
from domain.guard_facts import GuardFacts
from domain.invoice import Content, ExportStatus, Invoice
from domain.quickbooks import QuickBooksLink
from domain.revision import compare_contents
from domain.sync import ACTIVE
from domain.wanted import References
from resolvers.auditing import note
from resolvers.context import RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An invoice locked for a change, with all that decides about the change."""

    invoice: Invoice
    draft: Draft | None
    link: QuickBooksLink | None
    facts: Circumstances
    eligibility: Eligibility


async def open_desk(
    context: RequestContext,
    work: UnitOfWork,
    invoice_id: UUID,
    *,
    version: int,
    beside_drafts: bool = False,
) -> Desk:
    """Lock the invoice and check version and editor.

    With `beside_drafts` somebody else's draft is left alone and does not hinder: the change is not
    one of content. Without it an abandoned one is ended. Raises NotFound, BeingEdited, and
    VersionConflict with the fields changed since.
    """
    invoice = await work.invoices.lock(invoice_id)
    draft = await work.drafts.get(invoice_id)
    if draft is not None and is_held_by_another(draft, context.principal.actor):
        if not beside_drafts:
            check_editor(draft, context.principal.actor, context.now())
            await end_abandoned(context, work, invoice, draft)
        draft = None
    await _check_version(work, invoice, draft, version)
    facts = (await gather_circumstances(context, work, [invoice], is_shown=False))[invoice_id]
    return Desk(
        invoice=invoice,
        draft=draft,
        link=facts.link,
        facts=facts,
        eligibility=judge_eligibility(invoice, facts),
    )


async def gather_circumstances(
    context: RequestContext,
    work: UnitOfWork,
    invoices: Sequence[Invoice],
    *,
    is_shown: bool = True,
) -> dict[UUID, Circumstances]:
    """Read, for all of the invoices at once, what eligibility depends on; by invoice.

    Connections that nobody is shown come without their sessions and queues.
    """
    links = await work.links.get_many([invoice.id for invoice in invoices])
    batches = await work.lists.batches({i.batch_id for i in invoices if i.batch_id is not None})
    account, periods = await work.accounts.get(), await work.accounts.periods()
    listed = work.connections.all if is_shown else work.connections.installed
    connections = await listed()
    under_way = await _under_way(work, invoices)
    administrators = await _administrators(context, work)
    return {
        invoice.id: Circumstances(
            principal=context.principal,
            account=account,
            batch=None if invoice.batch_id is None else batches.get(invoice.batch_id),
            link=links.get(invoice.id),
            connections=connections,
            periods=periods,
            is_on_its_way=invoice.id in under_way,
            administrators=administrators,
        )
        for invoice in invoices
    }


async def _administrators(context: RequestContext, work: UnitOfWork) -> tuple[str, ...]:
    """Give by name who can grant what the caller lacks; nobody to those who lack nothing."""
    if all(context.principal.may(needed) for needed in NEEDED_TO_EDIT):
        return ()
    people = (await work.people.all()).values()
    return tuple(person.name for person in people if person.is_administrator)


async def _under_way(work: UnitOfWork, invoices: Sequence[Invoice]) -> set[UUID]:
    """Give those of the invoices whose first export is in the queue or with QuickBooks."""
    posted = [i.id for i in invoices if i.export_status is ExportStatus.POSTED]
    jobs = await work.sync_jobs.latest(posted) if posted else {}
    return {invoice_id for invoice_id, job in jobs.items() if job.state in ACTIVE}


async def edit_content(
    context: RequestContext, work: UnitOfWork, desk: Desk, edits: Edits | None
) -> tuple[Content, References]:
    """Give the content after the draft and these edits, and every list entry it names.

    Raises what `apply_edits` raises, and NotFound for an id that the account does not know.
    """
    content = desk.draft.content if desk.draft else desk.invoice.content
    if edits is not None:
        content = apply_edits(content, edits, context.new_id)
    named = await work.lists.references_of([desk.invoice], content)
    references = named[desk.invoice.id]
    check_references(content, references)
    check_total(references.totals(content.tasks, content.tax_zone_id))
    return content, references


def check_references(content: Content, references: References) -> None:
    """Raise NotFound, saying where, for the first id that the account does not know."""
    for key, known, label, where in named_entries(content, references):
        if key is not None and key not in known:
            raise NotFound(f"There is no such {label}.", where=where)


def named_entries(
    content: Content, references: References
) -> Iterable[tuple[UUID | None, Iterable[UUID], str, Where]]:
    """Give each list entry that the content names: id, those that exist, its label, and where."""
    yield content.tax_zone_id, references.tax_zones, "tax zone", ("details", "tax_zone_id")
    for task in content.tasks:
        at = ("tasks", str(task.id))
        yield task.item_id, references.items, "item", (*at, "item_id")
        unit, location = task.business_unit_id, task.inventory_location_id
        where = (*at, "business_unit_id")
        yield unit, references.business_units, "business unit", where
        where = (*at, "inventory_location_id")
        yield location, references.inventory_locations, "inventory location", where


async def guard_facts(
    work: UnitOfWork,
    invoice: Invoice,
    facts: Circumstances,
    content: Content,
    references: References,
    *,
    is_sent: bool = True,
) -> GuardFacts:
    """Read what the guards look at when the invoice is to become this content."""
    in_use, link = False, facts.link
    if content.number != invoice.content.number and link is not None:
        in_use = await work.invoices.is_number_in_use(
            content.number,
            by_other_than=invoice.id,
            company_file_id=link.company_file_id,
        )
    return GuardFacts(
        account=facts.account,
        periods=facts.periods,
        references=references,
        is_number_in_use=in_use,
        is_sent=is_sent,
        link=link,
        company_file=(
            await work.company_files.get(link.company_file_id) if is_sent and link else None
        ),
    )


async def end_abandoned(
    context: RequestContext, work: UnitOfWork, invoice: Invoice, draft: Draft
) -> None:
    """What was staged and never saved stays readable in the invoice's audit trail."""
    named = await work.lists.references_of([invoice], draft.content)
    staged = compare_contents(invoice.content, draft.content, named[invoice.id].name_of)
    was = {"editor": draft.editor.name, "touched_at": draft.touched_at.isoformat()}
    subject = Subject(SubjectKind.INVOICE, invoice.id)
    told = (*changes_between(was, {}), *staged)
    note(context, work, AuditAction.ABANDONED_DRAFT_ENDED, subject, told)
    await work.drafts.remove(invoice.id)


async def _check_version(
    work: UnitOfWork, invoice: Invoice, draft: Draft | None, version: int
) -> None:
    seen = version if draft is None else min(version, draft.base_version)
    if seen != invoice.version or version != invoice.version:
        changed = await work.revisions.changed_since(invoice.id, seen)
        raise VersionConflict(
            invoice_id=invoice.id,
            expected=seen,
            actual=invoice.version,
            changed_fields=[".".join(path) for path in changed],
        )
