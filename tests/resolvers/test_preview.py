"""What a Save & Sync would do, told before: the worker's own request, and nothing sent."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from lxml import etree

from app.ids import new_id
from domain.access import Permission
from domain.edits import Edits
from domain.errors import BeingEdited, ConnectionNeeded, Forbidden, NotFound
from domain.guards import GuardCode
from domain.lists import AccountingPeriod
from domain.preview import FieldEffect, LineAction
from resolvers.connections import NewConnection, create_connection
from resolvers.preview import REQUEST_ID, Preview, preview_sync
from simulator.bookkeeper import Bookkeeper
from tests.resolvers.asking import (
    a_new_task,
    bypass,
    details,
    everything_stored,
    of_task,
    save,
    stage_edits,
    sync_again,
    the_price_change,
)
from tests.resolvers.conftest import let_an_hour_pass
from tests.sync_worker.connector import PlayedConnector, names_in

THANKS = "Thank you, see warranty"


async def preview(context, invoice, edits=None, **changes):
    wish = {"invoice_id": invoice.id, "edits": edits, "live": False}
    return await preview_sync(context, Preview(**wish | changes))


def fields_of(found):
    return {".".join(field.path): field for field in found.fields}


def of(invoice, n, name):
    return f"tasks.{invoice.content.tasks[n].id}.{name}"


def three(field):
    return field.before, field.yours, field.quickbooks, field.effect.value


@pytest.fixture
async def thanked(office, side, invoice, olga):
    """The sample invoice after the bookkeeper put a text between its lines, and a sync told us."""
    held = await side.held(invoice)
    Bookkeeper(side.company).insert_text_line(held.txn_id, THANKS, after=held.lines[0].txn_line_id)
    first = await save(olga, invoice, details(summary="Fall tune-up, new filter"))
    await side.settle()
    second = await save(olga, first.invoice, details(summary="Fall tune-up"))
    await side.settle()
    await let_an_hour_pass(office, invoice)
    async with office.open_work() as work:
        return await work.invoices.get(second.invoice.id)


# G1, step 6


async def test_the_office_manager_sees_what_her_price_change_would_do(office, thanked, olga):
    """Rate 35.50 to 42.00, HVAC to Plumbing, tax 2.94 to 3.47; the bookkeeper's line stays."""
    await stage_edits(olga, thanked, the_price_change(office, thanked))

    found = await preview(olga, thanked)

    fields = fields_of(found)
    assert three(fields[of(thanked, 0, "unit_price")]) == ("35.5", "42", "35.5", "SEND")
    assert three(fields[of(thanked, 0, "business_unit")]) == ("HVAC", "Plumbing", "HVAC", "SEND")
    assert three(fields[of(thanked, 0, "amount")]) == ("35.5", "42", "35.5", "SEND")
    assert (found.before.sales_tax, found.after.sales_tax) == (Decimal("2.94"), Decimal("3.47"))
    assert (found.before.total, found.after.total) == (Decimal("62.44"), Decimal("69.47"))
    assert found.quickbooks.total == Decimal("62.44")
    memo = "1042 2026-11-20 HVAC - Fall tune-up"
    assert three(fields["memo"]) == (memo, memo, memo, "KEEP")
    assert [(line.action, line.description) for line in found.lines] == [
        (LineAction.CHANGE, "Seasonal tune-up"),
        (LineAction.KEEP, THANKS),
        (LineAction.KEEP, "Air filter 16x25"),
    ]
    assert [line.task_id is None for line in found.lines] == [False, True, False]
    assert not any(path.startswith(of(thanked, 1, "")) for path in fields)
    assert (found.is_live, found.nothing_sent) == (False, None)


async def test_a_preview_stores_nothing_and_sends_nothing(office, side, thanked, olga):
    await stage_edits(olga, thanked, the_price_change(office, thanked))
    before, asked = await everything_stored(office, thanked), side.requests()

    await preview(olga, thanked)
    await side.settle()

    assert await everything_stored(office, thanked) == before
    assert side.requests() == asked


# The same path as the worker's


async def queued(office):
    """The newest request in the queue, its id replaced by the preview's."""
    request = (await PlayedConnector(office).queue())[-1]
    assert request.state == "READY"
    return request.body.decode("ascii").replace(str(request.id), str(REQUEST_ID))


