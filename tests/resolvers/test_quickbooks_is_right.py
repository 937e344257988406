"""What QuickBooks holds is never doubled, never overwritten, and never believed without asking."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.connector import connector_tools
from app.ids import new_id
from domain.connections import ConnectionState, connection_state
from domain.diagnosis import diagnose
from domain.edits import Edits
from domain.errors import InvalidValue
from domain.guards import GuardCode, GuardRefused
from domain.lists import AccountingPeriod
from domain.sync_status import SyncStatus
from qbwc.calls import Authenticate, GetLastError, SendRequestXML
from qbwc.operations import answer
from simulator.bookkeeper import Bookkeeper
from simulator.faults import LoseAnswer, RaiseComError
from tests.quickbooks_side import QuickBooksSide
from tests.resolvers.asking import (
    a_new_task,
    bypass,
    details,
    of_task,
    save,
    stage_edits,
    sync_again,
)


async def status_of(office, invoice):
    async with office.open_work() as work:
        return (await work.invoices.get(invoice.id)).sync_status


async def newest(office, invoice):
    async with office.open_work() as work:
        return await work.invoices.get(invoice.id)


def amounts(held):
    return [line.amount for line in held.flat_lines()]


async def test_a_new_task_without_a_description_is_added_once(office, side, invoice, olga):
    """QuickBooks fills in the item's own text; that is no reason to add the line again."""
    await save(olga, invoice, Edits(add_tasks=(a_new_task(office, description=None),)))
    await side.settle()

    assert await status_of(office, invoice) is SyncStatus.SYNCED
    assert amounts(await side.held(invoice)) == [Decimal("35.50"), Decimal(24), Decimal(89)]


async def test_going_back_to_the_old_value_after_a_conflict_leaves_the_field_to_quickbooks(
    office, side, invoice, olga
):
    """Only the bookkeeper has changed the price then, so theirs is taken over, and not undone."""
    task = invoice.content.tasks[0]
    held = await side.held(invoice)
    line = next(held.flat_lines())
    Bookkeeper(side.company).change_line(held.txn_id, line.txn_line_id, rate=Decimal(40))
    conflicting = (await save(olga, invoice, of_task(task, unit_price=Decimal(42)))).invoice
    await side.settle()
    assert await status_of(office, invoice) is SyncStatus.ACTION_REQUIRED

    await save(olga, conflicting, of_task(task, unit_price=Decimal("35.50")))
    await side.settle()

    after = await newest(office, invoice)
    assert after.sync_status is SyncStatus.SYNCED
    assert after.content.tasks[0].unit_price == Decimal(40)
    assert next((await side.held(invoice)).flat_lines()).rate == Decimal(40)


async def test_an_invoice_that_was_deleted_in_quickbooks_is_not_synced_by_going_back(
    office, side, invoice, olga
):
    task = invoice.content.tasks[0]
    side.company.delete((await side.held(invoice)).txn_id)
    first = (await save(olga, invoice, of_task(task, unit_price=Decimal(42)))).invoice
    await side.settle()
    assert await status_of(office, invoice) is SyncStatus.ACTION_REQUIRED

    await save(olga, first, of_task(task, unit_price=Decimal("35.50")))
    await side.settle()

    assert await status_of(office, invoice) is SyncStatus.ACTION_REQUIRED


async def test_a_lost_export_whose_number_was_corrected_meanwhile_is_found(office, side):
    invoice = await office.new_invoice("21260")
    await office.export(invoice)
    await side.plan_all()
    side.faults.add(LoseAnswer(after_write=True))
    await side.update()
    (held,) = side.company.invoices.values()
    Bookkeeper(side.company).edit_invoice(held.txn_id, number="99999")

    await side.settle()

    assert len(side.company.invoices) == 1
    assert side.writes() == ["InvoiceAddRq"]


async def test_an_unreadable_question_after_a_lost_export_leads_to_no_second_add(office, side):
    """0x80040423 tells nothing of the Add."""
    invoice = await office.new_invoice("21260")
    await office.export(invoice)
    await side.plan_all()
    side.faults.add(LoseAnswer(after_write=True))
    await side.update()
    await side.plan_all()
    side.faults.add(RaiseComError("0x80040423"))
    await side.update()

    with pytest.raises(InvalidValue, match="on its way"):
        await office.export(await newest(office, invoice))

    assert len(side.company.invoices) == 1


async def the_connection(office):
    connection_id = office.connection.connection.id
    async with office.open_work() as work:
        return (await work.connections.get_many([connection_id]))[connection_id]


