"""A set that QuickBooks cannot parse: nothing of it ran, and only its culprit is left behind."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.invoice import ExportStatus
from domain.sync import JobState
from domain.sync_status import SyncStatus
from tests.sync_worker.connector import (
    PARSE_ERROR,
    bypass,
    is_status_check,
    names_in,
    new_price,
    requests_in,
    save,
)


async def exports(played, count):
    invoices = [await played.office.new_invoice(str(n)) for n in range(1, count + 1)]
    await played.office.export(*invoices)
    return invoices


def numbers_in(document):
    return [request.findtext(".//RefNumber") for request in requests_in(document)]


async def through_quickbooks_that_chokes_on(played, number):
    """One session against a QuickBooks that cannot parse that invoice; give the sets' numbers."""
    document, progress, sets = await played.fetch(), 0, []
    while True:
        sets.append(numbers_in(document))
        if number in sets[-1]:
            progress = await played.tell(**PARSE_ERROR)
        else:
            progress = await played.tell(played.run(document))
        if progress == 100:
            return sets
        document = await played.send()


async def test_the_set_is_halved_until_the_culprit_is_alone(played):
    """Sixteen invoices and one culprit: nine sets in place of one, all in one session."""
    invoices = await exports(played, 16)

    sets = await through_quickbooks_that_chokes_on(played, "6")

    assert [len(numbers) for numbers in sets] == [16, 8, 4, 4, 2, 1, 1, 2, 8]
    states = [await played.standing(invoice) for invoice in invoices]
    [culprit] = [found for found in states if found.job.state is JobState.FAILED]
    assert culprit.invoice.content.number == "6"
    assert culprit.issue.code == "PARSE_ERROR"
    assert culprit.issue.quickbooks_message == PARSE_ERROR["message"]
    exported = [s for s in states if s.invoice.export_status is ExportStatus.EXPORTED]
    assert len(exported) == 15
    assert played.side.writes() == ["InvoiceAddRq"] * 15


@pytest.mark.parametrize("count", [2, 3, 5])
async def test_every_invoice_but_the_culprit_goes_through(played, count):
    invoices = await exports(played, count)

    sets = await through_quickbooks_that_chokes_on(played, "2")

    assert ["2"] in sets
    states = [(await played.standing(invoice)).job.state for invoice in invoices]
    assert states.count(JobState.FAILED) == 1
    assert states.count(JobState.APPLIED) == count - 1


async def test_two_culprits_are_both_found(played):
    invoices = await exports(played, 4)
    document, progress = await played.fetch(), 0
    while progress < 100:
        is_readable = {"1", "4"}.isdisjoint(numbers_in(document))
        told = {"response": played.run(document)} if is_readable else PARSE_ERROR
        progress = await played.tell(**told)
        document = await played.send() if progress < 100 else b""

    states = [(await played.standing(invoice)).job.state for invoice in invoices]
    assert states == [JobState.FAILED, JobState.APPLIED, JobState.APPLIED, JobState.FAILED]


async def test_what_is_queued_meanwhile_is_not_held_up_by_the_halves(played):
    await exports(played, 2)
    await played.fetch()
    later = await played.office.new_invoice("9")
    await played.office.export(later)
    await played.plan()

    await played.tell(**PARSE_ERROR)
    sets = []
    for _ in range(3):
        sets.append(await played.send())
        await played.tell(played.run(sets[-1]))

    assert [numbers_in(document) for document in sets] == [["1"], ["2"], ["9"]]
    assert (await played.standing(later)).invoice.export_status is ExportStatus.EXPORTED


async def test_an_edit_that_cannot_be_parsed_by_itself_needs_a_person(played):
    invoice = await played.edited()
    await played.fetch()

    await played.tell(**PARSE_ERROR)

    after = await played.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.issue.code == "PARSE_ERROR"


async def test_a_lookup_that_cannot_be_parsed_is_tried_again_later(played):
    """It tells nothing of the write, so the job stays unknown and nothing is sent again."""
    lost = await played.edited()
    await played.lose()
    check = await played.fetch()
    await played.tell(**PARSE_ERROR)
    await played.close()
    await played.fetch()

    await played.tell(**PARSE_ERROR)

    assert is_status_check(check)
    assert (await played.standing(lost)).job.state is JobState.UNKNOWN
    await played.close()
    played.ahead += timedelta(minutes=1)
    [question] = await played.settle()
    assert names_in(question) == ["InvoiceQueryRq"]
    assert (await played.standing(lost)).invoice.sync_status is SyncStatus.SYNCED


async def two_edits_on_their_way(played):
    first, second = await played.exported("1"), await played.exported("2")
    first, second = await save(played.office, first), await save(played.office, second)
    await played.fetch()
    return first, second


async def test_an_edit_bypassed_on_its_way_is_not_sent_again(played):
    first, second = await two_edits_on_their_way(played)
    await bypass(played.office, first)

    await played.tell(**PARSE_ERROR)

    after = await played.standing(first)
    assert after.invoice.sync_status is SyncStatus.BYPASSED
    assert after.job.state is JobState.CANCELLED
    [request] = requests_in(await played.send())
    assert (await played.standing(second)).link.copy.txn_id == request.findtext(".//TxnID")


async def test_a_newer_edit_takes_the_place_of_one_that_could_not_be_parsed(played):
    first, second = await two_edits_on_their_way(played)
    newer = await save(played.office, first, new_price(first, "43.00"))

    await played.tell(**PARSE_ERROR)

    await played.close()
    await played.settle()
    after = await played.standing(first)
    assert (after.invoice.sync_status, after.invoice.synced_version) == (
        SyncStatus.SYNCED,
        newer.version,
    )
    assert after.link.copy.lines[0].rate == Decimal("43.00")
    assert (await played.standing(second)).invoice.sync_status is SyncStatus.SYNCED


async def test_a_set_that_could_not_be_parsed_and_whose_connector_dies_goes_on(played):
    """The halves wait in the queue; the next session takes them."""
    invoices = await exports(played, 4)
    await played.fetch()
    await played.tell(**PARSE_ERROR)

    documents = await played.settle()

    assert [len(requests_in(document)) for document in documents] == [2, 2]
    states = [(await played.standing(invoice)).job.state for invoice in invoices]
    assert states == [JobState.APPLIED] * 4
