"""Save & Sync, Save & Bypass, Re-Sync: one decision, one revision, at most one job."""

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.ids import new_id
from domain.edits import Edits
from domain.eligibility import EligibilityCode, NotEligible
from domain.errors import (
    ConnectionNeeded,
    NotFound,
    NothingToSave,
    NothingToSync,
    TextTooLong,
    VersionConflict,
)
from domain.guards import AcknowledgementNeeded, GuardCode, GuardRefused
from domain.lists import AccountingPeriod
from domain.sync import JobKind, JobState, SyncPhase
from domain.sync_status import SyncStatus
from resolvers.connections import NewConnection, create_connection
from resolvers.invoice_reading import read_drafts
from simulator.bookkeeper import Bookkeeper
from tests.databases import owner_of
from tests.resolvers.asking import (
    a_new_task,
    bypass,
    details,
    everything_stored,
    of_task,
    save,
    stage_edits,
    standing,
    sync_again,
    the_price_change,
)

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


async def add_period(office, change_row, *, is_closed):
    await change_row("account", accounting_periods_enabled=True)
    async with office.open_work() as work:
        await work.accounts.add_period(new_id(), AccountingPeriod(*NOVEMBER, is_closed=is_closed))


async def acknowledged_codes(office, settings):
    """What the author of the only revision acknowledged."""
    query = text("select acknowledged from revision where account_id = :account")
    async with owner_of(settings.database_url).connect() as connection:
        found = await connection.execute(query, {"account": office.account_id})
        return found.scalar_one()


async def refused_by_quickbooks(office, side, invoice, olga):
    """A save that QuickBooks refuses: somebody deleted the invoice there."""
    saved = await save(olga, invoice, the_price_change(office, invoice))
    Bookkeeper(side.company).delete_invoice((await side.held(invoice)).txn_id)
    await side.settle()
    return saved.invoice


# Save & Sync


async def test_save_and_sync_makes_one_revision_and_one_job_and_says_syncing(office, invoice, olga):
    saved = await save(
        olga, invoice, the_price_change(office, invoice), reason="Price list of November"
    )

    after = await standing(office, invoice)
    (revision,) = after.revisions
    assert saved.invoice == after.invoice
    assert (after.invoice.version, after.status) == (2, SyncStatus.SYNCING)
    assert after.invoice.totals.total == Decimal("69.47")
    assert (revision.version, revision.disposition) == (2, SyncStatus.SYNCING)
    assert revision.actor.name == "Olga"
    assert revision.reason == "Price list of November"
    assert revision.content == after.invoice.content
    assert [change.after for change in revision.changes] == ["42", "Plumbing"]
    assert after.active == [after.job]
    assert (after.job.state, after.job.version, after.job.kind) == (
        JobState.QUEUED,
        2,
        JobKind.SYNC,
    )
    assert saved.connection_id == office.connection.connection.id


async def test_what_becomes_of_a_save_is_told_behind_the_number_it_gives(office, invoice, olga):
    saved = await save(olga, invoice, the_price_change(office, invoice))

    async with office.open_work() as work:
        (first,) = await work.sync_events.after(saved.after, limit=9)
    event = first.event
    assert first.sequence == saved.after + 1
    assert (event.status, event.previous_status) == (SyncStatus.SYNCING, SyncStatus.NOT_APPLICABLE)
    assert (event.phase, event.invoice_version) == (SyncPhase.QUEUED, 2)
    assert event.actor.name == "Olga"


async def test_a_saved_edit_reaches_quickbooks_and_comes_back_proven(office, side, invoice, olga):
    await save(olga, invoice, the_price_change(office, invoice))

    await side.settle()

    after = await standing(office, invoice)
    held = await side.held(invoice)
    assert after.status is SyncStatus.SYNCED
    assert after.invoice.synced_version == 2
    assert held.total == Decimal("69.47")
    assert [line.refs["ClassRef"].full_name for line in held.lines] == ["Plumbing", "HVAC"]


async def test_a_draft_is_saved_and_gone(office, invoice, olga):
    await stage_edits(olga, invoice, the_price_change(office, invoice))

    saved = await save(olga, invoice)

    assert saved.invoice.totals.total == Decimal("69.47")
    assert (await standing(office, invoice)).draft is None