def every_kind_of_edit(office, invoice):
    first, second = invoice.content.tasks
    return [
        the_price_change(office, invoice),
        details(summary="Zoë’s “AC” – 2½ h\nsecond line"),  # noqa: RUF001 - typed on purpose
        details(number="21259-A", date=date(2026, 11, 19)),
        details(tax_zone_id=office.id_of("Flat 8.25 %")),
        of_task(second, quantity=Decimal(3), description="Filters", taxable=True),
        Edits(add_tasks=(a_new_task(office, position=1),), remove_task_ids=(first.id,)),
    ]


@pytest.mark.parametrize("kind", range(6))
@pytest.mark.parametrize("inline", [True, False], ids=["inline", "staged"])
async def test_it_shows_byte_for_byte_what_the_worker_queues(
    office, side, thanked, olga, kind, inline
):
    edits = every_kind_of_edit(office, thanked)[kind]
    if not inline:
        await stage_edits(olga, thanked, edits)
        edits = None

    found = await preview(olga, thanked, edits)
    await save(olga, thanked, edits)
    await side.plan_all()

    assert found.qbxml == await queued(office)
    assert found.qbxml.startswith('<InvoiceModRq requestID="00000000-')
    assert not found.reads_first


async def test_what_was_bypassed_is_shown_as_re_sync_would_send_it(office, side, thanked, olga):
    bypassed = (await bypass(olga, thanked, the_price_change(office, thanked))).invoice

    found = await preview(olga, bypassed)
    await sync_again(olga, bypassed)
    await side.plan_all()

    assert found.qbxml == await queued(office)
    fields = fields_of(found)
    assert three(fields[of(thanked, 0, "unit_price")]) == ("42", "42", "35.5", "SEND")


async def test_an_invoice_on_its_way_to_its_export_is_shown_as_the_add(office, side, olga):
    new = await office.new_invoice("21300")
    await office.export(new)

    found = await preview(olga, new)
    await side.plan_all()

    assert found.qbxml == await queued(office)
    assert found.qbxml.startswith("<InvoiceAddRq ")
    assert {line.action for line in found.lines} == {LineAction.ADD}
    assert (found.read_at, found.quickbooks) == (None, None)


async def test_an_invoice_not_exported_yet_is_shown_without_its_batch(office, olga):
    new = await office.new_invoice("21300")

    found = await preview(olga, new)

    assert "<Memo>Fall tune-up</Memo>" in found.qbxml
    assert fields_of(found)["number"].yours == "21300"
    assert len(found.fields) == 4 + 2
    assert any("batch" in remark for remark in found.remarks)


async def test_lines_are_added_and_deleted_where_the_draft_says_so(office, thanked, olga):
    first, _ = thanked.content.tasks
    edits = Edits(add_tasks=(a_new_task(office),), remove_task_ids=(first.id,))

    found = await preview(olga, thanked, edits)

    assert [(line.action.value, line.description) for line in found.lines] == [
        ("DELETE", "Seasonal tune-up"),
        ("KEEP", THANKS),
        ("KEEP", "Air filter 16x25"),
        ("ADD", "Diagnostic visit"),
    ]
    gone = fields_of(found)[f"tasks.{first.id}"]
    assert (gone.yours, gone.effect) == (None, FieldEffect.SEND)
    assert gone.before == "SVC-TUNE: 1 x 35.5"
    assert "SVC-TUNE" in gone.quickbooks
    assert found.lines[-1].quickbooks_line_id is None


async def test_a_copy_written_a_moment_ago_is_read_first(office, side, olga):
    """EditSequence counts seconds; the request shown is the one that follows when nothing moved."""
    fresh = await side.export(await office.new_invoice())

    found = await preview(olga, fresh, details(summary="New"))

    assert found.reads_first
    assert found.qbxml.startswith("<InvoiceModRq ")


async def test_behind_a_sync_that_is_on_its_way_the_request_is_made_anew(
    office, side, thanked, olga
):
    await save(olga, thanked, details(summary="One"))
    await side.plan_all()
    await side.fetch()

    found = await preview(olga, thanked, details(summary="Two"))

    assert found.reads_first


