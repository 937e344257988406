"""Many rows are stored in one statement, and each comes back as it was stored alone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from app.ids import new_id
from domain.backoff import Trouble
from domain.invoice import ExportOrigin, ExportStatus
from domain.issues import Step, StepActor, SyncIssue
from domain.merge import FieldConflict
from domain.standing import standing_of
from domain.sync import JobState
from domain.sync_status import SyncStatus
from tests.builders import NOW, a_copy, a_link
from tests.counting import Said, listening
from tests.db.making import a_job_of, add_invoice, an_event, connection_id

LATER = NOW + timedelta(seconds=8)


async def add_invoices(office, count, **changes):
    return [await add_invoice(office, **changes) for _ in range(count)]


def an_issue_of(job, **changes):
    issue = SyncIssue(
        id=new_id(),
        invoice_id=job.invoice_id,
        job_id=job.id,
        code="NAME_MISSING",
        reason="QuickBooks' names are missing for: item “Filter”.",
        steps=(Step(StepActor.OFFICE, "Name it."), Step(StepActor.SUPPORT, "Or ask.")),
        quickbooks_code=None,
        quickbooks_message=None,
        opened_at=NOW,
    )
    return replace(issue, **changes)


async def test_jobs_saved_together_keep_each_its_own_values(office):
    invoices = await add_invoices(office, 3)
    jobs = [a_job_of(office, invoice) for invoice in invoices]
    came_far = [
        replace(jobs[0], state=JobState.SENT, attempts=1),
        replace(
            jobs[1],
            state=JobState.RETRY_WAIT,
            next_attempt_at=LATER,
            trouble=Trouble.first_met(NOW).met_again(LATER),
        ),
        replace(jobs[2], must_read=True, updated_at=LATER),
    ]

    async with office.open_work() as work:
        await work.sync_jobs.add_many(jobs)
        await work.sync_jobs.save_many(came_far)
        await work.sync_jobs.save_many([])

    async with office.open_work() as work:
        stored = await work.sync_jobs.lock_many(job.id for job in jobs)
    assert list(stored.values()) == came_far


async def test_the_active_jobs_of_many_invoices_are_told_by_invoice(office):
    waiting, on_its_way, both, neither = await add_invoices(office, 4)
    unsent = [a_job_of(office, i, state=JobState.READY) for i in (waiting, both)]
    in_flight = [a_job_of(office, i, state=JobState.UNKNOWN) for i in (on_its_way, both)]
    resting = a_job_of(office, neither, state=JobState.APPLIED)

    async with office.open_work() as work:
        await work.sync_jobs.add_many([*unsent, *in_flight, resting])

    async with office.open_work() as work:
        active = await work.sync_jobs.lock_active_many(
            [waiting.id, on_its_way.id, both.id, neither.id]
        )
        assert await work.sync_jobs.lock_active_many([]) == {}
    assert active == {
        waiting.id: (unsent[0], None),
        on_its_way.id: (None, in_flight[0]),
        both.id: (unsent[1], in_flight[1]),
        neither.id: (None, None),
    }


async def test_issues_opened_together_come_back_whole_and_in_their_order_of_roots(office):
    invoices = await add_invoices(office, 2)
    jobs = [a_job_of(office, invoice) for invoice in invoices]
    conflicts = (FieldConflict(("memo",), "base", None, "theirs"),)
    root = an_issue_of(jobs[0], quickbooks_code=3200, quickbooks_message="½", conflicts=conflicts)
    dependent = an_issue_of(jobs[1], root_id=root.id)

    async with office.open_work() as work:
        await work.sync_jobs.add_many(jobs)
        await work.sync_issues.add_many([dependent, root])

    async with office.open_work() as work:
        stored = await work.sync_issues.get_many([root.id, dependent.id])
    assert stored == {root.id: root, dependent.id: dependent}


async def test_copies_kept_together_replace_those_before_and_leave_the_others(office):
    invoices = await add_invoices(office, 3)
    file_id = office.connection.connection.company_file_id
    link = a_link(company_file_id=file_id, connection_id=connection_id(office))
    first = {
        invoice.id: replace(link, copy=a_copy(txn_id=f"1-{n}"))
        for n, invoice in enumerate(invoices)
    }
    kept, *replaced = first
    newer = {
        key: replace(first[key], copy=replace(first[key].copy, edit_sequence="9"), is_stale=True)
        for key in replaced
    }

    async with office.open_work() as work:
        await work.links.save_many({key: first[key] for key in (kept, replaced[0])})
    async with office.open_work() as work:
        await work.links.save_many(newer)

    async with office.open_work() as work:
        assert await work.links.get_many(first) == {kept: first[kept], **newer}


async def test_events_of_one_commit_are_numbered_in_the_order_they_were_recorded(office):
    events = [an_event(invoice) for invoice in await add_invoices(office, 4)]

    for recorded in (events[:1], events[1:]):
        async with office.open_work() as work:
            for event in recorded:
                work.record(event)

    async with office.open_work() as later:
        stored = await later.sync_events.after(0, limit=10)
    assert [(n.sequence, n.event) for n in stored] == list(enumerate(events, start=1))
    assert work.events == stored[1:]


async def test_a_standing_is_what_the_invoice_says_of_it(office):
    invoice = await add_invoice(
        office,
        version=7,
        export_status=ExportStatus.POSTED,
        export_origin=None,
        applied=Decimal("10.10"),
        synced_version=6,
        synced_at=LATER,
    )

    async with office.open_work() as work:
        standings = await work.invoices.lock_standings([invoice.id, new_id()])

    assert standings == {invoice.id: standing_of(invoice)}


async def test_standings_saved_together_change_what_syncing_changes_and_nothing_else(office):
    invoices = await add_invoices(office, 2, sync_status=SyncStatus.SYNCING)
    untouched = await add_invoice(office)
    changes = (
        {
            "sync_status": SyncStatus.SYNCED,
            "synced_version": 1,
            "synced_at": LATER,
            "updated_at": LATER,
        },
        {
            "export_status": ExportStatus.EXPORTED,
            "export_origin": ExportOrigin.EXPORTED,
            "applied": Decimal("62.44"),
        },
    )

    async with office.open_work() as work:
        found = await work.invoices.lock_standings(invoice.id for invoice in invoices)
        await work.invoices.save_standings(
            replace(found[invoice.id], **changed)
            for invoice, changed in zip(invoices, changes, strict=True)
        )

    expected = [replace(invoice, **c) for invoice, c in zip(invoices, changes, strict=True)]
    async with office.open_work() as work:
        stored = await work.invoices.get_many(i.id for i in (*invoices, untouched))
    assert stored == {invoice.id: invoice for invoice in (*expected, untouched)}


async def test_many_rows_are_one_statement(office):
    invoices = await add_invoices(office, 5)
    jobs = [a_job_of(office, invoice) for invoice in invoices]
    standings = [standing_of(invoice) for invoice in invoices]
    file_id = office.connection.connection.company_file_id
    link = a_link(company_file_id=file_id, connection_id=connection_id(office))
    links = {i.id: replace(link, copy=a_copy(txn_id=i.id.hex)) for i in invoices}
    ids = [invoice.id for invoice in invoices]

    for store in (
        lambda work: work.sync_jobs.add_many(jobs),
        lambda work: work.sync_jobs.save_many(jobs),
        lambda work: work.sync_jobs.lock_active_many(ids),
        lambda work: work.sync_issues.add_many([an_issue_of(job) for job in jobs]),
        lambda work: work.links.save_many(links),
        lambda work: work.links.get_many(ids),
        lambda work: work.invoices.lock_standings(ids),
        lambda work: work.invoices.save_standings(standings),
        lambda work: work.sync_events.append([an_event(invoice) for invoice in invoices]),
    ):
        said = Said()
        async with listening(office, said) as work:
            await store(work)
        assert len(said) == 1, said.statements


async def test_nothing_of_another_account_is_changed(office, another_office):
    """Ids alone never reach a row."""
    invoice = await add_invoice(office, sync_status=SyncStatus.SYNCING)
    job = a_job_of(office, invoice)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
    stranger = await another_office()

    async with stranger.open_work() as work:
        moved = replace(invoice, sync_status=SyncStatus.SYNCED)
        await work.invoices.save_standings([standing_of(moved)])
        await work.invoices.save_status(moved)
        await work.sync_jobs.save_many([replace(job, state=JobState.CANCELLED)])
        assert await work.sync_jobs.lock_active_many([invoice.id]) == {invoice.id: (None, None)}

    async with office.open_work() as work:
        assert await work.invoices.get(invoice.id) == invoice
        assert await work.sync_jobs.get(job.id) == job
