"""The Web Connector against a small service of its own, over the real wire format."""

import asyncio

import pytest
from lxml import etree

from simulator.bookkeeper import Bookkeeper
from simulator.clock import VirtualClock
from simulator.company_file import CompanyFile
from simulator.computer import Computer
from simulator.faults import (
    LoseAnswer,
    Meanwhile,
    OtherCompanyOpen,
    RaiseComError,
    RefuseToOpen,
    SlowAnswer,
)
from simulator.reports import Outcome
from simulator.soap import Style
from tests.simulator.partner_service import ADD, BEFORE, EXCHANGE, QUERY, Service, connector


async def test_a_session_runs_in_the_documented_order(company):
    service = Service({"receiveResponseXML": ["50", "100"]})

    report = await connector(service, company).run_update()

    assert service.order == [*BEFORE, *EXCHANGE, *EXCHANGE, "closeConnection"]
    assert (report.outcome, report.requests_sent, report.status_text) == (Outcome.DONE, 2, "OK")
    assert report.progress == (50, 100)
    assert service.told("authenticate") == {"strUserName": "office", "strPassword": "secret"}
    assert "<InvoiceRet>" in service.told("receiveResponseXML")["response"]
    assert len(company.journal.requests_named("InvoiceQueryRq")) == 2


async def test_the_first_request_tells_host_company_and_preferences_and_later_ones_do_not(company):
    service = Service({"receiveResponseXML": ["50", "100"]})

    await connector(service, company, file_id="{11111111-2222-3333-4444-555555555555}").run_update()

    told = service.told("sendRequestXML")
    answers = etree.fromstring(told["strHCPResponse"])[0]
    assert [(answer.tag, answer.get("requestID")) for answer in answers] == [
        ("HostQueryRs", "0"),
        ("CompanyQueryRs", "1"),
        ("PreferencesQueryRs", "2"),
    ]
    private = {
        ext.findtext("DataExtName"): ext.findtext("DataExtValue")
        for ext in answers.iter("DataExtRet")
    }
    assert private["FileID"] == "{11111111-2222-3333-4444-555555555555}"
    assert private["AppLock"].startswith("LOCKED:OFFICE-PC:")
    assert told["strCompanyFileName"] == company.path
    assert service.told("sendRequestXML", 1)["strHCPResponse"] == ""


async def test_the_wire_is_document_literal_with_self_closed_empty_parameters(company):
    service = Service()

    await connector(service, company).run_update()

    headers, body = service.requests[service.order.index("receiveResponseXML")]
    assert headers["soapaction"] == '"http://developer.intuit.com/receiveResponseXML"'
    assert headers["content-type"] == "text/xml; charset=utf-8"
    assert "MS Web Services Client Protocol" in headers["user-agent"]
    assert b'<receiveResponseXML xmlns="http://developer.intuit.com/">' in body
    assert b"<hresult/><message/>" in body
    assert b"&lt;InvoiceRet&gt;" in body


async def test_rpc_style_writes_typed_parameters_without_a_namespace(company):
    service = Service()

    report = await connector(service, company, style=Style.RPC).run_update()

    _, body = service.requests[service.order.index("clientVersion")]
    assert b"<q1:clientVersion" in body
    assert b'<strVersion xsi:type="xsd:string">' in body
    assert report.outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("strings", "outcome", "next_run_in"),
    [
        (["", "nvu"], Outcome.INVALID_USER, None),
        (["t", "NONE"], Outcome.NO_WORK, None),
        (["t", "none", "", "3600"], Outcome.NO_WORK, 3600),
        (["t", "busy", "30"], Outcome.BUSY, 30),
        (["t", "", "60"], Outcome.POSTPONED, 60),
    ],
)
async def test_without_work_the_company_file_stays_closed(company, strings, outcome, next_run_in):
    service = Service({"authenticate": [strings]})

    report = await connector(service, company).run_update()

    assert service.order == [*BEFORE, "closeConnection"]
    assert (report.outcome, report.next_run_in) == (outcome, next_run_in)