async def test_a_draft_and_edits_of_the_same_call_are_saved_together(office, invoice, olga):
    await stage_edits(olga, invoice, the_price_change(office, invoice))

    saved = await save(olga, invoice, details(summary="Both"))

    assert saved.invoice.totals.total == Decimal("69.47")
    assert saved.invoice.content.summary == "Both"
    assert len((await standing(office, invoice)).revisions) == 1


async def test_tasks_are_added_at_their_place_and_removed(office, side, invoice, olga):
    first, second = invoice.content.tasks
    edits = Edits(add_tasks=(a_new_task(office, position=1),), remove_task_ids=(second.id,))

    await save(olga, invoice, edits)
    await side.settle()

    after = await standing(office, invoice)
    assert after.status is SyncStatus.SYNCED
    assert [task.description for task in after.invoice.content.tasks] == [
        "Diagnostic visit",
        first.description,
    ]
    assert sorted(line.values["Desc"] for line in (await side.held(invoice)).lines) == [
        "Diagnostic visit",
        "Seasonal tune-up",
    ]


async def test_a_save_that_changes_nothing_is_refused_and_stores_nothing(office, invoice, olga):
    before = await everything_stored(office, invoice)
    summary = invoice.content.summary

    for edits in (None, Edits(), details(summary=summary)):
        with pytest.raises(NothingToSave):
            await save(olga, invoice, edits)

    assert await everything_stored(office, invoice) == before


async def test_a_reason_has_room_for_1000_characters(office, invoice, olga):
    with pytest.raises(TextTooLong) as refusal:
        await save(olga, invoice, details(summary="x"), reason="r" * 1001)

    await save(olga, invoice, details(summary="x"), reason="r" * 1000)

    assert refusal.value.where == ("reason",)
    assert (await standing(office, invoice)).revisions[0].reason == "r" * 1000


async def test_an_offline_connector_is_no_reason_to_refuse(office, invoice, olga, change_row):
    await change_row("connection", last_contact_at=None)

    await save(olga, invoice, details(summary="While it is offline"))

    assert (await standing(office, invoice)).status is SyncStatus.SYNCING


async def test_an_edit_of_the_cost_alone_ends_synced_without_asking_quickbooks(
    office, side, invoice, olga
):
    asked_before = side.requests()

    await save(olga, invoice, of_task(invoice.content.tasks[1], cost=Decimal("7.10")))
    await side.settle()

    after = await standing(office, invoice)
    assert side.requests() == asked_before
    assert after.status is SyncStatus.SYNCED
    assert after.invoice.synced_version == 2
    assert after.invoice.content.tasks[1].cost == Decimal("7.10")


# Guards


async def refused_by(attempt):
    with pytest.raises(GuardRefused) as refusal:
        await attempt
    return {guard.code: guard for guard in refusal.value.guards}


async def test_removing_tasks_down_to_zero_is_refused_and_names_the_task(office, invoice, olga):
    """G1: the last task that carried the total is named; nothing is stored."""
    before = await everything_stored(office, invoice)
    paid, given = invoice.content.tasks
    free = of_task(given, unit_price=Decimal(0))
    edits = replace(free, remove_task_ids=(paid.id,))

    for attempt in (save(olga, invoice, edits), bypass(olga, invoice, edits)):
        guards = await refused_by(attempt)

        assert "Seasonal tune-up" in guards[GuardCode.TOTAL_WOULD_BE_ZERO].message
    assert await everything_stored(office, invoice) == before


async def test_a_zero_total_by_price_alone_asks_unless_the_account_is_strict(
    office, side, invoice, olga, change_row
):
    free = Edits(
        edit_tasks=tuple(
            of_task(task, unit_price=Decimal(0)).edit_tasks[0] for task in invoice.content.tasks
        )
    )

    await change_row("account", strict_zero_total=True)
    assert GuardCode.TOTAL_WOULD_BE_ZERO in await refused_by(save(olga, invoice, free))
    await change_row("account", strict_zero_total=False)
    with pytest.raises(AcknowledgementNeeded, match=r"62\.44"):
        await save(olga, invoice, free)
    saved = await save(olga, invoice, free, acknowledge=(GuardCode.TOTAL_WOULD_BE_ZERO,))

    assert saved.invoice.totals.total == 0


