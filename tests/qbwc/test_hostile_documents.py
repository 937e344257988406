"""What a hostile QuickBooks may answer: a clear word, and nothing counts as confirmed."""

import pytest

from app.connector import connector_tools
from qbwc.calls import Authenticate, Call, Reply
from qbwc.operations import answer
from simulator.soap import Call as WebConnectorCall
from simulator.soap import read_text
from tests.people import Office
from tests.qbwc.serving import LAUGHS, send
from tests.quickbooks_side import QuickBooksSide

UNREADABLE = {
    "nothing of XML": "no XML",
    "a truncated document": "<QBXML><QBXMLMsgsRs>",
    "laughs": f"<!DOCTYPE e [{LAUGHS}]><QBXML><QBXMLMsgsRs>&x;</QBXMLMsgsRs></QBXML>",
    "an external entity": '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/hostname">]><QBXML>&x;</QBXML>',
    "deep nesting": f"<QBXML><QBXMLMsgsRs>{'<a>' * 100_000}",
    "a request": "<QBXML><QBXMLMsgsRq/></QBXML>",
    "another encoding": '<?xml version="1.0" encoding="utf-16"?><QBXML',
}


@pytest.mark.parametrize("document", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_hostile_answer_is_refused_and_the_invoice_is_asked_after(
    office: Office, document: str
) -> None:
    """The session is told why, nothing counts as confirmed, and QuickBooks is never told twice."""
    side = QuickBooksSide(office)
    await office.export(await office.new_invoice())
    await side.plan_all()
    fetched = await side.fetch()
    tools = connector_tools(office.resources, version="test")

    async def behind_the_door(call: Call, peer: str) -> Reply:
        return await answer(tools, call)

    told = WebConnectorCall("receiveResponseXML", {"ticket": fetched.ticket, "response": document})
    asked = WebConnectorCall("getLastError", {"ticket": fetched.ticket})
    progress = await send(behind_the_door, told.body())
    reason = await send(behind_the_door, asked.body())
    await side.deliver(fetched)
    await side.settle()

    assert read_text("receiveResponseXML", progress.content) == "-1"
    assert "could not be read" in read_text("getLastError", reason.content)
    assert side.writes() == ["InvoiceAddRq"]


@pytest.mark.parametrize("document", UNREADABLE.values(), ids=UNREADABLE)
async def test_hostile_facts_of_quickbooks_end_in_a_clear_answer(
    office: Office, document: str
) -> None:
    side = QuickBooksSide(office)
    await office.export(await office.new_invoice())
    await side.plan_all()
    tools = connector_tools(office.resources, version="test")

    async def behind_the_door(call: Call, peer: str) -> Reply:
        return await answer(tools, call)

    created = office.connection
    signed_in = await answer(
        tools, Authenticate(user_name=created.connection.user_name, password=created.password)
    )
    sent = await send(
        behind_the_door,
        WebConnectorCall(
            "sendRequestXML",
            {
                "ticket": signed_in.values[0],
                "strHCPResponse": document,
                "qbXMLMajorVers": 16,
                "qbXMLMinorVers": 0,
            },
        ).body(),
    )

    assert sent.status_code == 200