async def test_a_word_that_is_none_of_the_known_is_taken_for_a_path(company):
    service = Service({"authenticate": [["t", "ok"]]})

    report = await connector(service, company).run_update()

    assert service.order == [*BEFORE, "connectionError"]
    assert service.told("connectionError")["hresult"] == "0x8004040A"
    assert report.outcome is Outcome.NOT_OPENED
    assert report.error_codes == ("QBWC1013",)


async def test_another_path_from_connection_error_is_tried(company):
    service = Service({"authenticate": [["t", "C:\\other.qbw"]], "connectionError": [""]})

    report = await connector(service, company).run_update()

    assert report.outcome is Outcome.DONE
    assert service.order.count("connectionError") == 1


async def test_noop_pauses_and_asks_again(company):
    service = Service({"sendRequestXML": ["", QUERY], "getLastError": ["NoOp"]})

    report = await connector(service, company, noop_seconds=5, clock=VirtualClock()).run_update()

    assert service.order[3:6] == ["sendRequestXML", "getLastError", "sendRequestXML"]
    assert (report.outcome, report.seconds) == (Outcome.DONE, 5)


async def test_another_text_of_get_last_error_ends_the_session(company):
    service = Service({"sendRequestXML": [""]})

    report = await connector(service, company).run_update()

    assert service.order == [*BEFORE, "sendRequestXML", "getLastError", "closeConnection"]
    assert (report.outcome, report.status_text) == (Outcome.STOPPED, "Something went wrong")


async def test_negative_progress_asks_for_the_error_and_closes(company):
    service = Service({"receiveResponseXML": ["-1"]})

    report = await connector(service, company).run_update()

    assert service.order[-2:] == ["getLastError", "closeConnection"]
    assert report.status_text == "Something went wrong"


async def test_unparsable_qbxml_is_reported_as_an_hresult_without_a_response(company):
    service = Service({"sendRequestXML": [QUERY.replace("TxnID", "TxnId")]})

    await connector(service, company).run_update()

    assert service.told("receiveResponseXML") == {
        "ticket": "ticket-1",
        "response": "",
        "hresult": "0x80040400",
        "message": "QuickBooks found an error when parsing the provided XML text stream.",
    }


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("authenticate", "QBWC1012"),
        ("sendRequestXML", "QBWC1041"),
        ("receiveResponseXML", "QBWC1042"),
        ("closeConnection", "QBWC1044"),
    ],
)
async def test_a_failing_call_ends_the_session_with_its_code(company, operation, code):
    service = Service({operation: [None]})

    report = await connector(service, company).run_update()

    assert service.order[-1] == operation
    assert (report.outcome, report.error_codes) == (Outcome.FAILED, (code,))


async def test_an_answer_the_service_did_not_take_is_never_sent_again(company):
    service = Service({"sendRequestXML": [ADD, QUERY], "receiveResponseXML": [None, "100"]})
    web_connector = connector(service, company)

    await web_connector.run_update()
    await web_connector.run_update()

    assert service.order.count("receiveResponseXML") == 2
    assert "InvoiceAddRs" not in service.told("receiveResponseXML", 1)["response"]
    assert len(company.journal.requests_named("InvoiceAddRq")) == 1


async def test_either_version_call_may_be_missing(company):
    service = Service({"serverVersion": [None], "clientVersion": [None]})

    report = await connector(service, company).run_update()

    assert service.order[:3] == BEFORE
    assert (report.outcome, report.error_codes) == (Outcome.DONE, ())


@pytest.mark.parametrize("word", ["W:Please update", "O:2.1.0.30"])
async def test_a_warning_of_the_version_is_shown_and_the_update_goes_on(company, word):
    service = Service({"clientVersion": [word]})

    report = await connector(service, company).run_update()

    assert report.outcome is Outcome.DONE
    assert word[2:] in report.messages[0]


async def test_a_person_may_stop_at_the_warning(company):
    service = Service({"clientVersion": ["W:Please update"]})
    cautious = Computer(accepts_warnings=False)

    report = await connector(service, company, computer=cautious).run_update()

    assert service.order == ["serverVersion", "clientVersion"]
    assert report.outcome is Outcome.VERSION_REFUSED


