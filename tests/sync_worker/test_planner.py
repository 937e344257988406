"""From a queued job to a rendered request: what is asked of QuickBooks, and when nothing is."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from lxml import etree

from app.ids import new_id
from domain.company_file import CompanyFileFacts, HostFacts
from domain.edits import Edits, TaskEdit, TaskPatch
from domain.invoice import ExportStatus
from domain.issues import StepActor
from domain.lists import BatchStatus
from domain.sync import JobState
from domain.sync_status import SyncStatus
from domain.wanted import memo
from qbwc.qbxml.errors import ElementTooNew, LocalProtocolError
from qbwc.qbxml.refusals import explain
from simulator.bookkeeper import Bookkeeper
from sync_worker.planner import plan
from tests.resolvers.asking import sync_again
from tests.sync_worker.connector import (
    PlayedConnector,
    bypass,
    changed,
    names_in,
    new_price,
    new_summary,
    save,
)


@pytest.fixture
def played(office):
    return PlayedConnector(office)


async def planned(played, job_id, moment=None):
    async with played.office.open_work() as work:
        await plan(work, job_id, now=moment or played.now(), new_id=new_id)


async def queued_edit(played, edits=None):
    """An invoice that QuickBooks holds, with an edit that nobody has planned."""
    invoice = await played.exported()
    return await save(played.office, invoice, edits)


async def open_requests(played):
    queue = await played.queue()
    return [request for request in queue if request.state in ("READY", "SENT")]


async def test_planning_puts_one_rendered_request_into_the_queue(played):
    invoice = await queued_edit(played)

    assert await played.plan() == [(await played.standing(invoice)).job.id]

    [request] = await open_requests(played)
    assert (request.kind, request.state) == ("INVOICE_MOD", "READY")
    assert etree.fromstring(request.body).get("requestID") == str(request.id)
    assert (await played.standing(invoice)).job.state is JobState.READY


async def test_planning_twice_is_harmless(played):
    invoice = await queued_edit(played)
    job_id = (await played.standing(invoice)).job.id

    for _ in range(2):
        await planned(played, job_id)

    assert len(await open_requests(played)) == 1


async def test_two_planners_at_once_make_one_request(played):
    invoice = await queued_edit(played)
    job_id = (await played.standing(invoice)).job.id

    await asyncio.gather(*(planned(played, job_id) for _ in range(4)))

    assert len(await open_requests(played)) == 1


async def test_a_job_that_nobody_knows_is_left_alone(played):
    await planned(played, new_id())

    assert await played.queue() == []


async def test_a_withdrawn_job_is_left_alone(played):
    invoice = await queued_edit(played)
    job_id = (await played.standing(invoice)).job.id
    await bypass(played.office, invoice)

    await planned(played, job_id)

    assert await open_requests(played) == []
    assert (await played.standing(invoice)).job.state is JobState.CANCELLED


async def test_a_job_whose_place_a_newer_edit_took_is_left_alone(played):
    invoice = await queued_edit(played)
    older = (await played.standing(invoice)).job.id
    await save(played.office, invoice, new_price(invoice, "43.00"))

    await planned(played, older)

    assert await open_requests(played) == []


async def test_an_edit_waits_behind_one_that_is_on_its_way(played):
    invoice = await queued_edit(played)
    await played.fetch()
    await save(played.office, invoice, new_price(invoice, "43.00"))
    waiting = (await played.standing(invoice)).job

    await planned(played, waiting.id)

    assert (await played.standing(invoice)).job == waiting
    assert [request.state for request in await open_requests(played)] == ["SENT"]


async def test_a_delayed_edit_goes_again_at_its_time_and_not_before(played):
    invoice = await queued_edit(played)
    await played.refuse(3175, "The record is in use.")
    job = (await played.standing(invoice)).job

    await planned(played, job.id, job.next_attempt_at - timedelta(milliseconds=1))
    too_soon = (await played.standing(invoice)).job.state
    await planned(played, job.id, job.next_attempt_at)

    assert too_soon is JobState.RETRY_WAIT
    assert (await played.standing(invoice)).job.state is JobState.READY


NO_ITEM = (
    'There is an invalid reference to QuickBooks Item "SVC-TUNE" in the Invoice line.'
    "  QuickBooks error message: Invalid argument."
    "  The specified record does not exist in the list."
)


async def without_an_item(played):
    """An edit that QuickBooks refused for an item it lacks, and another edit that names it too."""
    first, second = await played.exported(), await played.exported("21260")
    refused = await save(played.office, first)
    await played.refuse(3140, NO_ITEM)
    return refused, await save(played.office, second)


async def test_an_edit_that_needs_what_is_missing_waits_for_who_met_that_first(played):
    """It is not sent to fail as well; nobody has to do anything about it but cure the first."""
    refused, behind = await without_an_item(played)

    await played.plan()

    root, after = (await played.standing(refused)).issue, await played.standing(behind)
    assert await open_requests(played) == []
    assert after.job.state is JobState.BLOCKED
    assert (after.issue.root_id, after.issue.object) == (root.id, root.object)
    told = (await played.events(behind))[-1]
    assert (told.status, told.issue_id) == (SyncStatus.SYNCING, after.issue.id)
    assert after.invoice.sync_status is SyncStatus.SYNCING


async def test_an_edit_that_does_not_need_what_is_missing_goes_on(played):
    await without_an_item(played)
    _, filters = played.office.tasks()
    other = await played.office.new_invoice("21261", tasks=(filters,))
    await played.office.export(other)

    await played.plan()

    [request] = await open_requests(played)
    assert request.job_id == (await played.standing(other)).job.id


async def test_while_the_root_is_open_a_held_back_edit_is_left_alone(played):
    _, behind = await without_an_item(played)
    await played.plan()
    job = (await played.standing(behind)).job

    await planned(played, job.id)

    assert (await played.standing(behind)).job == job


@pytest.mark.parametrize("which", ["failed", "held back"])
async def test_what_is_there_again_brings_back_who_failed_for_it_and_who_waited(played, which):
    refused, behind = await without_an_item(played)
    await played.plan()
    root = (await played.standing(refused)).issue
    async with played.office.open_work() as work:
        freed = await work.sync_issues.clear([root.id], played.now())
    invoice = refused if which == "failed" else behind
    job_id = (await played.standing(invoice)).job.id

    for _ in range(2):  # a message may come twice
        await planned(played, job_id)

    after = await played.standing(invoice)
    [request] = await open_requests(played)
    assert job_id in freed
    assert request.job_id == job_id
    assert (after.job.state, after.issue) == (JobState.READY, None)
    assert after.invoice.sync_status is SyncStatus.SYNCING


async def test_an_edit_that_failed_for_another_reason_is_not_brought_back(played):
    invoice = await queued_edit(played)
    await played.refuse(3140, NO_ITEM)
    failed = await played.standing(invoice)

    await planned(played, failed.job.id)

    assert await played.standing(invoice) == failed
    assert await open_requests(played) == []


async def test_a_failed_edit_whose_place_a_newer_one_took_is_not_brought_back(played):
    refused, _ = await without_an_item(played)
    failed = await played.standing(refused)
    await save(played.office, failed.invoice, new_price(failed.invoice, "43.00"))
    async with played.office.open_work() as work:
        await work.sync_issues.clear([failed.issue.id], played.now())

    await planned(played, failed.job.id)

    async with played.office.open_work() as work:
        assert await work.sync_jobs.get(failed.job.id) == failed.job


async def test_all_who_waited_go_by_themselves_once_the_first_went_through(played):
    """The bookkeeper adds the item, the office re-syncs one invoice, and the others follow."""
    refused, behind = await without_an_item(played)
    await played.plan()
    failed = (await played.standing(refused)).invoice
    await sync_again(await played.office.as_person(), failed)

    await played.settle()

    for invoice in (refused, behind):
        after = await played.standing(invoice)
        assert (after.invoice.sync_status, after.issue) == (SyncStatus.SYNCED, None)


async def test_requests_are_rendered_in_the_qbxml_that_this_quickbooks_speaks(played):
    """What it is too old for is named, instead of a message set that it could not read."""
    async with played.office.open_work() as work:
        connection_id = played.office.connection.connection.id
        known = await work.company_files.of_connection(connection_id)
        old = HostFacts(qbxml_versions=((7, 0), (8, 0)))
        facts = CompanyFileFacts(read_at=played.now(), host=old)
        await work.company_files.save(replace(known, facts=facts))
    truck = played.office.id_of("Truck 7")
    tasks = tuple(replace(t, inventory_location_id=truck) for t in played.office.tasks())
    invoice = await played.office.new_invoice(tasks=tasks)
    await played.office.export(invoice)

    await played.plan()

    after = await played.standing(invoice)
    assert (after.job.state, after.issue.code) == (JobState.FAILED, "NOT_SENDABLE")
    assert "needs qbXML 10.0; this is qbXML 8.0." in after.issue.reason
    assert [step.actor for step in after.issue.steps] == [StepActor.QUICKBOOKS_ADMINISTRATOR]


@pytest.mark.parametrize(
    ("since_our_write", "asked"),
    [("1.19", "INVOICE_QUERY"), ("1.2", "INVOICE_MOD")],
)
async def test_right_behind_our_own_write_quickbooks_copy_is_read_first(
    played, since_our_write, asked
):
    """EditSequence counts seconds: a change in the second of our write would not show in it."""
    invoice = await queued_edit(played)
    standing = await played.standing(invoice)

    moment = standing.link.verified_at + timedelta(seconds=float(since_our_write))
    await planned(played, standing.job.id, moment)

    [request] = await open_requests(played)
    assert request.kind == asked


async def test_a_copy_that_was_only_read_is_no_write_of_ours(played):
    invoice = await queued_edit(played)
    standing = await played.standing(invoice)
    async with played.office.open_work() as work:
        await work.links.save(invoice.id, replace(standing.link, verified_at=None))

    await planned(played, standing.job.id, standing.link.verified_at)

    [request] = await open_requests(played)
    assert request.kind == "INVOICE_MOD"


async def test_an_edit_of_the_summary_alone_names_no_lines(played):
    await queued_edit(played, new_summary("Spring tune-up"))

    await played.plan()

    [request] = await open_requests(played)
    assert b"Spring tune-up" in request.body
    assert b"InvoiceLineMod" not in request.body


async def test_an_edit_that_quickbooks_cannot_hold_is_synced_without_asking(played):
    """Cost alone has no place in QuickBooks."""
    invoice = await played.exported()
    task = invoice.content.tasks[0]
    await save(
        played.office,
        invoice,
        Edits(edit_tasks=(TaskEdit(task.id, TaskPatch(cost=Decimal("9.00"))),)),
    )

    await played.plan()

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.job.state is JobState.APPLIED
    assert await open_requests(played) == []


async def test_a_name_that_went_missing_in_quickbooks_terms_needs_an_administrator(played):
    invoice = await queued_edit(played)
    await played.rows(
        "update item set quickbooks_name = '' where id = :id",
        id=played.office.id_of("Seasonal tune-up"),
    )

    await played.plan()

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.issue.code == "NAME_MISSING"
    assert "item “Seasonal tune-up”" in after.issue.reason
    assert [step.actor for step in after.issue.steps] == [StepActor.ADMINISTRATOR]
    assert await open_requests(played) == []


async def test_a_value_that_cannot_be_sent_is_named_in_our_words(played):
    invoice = await queued_edit(played)
    await played.rows(
        "update business_unit set quickbooks_class = repeat('x', 500) where id = :id",
        id=played.office.id_of("HVAC"),
    )

    await played.plan()

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.issue.code == "NOT_SENDABLE"
    assert after.issue.reason.startswith("QuickBooks cannot take the business unit: it has 500")
    assert after.job.state is JobState.FAILED
    assert await open_requests(played) == []
    told = (await played.events(invoice))[-1]
    assert (told.status, told.issue_id) == (SyncStatus.ACTION_REQUIRED, after.issue.id)


@pytest.mark.parametrize(
    ("refusal", "reason", "actor"),
    [
        (
            ElementTooNew("InvoiceMod/ExternalGUID", since=(9, 0), version=(8, 0)),
            "InvoiceMod/ExternalGUID needs qbXML 9.0; this is qbXML 8.0.",
            StepActor.QUICKBOOKS_ADMINISTRATOR,
        ),
        (LocalProtocolError("The request id is empty."), "The request id is empty.",
         StepActor.SUPPORT),
    ],
)  # fmt: skip
def test_what_is_no_person_s_typing_names_who_can_help(refusal, reason, actor):
    said, step = explain(refusal)

    assert said == reason
    assert step.actor is actor


async def lose(played):
    """A message set leaves and is lost on the way; QuickBooks says that it never saw it."""
    await played.fetch()
    await played.close()
    await played.update()


async def test_a_lost_edit_is_asked_after_once_by_its_txn_id(played):
    invoice = await queued_edit(played)
    await lose(played)
    job_id = (await played.standing(invoice)).job.id

    for _ in range(2):
        await planned(played, job_id)

    [request] = await open_requests(played)
    assert request.kind == "INVOICE_QUERY"
    assert (await played.standing(invoice)).link.copy.txn_id.encode() in request.body
    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN


async def test_a_lost_export_is_looked_for_among_its_customers_invoices(played):
    """A number is not unique in QuickBooks, and our GUID cannot be asked for."""
    invoice = await played.office.new_invoice("21259")
    await played.office.export(invoice)
    await lose(played)

    document = await played.fetch()

    assert names_in(document) == ["InvoiceQueryRq"]
    assert etree.fromstring(document).findtext(".//EntityFilter/FullName") == "Harriet Doyle"


async def test_a_lost_export_is_asked_after_by_the_txn_id_that_quickbooks_could_tell(played):
    """ErrorRecovery of a status check may bring that and nothing else."""
    invoice = await played.office.new_invoice("21259")
    await played.office.export(invoice)
    await lose(played)
    job = (await played.standing(invoice)).job
    async with played.office.open_work() as work:
        await work.sync_jobs.save(replace(job, txn_id="1A2B-77"))

    document = await played.fetch()

    assert names_in(document) == ["InvoiceQueryRq"]
    assert etree.fromstring(document).findtext(".//TxnID") == "1A2B-77"
    assert etree.fromstring(document).find(".//EntityFilter") is None


async def test_a_lost_write_of_which_nothing_is_left_is_left_alone(played):
    """Without the request there is nothing to hold QuickBooks' copy against."""
    invoice = await queued_edit(played)
    job = (await played.standing(invoice)).job
    async with played.office.open_work() as work:
        await work.sync_jobs.save(replace(job, state=JobState.UNKNOWN))

    await planned(played, job.id)

    assert await open_requests(played) == []
    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN


async def test_an_export_that_quickbooks_holds_already_is_done_without_another(played):
    """What it returned at first did not agree; the bookkeeper set it right, and it goes again."""
    invoice = await played.office.new_invoice()
    await played.office.export(invoice)
    answer = played.run(await played.fetch())
    await played.tell(changed(answer, "Memo", "Another memo"))
    await played.close()
    refused = await played.standing(invoice)
    await played.office.export(refused.invoice)
    txn_id = refused.link.copy.txn_id
    Bookkeeper(played.company).edit_invoice(txn_id, memo=await new_memo(played, invoice))

    await played.settle()

    after = await played.standing(invoice)
    assert refused.issue.code == "READ_BACK_DIFFERS"
    assert after.invoice.export_status is ExportStatus.EXPORTED
    assert played.side.writes() == ["InvoiceAddRq"]
    async with played.office.open_work() as work:
        batches = await work.lists.batches([after.invoice.batch_id])
    assert batches[after.invoice.batch_id].status is BatchStatus.EXPORTED


async def new_memo(played, invoice):
    """The memo of the newest batch, which begins with its number."""
    async with played.office.open_work() as work:
        found = (await work.invoices.get_many([invoice.id]))[invoice.id]
        batch = (await work.lists.batches([found.batch_id]))[found.batch_id]
    return memo(batch, found.content.summary)
