"""Wishes of the office in few words, and how things stand afterwards."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.ids import new_id
from domain.edits import DetailsPatch, Edits, NewTask, TaskEdit, TaskPatch
from domain.sync import ACTIVE
from resolvers.drafts import Stage, stage
from resolvers.saving import Resync, Save, resync, save_and_bypass, save_and_sync


def details(**changes):
    return Edits(details=DetailsPatch(**changes))


def of_task(task, **changes):
    return Edits(edit_tasks=(TaskEdit(task.id, TaskPatch(**changes)),))


def the_price_change(office, invoice):
    """G1: unit price 42.00 and Plumbing for the first task, 69.47 in all."""
    plumbing = office.id_of("Plumbing")
    task = invoice.content.tasks[0]
    return of_task(task, unit_price=Decimal("42.00"), business_unit_id=plumbing)


def a_new_task(office, **changes):
    wish = {
        "item_id": office.id_of("Diagnostic visit"),
        "description": "Diagnostic visit",
        "taxable": False,
        "quantity": Decimal(1),
        "unit_price": Decimal("89.00"),
    }
    return NewTask(**wish | changes)


def a_save(invoice, edits=None, **changes):
    wish = {
        "invoice_id": invoice.id,
        "version": invoice.version,
        "edits": edits,
        "idempotency_key": str(new_id()),
    }
    return Save(**wish | changes)


async def save(context, invoice, edits=None, **changes):
    return await save_and_sync(context, a_save(invoice, edits, **changes))


async def bypass(context, invoice, edits=None, **changes):
    return await save_and_bypass(context, a_save(invoice, edits, **changes))


async def sync_again(context, invoice, **changes):
    wish = {
        "invoice_id": invoice.id,
        "version": invoice.version,
        "idempotency_key": str(new_id()),
    }
    return await resync(context, Resync(**wish | changes))


async def stage_edits(context, invoice, edits, **changes):
    wish = {"invoice_id": invoice.id, "version": invoice.version, "edits": edits}
    return await stage(context, "editTask", Stage(**wish | changes))


@dataclass(frozen=True)
class Standing:
    """How an invoice stands: itself, its newest job, its active jobs, and all that was told."""

    invoice: Any
    job: Any
    unsent: Any
    in_flight: Any
    revisions: list
    draft: Any
    link: Any
    issue: Any
    events: list

    @property
    def status(self):
        return self.invoice.sync_status

    @property
    def active(self):
        return [job for job in (self.unsent, self.in_flight) if job is not None]


async def standing(office, invoice):
    async with office.open_work() as work:
        job = (await work.sync_jobs.latest([invoice.id])).get(invoice.id)
        unsent, in_flight = await work.sync_jobs.lock_active(invoice.id)
        numbered = await work.sync_events.after(0, limit=1000, invoice_id=invoice.id)
        found = Standing(
            invoice=await work.invoices.get(invoice.id),
            job=job,
            unsent=unsent,
            in_flight=in_flight,
            revisions=await work.revisions.page(invoice.id, before=None, limit=100),
            draft=await work.drafts.get(invoice.id),
            link=await work.links.get(invoice.id),
            issue=(await work.sync_issues.open_of([invoice.id])).get(invoice.id),
            events=[n.event for n in numbered],
        )
    assert all(job.state in ACTIVE for job in found.active)
    return found


async def everything_stored(office, invoice):
    """All that a refused call must leave as it is."""
    found = await standing(office, invoice)
    async with office.open_work() as work:
        last = await work.sync_events.last_sequence()
        account = await work.accounts.get()
        batches = await work.lists.batches()
        connections = await work.connections.all()
    return found, last, account, batches, [c.id for c in connections]