async def test_what_has_to_be_there_first_is_shown_too(office, side, thanked, olga):
    """QuickBooks is not known to have the site: it is asked by name before the invoice names it."""
    edits = of_task(thanked.content.tasks[1], inventory_location_id=office.id_of("Truck 7"))

    found = await preview(olga, thanked, edits)
    await save(olga, thanked, edits)
    await side.plan_all()

    assert found.goes_first == await queued(office)
    assert "Truck 7" in found.goes_first
    await side.deliver(await side.fetch())
    await side.plan_all()
    assert found.qbxml == await queued(office)


# When nothing would be sent


async def test_nothing_changed_is_nothing_to_send(thanked, olga):
    found = await preview(olga, thanked)

    assert found.qbxml is None
    assert "already holds" in found.nothing_sent
    assert {field.effect for field in found.fields} == {FieldEffect.KEEP}
    assert len(found.fields) == 4


async def test_cost_alone_is_not_sent_and_says_so(thanked, olga):
    task = thanked.content.tasks[1]

    found = await preview(olga, thanked, of_task(task, cost=Decimal("7.10")))

    cost = fields_of(found)[of(thanked, 1, "cost")]
    assert three(cost) == (None, "7.1", None, "STAY")
    assert [path for path, _ in found.not_sent] == [of(thanked, 1, "cost")]
    assert found.qbxml is None


async def test_a_summary_that_does_not_fit_is_cut_and_says_so(thanked, olga):
    found = await preview(olga, thanked, details(summary="x" * 4095))

    assert [path for path, _ in found.not_sent] == ["summary"]
    assert found.qbxml is not None


async def test_every_guard_tells_its_verdict_and_an_error_leaves_no_request(
    office, side, thanked, olga, change_row
):
    await change_row("account", accounting_periods_enabled=True)
    async with office.open_work() as work:
        november = AccountingPeriod(date(2026, 11, 1), date(2026, 11, 30), is_closed=False)
        await work.accounts.add_period(new_id(), november)

    asking = await preview(olga, thanked, details(date=date(2026, 10, 20)))
    refusing = await preview(olga, thanked, details(number="123456789012", summary="\u4f60"))

    assert {guard.code for guard in asking.guards} == {
        GuardCode.PERIOD_OPEN_REMINDER,
        GuardCode.QUICKBOOKS_CLOSING_DATE,
    }
    assert asking.qbxml is not None
    assert [guard.code for guard in refusing.guards][:2] == [
        GuardCode.INVOICE_NUMBER_TOO_LONG,
        GuardCode.TEXT_NOT_STORABLE,
    ]
    assert refusing.qbxml is None
    assert "123456789012" in refusing.nothing_sent


async def test_nothing_staged_asks_for_no_reminder(office, thanked, olga, change_row):
    await change_row("account", accounting_periods_enabled=True)

    found = await preview(olga, thanked)

    assert found.guards == ()


async def test_a_name_that_quickbooks_lacks_is_told_and_the_rest_is_shown(
    office, thanked, olga, change_row
):
    await change_row("business_unit", office.id_of("Plumbing"), quickbooks_class=None)

    found = await preview(olga, thanked, the_price_change(office, thanked))

    assert found.qbxml is None
    assert [guard.code for guard in found.guards] == [GuardCode.CLASS_MISSING]
    assert fields_of(found)[of(thanked, 0, "unit_price")].yours == "42"
    assert [line.action.value for line in found.lines] == ["CHANGE", "KEEP", "KEEP"]
    assert found.after.total == Decimal("69.47")


async def test_an_invoice_that_cannot_be_synced_says_why(thanked, olga, change_row):
    await change_row("account", edit_exported_enabled=False)

    found = await preview(olga, thanked, details(summary="New"))

    assert found.qbxml is None
    assert "turned off" in found.nothing_sent
    assert found.connection_id is None


async def test_a_draft_that_an_import_or_sync_has_overtaken_says_so(office, thanked, olga):
    await stage_edits(olga, thanked, details(summary="Mine"))
    async with office.open_work() as work:
        draft = await work.drafts.get(thanked.id)
        await work.drafts.remove(thanked.id)
        await work.drafts.save(replace(draft, base_version=draft.base_version - 1))

    found = await preview(olga, thanked)

    assert found.qbxml is None
    assert "read it and edit it again" in found.nothing_sent


