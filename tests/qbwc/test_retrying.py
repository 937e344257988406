"""Passing troubles: a record that somebody has open is tried again, and not for ever."""

from datetime import timedelta

from lxml import etree

from domain.sync import JobState
from domain.sync_status import SyncStatus
from tests.sync_worker.connector import (
    LOCKED,
    bypass,
    names_in,
    new_price,
    refusal,
    requests_in,
    save,
)


async def standing_of(played, invoice):
    found = await played.standing(invoice)
    return found.job, found.invoice.sync_status


async def waiting_for_a_session(played):
    """An edit of a locked record that now waits for the next session."""
    invoice = await played.edited()
    for seconds in (2, 8, 30, 0):
        await played.refuse(3175, LOCKED)
        played.ahead += timedelta(seconds=seconds)
    return invoice


async def test_a_locked_record_is_tried_after_2_8_and_30_seconds_then_with_each_session(played):
    invoice = await played.edited()
    waits = []
    for _ in range(3):
        await played.refuse(3175, LOCKED)
        job, status = await standing_of(played, invoice)
        assert (job.state, status) == (JobState.RETRY_WAIT, SyncStatus.SYNCING)
        assert job.id not in await played.plan()  # not before its time
        waits.append((job.next_attempt_at - job.updated_at).total_seconds())
        played.ahead += job.next_attempt_at - job.updated_at
    await played.refuse(3175, LOCKED)

    job, status = await standing_of(played, invoice)

    assert waits == [2, 8, 30]
    assert (job.state, job.next_attempt_at, status) == (
        JobState.RETRY_WAIT,
        None,
        SyncStatus.SYNCING,
    )


async def test_what_waits_for_the_next_session_is_not_tried_by_the_clock(played):
    invoice = await waiting_for_a_session(played)

    played.ahead += timedelta(hours=5)

    assert await played.plan() == []
    assert (await standing_of(played, invoice))[0].state is JobState.RETRY_WAIT


async def test_the_next_sign_in_makes_it_due_and_opens_a_session_for_it(played):
    invoice = await waiting_for_a_session(played)

    assert await played.sign_in() not in ("none", "busy", "nvu")

    job, _ = await standing_of(played, invoice)
    assert await played.plan() == [job.id]
    document = await played.send()
    assert names_in(document) == ["InvoiceModRq"]
    assert await played.tell(played.run(document)) == 100
    job, status = await standing_of(played, invoice)
    assert (job.state, job.trouble, status) == (JobState.APPLIED, None, SyncStatus.SYNCED)


async def test_a_session_that_finds_it_not_planned_yet_ends_and_the_next_one_takes_it(played):
    """The worker was slow; nothing is lost by that."""
    invoice = await waiting_for_a_session(played)

    await played.sign_in()
    goodbye = await played.send()
    await played.tell(played.run(goodbye))
    await played.close()

    assert names_in(goodbye) == ["HostQueryRq"]
    assert names_in(await played.fetch()) == ["InvoiceModRq"]
    assert (await standing_of(played, invoice))[1] is SyncStatus.SYNCING


async def test_a_bypassed_edit_that_waited_for_a_session_is_not_tried(played):
    invoice = await waiting_for_a_session(played)

    await bypass(played.office, invoice)

    assert await played.sign_in() == "none"
    assert (await standing_of(played, invoice))[0].state is JobState.CANCELLED


async def test_a_record_locked_for_15_minutes_of_tries_needs_a_person(played):
    """QuickBooks was asked every 100 seconds, each time in a session of its own."""
    invoice = await played.edited()
    for _ in range(9):
        await played.refuse(3175, LOCKED)
        played.ahead += timedelta(seconds=100)
    _, shortly_before = await standing_of(played, invoice)

    await played.refuse(3175, LOCKED)

    after = await played.standing(invoice)
    assert shortly_before is SyncStatus.SYNCING
    assert after.invoice.sync_status is SyncStatus.ACTION_REQUIRED
    assert after.issue.quickbooks_message == LOCKED
    assert after.issue.steps


async def test_a_weekend_without_a_connector_is_not_counted_as_tries(played):
    """Locked on Friday, locked on Monday: two tries, and nobody is bothered yet."""
    invoice = await played.edited()
    await played.refuse(3175, LOCKED)
    played.ahead += timedelta(days=3)

    await played.refuse(3175, LOCKED)

    job, status = await standing_of(played, invoice)
    assert (job.state, status) == (JobState.RETRY_WAIT, SyncStatus.SYNCING)
    assert job.trouble.tries == 2
    played.ahead += timedelta(seconds=8)
    await played.settle()
    assert (await standing_of(played, invoice))[1] is SyncStatus.SYNCED


async def test_a_trouble_that_passed_begins_anew_the_next_time(played):
    """What an invoice met last month does not shorten its patience today."""
    invoice = await waiting_for_a_session(played)
    await played.update()
    played.ahead += timedelta(days=30)
    await save(played.office, (await played.standing(invoice)).invoice, new_price(invoice, "43.00"))

    await played.refuse(3175, LOCKED)

    job, _ = await standing_of(played, invoice)
    assert job.trouble.tries == 1
    assert job.next_attempt_at - job.updated_at == timedelta(seconds=2)


async def test_one_locked_record_does_not_hold_up_the_others(played):
    locked, free = await played.exported("1"), await played.exported("2")
    locked, free = await save(played.office, locked), await save(played.office, free)
    document = await played.fetch()
    answer = played.run(document)
    request_id = requests_in(document)[0].get("requestID")
    [refused] = requests_in(refusal(document, 3175, LOCKED, only=[0]).encode())

    await played.tell(with_response(answer, request_id, refused))

    assert (await standing_of(played, locked))[0].state is JobState.RETRY_WAIT
    assert (await standing_of(played, free))[1] is SyncStatus.SYNCED


def with_response(answer, request_id, response):
    """The answer with another response to that request."""
    root = etree.fromstring(answer.encode())
    [old] = [found for found in root[0] if found.get("requestID") == request_id]
    root[0].replace(old, response)
    return etree.tostring(root, encoding="unicode")
