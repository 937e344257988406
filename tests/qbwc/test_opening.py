"""`connectionError`: QuickBooks or its company file could not be opened, and the work stays."""

from datetime import timedelta

import pytest

from domain.connections import ConnectionState, connection_state
from domain.sync import JobState
from simulator import hcp
from tests.quickbooks_side import OWNER
from tests.sync_worker.connector import is_status_check, names_in

DIALOG, OTHER_FILE, NOT_STARTED = "0x80040414", "0x8004040A", "0x80040408"
OWN_PATH, MOVED_PATH = r"C:\QuickBooks\CF-1.qbw", r"D:\Books\CF-1.qbw"


async def a_waiting_export(played, number="21259"):
    invoice = await played.office.new_invoice(number)
    await played.office.export(invoice)
    await played.plan()
    return invoice


async def state_of(played):
    return connection_state(await played.connection(), played.now())


async def after_a_first_session(played):
    """The company file is known by its path and name; another export waits."""
    await a_waiting_export(played, "1")
    await played.sign_in()
    told = hcp.answers(played.company, OWNER)
    await played.tell(played.run(await played.send(hcp=told, path=OWN_PATH)))
    await played.close()
    return await a_waiting_export(played, "2")


async def test_quickbooks_that_cannot_be_opened_is_the_connection_s_trouble(played):
    """The session ends, the work stays in the queue, and no invoice is blamed."""
    invoice = await a_waiting_export(played)
    await played.sign_in()

    said = await played.not_opened(DIALOG, "A modal dialog box is showing.")

    assert said == "done"
    assert await state_of(played) is ConnectionState.QUICKBOOKS_UNAVAILABLE
    trouble = (await played.connection()).trouble
    assert trouble.endswith(f"({DIALOG} A modal dialog box is showing.)")
    after = await played.standing(invoice)
    assert (after.job.state, after.issue) == (JobState.READY, None)
    assert await played.send() == b""
    assert (await played.last_error()).startswith("This session has ended")


@pytest.mark.parametrize("hresult", ["0x80040401", NOT_STARTED, "0x80040424", "0x800706BA"])
async def test_where_it_may_help_the_company_file_is_opened_once_more(played, hresult):
    """QuickBooks was still starting, or had just stopped."""
    await after_a_first_session(played)
    await played.sign_in()

    assert await played.not_opened(hresult) == OWN_PATH
    assert (await played.connection()).trouble is None
    assert await played.not_opened(hresult) == "done"
    assert await state_of(played) is ConnectionState.QUICKBOOKS_UNAVAILABLE


async def test_a_second_try_that_opens_it_goes_on_as_if_nothing_was(played):
    await after_a_first_session(played)
    await played.sign_in()
    await played.not_opened(NOT_STARTED)

    document = await played.send(hcp=hcp.answers(played.company, OWNER), path=OWN_PATH)

    assert names_in(document) == ["InvoiceAddRq"]
    connection = await played.connection()
    assert (connection.trouble, connection.failures) == (None, 0)


@pytest.mark.parametrize(
    ("hresult", "state"),
    [
        (DIALOG, ConnectionState.QUICKBOOKS_UNAVAILABLE),
        ("0x80040410", ConnectionState.QUICKBOOKS_UNAVAILABLE),
        ("0x80040418", ConnectionState.PERMISSION_NEEDED),
        ("0x8004041D", ConnectionState.PERMISSION_NEEDED),
        ("0x80040420", ConnectionState.PERMISSION_NEEDED),
        ("0x12345678", ConnectionState.QUICKBOOKS_UNAVAILABLE),
        ("", ConnectionState.QUICKBOOKS_UNAVAILABLE),
    ],
)
async def test_where_a_person_must_act_it_is_not_tried_again(played, hresult, state):
    await a_waiting_export(played)
    await played.sign_in()

    assert await played.not_opened(hresult, "QuickBooks' words\x00") == "done"

    assert await state_of(played) is state
    assert "QuickBooks' words" in (await played.connection()).trouble


async def test_a_file_that_was_moved_is_taken_where_it_is_open(played):
    """Its path is not the one we know; what it tells of itself is."""
    await after_a_first_session(played)
    assert await played.sign_in() == OWN_PATH

    assert await played.not_opened(OTHER_FILE) == ""
    document = await played.send(hcp=hcp.answers(played.company, OWNER), path=MOVED_PATH)

    assert names_in(document) == ["InvoiceAddRq"]
    assert (await played.connection()).trouble is None