# Who may look, and at what


async def test_without_the_permission_to_edit_there_is_no_preview(invoice, nick):
    with pytest.raises(Forbidden, match="administrator"):
        await preview(nick, invoice)


async def test_an_invoice_that_the_account_does_not_have_gives_nothing(
    invoice, olga, another_office
):
    stranger = await (await another_office()).as_person()

    assert await preview(stranger, invoice) is None
    assert await preview(olga, invoice, invoice_id=new_id()) is None


async def test_an_unknown_connection_is_an_error_and_so_is_none_of_several(
    office, invoice, olga, adam
):
    new = await office.new_invoice("21300")
    file_id = office.connection.connection.company_file_id
    await create_connection(
        adam, NewConnection(company_file_id=file_id, company_file_name=None, name="Second")
    )

    for it in (invoice, new):
        with pytest.raises(NotFound):
            await preview(olga, it, connection_id=new_id())
    with pytest.raises(ConnectionNeeded, match="Second"):
        await preview(olga, new)
    assert (await preview(olga, invoice)).connection_id == office.connection.connection.id


async def test_anothers_draft_is_shown_and_edits_beside_it_are_not(office, thanked, olga, adam):
    await stage_edits(olga, thanked, details(summary="Olga's"))

    found = await preview(adam, thanked)

    assert "Olga's" in fields_of(found)["memo"].yours
    with pytest.raises(BeingEdited):
        await preview(adam, thanked, details(summary="Adam's"))


async def test_edits_come_on_top_of_the_own_draft(office, thanked, olga):
    await stage_edits(olga, thanked, the_price_change(office, thanked))

    found = await preview(olga, thanked, details(summary="Both"))

    assert found.after.total == Decimal("69.47")
    assert fields_of(found)["memo"].yours.endswith("Both")


# QuickBooks as it is now


@pytest.fixture
async def played(office, side, thanked):
    """A Web Connector in session: it holds a message set, and its answer is not told yet."""
    played = PlayedConnector(office, side.company)
    await office.export(await office.new_invoice("21400"))
    played.document = await played.fetch()
    assert played.document
    return played