async def test_a_total_that_would_change_its_sign_is_refused(invoice, olga):
    negative = of_task(invoice.content.tasks[0], unit_price=Decimal(-100))

    assert GuardCode.SIGN_WOULD_CHANGE in await refused_by(save(olga, invoice, negative))


async def test_a_total_below_what_was_paid_is_refused(invoice, olga, change_row):
    await change_row("invoice", applied=Decimal("62.44"))
    cheaper = of_task(invoice.content.tasks[0], unit_price=Decimal("1.00"))

    assert GuardCode.TOTAL_BELOW_PAYMENTS in await refused_by(save(olga, invoice, cheaper))


async def test_in_a_closed_period_only_the_summary_can_be_edited(
    office, side, invoice, olga, change_row
):
    await add_period(office, change_row, is_closed=True)

    guards = await refused_by(save(olga, invoice, the_price_change(office, invoice)))
    assert guards.keys() == {GuardCode.PERIOD_CLOSED}
    both = replace(the_price_change(office, invoice), details=details(summary="New").details)
    assert GuardCode.PERIOD_CLOSED in await refused_by(save(olga, invoice, both))

    saved = await save(olga, invoice, details(summary="New"))
    await side.settle()
    assert saved.invoice.content.summary == "New"
    assert (await standing(office, invoice)).status is SyncStatus.SYNCED


async def test_no_invoice_can_be_dated_into_a_closed_period(office, invoice, olga, change_row):
    await change_row("account", accounting_periods_enabled=True)
    october = AccountingPeriod(date(2026, 10, 1), date(2026, 10, 31), is_closed=True)
    async with office.open_work() as work:
        await work.accounts.add_period(new_id(), october)

    guards = await refused_by(save(olga, invoice, details(date=date(2026, 10, 31))))

    assert guards.keys() == {GuardCode.PERIOD_CLOSED}


async def test_an_open_period_asks_to_be_acknowledged_and_remembers_it(
    office, invoice, olga, change_row, settings
):
    await add_period(office, change_row, is_closed=False)
    before = await everything_stored(office, invoice)
    edits = the_price_change(office, invoice)

    with pytest.raises(AcknowledgementNeeded, match="PERIOD_OPEN_REMINDER") as reminder:
        await save(olga, invoice, edits)
    assert [guard.code for guard in reminder.value.guards] == [GuardCode.PERIOD_OPEN_REMINDER]
    assert await everything_stored(office, invoice) == before

    await save(olga, invoice, edits, acknowledge=(GuardCode.PERIOD_OPEN_REMINDER,))
    assert await acknowledged_codes(office, settings) == ["PERIOD_OPEN_REMINDER"]


async def test_what_need_not_be_acknowledged_is_not_remembered(office, invoice, olga, settings):
    await save(olga, invoice, details(summary="New"), acknowledge=(GuardCode.PERIOD_OPEN_REMINDER,))

    assert await acknowledged_codes(office, settings) == []


async def test_an_acknowledgement_does_not_open_what_is_an_error(invoice, olga):
    negative = of_task(invoice.content.tasks[0], unit_price=Decimal(-100))

    guards = await refused_by(save(olga, invoice, negative, acknowledge=tuple(GuardCode)))

    assert GuardCode.SIGN_WOULD_CHANGE in guards


async def test_a_number_that_another_exported_invoice_has_must_be_acknowledged(
    office, side, invoice, olga
):
    await side.export(await office.new_invoice("21260"))
    edits = details(number="21260")

    with pytest.raises(AcknowledgementNeeded, match="21260"):
        await save(olga, invoice, edits)
    saved = await save(olga, invoice, edits, acknowledge=(GuardCode.INVOICE_NUMBER_IN_USE,))

    assert saved.invoice.content.number == "21260"


