"""What QuickBooks' answers do to jobs, invoices, copies, issues and events."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.invoice import ExportStatus
from domain.lists import BatchStatus
from domain.sync import JobState
from domain.sync_status import SyncStatus
from simulator.bookkeeper import Bookkeeper
from tests.sync_worker.connector import (
    LOCKED,
    bypass,
    changed,
    names_in,
    new_price,
    new_summary,
    refusal,
    requests_in,
    save,
)


async def batch_of(played, invoice):
    async with played.office.open_work() as work:
        return (await work.lists.batches([invoice.batch_id]))[invoice.batch_id]


# Confirmed


async def test_an_edit_is_synced_when_the_returned_invoice_agrees(played):
    invoice = await played.edited()

    assert await played.update() == 100

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.synced_version == invoice.version
    assert after.job.state is JobState.APPLIED
    assert after.link.copy.lines[0].rate == Decimal("42.00")
    assert after.link.verified_at is not None
    assert after.issue is None
    assert [event.status for event in await played.events(invoice)][-1] is SyncStatus.SYNCED


async def test_a_batch_is_exported_when_its_last_invoice_is(played):
    first, second = [await played.office.new_invoice(number) for number in ("1", "2")]
    await played.office.export(first, second)
    document = await played.fetch()
    await played.tell(refusal(document, 3175, LOCKED, only=[]))  # no answer to either
    await played.plan()
    await played.send()  # one of the two is asked after, alone
    await played.close()
    halfway = (await played.standing(first)).invoice
    assert (await batch_of(played, halfway)).status is BatchStatus.POSTED

    for _ in range(3):
        played.ahead += timedelta(minutes=1)
        await played.settle()

    both = [(await played.standing(invoice)).invoice for invoice in (first, second)]
    assert {invoice.export_status for invoice in both} == {ExportStatus.EXPORTED}
    assert (await batch_of(played, halfway)).status is BatchStatus.EXPORTED


async def test_a_batch_with_a_refused_invoice_stays_posted(played):
    first, second = [await played.office.new_invoice(number) for number in ("1", "2")]
    await played.office.export(first, second)
    document = await played.fetch()
    answer = played.run(document)
    request_id = requests_in(document)[1].get("requestID")
    refused = answer.replace(
        f'requestID="{request_id}" statusCode="0"', f'requestID="{request_id}" statusCode="3140"'
    )
    assert refused != answer

    await played.tell(refused)

    posted = (await played.standing(first)).invoice
    assert posted.export_status is ExportStatus.EXPORTED
    assert (await played.standing(second)).invoice.export_status is ExportStatus.POSTED
    assert (await batch_of(played, posted)).status is BatchStatus.POSTED


async def test_payments_that_quickbooks_tells_of_are_kept_with_the_invoice(played):
    invoice = await played.exported()
    link = (await played.standing(invoice)).link
    Bookkeeper(played.company).receive_payment(link.copy.txn_id, Decimal("10.00"))
    await save(played.office, invoice)

    await played.settle()

    assert (await played.standing(invoice)).invoice.applied == Decimal("10.00")


async def test_an_answer_without_applied_payments_leaves_those_we_know(played):
    invoice = await played.edited()
    document = await played.fetch()

    await played.tell(changed(played.run(document), "AppliedAmount", None))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.link.copy.applied is None
    assert after.invoice.applied == Decimal(0)


# Proof: status 0 alone is none


@pytest.mark.parametrize(
    ("path", "text", "field"),
    [
        ("RefNumber", "999", "number"),
        ("TxnDate", "2026-11-19", "date"),
        ("Memo", "Another memo", "memo"),
        ("ItemSalesTaxRef/FullName", "FLAT", "tax_zone"),
        ("InvoiceLineRet/Desc", "Another text", "description"),
        ("InvoiceLineRet/Quantity", "2", "quantity"),
        ("InvoiceLineRet/Rate", "41.00", "unit_price"),
        ("InvoiceLineRet/Amount", "41.00", "amount"),
        ("InvoiceLineRet/ClassRef", None, "business_unit"),
        ("InvoiceLineRet/SalesTaxCodeRef/FullName", "Non", "taxable"),
    ],
)
async def test_a_returned_invoice_that_differs_in_one_field_is_no_proof(played, path, text, field):
    """QuickBooks reported success; the field it changed is named, and its copy is kept."""
    invoice = await played.edited()
    document = await played.fetch()

    await played.tell(changed(played.run(document), path, text))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.issue.code == "READ_BACK_DIFFERS"
    assert [conflict.path[-1] for conflict in after.issue.conflicts] == [field]
    assert field in after.issue.reason
    assert after.link.verified_at is None


async def test_a_line_of_ours_that_vanished_is_no_proof(played):
    invoice = await played.edited()
    document = await played.fetch()

    await played.tell(changed(played.run(document), "InvoiceLineRet", None))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.issue.conflicts[0].path == ("tasks", str(invoice.content.tasks[0].id))


async def with_a_bookkeepers_line(played):
    """An invoice with a text on top that only QuickBooks has, and our copy knows it."""
    invoice = await played.exported()
    txn_id = (await played.standing(invoice)).link.copy.txn_id
    line = Bookkeeper(played.company).insert_text_line(txn_id, "Thank you")
    invoice = await save(played.office, invoice, new_summary("Read it again"))
    await played.settle()
    played.ahead += timedelta(seconds=2)
    return (await played.standing(invoice)).invoice, line


async def test_a_bookkeepers_line_survives_an_edit_of_ours(played):
    invoice, line = await with_a_bookkeepers_line(played)
    await save(played.office, invoice)

    await played.update()

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert line.txn_line_id in {held.txn_line_id for held in after.link.copy.lines}


async def test_a_bookkeepers_line_that_our_edit_took_away_is_no_proof(played):
    """Every line that is not ours must be in the invoice that QuickBooks returns."""
    invoice, line = await with_a_bookkeepers_line(played)
    await save(played.office, invoice)
    document = await played.fetch()

    await played.tell(changed(played.run(document), "InvoiceLineRet", None))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.issue.code == "READ_BACK_DIFFERS"
    [conflict] = after.issue.conflicts
    assert conflict.path == ("lines", line.txn_line_id)
    assert (conflict.base, conflict.ours, conflict.quickbooks) == ("Thank you", "Thank you", None)


async def test_a_bookkeepers_line_that_a_lost_edit_took_away_is_no_proof_either(played):
    """The answer is lost; what is found afterwards must still have every line."""
    invoice, line = await with_a_bookkeepers_line(played)
    await save(played.office, invoice)
    played.run(await played.fetch())
    await played.close()
    document = await played.fetch()

    await played.tell(changed(played.run(document), "InvoiceLineRet", None))

    after = await played.standing(invoice)
    assert after.issue.code == "READ_BACK_DIFFERS"
    assert [conflict.path for conflict in after.issue.conflicts] == [("lines", line.txn_line_id)]


async def test_another_tax_in_quickbooks_is_synced_with_a_remark(played):
    invoice = await played.edited()
    document = await played.fetch()

    await played.tell(changed(played.run(document), "SalesTaxTotal", "9.99"))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.issue.code == "TAX_PARITY"
    assert "9.99" in after.issue.reason
    [told] = [event for event in await played.events(invoice) if event.issue_id]
    assert told.issue_id == after.issue.id


async def test_success_without_the_invoice_is_asked_after(played):
    invoice = await played.edited()
    document = await played.fetch()

    await played.tell(refusal(document, 0, "Status OK", severity="Info"))

    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCING


# Refused, delayed, outdated


async def test_a_customer_that_quickbooks_does_not_have_needs_a_person(played):
    [invoice] = [await played.office.new_invoice()]
    await played.office.export(invoice)
    said = (
        'There is an invalid reference to QuickBooks Customer "Harriet Doyle" in the Invoice.'
        "  QuickBooks error message: Invalid argument.  The specified record does not exist in"
        " the list."
    )

    assert await played.refuse(3140, said) == 100

    after = await played.standing(invoice)
    assert after.job.state is JobState.FAILED
    assert after.issue.code == "CUSTOMER_MISSING"
    assert "“Harriet Doyle”" in after.issue.reason
    assert after.issue.steps
    assert (after.issue.quickbooks_code, after.issue.quickbooks_message) == (3140, said)


async def test_a_refused_edit_is_action_required_and_tells_of_its_issue(played):
    invoice = await played.edited()

    await played.refuse(3210, "The quantity field has an invalid value.")

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    told = (await played.events(invoice))[-1]
    assert (told.status, told.issue_id) == (SyncStatus.ACTION_REQUIRED, after.issue.id)


async def test_a_stale_copy_is_read_and_the_edit_goes_again(played):
    """3200: somebody saved the invoice in QuickBooks, in fields that are not ours."""
    invoice = await played.exported()
    txn_id = (await played.standing(invoice)).link.copy.txn_id
    Bookkeeper(played.company).edit_invoice(txn_id, po_number="PO-7")
    await save(played.office, invoice)

    await played.update()
    outdated = await played.standing(invoice)
    await played.settle()

    assert (outdated.job.state, outdated.job.must_read) == (JobState.QUEUED, True)
    assert outdated.invoice.sync_status is SyncStatus.SYNCING
    assert played.side.requests()[-3:] == ["InvoiceModRq", "InvoiceQueryRq", "InvoiceModRq"]
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


async def test_a_rival_edit_of_the_same_field_is_a_conflict_with_all_three_values(played):
    invoice = await played.exported()
    link = (await played.standing(invoice)).link
    line_id = link.copy.lines[0].txn_line_id
    Bookkeeper(played.company).change_line(link.copy.txn_id, line_id, rate=Decimal(50))
    await save(played.office, invoice)

    await played.settle()

    after = await played.standing(invoice)
    assert after.job.state is JobState.CONFLICT
    assert after.issue.code == "EDIT_CONFLICT"
    found = {c.path[-1]: (c.base, c.ours, c.quickbooks) for c in after.issue.conflicts}
    assert found["unit_price"] == ("35.5", "42", "50") or found["unit_price"] == (
        "35.50",
        "42.00",
        "50.00",
    )


async def test_an_edit_sent_25_times_to_no_end_needs_a_person(played):
    """Whatever QuickBooks says each time, going round in circles is told as such."""
    invoice = await played.edited()
    for _ in range(40):
        if (await played.standing(invoice)).job.state is JobState.FAILED:
            break
        document = await played.fetch()
        is_write = names_in(document) == ["InvoiceModRq"]
        await played.tell(refusal(document, 3200, "Old.") if is_write else played.run(document))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.issue.code == "NO_PROGRESS"
    assert after.issue.quickbooks_code == 3200
    assert after.issue.steps


async def test_an_edit_lost_25_times_needs_a_person(played):
    """An answer nobody understands is asked after; QuickBooks never has the edit."""
    invoice = await played.edited()
    for _ in range(80):
        if (await played.standing(invoice)).job.state is JobState.FAILED:
            break
        document = await played.fetch()
        is_write = names_in(document) == ["InvoiceModRq"]
        await played.tell(refusal(document, 8888, "What?") if is_write else played.run(document))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.issue.code == "NO_PROGRESS"


async def test_a_request_that_was_not_processed_goes_again(played):
    invoice = await played.edited()

    await played.refuse(3231, "The request has not been processed.")
    queued = (await played.standing(invoice)).job.state
    await played.update()

    assert queued is JobState.QUEUED
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


async def test_an_unknown_code_is_asked_after_before_anything_is_sent_again(played):
    invoice = await played.edited()

    await played.refuse(8888, "Something new.")
    unknown = await played.standing(invoice)
    document = await played.fetch()

    assert unknown.job.state is JobState.UNKNOWN
    assert unknown.invoice.sync_status is SyncStatus.SYNCING
    assert names_in(document) == ["InvoiceQueryRq"]
    [exchange, *_] = [
        e for e in await played.exchanges() if 'statusCode="8888"' in (e.answer or "")
    ]
    assert "Something new." in exchange.answer


async def test_an_event_names_no_issue_that_is_not_kept(played):
    invoice = await played.edited()

    await played.refuse(8888, "Something new.")

    assert [event.issue_id for event in await played.events(invoice)] == [None] * len(
        await played.events(invoice)
    )


# What was saved meanwhile


async def test_an_edit_bypassed_on_its_way_only_books_quickbooks_copy(played):
    invoice = await played.edited()
    document = await played.fetch()
    await bypass(played.office, invoice)

    await played.tell(played.run(document))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.BYPASSED
    assert after.job.state is JobState.APPLIED
    assert after.link.copy.lines[0].rate == Decimal("42.00")


async def test_a_bypassed_edit_that_quickbooks_refuses_troubles_nobody(played):
    invoice = await played.edited()
    document = await played.fetch()
    await bypass(played.office, invoice)

    await played.tell(refusal(document, 3140))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.BYPASSED
    assert after.issue is None


@pytest.mark.parametrize("code", [3175, 3200, 3231])
async def test_a_bypassed_edit_does_not_go_again(played, code):
    invoice = await played.edited()
    document = await played.fetch()
    await bypass(played.office, invoice)

    await played.tell(refusal(document, code))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.BYPASSED
    assert after.job.state is JobState.CANCELLED


async def test_a_newer_edit_follows_the_one_that_was_on_its_way(played):
    invoice = await played.edited()
    document = await played.fetch()
    newer = await save(played.office, invoice, new_price(invoice, "43.00"))

    await played.tell(played.run(document))
    between = await played.standing(invoice)
    await played.close()
    await played.settle()

    assert between.invoice.sync_status is SyncStatus.SYNCING
    assert between.job.state is JobState.QUEUED
    assert between.link.copy.lines[0].rate == Decimal("42.00")
    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.synced_version == newer.version
    assert after.link.copy.lines[0].rate == Decimal("43.00")


@pytest.mark.parametrize(("code", "must_read"), [(3200, True), (3231, False), (3175, False)])
async def test_a_newer_edit_takes_the_place_of_one_that_did_not_arrive(played, code, must_read):
    """What QuickBooks said of its copy holds for the newer edit too."""
    invoice = await played.edited()
    document = await played.fetch()
    newer = await save(played.office, invoice, new_price(invoice, "43.00"))

    await played.tell(refusal(document, code))

    after = await played.standing(invoice)
    assert (after.job.version, after.job.state) == (newer.version, JobState.QUEUED)
    assert after.job.must_read is must_read
    await played.close()
    await played.settle()
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED
    assert played.side.writes().count("InvoiceModRq") == 1


async def test_a_refusal_of_an_older_edit_does_not_stop_the_newer_one(played):
    invoice = await played.edited()
    document = await played.fetch()
    await save(played.office, invoice, new_price(invoice, "43.00"))

    await played.tell(refusal(document, 3140))

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCING
    assert after.issue is None
    await played.close()
    await played.settle()
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


async def test_an_answer_of_another_kind_is_no_answer(played):
    """The requestID alone does not make it one; so the write is asked after."""
    invoice = await played.edited()
    answer = played.run(await played.fetch())

    await played.tell(answer.replace("InvoiceModRs", "InvoiceAddRs"))

    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN
    await played.settle()
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED
