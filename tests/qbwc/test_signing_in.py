"""`authenticate`: who may come in, and what whoever comes is told to do next."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from domain.invoice import ExportStatus
from domain.sync import JobState
from domain.sync_status import SyncStatus
from tests.sync_worker.connector import is_status_check, names_in, refusal

FRONT_DESK, BACK_OFFICE = "198.51.100.7", "198.51.100.8"


async def a_waiting_export(played):
    invoice = await played.office.new_invoice()
    await played.office.export(invoice)
    await played.plan()
    return invoice


async def disable(played, *, disabled=True):
    await played.rows(
        "update connection set is_disabled = :disabled where id = :id",
        disabled=disabled,
        id=played.side.connection.connection.id,
    )


async def sign_in_from(played, peer):
    """Sign in from that address; give the verdict, and leave the ticket alone if it was no."""
    before, played.peer = played.peer, peer
    verdict = await played.sign_in()
    played.peer = before
    return verdict


# Disabled


async def test_a_disabled_connection_is_told_to_come_back_in_an_hour(played):
    """Its password is right, so the Web Connector must not ask anybody for another one."""
    await a_waiting_export(played)
    await disable(played)

    assert (await played.sign_in(), played.postponed) == ("none", "3600")
    assert await played.sessions() == []


async def test_a_disabled_connection_with_a_wrong_password_is_not_valid(played):
    await disable(played)

    assert (await played.sign_in(password="guessed"), played.postponed) == ("nvu", "")


async def test_a_refusal_is_logged_with_what_was_wrong_and_whose_connection_it_is(played):
    """Whoever is called at night looks there first, and must not guess."""
    with capture_logs() as logged:
        assert await played.sign_in(password="guessed") == "nvu"
        assert await played.sign_in(user_name="nobody") == "nvu"

    wrong, unknown = [line for line in logged if line["event"] == "connector.refused"]
    assert wrong["reason"] == "The password is wrong."
    assert wrong["connection_id"] == str(played.side.connection.connection.id)
    assert unknown["reason"] == "There is no such user name."
    assert "connection_id" not in unknown
    assert wrong["address"] == unknown["address"] == played.peer
    assert "guessed" not in repr(logged)


async def test_a_connection_disabled_in_mid_session_is_handed_nothing_more(played):
    """What is on its way is still booked; what waits goes when it is enabled again."""
    first = await a_waiting_export(played)
    await played.sign_in()
    answer = played.run(await played.send())
    second = await played.office.new_invoice("2")
    await played.office.export(second)
    await played.plan()
    await disable(played)

    progress = await played.tell(answer)
    document = await played.send()

    assert 0 < progress < 100
    assert document == b""
    assert "disabled" in await played.last_error()
    assert (await played.standing(first)).invoice.export_status is ExportStatus.EXPORTED
    assert (await played.standing(second)).job.state is JobState.READY
    await played.close()
    await disable(played, disabled=False)
    assert names_in(await played.fetch()) == ["InvoiceAddRq"]


async def test_a_lost_answer_of_a_disabled_connection_waits_until_it_is_enabled(played):
    invoice = await a_waiting_export(played)
    await played.lose()
    await disable(played)

    refused = await played.sign_in()
    await disable(played, disabled=False)

    assert refused == "none"
    assert is_status_check(await played.fetch())
    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN


# Two computers with one .qwc file


async def test_a_second_computer_is_told_that_the_first_is_busy(played):
    await a_waiting_export(played)
    await sign_in_from(played, FRONT_DESK)
    ticket = played.ticket

    assert await sign_in_from(played, BACK_OFFICE) == "busy"

    assert played.ticket == ticket
    assert names_in(await played.send()) == ["InvoiceAddRq"]
    assert [session.state for session in await played.sessions()] == ["OPEN"]


async def test_a_second_computer_does_not_lose_the_answer_that_the_first_still_owes(played):
    """QuickBooks may work on a message set for minutes; its answer is waited for."""
    invoice = await a_waiting_export(played)
    await sign_in_from(played, FRONT_DESK)
    document = await played.send()
    played.ahead += timedelta(minutes=9)

    verdict = await sign_in_from(played, BACK_OFFICE)

    assert verdict == "busy"
    assert [exchange.state for exchange in await played.exchanges()] == ["OWED"]
    assert await played.tell(played.run(document)) == 100
    assert (await played.standing(invoice)).invoice.export_status is ExportStatus.EXPORTED


@pytest.mark.parametrize(("is_owed", "minutes"), [(False, 1), (True, 10)])
async def test_a_first_computer_that_fell_silent_is_replaced(played, is_owed, minutes):
    await a_waiting_export(played)
    await sign_in_from(played, FRONT_DESK)
    if is_owed:
        await played.send()
    silent = played.ticket
    played.ahead += timedelta(minutes=minutes, seconds=1)

    assert await sign_in_from(played, BACK_OFFICE) == ""

    document = await played.send()
    assert is_status_check(document) is is_owed
    assert await played.send(ticket=silent) == b""


@pytest.mark.parametrize("peers", [(FRONT_DESK, FRONT_DESK), ("", BACK_OFFICE), (FRONT_DESK, "")])
async def test_the_same_computer_that_comes_again_takes_its_session_over(played, peers):
    """Nor is anybody kept out when the address is not known: QuickBooks has a lock of its own."""
    await a_waiting_export(played)
    await sign_in_from(played, peers[0])
    older = played.ticket

    assert await sign_in_from(played, peers[1]) == ""

    assert played.ticket != older
    assert [session.state for session in await played.sessions()] == ["FENCED", "OPEN"]
    assert await played.send(ticket=older) == b""
    assert names_in(await played.send()) == ["InvoiceAddRq"]


async def test_late_calls_of_an_older_session_change_nothing(played):
    invoice = await a_waiting_export(played)
    await played.sign_in()
    older = played.ticket
    await played.sign_in()
    document = await played.send()
    before = await played.standing(invoice)

    assert await played.send(ticket=older) == b""
    assert await played.tell(refusal(document, 3140), ticket=older) == -1
    assert await played.tell(hresult="0x8004041C", ticket=older) == -1
    assert await played.close(ticket=older) == "OK"

    assert await played.standing(invoice) == before
    assert [exchange.state for exchange in await played.exchanges()] == ["OWED"]
    assert [session.state for session in await played.sessions()] == ["FENCED", "OPEN"]
    assert await played.tell(played.run(document)) == 100


async def test_the_other_computer_has_nothing_to_do_when_nothing_is_due(played):
    """It is not told to be busy for a session that only says goodbye."""
    await a_waiting_export(played)
    await sign_in_from(played, FRONT_DESK)
    await played.tell(played.run(await played.send()))

    assert await sign_in_from(played, BACK_OFFICE) == "none"


async def test_two_computers_that_come_in_one_moment_get_one_session(played):
    await a_waiting_export(played)
    played.peer = FRONT_DESK
    other = type(played)(played.office)
    other.peer = BACK_OFFICE

    verdicts = await asyncio.gather(played.sign_in(), other.sign_in())

    assert sorted(verdicts) == ["", "busy"]


# Contacts and guesses


async def test_contacts_are_written_down_no_more_often_than_once_a_minute(played):
    await played.sign_in()
    first = (await played.connection()).last_contact_at
    played.ahead = timedelta(seconds=59)
    await played.sign_in()
    soon = (await played.connection()).last_contact_at
    played.ahead = timedelta(seconds=61)
    await played.sign_in()
    later = (await played.connection()).last_contact_at

    assert soon == first
    assert later > first + timedelta(minutes=1)


async def test_whoever_guesses_is_not_looked_at_any_more(played):
    """Ten wrong passwords from one address; the right one does not help from there for a while."""
    await a_waiting_export(played)
    played.peer = "203.0.113.77"

    guesses = [await played.sign_in(password=f"guess {n}") for n in range(10)]
    right = await played.sign_in()

    assert [*guesses, right] == ["nvu"] * 11
    assert await sign_in_from(played, FRONT_DESK) == ""


async def test_guessing_does_not_lock_out_a_connector_that_was_let_in_from_there(played):
    invoice = await a_waiting_export(played)
    played.peer = "203.0.113.78"
    await played.sign_in()

    for n in range(12):
        await played.sign_in(password=f"guess {n}")

    assert await played.sign_in() == ""
    assert names_in(await played.send()) == ["InvoiceAddRq"]
    assert (await played.standing(invoice)).invoice.sync_status is SyncStatus.NOT_APPLICABLE