async def test_what_has_no_name_in_quickbooks_cannot_be_sent_but_can_be_bypassed(
    office, invoice, olga, change_row
):
    await change_row("business_unit", office.id_of("Plumbing"), quickbooks_class=None)
    edits = the_price_change(office, invoice)

    guards = await refused_by(save(olga, invoice, edits))
    assert "Plumbing" in guards[GuardCode.CLASS_MISSING].message
    saved = await bypass(olga, invoice, edits)

    assert saved.invoice.sync_status is SyncStatus.BYPASSED
    guards = await refused_by(sync_again(olga, saved.invoice))
    assert guards.keys() == {GuardCode.CLASS_MISSING}


async def setting(side, **preferences):
    """The administrator changes settings of QuickBooks; an update with something to send tells."""
    for name, value in preferences.items():
        setattr(side.company.preferences, name, value)
    await side.export(await side.office.new_invoice("1", date=date(2026, 12, 1)))


async def test_books_that_quickbooks_closed_ask_before_an_edit_is_sent(
    office, side, invoice, olga, settings
):
    """The closing date came with the last session; a bypass is none of QuickBooks' business."""
    await setting(side, closing_date=date(2026, 11, 30))
    edits = the_price_change(office, invoice)

    with pytest.raises(AcknowledgementNeeded, match="2026-11-30") as reminder:
        await save(olga, invoice, edits)
    assert [guard.code for guard in reminder.value.guards] == [GuardCode.QUICKBOOKS_CLOSING_DATE]
    saved = await save(olga, invoice, edits, acknowledge=(GuardCode.QUICKBOOKS_CLOSING_DATE,))

    assert await acknowledged_codes(office, settings) == ["QUICKBOOKS_CLOSING_DATE"]
    bypassed = await bypass(olga, saved.invoice, details(summary="Bypassed"))
    assert bypassed.invoice.sync_status is SyncStatus.BYPASSED


async def test_a_draft_shows_the_closing_date_before_it_is_saved(office, side, invoice, olga):
    await setting(side, closing_date=date(2026, 11, 30))

    await stage_edits(olga, invoice, the_price_change(office, invoice))

    (view,) = (await read_drafts(olga, [invoice])).values()
    assert [guard.code for guard in view.guards] == [GuardCode.QUICKBOOKS_CLOSING_DATE]


async def test_a_location_asks_while_quickbooks_has_no_sites(office, side, invoice, olga):
    await setting(side, inventory_sites=False)
    task = invoice.content.tasks[1]
    edits = of_task(task, inventory_location_id=office.id_of("Truck 7"))

    with pytest.raises(AcknowledgementNeeded, match="“Truck 7”"):
        await save(olga, invoice, edits)
    await save(olga, invoice, edits, acknowledge=(GuardCode.INVENTORY_SITES_OFF,))

    assert (await standing(office, invoice)).status is SyncStatus.SYNCING


async def test_what_quickbooks_has_not_told_asks_for_nothing(
    office, side, invoice, olga, change_row
):
    await setting(side, closing_date=date(2026, 11, 30))
    await change_row("company_file", facts=None)

    await save(olga, invoice, the_price_change(office, invoice))

    assert (await standing(office, invoice)).status is SyncStatus.SYNCING


# Connections


async def test_a_save_goes_through_the_usual_connection_or_the_one_asked_for(
    office, invoice, olga, adam
):
    second = await another_connection(adam, office.connection.connection.company_file_id)

    usual = await save(olga, invoice, details(summary="One"))
    asked = await save(
        olga, usual.invoice, details(summary="Two"), connection_id=second.connection.id
    )

    assert usual.connection_id == office.connection.connection.id
    assert asked.connection_id == second.connection.id
    assert (await standing(office, invoice)).job.connection_id == second.connection.id


async def test_a_connection_to_another_company_file_cannot_carry_the_invoice(invoice, olga, adam):
    elsewhere = await create_connection(
        adam, NewConnection(company_file_id=None, company_file_name="CF-2", name="Branch")
    )

    with pytest.raises(NotFound) as refusal:
        await save(olga, invoice, details(summary="x"), connection_id=elsewhere.connection.id)

    assert refusal.value.where == ("connection_id",)