async def test_a_refused_version_ends_the_update_before_authenticate(company):
    service = Service({"clientVersion": ["E:Too old"]})

    report = await connector(service, company).run_update()

    assert service.order == ["serverVersion", "clientVersion"]
    assert (report.status_text, report.messages) == ("Too old", ("Too old",))


async def test_strings_outside_intuits_namespace_break_authenticate(company):
    service = Service({"authenticate": [["only one"]]})

    report = await connector(service, company).run_update()

    assert report.error_codes == ("QBWC1012",)


@pytest.mark.parametrize("after_write", [False, True])
async def test_a_lost_answer_ends_in_silence_whether_or_not_it_was_saved(company, after_write):
    service = Service({"sendRequestXML": [ADD]})

    report = await connector(service, company, LoseAnswer(after_write=after_write)).run_update()

    assert service.order[-1] == "sendRequestXML"
    assert report.outcome is Outcome.ANSWER_LOST
    assert len(company.journal.requests_named("InvoiceAddRq")) == int(after_write)
    assert len(company.invoices) == 1 + after_write


async def test_quickbooks_may_throw_although_it_has_saved(company):
    service = Service({"sendRequestXML": [ADD]})
    fault = RaiseComError("0x8004041C", after_write=True)

    await connector(service, company, fault).run_update()

    told = service.told("receiveResponseXML")
    assert (told["response"], told["hresult"]) == ("", "0x8004041C")
    assert len(company.invoices) == 2


async def test_a_fault_strikes_the_nth_message_set_and_only_once(company):
    service = Service({"receiveResponseXML": ["10", "20", "100"]})

    await connector(service, company, RaiseComError("0x80040402", nth=2)).run_update()

    hresults = [service.told("receiveResponseXML", turn)["hresult"] for turn in range(3)]
    assert hresults == ["", "0x80040402", ""]


async def test_somebody_edits_the_invoice_just_before_the_request_is_run(company):
    service = Service()

    def edit(company_file: CompanyFile) -> None:
        Bookkeeper(company_file).edit_invoice("1A2B-1", memo="At the desk")

    await connector(service, company, Meanwhile(edit), SlowAnswer(0)).run_update()

    assert "At the desk" in service.told("receiveResponseXML")["response"]


async def test_a_modal_dialog_keeps_the_company_file_closed_for_one_session(company):
    service = Service()
    web_connector = connector(service, company, RefuseToOpen("0x80040414"))

    first = await web_connector.run_update()
    second = await web_connector.run_update()

    assert service.told("connectionError")["hresult"] == "0x80040414"
    assert "modal dialog" in service.told("connectionError")["message"]
    assert (first.outcome, second.outcome) == (Outcome.NOT_OPENED, Outcome.DONE)


async def test_another_open_company_introduces_itself(company, clock):
    other = CompanyFile("Somebody Else Inc", r"C:\QuickBooks\else.qbw", clock)
    service = Service()

    await connector(service, company, OtherCompanyOpen(other)).run_update()

    told = service.told("sendRequestXML")
    assert told["strCompanyFileName"] == other.path
    assert "Somebody Else Inc" in told["strHCPResponse"]


async def test_the_company_file_is_tried_twice_before_the_service_hears_of_it(company):
    service = Service()

    report = await connector(service, company, RefuseToOpen("0x80040408", tries=1)).run_update()

    assert "connectionError" not in service.order
    assert report.outcome is Outcome.DONE


async def test_the_service_may_wait_until_the_dialog_is_gone(company):
    """Each answer but "done" brings two more tries."""
    service = Service({"connectionError": [""]})

    report = await connector(service, company, RefuseToOpen("0x80040414", tries=4)).run_update()

    assert service.order.count("connectionError") == 2
    assert report.outcome is Outcome.DONE