async def test_another_company_s_file_that_is_open_gets_nothing(played):
    invoice = await after_a_first_session(played)
    await played.sign_in()
    await played.not_opened(OTHER_FILE)
    played.company.name = "Somebody Else's"

    document = await played.send(hcp=hcp.answers(played.company, OWNER), path=MOVED_PATH)

    assert document == b""
    assert "nothing was sent" in await played.last_error()
    assert await state_of(played) is ConnectionState.WRONG_COMPANY_FILE
    assert (await played.standing(invoice)).job.state is JobState.READY


async def test_the_file_that_is_open_is_tried_once(played):
    await after_a_first_session(played)
    await played.sign_in()

    answers = [await played.not_opened(OTHER_FILE), await played.not_opened(OTHER_FILE)]

    assert answers == ["", "done"]
    assert await state_of(played) is ConnectionState.WRONG_COMPANY_FILE


# The back-off


async def fail_to_open(played):
    assert await played.sign_in() not in ("none", "nvu", "busy")
    assert await played.not_opened(DIALOG) == "done"


async def test_after_repeated_failures_the_next_session_waits_a_while(played):
    """Nobody is shown a starting QuickBooks every ten seconds; the first two tries are free."""
    await a_waiting_export(played)
    waits = []
    for _ in range(6):
        await fail_to_open(played)
        verdict = await played.sign_in()
        waits.append(played.postponed if verdict == "none" else "")
        played.ahead += timedelta(seconds=int(played.postponed or 0))

    assert waits == ["", "10", "30", "60", "60", "60"]


async def test_the_wait_is_told_by_what_is_left_of_it(played):
    await a_waiting_export(played)
    for _ in range(3):
        await fail_to_open(played)
        played.ahead += timedelta(seconds=10)
    played.ahead += timedelta(seconds=5)

    verdict = await played.sign_in()

    assert (verdict, played.postponed) == ("none", "15")
    assert (await played.connection()).trouble is not None


async def test_who_waits_is_still_heard(played):
    """The office sees a connector that is there, and since when QuickBooks could not be opened."""
    await a_waiting_export(played)
    for _ in range(4):
        await fail_to_open(played)
        played.ahead += timedelta(seconds=30)
    played.ahead += timedelta(seconds=29)
    earlier = (await played.connection()).last_contact_at
    played.ahead += timedelta(minutes=1)
    await fail_to_open(played)
    played.ahead += timedelta(seconds=59)
    await played.sign_in()

    assert (await played.connection()).last_contact_at > earlier
    assert await state_of(played) is ConnectionState.QUICKBOOKS_UNAVAILABLE


async def test_a_session_that_opens_quickbooks_ends_the_back_off(played):
    await a_waiting_export(played)
    for _ in range(3):
        await fail_to_open(played)
        played.ahead += timedelta(seconds=30)
    await played.update()
    recovered = await played.connection()
    await a_waiting_export(played, "2")

    await fail_to_open(played)

    assert (recovered.failures, recovered.retry_at, recovered.trouble) == (0, None, None)
    assert await played.sign_in() not in ("none", "nvu", "busy")


async def test_a_lost_answer_is_asked_after_when_quickbooks_opens_again(played):
    """QuickBooks stopped at work, and does not start; the write is not forgotten meanwhile."""
    invoice = await a_waiting_export(played)
    await played.lose()
    for _ in range(2):
        await fail_to_open(played)

    assert await played.sign_in() == "none"
    played.ahead += timedelta(seconds=10)
    check = await played.fetch()

    assert is_status_check(check)
    assert await played.tell(played.run(check)) == 100
    assert (await played.standing(invoice)).job.state is JobState.APPLIED
    assert played.side.writes() == ["InvoiceAddRq"]


async def test_an_error_in_the_middle_of_a_session_loses_the_owed_answer(played):
    """Out of order, and possible: the answer to the set will not come any more."""
    invoice = await a_waiting_export(played)
    await played.sign_in()
    await played.send()

    assert await played.not_opened(DIALOG) == "done"

    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN
    assert is_status_check(await played.fetch())


async def test_a_repeated_connection_error_counts_once(played):
    await a_waiting_export(played)
    await played.sign_in()

    answers = [await played.not_opened(DIALOG) for _ in range(3)]

    assert answers == ["done"] * 3
    assert (await played.connection()).failures == 1
