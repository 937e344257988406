"""What only QuickBooks' side changed is taken over here, as a revision, before our edit goes on."""

from dataclasses import replace

import structlog

from db.unit_of_work import UnitOfWork
from domain.actor import QUICKBOOKS
from domain.adoption import adopt, named_in
from domain.answering import Decision, conflicting
from domain.booking import Case
from domain.comparison import compare
from domain.invoice import Content, Invoice
from domain.merge import FieldConflict
from domain.quickbooks import QuickBooksLink
from domain.revision import Revision, compare_contents, first_content
from domain.wanted import References, missing_names, wanted_invoice
from qbwc.message_set import Chance

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_REASON = "Changed in QuickBooks meanwhile."


async def take_over(
    work: UnitOfWork, chance: Chance, case: Case, decision: Decision
) -> tuple[Case, Decision]:
    """Give case and decision after QuickBooks' changes have become a revision of the invoice.

    A change that has no place here is a conflict, which a person decides. Behind a newer save or a
    bypass nothing is taken over: whatever is sent next reads QuickBooks' copy again.
    """
    held = decision.held
    if held is None or not decision.adoptions or not case.is_wanted:
        return case, decision
    taking = _Taking(work, await work.invoices.lock(case.standing.id), held)
    content, refused = await taking.adopt(decision.adoptions)
    if refused:
        return case, replace(conflicting(held, refused), link=decision.link)
    invoice = await taking.store(chance, content)
    log.info("quickbooks_changes.merged", invoice_id=str(invoice.id), version=invoice.version)
    newer = replace(
        case,
        standing=replace(case.standing, version=invoice.version),
        job=replace(case.job, version=invoice.version),
    )
    return newer, replace(decision, link=held, held=None, adoptions=())


class _Taking:
    """One invoice, locked, and QuickBooks' side of it."""

    def __init__(self, work: UnitOfWork, invoice: Invoice, held: QuickBooksLink) -> None:
        self._work = work
        self._invoice = invoice
        self._held = held

    async def adopt(
        self, adoptions: tuple[FieldConflict, ...]
    ) -> tuple[Content, tuple[FieldConflict, ...]]:
        """Give the merged content, and what would not be the same on both sides all the same."""
        names = await self._work.quickbooks_names.find(named_in(self._held.copy))
        references = await self._references(self._invoice)
        adopted = adopt(
            self._invoice,
            [adoption.path for adoption in adoptions],
            self._held.copy,
            self._held.tasks_by_line,
            names=names,
            batch=references.batch,
        )
        unequal = await self._unequal(adopted.content)
        refused = tuple(
            adoption
            for adoption in adoptions
            if adoption.path in adopted.refused or adoption.path in unequal
        )
        return adopted.content, refused

    async def store(self, chance: Chance, content: Content) -> Invoice:
        """Save the content as the next version, told as QuickBooks' doing."""
        before, now = self._invoice, chance.now()
        changed = replace(before, content=content)
        references = await self._references(changed)
        totals = references.totals(content.tasks, content.tax_zone_id)
        invoice = before.revised(content, totals, now)
        await self._work.invoices.save(invoice)
        revision = Revision(
            id=chance.new_id(),
            invoice_id=invoice.id,
            version=invoice.version,
            actor=QUICKBOOKS,
            reason=_REASON,
            made_at=now,
            changes=compare_contents(before.content, content, references.name_of),
            disposition=invoice.sync_status,
            content=content,
            began_from=first_content(before),
        )
        await self._work.revisions.add(revision)
        return invoice

    async def _unequal(self, content: Content) -> set[tuple[str, ...]]:
        merged = replace(self._invoice, content=content)
        references = await self._references(merged)
        if missing_names(merged, references):
            return set()  # then the planner says so
        wanted = wanted_invoice(merged, references, self._held.copy.kind)
        compared = compare(wanted, self._held.copy, self._held.tasks_by_line)
        return {comparison.path for comparison in compared if not comparison.equal}

    async def _references(self, invoice: Invoice) -> References:
        return (await self._work.lists.references_of([invoice]))[invoice.id]