async def test_with_several_connections_and_no_usual_one_the_caller_must_choose(
    office, invoice, olga, adam, change_row
):
    for name in ("Back office", "Truck"):
        await another_connection(adam, office.connection.connection.company_file_id, name)
    await change_row("connection", office.connection.connection.id, is_disabled=True)

    with pytest.raises(ConnectionNeeded, match="Back office, Truck"):
        await save(olga, invoice, details(summary="x"))


async def test_without_an_enabled_connection_only_the_bypass_is_open(
    office, invoice, olga, change_row
):
    await change_row("connection", is_disabled=True)

    with pytest.raises(NotEligible) as refusal:
        await save(olga, invoice, details(summary="x"))
    saved = await bypass(olga, invoice, details(summary="x"))

    assert refusal.value.eligibility.reasons == (EligibilityCode.NO_CONNECTION,)
    assert saved.invoice.sync_status is SyncStatus.BYPASSED


async def test_a_bypass_that_names_a_connection_out_of_reach_is_refused_and_changes_nothing(
    office, invoice, olga, adam, another_office
):
    """It is sent through none, but who names a wrong one means another invoice, or another file."""
    wish = NewConnection(company_file_id=None, company_file_name="CF-2", name="Branch")
    elsewhere = (await create_connection(adam, wish)).connection.id
    foreign = (await another_office()).connection.connection.id
    before = await standing(office, invoice)

    for named in (elsewhere, foreign, new_id()):
        with pytest.raises(NotFound) as refusal:
            await bypass(olga, invoice, details(summary="x"), connection_id=named)
        assert refusal.value.where == ("connection_id",)

    assert await standing(office, invoice) == before


async def test_a_bypass_may_name_a_connection_that_is_turned_off(office, invoice, olga, change_row):
    await change_row("connection", is_disabled=True)
    own = office.connection.connection.id

    saved = await bypass(olga, invoice, details(summary="x"), connection_id=own)

    assert (saved.invoice.sync_status, saved.connection_id) == (SyncStatus.BYPASSED, own)


async def another_connection(adam, company_file_id, name="Back office"):
    wish = NewConnection(company_file_id=company_file_id, company_file_name=None, name=name)
    return await create_connection(adam, wish)


# Save & Bypass


async def test_save_and_bypass_keeps_the_edit_here_and_queues_nothing(office, side, invoice, olga):
    saved = await bypass(olga, invoice, the_price_change(office, invoice))
    await side.settle()

    after = await standing(office, invoice)
    assert saved.invoice.sync_status is after.status is SyncStatus.BYPASSED
    assert after.invoice.totals.total == Decimal("69.47")
    assert [r.disposition for r in after.revisions] == [SyncStatus.BYPASSED]
    assert after.active == []
    assert (after.events[-1].status, after.events[-1].phase) == (SyncStatus.BYPASSED, None)
    assert (await side.held(invoice)).total == Decimal("62.44")


async def test_a_bypass_withdraws_what_has_not_left(office, side, invoice, olga):
    saved = await save(olga, invoice, the_price_change(office, invoice))
    await side.plan_all()
    waiting = (await standing(office, invoice)).unsent
    assert waiting.state is JobState.READY

    await bypass(olga, saved.invoice, details(summary="Not yet"))
    await side.settle()

    after = await standing(office, invoice)
    assert after.job.id == waiting.id
    assert after.job.state is JobState.CANCELLED
    assert after.status is SyncStatus.BYPASSED
    assert side.writes() == ["InvoiceAddRq"]


async def test_a_bypass_leaves_alone_what_has_left_and_its_answer_does_not_undo_it(
    office, side, invoice, olga
):
    saved = await save(olga, invoice, the_price_change(office, invoice))
    await side.plan_all()
    fetched = await side.fetch()

    await bypass(olga, saved.invoice, details(summary="Too late"))
    assert (await standing(office, invoice)).in_flight.state is JobState.SENT
    await side.deliver(fetched)

    after = await standing(office, invoice)
    assert (after.status, after.invoice.version) == (SyncStatus.BYPASSED, 3)
    assert after.job.state is JobState.APPLIED
    assert after.link.copy.lines[0].rate == Decimal(42)
    assert after.invoice.synced_version == 2