async def test_the_connector_is_told_which_company_file_to_open(office, side, invoice, olga):
    """QuickBooks refuses that while another is open; that one is looked at, and nothing is sent."""
    await save(olga, invoice, of_task(invoice.content.tasks[0], unit_price=Decimal(42)))
    await side.plan_all()
    other = QuickBooksSide(office)
    other.company.name, other.company.path = "Another Company", "C:\\Books\\other.qbw"

    await other.update()

    connection = await the_connection(office)
    state = connection_state(connection, connection.last_contact_at)
    assert other.requests() == []
    assert await status_of(office, invoice) is SyncStatus.SYNCING
    assert state is ConnectionState.WRONG_COMPANY_FILE
    await side.settle()
    assert await status_of(office, invoice) is SyncStatus.SYNCED


@pytest.mark.parametrize(
    "company", ["", "<CompanyRet><CompanyName>Other</CompanyName></CompanyRet>"]
)
async def test_nothing_is_sent_when_another_company_file_is_open_all_the_same(
    office, side, invoice, olga, company
):
    await save(olga, invoice, of_task(invoice.content.tasks[0], unit_price=Decimal(42)))
    await side.plan_all()
    tools = connector_tools(office.resources, version="test")
    created = office.connection
    sign_in = Authenticate(user_name=created.connection.user_name, password=created.password)
    ticket = (await answer(tools, sign_in)).values[0]
    facts = f'<CompanyQueryRs statusCode="0" statusSeverity="Info">{company}</CompanyQueryRs>'

    sent = await answer(
        tools,
        SendRequestXML(
            ticket=ticket,
            hcp_response=f"<QBXML><QBXMLMsgsRs>{facts}</QBXMLMsgsRs></QBXML>",
            company_file_name="C:\\Books\\other.qbw",
            qbxml_major_version=13,
            qbxml_minor_version=0,
        ),
    )
    said = await answer(tools, GetLastError(ticket=ticket))

    connection = await the_connection(office)
    state = connection_state(connection, connection.last_contact_at)
    assert sent.body == b""
    assert "other.qbw" in said.text
    assert state is ConnectionState.WRONG_COMPANY_FILE
    assert diagnose(connection, connection.last_contact_at)[0].text == said.text


async def test_a_closed_period_stops_what_was_bypassed_before_it_closed(
    office, invoice, olga, change_row
):
    """A Re-Sync would carry the price into a closed month."""
    saved = await bypass(olga, invoice, of_task(invoice.content.tasks[0], unit_price=Decimal(99)))
    await change_row("account", accounting_periods_enabled=True)
    async with office.open_work() as work:
        november = AccountingPeriod(date(2026, 11, 1), date(2026, 11, 30), is_closed=True)
        await work.accounts.add_period(new_id(), november)

    with pytest.raises(GuardRefused) as refusal:
        await sync_again(olga, saved.invoice)

    assert [guard.code for guard in refusal.value.guards] == [GuardCode.PERIOD_CLOSED]


async def test_an_invoice_without_a_tax_zone_takes_the_customers_tax_item(office, side):
    """QuickBooks chooses it; that is no difference."""
    untaxed = [replace(task, taxable=False) for task in office.tasks()]
    invoice = await office.new_invoice("21260", tax_zone_id=None, tasks=tuple(untaxed))

    exported = await side.export(invoice)

    assert exported.export_status == "EXPORTED"


async def test_a_resync_goes_on_beside_somebody_elses_draft(office, side, invoice, olga, partner):
    """It sends the invoice as it is; the draft stays."""
    saved = await bypass(olga, invoice, details(summary="Bypassed"))
    await stage_edits(partner, saved.invoice, details(summary="Being typed"))

    await sync_again(olga, saved.invoice)
    await side.settle()

    assert await status_of(office, invoice) is SyncStatus.SYNCED
    async with office.open_work() as work:
        assert (await work.drafts.get(invoice.id)).content.summary == "Being typed"


async def test_a_renamed_person_bypasses_with_the_draft_they_hold(
    office, invoice, olga, change_row
):
    """Else the staged edit would stay behind, and the invoice be bypassed without it."""
    await stage_edits(olga, invoice, details(summary="Staged"))
    await change_row("employee", office.people["Olga"], name="Olga Doyle")
    renamed = await office.as_person("Olga")

    saved = await bypass(renamed, invoice)

    assert saved.invoice.content.summary == "Staged"
