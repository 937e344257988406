"""What the Web Connector is answered, call by call."""

from contextlib import asynccontextmanager

import pytest

from domain.connections import ConnectionState, connection_state
from domain.invoice import ExportStatus
from domain.sync import JobState
from qbwc.calls import (
    ClientVersion,
    GetInteractiveURL,
    InteractiveRejected,
    IsInteractiveDone,
    SendRequestXML,
    ServerVersion,
)
from simulator import hcp
from tests.quickbooks_side import OWNER
from tests.sync_worker.connector import ids_of, names_in, refusal


async def a_waiting_export(played, *numbers):
    """Invoices whose first export lies in the queue."""
    invoices = [await played.office.new_invoice(number) for number in numbers or ("21259",)]
    await played.office.export(*invoices)
    await played.plan()
    return invoices


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (ServerVersion(), "Instep 1.2.3"),
        (ClientVersion(version="2.3.0.215"), ""),
        (ClientVersion(), ""),
        (GetInteractiveURL(ticket="T", session_id="S"), ""),
        (IsInteractiveDone(ticket="T"), "DONE"),
        (InteractiveRejected(ticket="T", reason="Nobody is here"), ""),
    ],
)
async def test_every_version_is_welcome_and_no_page_is_ever_opened(played, call, text):
    assert (await played.call(call)).text == text


async def test_a_stranger_and_a_wrong_password_are_refused(played):
    await a_waiting_export(played)

    assert await played.sign_in(user_name="nobody") == "nvu"
    assert await played.sign_in(password="guessed") == "nvu"
    assert await played.sign_in(password="") == "nvu"
    assert played.ticket == ""


async def test_an_idle_poll_is_told_that_there_is_nothing_to_do(played):
    assert await played.sign_in() == "none"
    assert played.ticket == ""
    assert await played.sessions() == []


async def test_work_opens_a_session_with_whichever_company_file_is_open(played):
    await a_waiting_export(played)

    assert await played.sign_in() == ""
    assert len(played.ticket) >= 26
    assert (await played.connection()).in_session


async def test_a_company_file_with_a_known_path_is_named_to_the_web_connector(played):
    await a_waiting_export(played)
    path = r"C:\QuickBooks\CF-1.qbw"
    await played.rows(
        "update company_file set path = :path where account_id = :account",
        path=path,
        account=played.office.account_id,
    )

    assert await played.sign_in() == path


async def test_an_update_goes_from_the_queue_to_confirmed(played):
    [invoice] = await a_waiting_export(played)
    await played.sign_in()
    document = await played.send()
    sent = await played.standing(invoice)

    progress = await played.tell(played.run(document))

    assert names_in(document) == ["InvoiceAddRq"]
    assert sent.job.state is JobState.SENT
    assert progress == 100
    assert (await played.standing(invoice)).invoice.export_status is ExportStatus.EXPORTED
    assert await played.close() == "OK"
    assert not (await played.connection()).in_session


async def test_progress_stays_below_100_while_requests_wait(played):
    await a_waiting_export(played, *(str(n) for n in range(22)))
    await played.sign_in()

    progress = [await played.tell(played.run(await played.send())) for _ in range(2)]

    assert progress == [90, 100]  # the share of the requests that is answered


async def test_the_first_call_tells_what_quickbooks_is_and_that_it_could_be_opened(played):
    await a_waiting_export(played)
    await played.sign_in()
    await played.not_opened("0x80040414")
    await played.sign_in()
    told = hcp.answers(played.company, OWNER)

    await played.send(hcp=told, version=(14, 0))

    session = (await played.sessions())[-1]
    assert session.host_facts == told
    assert session.qbxml_version == "14.0"
    assert (await played.connection()).trouble is None


async def test_asking_again_when_all_is_done_gives_a_goodbye_that_ends_at_100(played):
    """An empty answer would be shown as an error; a HostQuery costs nothing and ends properly."""
    await a_waiting_export(played)
    await played.sign_in()
    await played.tell(played.run(await played.send()))

    goodbye = await played.send()

    assert names_in(goodbye) == ["HostQueryRq"]
    assert ids_of(goodbye) == (None, None)  # QuickBooks need not keep its answer
    assert await played.tell(played.run(goodbye)) == 100
    assert [exchange.state for exchange in await played.exchanges()] == ["BOOKED", "BOOKED"]


async def test_without_any_trouble_there_is_no_error_to_tell(played):
    await a_waiting_export(played)
    await played.sign_in()

    assert await played.last_error() == "Nothing waits for QuickBooks any more."


async def test_a_second_answer_to_the_same_set_changes_nothing(played):
    """The Web Connector's call may be repeated by whatever lies between."""
    [invoice] = await a_waiting_export(played)
    await played.sign_in()
    document = await played.send()
    await played.tell(played.run(document))
    before, told = await played.standing(invoice), await played.events(invoice)

    assert await played.tell(refusal(document, 3140)) == 100

    assert await played.standing(invoice) == before
    assert await played.events(invoice) == told