async def test_what_waits_or_failed_is_bypassed_without_an_edit(
    office, side, invoice, olga, change_row
):
    await refused_by_quickbooks(office, side, invoice, olga)
    assert (await standing(office, invoice)).status is SyncStatus.ACTION_REQUIRED

    version = (await standing(office, invoice)).invoice
    bypassed = await bypass(olga, version)

    after = await standing(office, invoice)
    assert bypassed.invoice.version == version.version
    assert after.status is SyncStatus.BYPASSED
    assert after.issue is None
    with pytest.raises(NothingToSave):
        await bypass(olga, bypassed.invoice)


# Re-Sync


async def test_a_bypassed_invoice_is_synced_again_by_one_request_with_all_it_missed(
    office, side, invoice, olga
):
    """G1: two bypasses, then one InvoiceMod that carries both."""
    one = await bypass(olga, invoice, details(summary="Fall tune-up, filter x2"))
    two = await bypass(olga, one.invoice, of_task(invoice.content.tasks[1], quantity=Decimal(3)))

    again = await sync_again(olga, two.invoice)
    assert len((await standing(office, invoice)).active) == 1
    await side.settle()

    held = await side.held(invoice)
    assert again.invoice.sync_status is SyncStatus.SYNCING
    assert again.invoice.version == 3
    assert (await standing(office, invoice)).status is SyncStatus.SYNCED
    assert side.writes() == ["InvoiceAddRq", "InvoiceModRq"]
    assert held.memo == "1042 2026-11-20 HVAC - Fall tune-up, filter x2"
    assert held.lines[1].quantity == 3


async def test_while_one_is_under_way_a_resync_joins_it(office, side, invoice, olga):
    saved = await save(olga, invoice, the_price_change(office, invoice))
    before = await standing(office, invoice)

    joined = await sync_again(olga, saved.invoice)

    after = await standing(office, invoice)
    assert joined.invoice == saved.invoice
    assert (after.job, after.events) == (before.job, before.events)


async def test_there_is_nothing_to_resync_before_the_first_edit_or_when_synced(
    office, side, invoice, olga
):
    with pytest.raises(NothingToSync):
        await sync_again(olga, invoice)

    saved = await save(olga, invoice, the_price_change(office, invoice))
    await side.settle()
    with pytest.raises(NothingToSync):
        await sync_again(olga, saved.invoice)

    assert (await standing(office, invoice)).active == []


async def test_a_resync_resolves_the_issue_and_tries_again(office, side, invoice, olga):
    saved = await refused_by_quickbooks(office, side, invoice, olga)
    issue = (await standing(office, invoice)).issue
    assert issue is not None

    await sync_again(olga, saved)

    after = await standing(office, invoice)
    assert after.status is SyncStatus.SYNCING
    assert after.issue is None
    async with office.open_work() as work:
        assert (await work.sync_issues.get_many([issue.id]))[issue.id].resolved_at is not None


async def test_a_resync_asks_no_reminder_again(office, invoice, olga, change_row):
    """It was acknowledged when the edit was saved."""
    await add_period(office, change_row, is_closed=False)
    saved = await bypass(
        olga, invoice, details(summary="x"), acknowledge=(GuardCode.PERIOD_OPEN_REMINDER,)
    )

    again = await sync_again(olga, saved.invoice)

    assert again.invoice.sync_status is SyncStatus.SYNCING


async def test_bypass_and_resync_while_the_request_travels_end_as_quickbooks_answers(
    office, side, invoice, olga
):
    """Both jobs would carry one version: whichever answer comes, the invoice says what is true."""
    saved = await save(olga, invoice, the_price_change(office, invoice))
    await side.plan_all()
    fetched = await side.fetch()
    bypassed = await bypass(olga, saved.invoice)
    await sync_again(olga, bypassed.invoice)

    await side.deliver(fetched)
    await side.settle()

    after = await standing(office, invoice)
    assert after.status is SyncStatus.SYNCED
    assert after.active == []
    assert side.writes() == ["InvoiceAddRq", "InvoiceModRq"]


