"""What QuickBooks really did, for a partner who asserts "exactly once"."""

import json
from datetime import timedelta

import pytest

from simulator.clock import VirtualClock
from simulator.faults import DropConnection, LoseAnswer, RaiseComError
from simulator.journal import JournalLines
from tests.simulator.partner_service import BEFORE, EXCHANGE, Service, add, connector

MOD = (
    "<InvoiceModRq><InvoiceMod><TxnID>{txn_id}</TxnID><EditSequence>{edit_sequence}</EditSequence>"
    "<Memo>Second</Memo></InvoiceMod></InvoiceModRq>"
)


async def test_a_write_tells_when_by_which_set_and_with_what_result(company):
    clock = VirtualClock()
    service = Service({"sendRequestXML": [add("30001", "SET-1")]})

    await connector(service, company, clock=clock).run_update()

    (write,) = company.journal.writes(number="30001")
    invoice = company.invoice(write.txn_id)
    assert (write.at, write.session, write.message_set_id) == (clock(), 1, "SET-1")
    assert (write.name, write.code, write.saved) == ("InvoiceAddRq", 0, True)
    assert write.edit_sequence == invoice.edit_sequence
    assert write.request.startswith("<InvoiceAddRq><InvoiceAdd><CustomerRef>")


async def test_a_set_that_is_sent_again_is_not_written_again(company):
    """The service did not hear the answer and repeats the same bytes."""
    service = Service({"sendRequestXML": [add("30001", "SET-1")]})
    web_connector = connector(service, company, LoseAnswer(after_write=True))

    await web_connector.run_update()
    await web_connector.run_update()

    assert len(company.journal.entries) == 2
    assert len(company.journal.writes(number="30001")) == 1


async def test_without_an_id_the_same_set_is_written_twice_and_the_journal_says_so(company):
    service = Service({"sendRequestXML": [add("30001")]})
    web_connector = connector(service, company, DropConnection("receiveResponseXML"))

    await web_connector.run_update()
    await web_connector.run_update()

    assert [write.session for write in company.journal.writes(number="30001")] == [1, 2]


def test_the_writes_of_an_invoice_are_found_by_its_number_though_a_mod_does_not_name_it(
    company, ask
):
    invoice = company.invoice("1A2B-1")
    ask(MOD.format(txn_id="1A2B-1", edit_sequence="100"))

    (write,) = company.journal.writes(number=invoice.ref_number)

    assert (write.name, write.txn_id) == ("InvoiceModRq", "1A2B-1")
    assert company.journal.writes(txn_id="1A2B-1") == [write]
    assert company.journal.writes(number="other") == []


def test_a_refused_write_is_told_and_not_called_saved(company, ask):
    ask(MOD.format(txn_id="1A2B-1", edit_sequence="99"))

    (write,) = company.journal.writes(txn_id="1A2B-1")

    assert (write.code, write.saved) == (3200, False)


def test_queries_are_no_writes(company, ask):
    ask("<InvoiceQueryRq><TxnID>1A2B-1</TxnID></InvoiceQueryRq>")

    assert company.journal.writes() == []


async def test_what_quickbooks_threw_at_after_saving_is_a_write(company):
    service = Service({"sendRequestXML": [add("30001", "SET-1")]})

    await connector(service, company, RaiseComError("0x8004041C", after_write=True)).run_update()

    assert [write.saved for write in company.journal.writes(number="30001")] == [True]


async def test_a_session_tells_its_calls_and_its_end(company):
    service = Service({"sendRequestXML": [add("30001", "SET-1")], "receiveResponseXML": [None]})

    await connector(service, company).run_update()

    (session,) = company.journal.sessions
    assert session.order == [*BEFORE, *EXCHANGE]
    assert (session.outcome, session.error_codes) == ("failed", ("QBWC1042",))
    fetched, told = session.calls[-2:]
    assert fetched.answer == "message set SET-1"
    assert (told.answer, told.failure) == (None, "The request failed with HTTP status 500")


@pytest.mark.parametrize("secret", ["ticket-1", "secret"])
async def test_the_lines_hold_neither_ticket_nor_password(company, secret):
    await connector(Service(), company).run_update()

    assert secret not in "\n".join(JournalLines(company.journal).new())


async def test_lines_come_once_each_and_in_json(company):
    lines, clock = JournalLines(company.journal), VirtualClock()
    service = Service({"sendRequestXML": [add("30001", "SET-1")]})
    web_connector = connector(service, company, clock=clock)
    await web_connector.run_update()

    write, session = (json.loads(line) for line in lines.new())
    nothing = list(lines.new())
    clock.moment += timedelta(seconds=1)
    await web_connector.run_update()
    (later,) = (json.loads(line) for line in lines.new())

    assert (write["event"], write["number"], write["saved"]) == ("write", "30001", True)
    assert write["at"] == "2026-11-23T15:00:00+00:00"
    assert (session["event"], session["number"], session["outcome"]) == ("session", 1, "done")
    assert [call["operation"] for call in session["calls"]] == service.order[:6]
    assert nothing == []
    assert (later["event"], later["number"]) == ("session", 2)


async def test_a_session_that_still_runs_is_told_when_it_ends(company):
    lines, now = JournalLines(company.journal), VirtualClock()
    running = company.journal.open_session("LAPTOP", now())
    await connector(Service(), company).run_update()

    first = [json.loads(line)["machine"] for line in lines.new()]
    running.outcome = "done"
    second = [json.loads(line)["machine"] for line in lines.new()]

    assert (first, second) == (["OFFICE-PC"], ["LAPTOP"])


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (add("30001"), "a message set without an id"),
        ("<QBXML>", "qbXML that cannot be read"),
        ("", ""),
    ],
)
async def test_what_was_fetched_is_told_in_few_words(company, document, words):
    service = Service({"sendRequestXML": [document]})

    await connector(service, company).run_update()

    calls = company.journal.sessions[0].calls
    (answer,) = [call.answer for call in calls if call.operation == "sendRequestXML"]
    assert answer == words