async def test_an_answer_that_cannot_be_read_is_stored_and_said(played):
    """What QuickBooks did is asked for in the next session."""
    [invoice] = await a_waiting_export(played)
    await played.sign_in()
    await played.send()

    assert await played.tell("<QBXML><Half") == -1

    assert (await played.last_error()).startswith("QuickBooks' answer could not be read: ")
    [exchange] = await played.exchanges()
    assert (exchange.state, exchange.answer) == ("LOST", "<QBXML><Half")
    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN


async def test_an_answer_to_another_message_set_is_not_taken_for_ours(played):
    [invoice] = await a_waiting_export(played)
    await played.sign_in()
    answer = played.run(await played.send())
    sent_as = (await played.exchanges())[-1].message_set_id

    progress = await played.tell(answer.replace(sent_as, "SOMEBODY-ELSES"))

    assert progress == -1
    assert "another message set" in await played.last_error()
    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN


async def met(played, *, path, told=None):
    """The first sendRequestXML of a session; None for the company's own words."""
    await played.plan()
    await played.sign_in()
    words = hcp.answers(played.company, OWNER) if told is None else told
    call = SendRequestXML(
        ticket=played.ticket,
        hcp_response=words,
        company_file_name=path,
        qbxml_major_version=16,
        qbxml_minor_version=0,
    )
    return (await played.call(call)).body


async def test_a_refused_company_file_gets_nothing_however_often_the_session_asks(played):
    """Only the first call tells what is open; the path of a later one alone proves nothing."""
    await a_waiting_export(played, "1")
    own = r"C:\QuickBooks\CF-1.qbw"
    await played.tell(played.run(await met(played, path=own)))
    await played.close()
    [waiting] = await a_waiting_export(played, "2")
    played.company.name = "Somebody Else's"
    refused = await met(played, path=r"C:\QuickBooks\Other.qbw")
    said = await played.last_error()

    again = [await played.send(path=own), await played.send(path=own, hcp="<QBXML><Half")]
    stray = await played.tell("<QBXML/>")

    assert (refused, again) == (b"", [b"", b""])
    assert 0 < stray < 100  # nothing was owed, and work waits
    assert await played.last_error() == said
    assert (await played.sessions())[-1].host_facts.startswith("<?xml")
    assert (await played.standing(waiting)).job.state is JobState.READY


async def test_another_company_file_is_sent_nothing(played):
    """The first file that a connection meets is its own from then on."""
    await a_waiting_export(played, "1")
    own, other = r"C:\QuickBooks\CF-1.qbw", r"C:\QuickBooks\Other.qbw"
    await played.tell(played.run(await met(played, path=own)))
    await played.close()
    [waiting] = await a_waiting_export(played, "2")
    played.company.name = "Somebody Else's"

    refused = await met(played, path=other)

    assert refused == b""
    assert "Another company file is open in QuickBooks" in await played.last_error()
    connection = await played.connection()
    assert connection_state(connection, played.now()) is ConnectionState.WRONG_COMPANY_FILE
    assert (await played.standing(waiting)).job.state is JobState.READY
    await played.close()
    played.company.name = "Fixture Heating & Air"
    assert names_in(await met(played, path=own)) == ["InvoiceAddRq"]
    assert (await played.connection()).trouble is None


async def test_what_quickbooks_says_of_itself_in_unreadable_words_is_kept_all_the_same(played):
    await a_waiting_export(played)

    document = await met(played, path=r"C:\QuickBooks\CF-1.qbw", told="<QBXML><Half")

    assert names_in(document) == ["InvoiceAddRq"]
    assert (await played.sessions())[-1].host_facts == "<QBXML><Half"


async def test_closing_while_an_answer_is_owed_means_that_it_was_lost(played):
    [invoice] = await a_waiting_export(played)
    await played.sign_in()
    await played.send()

    assert await played.close() == "OK"

    assert (await played.standing(invoice)).job.state is JobState.UNKNOWN
    assert [session.state for session in await played.sessions()] == ["CLOSED"]


@pytest.mark.parametrize("ticket", ["", "made-up", "x" * 5000])
async def test_a_dead_ticket_is_let_down_gently(played, ticket):
    """Nothing is raised: the Web Connector shows faults as errors of its own."""
    await a_waiting_export(played)
    played.ticket = ticket

    assert await played.send() == b""
    assert await played.tell("<QBXML/>") == -1
    assert await played.last_error() == "This session has ended; it starts again at the next run."
    assert await played.not_opened("0x80040401") == "done"
    assert await played.close() == "OK"
    assert (await played.connection()).trouble is None


async def test_a_set_that_was_never_stored_was_never_sent(played):
    """The process dies between taking the requests and the commit."""
    [invoice] = await a_waiting_export(played)
    await played.sign_in()

    @asynccontextmanager
    async def dying(account_id):
        async with played.office.resources.open_work(account_id) as work:
            yield work
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await played.send(open_work=dying)

    assert await played.exchanges() == []
    assert [request.state for request in await played.queue()] == ["READY"]
    assert (await played.standing(invoice)).job.state is JobState.READY
    assert names_in(await played.send()) == ["InvoiceAddRq"]