async def carrying(played, asking):
    """Let the connector go on while somebody asks; give the answer and what QuickBooks ran."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(asking)
        async with asyncio.timeout(10):
            while not await waiting(played):
                await asyncio.sleep(0)
            await played.tell(played.run(played.document))
            document = await played.send()
            await played.tell(played.run(document))
    return task.result(), names_in(document)


async def waiting(played):
    async with played.office.open_work() as work:
        line = played.side.connection.connection.id
        return await work.inquiries.count_waiting(line, played.now())


async def live(played, context, invoice, edits):
    asking = preview(context, invoice, edits, live=True, patience=timedelta(seconds=10))
    return await carrying(played, asking)


async def test_a_connector_in_session_brings_the_present_copy(office, played, thanked, olga):
    found, ran = await live(played, olga, thanked, the_price_change(office, thanked))

    assert ran == ["InvoiceQueryRq"]
    assert (found.is_live, found.reads_first, found.remarks) == (True, False, ())
    link = (await played.standing(thanked)).link
    assert found.read_at > link.read_at
    assert found.qbxml is not None


async def test_what_the_bookkeeper_changed_elsewhere_is_taken(office, played, thanked, olga):
    held = await played.side.held(thanked)
    Bookkeeper(played.company).change_line(
        held.txn_id, held.lines[2].txn_line_id, quantity=Decimal(5)
    )

    found, _ = await live(played, olga, thanked, the_price_change(office, thanked))

    fields = fields_of(found)
    assert three(fields[of(thanked, 1, "quantity")]) == ("2", "2", "5", "TAKE")
    assert three(fields[of(thanked, 1, "amount")]) == ("24", "24", "60", "TAKE")
    assert three(fields[of(thanked, 0, "unit_price")]) == ("35.5", "42", "35.5", "SEND")
    assert [line.action.value for line in found.lines] == ["CHANGE", "KEEP", "KEEP"]
    assert found.quickbooks.total == Decimal("98.44")
    assert found.reads_first
    assert "changed in QuickBooks" in found.remarks[0]


async def test_the_same_field_changed_on_both_sides_is_shown_as_a_conflict(
    office, played, thanked, olga
):
    held = await played.side.held(thanked)
    Bookkeeper(played.company).change_line(
        held.txn_id, held.lines[0].txn_line_id, rate=Decimal("40.00")
    )

    found, _ = await live(played, olga, thanked, the_price_change(office, thanked))

    field = fields_of(found)[of(thanked, 0, "unit_price")]
    assert three(field) == ("35.5", "42", "40", "CONFLICT")


async def test_an_undecided_conflict_is_shown_with_the_copy_that_it_was_met_in(
    office, side, thanked, olga
):
    held = await side.held(thanked)
    Bookkeeper(side.company).change_line(
        held.txn_id, held.lines[0].txn_line_id, rate=Decimal("40.00")
    )
    saved = (await save(olga, thanked, the_price_change(office, thanked))).invoice
    await side.settle()

    found = await preview(olga, saved)

    assert three(fields_of(found)[of(thanked, 0, "unit_price")]) == ("42", "42", "40", "CONFLICT")
    assert found.reads_first


async def test_a_text_that_was_added_since_is_kept_too(office, played, thanked, olga):
    held = await played.side.held(thanked)
    Bookkeeper(played.company).insert_text_line(held.txn_id, "Paid by check")

    found, _ = await live(played, olga, thanked, the_price_change(office, thanked))

    assert [(line.action.value, line.description) for line in found.lines] == [
        ("KEEP", "Paid by check"),
        ("CHANGE", "Seasonal tune-up"),
        ("KEEP", THANKS),
        ("KEEP", "Air filter 16x25"),
    ]


async def test_a_payment_that_came_meanwhile_refuses_before_the_save(office, played, thanked, olga):
    held = await played.side.held(thanked)
    Bookkeeper(played.company).receive_payment(held.txn_id, Decimal("62.44"))
    cheaper = of_task(thanked.content.tasks[0], unit_price=Decimal("1.00"))

    found, _ = await live(played, olga, thanked, cheaper)

    assert [guard.code for guard in found.guards] == [GuardCode.TOTAL_BELOW_PAYMENTS]
    assert found.qbxml is None


@pytest.mark.parametrize(
    ("happening", "word"), [("void_invoice", "voided"), ("delete_invoice", "deleted")]
)
async def test_what_became_of_the_invoice_in_quickbooks_is_told(
    office, played, thanked, olga, happening, word
):
    held = await played.side.held(thanked)
    getattr(Bookkeeper(played.company), happening)(held.txn_id)

    found, _ = await live(played, olga, thanked, details(summary="New"))

    assert found.is_live
    assert word in found.remarks[0]


async def test_a_connector_that_does_not_answer_in_time_leaves_the_last_copy(played, thanked, olga):
    found = await preview(
        olga, thanked, details(summary="New"), live=True, patience=timedelta(milliseconds=30)
    )

    assert not found.is_live
    assert found.read_at == (await played.standing(thanked)).link.read_at
    assert "did not answer in time" in found.remarks[0]
    assert found.qbxml is not None


async def test_nobody_is_asked_while_no_connector_is_in_session(office, side, thanked, olga):
    found = await preview(olga, thanked, details(summary="New"), live=True)

    assert not found.is_live
    assert found.remarks == ()
    assert not await waiting(PlayedConnector(office, side.company))


async def test_a_waiting_preview_holds_no_transaction(office, played, thanked, olga):
    """The draft can be edited while QuickBooks is waited for, and the newest one is shown."""
    asking = preview(olga, thanked, live=True, patience=timedelta(seconds=10))
    task = asyncio.create_task(asking)
    while not await waiting(played):
        await asyncio.sleep(0)

    await stage_edits(olga, thanked, details(summary="Meanwhile"))
    await played.tell(played.run(played.document))
    await played.tell(played.run(await played.send()))

    assert "Meanwhile" in fields_of(await task)["memo"].yours


async def test_the_request_is_well_formed_and_names_every_line(thanked, office, olga):
    found = await preview(olga, thanked, the_price_change(office, thanked))

    mod = etree.fromstring(found.qbxml)[0]
    assert len(mod.findall("InvoiceLineMod")) == 3
    assert Permission.EDIT_EXPORTED_TRANSACTIONS in olga.principal.permissions