async def test_bypass_and_resync_while_the_request_travels_and_is_refused(
    office, side, invoice, olga
):
    """QuickBooks refuses the first; the second goes through: then nothing is left to do."""
    bookkeeper = Bookkeeper(side.company)
    bookkeeper.deactivate("ClassRef", "Plumbing")
    saved = await save(olga, invoice, the_price_change(office, invoice))
    await side.plan_all()
    fetched = await side.fetch()
    bypassed = await bypass(olga, saved.invoice)
    await sync_again(olga, bypassed.invoice)

    await side.deliver(fetched)
    bookkeeper.activate("ClassRef", "Plumbing")
    await side.settle()

    after = await standing(office, invoice)
    held = (await side.held(invoice)).total
    agrees = held == after.invoice.totals.total
    assert (after.status is SyncStatus.SYNCED) == agrees
    assert (after.issue is None) == agrees


# Two at once, one after the other


async def test_of_two_saves_of_one_version_exactly_one_wins(office, invoice, olga, adam):
    attempts = [
        save(person, invoice, details(summary=f"By {person.principal.actor.name}"))
        for person in (olga, adam)
    ]

    results = await asyncio.gather(*attempts, return_exceptions=True)

    refused = [result for result in results if isinstance(result, Exception)]
    after = await standing(office, invoice)
    assert [type(refusal) for refusal in refused] == [VersionConflict]
    assert refused[0].changed_fields == ("summary",)
    assert (after.invoice.version, len(after.revisions), len(after.active)) == (2, 1, 1)


async def test_a_newer_save_takes_the_place_of_one_that_has_not_left(office, side, invoice, olga):
    one = await save(olga, invoice, the_price_change(office, invoice))
    await side.plan_all()
    overtaken = (await standing(office, invoice)).unsent

    await save(olga, one.invoice, details(summary="Newer"))
    async with office.open_work() as work:
        assert (await work.sync_jobs.get(overtaken.id)).state is JobState.SUPERSEDED
        assert not await work.qbxml_requests.has_open(overtaken.id)
    await side.settle()

    after = await standing(office, invoice)
    held = await side.held(invoice)
    assert after.status is SyncStatus.SYNCED
    assert side.writes() == ["InvoiceAddRq", "InvoiceModRq"]
    assert (held.total, held.memo) == (Decimal("69.47"), "1042 2026-11-20 HVAC - Newer")


async def test_newer_saves_behind_one_that_has_left_queue_one_follow_up(
    office, side, invoice, olga
):
    one = await save(olga, invoice, the_price_change(office, invoice))
    await side.plan_all()
    fetched = await side.fetch()

    two = await save(olga, one.invoice, details(summary="Newer"))
    await save(olga, two.invoice, details(summary="Newest"))
    await side.plan_all()
    waiting = await standing(office, invoice)
    assert (waiting.in_flight.version, waiting.unsent.version) == (2, 4)
    assert waiting.unsent.state is JobState.QUEUED  # it waits for the answer
    await side.deliver(fetched)
    assert (await standing(office, invoice)).status is SyncStatus.SYNCING
    await side.settle()

    after = await standing(office, invoice)
    assert after.status is SyncStatus.SYNCED
    assert side.writes() == ["InvoiceAddRq", "InvoiceModRq", "InvoiceModRq"]
    assert (await side.held(invoice)).memo == "1042 2026-11-20 HVAC - Newest"


async def test_a_save_after_a_lost_answer_waits_until_it_is_known_what_became_of_it(
    office, side, invoice, olga
):
    one = await save(olga, invoice, the_price_change(office, invoice))
    await side.plan_all()
    await side.fetch()  # and the computer crashes before QuickBooks sees it
    await save(olga, one.invoice, details(summary="Newer"))

    await side.settle()
    await side.settle()

    after = await standing(office, invoice)
    assert after.status is SyncStatus.SYNCED
    assert (await side.held(invoice)).memo == "1042 2026-11-20 HVAC - Newer"
    assert (await side.held(invoice)).total == Decimal("69.47")
