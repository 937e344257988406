"""What the sweeper is shown: only jobs that a worker can do something about now."""

from datetime import timedelta

from app.clock import now
from domain.edits import DetailsPatch, Edits
from resolvers.saving import Save, save_and_sync
from tests.quickbooks_side import QuickBooksSide


async def due_of(office):
    moment = now() + timedelta(hours=1)
    due = await office.resources.directory.due_jobs(moment, quiet_since=moment, at_most=10**6)
    return [entry.id for entry in due if entry.account_id == office.account_id]


async def test_a_job_that_waits_for_an_answer_does_not_fill_the_sweep(office):
    """Thousands of them, of a connector that is away, must not crowd out somebody else's job."""
    side = QuickBooksSide(office)
    invoice = await side.export(await office.new_invoice())
    edits = Edits(details=DetailsPatch(summary="First"))
    olga = await office.as_person()
    wish = Save(invoice_id=invoice.id, version=1, edits=edits, idempotency_key="1")
    first = (await save_and_sync(olga, wish)).invoice
    untold = await due_of(office)
    await side.plan_all()
    await side.fetch()
    edits = Edits(details=DetailsPatch(summary="Second"))
    wish = Save(invoice_id=invoice.id, version=first.version, edits=edits, idempotency_key="2")
    await save_and_sync(olga, wish)

    behind = await due_of(office)

    assert len(untold) == 1
    assert behind == []


async def test_a_lost_answer_is_due_once_quickbooks_cannot_tell_until_its_question_lies_ready(
    office,
):
    """First QuickBooks is asked for the answer it stored; here it never saw the message set."""
    side = QuickBooksSide(office)
    await office.export(await office.new_invoice())
    await side.plan_all()
    await side.fetch()
    check = await side.fetch()  # a new sign-in: the first answer will not come
    asking = await due_of(office)
    await side.deliver(check)

    lost = await due_of(office)
    await side.plan_all()
    asked = await due_of(office)

    assert asking == []
    assert len(lost) == 1
    assert asked == []