async def test_a_service_that_never_says_done_is_left_at_last(company):
    service = Service({"connectionError": [""]})

    report = await connector(service, company, RefuseToOpen("0x80040414")).run_update()

    assert service.order.count("connectionError") == 5
    assert (report.outcome, report.error_codes) == (Outcome.NOT_OPENED, ("QBWC1013",))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"<html>Bad gateway</html>", "holds no receiveResponseXMLResult"),
        (b"Warning: line 12\n<soap", "not well-formed XML"),
    ],
)
async def test_a_reply_that_is_no_soap_ends_the_session(company, reply, words):
    """An error page of a framework or a proxy."""
    service = Service({"receiveResponseXML": [reply]})

    report = await connector(service, company).run_update()

    assert report.error_codes == ("QBWC1042",)
    assert words in report.status_text


async def test_progress_that_is_no_integer_ends_the_session(company):
    service = Service({"receiveResponseXML": ["12.5"]})

    report = await connector(service, company).run_update()

    assert service.order[-1] == "receiveResponseXML"
    assert report.error_codes == ("QBWC1042",)


@pytest.mark.parametrize("text", ["NaN", "1_0", ""])
async def test_only_digits_are_an_integer(company, text):
    service = Service({"receiveResponseXML": [text]})

    assert (await connector(service, company).run_update()).outcome is Outcome.FAILED


async def test_the_company_file_is_locked_during_the_session_only(company):
    service = Service({"receiveResponseXML": ["50", "100"]})
    web_connector = connector(service, company)

    await web_connector.run_update()

    assert "AppLock</DataExtName>" in service.told("sendRequestXML")["strHCPResponse"]
    assert company.private_data[web_connector.owner_id, "AppLock"] == "UNLOCKED"


async def test_a_connector_that_died_leaves_its_lock_and_another_machine_is_kept_out(company):
    service = Service()
    first = connector(
        service, company, LoseAnswer(after_write=True), computer=Computer("OFFICE-PC")
    )
    second = connector(service, company, computer=Computer("LAPTOP"))

    await first.run_update()
    kept_out = await second.run_update()
    again = await first.run_update()
    let_in = await second.run_update()

    assert kept_out.outcome is Outcome.LOCKED
    assert kept_out.error_codes == ("QBWC1014",)
    assert "application is being used on machine OFFICE-PC" in kept_out.status_text
    assert (again.outcome, let_in.outcome) == (Outcome.DONE, Outcome.DONE)


async def test_connectors_of_one_computer_update_one_after_another(company, clock):
    """While one holds its session open with NoOp, the other has not even said hello."""
    office, time = Computer(), VirtualClock(runs=False)
    slow = Service({"sendRequestXML": ["", QUERY], "getLastError": ["NoOp"]})
    other = Service()
    other_company = CompanyFile("Somebody Else Inc", r"C:\QuickBooks\else.qbw", clock)
    options = {"computer": office, "clock": time, "noop_seconds": 5}
    first = asyncio.create_task(connector(slow, company, **options).run_update())
    await until(lambda: "getLastError" in slow.order)
    second = asyncio.create_task(connector(other, other_company, **options).run_update())

    await turns()
    calls_while_waiting = list(other.order)
    await advance_until_done(time, first, second)

    assert calls_while_waiting == []
    assert (await second).outcome is Outcome.DONE


async def test_connectors_of_two_computers_update_at_once(company, clock):
    time = VirtualClock(runs=False)
    slow = Service({"sendRequestXML": ["", QUERY], "getLastError": ["NoOp"]})
    other_company = CompanyFile("Somebody Else Inc", r"C:\QuickBooks\else.qbw", clock)
    waiting = asyncio.create_task(connector(slow, company, clock=time, noop_seconds=5).run_update())
    await until(lambda: "getLastError" in slow.order)

    report = await connector(Service(), other_company, computer=Computer("LAPTOP")).run_update()
    still_waiting = not waiting.done()
    await advance_until_done(time, waiting)

    assert report.outcome is Outcome.DONE
    assert still_waiting


async def turns(number: int = 50) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def advance_until_done(clock: VirtualClock, *tasks: asyncio.Task) -> None:
    async with asyncio.timeout(5):
        while not all(task.done() for task in tasks):
            await turns()
            clock.advance(5)
