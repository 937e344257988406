"""The Web Connector against a small service of its own, over the real wire format."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.bookkeeper import Bookkeeper
from simulator.company_file import CompanyFile
from simulator.faults import (
    FaultScript,
    LoseAnswer,
    Meanwhile,
    OtherCompanyOpen,
    RaiseComError,
    RefuseToOpen,
    SlowAnswer,
)
from simulator.reports import Outcome
from simulator.soap import Style
from simulator.web_connector import WebConnector

INTUIT = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
QUERY = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    "<InvoiceQueryRq><TxnID>1A2B-1</TxnID></InvoiceQueryRq></QBXMLMsgsRq></QBXML>"
)
ADD = QUERY.replace(
    "<InvoiceQueryRq><TxnID>1A2B-1</TxnID></InvoiceQueryRq>",
    "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Harriet Doyle</FullName></CustomerRef>"
    "</InvoiceAdd></InvoiceAddRq>",
)

Reply = str | list[str] | None


@dataclass
class Service:
    """Answers each operation from its list, and with the last of them from then on.

    None stands for a failing server.
    """

    answers: Mapping[str, list[Reply]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    requests: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def reply(self, request: Request) -> Response:
        body = await request.body()
        self.requests.append((request.headers, body))
        call = etree.fromstring(body)[0][0]
        operation = etree.QName(call).localname
        parameters = {etree.QName(child).localname: child.text or "" for child in call}
        self.calls.append((operation, parameters))
        turn = sum(name == operation for name, _ in self.calls) - 1
        answers = {**DEFAULTS, **self.answers}[operation]
        answer = answers[min(turn, len(answers) - 1)]
        if answer is None:
            return Response("broken", status_code=500)
        return Response(envelope(operation, answer), media_type="text/xml; charset=utf-8")

    @property
    def order(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    def told(self, operation: str, turn: int = 0) -> dict[str, str]:
        return [parameters for name, parameters in self.calls if name == operation][turn]


DEFAULTS: dict[str, list[Reply]] = {
    "serverVersion": ["1.0"],
    "clientVersion": [""],
    "authenticate": [["ticket-1", ""]],
    "sendRequestXML": [QUERY],
    "receiveResponseXML": ["100"],
    "getLastError": ["Something went wrong"],
    "connectionError": ["done"],
    "closeConnection": ["OK"],
}
BEFORE = ["serverVersion", "clientVersion", "authenticate"]


def envelope(operation: str, answer: str | list[str]) -> bytes:
    root = etree.Element(f"{{{SOAP}}}Envelope")
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    response = etree.SubElement(body, f"{{{INTUIT}}}{operation}Response")
    result = etree.SubElement(response, f"{{{INTUIT}}}{operation}Result")
    if isinstance(answer, str):
        result.text = answer
    else:
        for text in answer:
            etree.SubElement(result, f"{{{INTUIT}}}string").text = text
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def connector(service: Service, company: CompanyFile, *faults, **options) -> WebConnector:
    app = Starlette(routes=[Route("/qbwc", service.reply, methods=["POST"])])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    return WebConnector(
        "http://localhost/qbwc",
        "office",
        "secret",
        company,
        client=client,
        noop_seconds=0,
        faults=FaultScript().add(*faults),
        **options,
    )


async def test_a_session_runs_in_the_documented_order(company):
    service = Service({"receiveResponseXML": ["50", "100"]})

    report = await connector(service, company).run_update()

    exchange = ["sendRequestXML", "receiveResponseXML"]
    assert service.order == [*BEFORE, *exchange, *exchange, "closeConnection"]
    assert (report.outcome, report.requests_sent, report.status_text) == (Outcome.DONE, 2, "OK")
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
    assert report.outcome is Outcome.NOT_OPENED
    assert report.error_codes == ("QBWC1013",)


async def test_another_path_from_connection_error_is_tried(company):
    service = Service({"authenticate": [["t", "C:\\other.qbw"]], "connectionError": [""]})

    report = await connector(service, company).run_update()

    assert report.outcome is Outcome.DONE
    assert service.order.count("connectionError") == 1


async def test_noop_pauses_and_asks_again(company):
    service = Service({"sendRequestXML": ["", QUERY], "getLastError": ["NoOp"]})

    report = await connector(service, company).run_update()

    assert service.order[3:6] == ["sendRequestXML", "getLastError", "sendRequestXML"]
    assert report.outcome is Outcome.DONE


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


async def test_the_version_calls_may_fail(company):
    service = Service({"serverVersion": [None]})

    assert (await connector(service, company).run_update()).outcome is Outcome.DONE


async def test_a_refused_version_ends_the_update_before_authenticate(company):
    service = Service({"clientVersion": ["E:Too old"]})

    report = await connector(service, company).run_update()

    assert service.order == ["serverVersion", "clientVersion"]
    assert report.status_text == "Too old"


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


async def test_running_forever_ends_when_told_and_waits_as_long_as_asked(company):
    service = Service({"authenticate": [["t", "none"]]})
    stop, reports = asyncio.Event(), []

    def note(report) -> None:
        reports.append(report)
        if len(reports) == 3:
            stop.set()

    await connector(service, company).run_forever(0, stop, note)

    assert [report.outcome for report in reports] == [Outcome.NO_WORK] * 3
