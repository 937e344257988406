"""The drift watch: what a bookkeeper changes behind our backs is found, and nothing else happens."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.actor import ActorKind
from domain.connections import ConnectionPatch
from domain.drift import DriftKind
from domain.edits import Edits, TaskEdit, TaskPatch
from domain.inquiry import InquiryState
from domain.sync import JobState
from domain.sync_status import SyncStatus
from resolvers.connections import UpdateConnection, update_connection
from simulator.bookkeeper import Bookkeeper
from tests.sync_worker.connector import (
    PlayedConnector,
    bypass,
    is_status_check,
    names_in,
    new_price,
    new_summary,
    requests_in,
    resync_now,
    save,
)

HOUR = timedelta(hours=1)


class Watched(PlayedConnector):
    """A connector of a service that looks for drift once an hour."""

    watch_every = HOUR

    def tools(self, **changes):
        return super().tools(**{"watch_every": self.watch_every} | changes)

    async def watch(self):
        """An hour passes, and the connector comes until nothing is due; give what it asked."""
        self.ahead += HOUR + timedelta(minutes=1)
        return await self.settle()

    async def drift_of(self, invoice):
        async with self.office.open_work() as work:
            return (await work.drifts.get_many([invoice.id])).get(invoice.id)

    async def watch_row(self):
        [row] = await self.rows(
            "select * from drift_watch where account_id = :account", account=self.office.account_id
        )
        return row

    async def questions(self):
        return await self.rows(
            "select * from inquiry where account_id = :account order by id",
            account=self.office.account_id,
        )

    async def txn_id(self, invoice):
        return (await self.standing(invoice)).link.copy.txn_id

    async def line_id(self, invoice, position):
        return (await self.standing(invoice)).link.copy.lines[position].txn_line_id


@pytest.fixture
def watched(office):
    return Watched(office)


@pytest.fixture
def bookkeeper(watched):
    return Bookkeeper(watched.company)


async def synced(watched, number="21259"):
    """An invoice of ours that was edited and proven to be in QuickBooks as it is here."""
    invoice = await watched.exported(number)
    saved = await save(watched.office, invoice, new_price(invoice, "42.00"))
    await watched.settle()
    found = (await watched.standing(saved)).invoice
    assert found.sync_status is SyncStatus.SYNCED
    return found


async def lower(watched, bookkeeper, invoice, rate="10.00"):
    """She lowers the tax-exempt line, 2 x 12.00."""
    line = await watched.line_id(invoice, 1)
    bookkeeper.change_line(await watched.txn_id(invoice), line, rate=Decimal(rate))


async def drifted(watched, bookkeeper):
    invoice = await synced(watched)
    await lower(watched, bookkeeper, invoice)
    await watched.watch()
    return invoice


async def test_a_lowered_tax_exempt_line_is_found_with_old_new_and_time(watched, bookkeeper):
    invoice = await synced(watched)
    before = await watched.standing(invoice)
    await lower(watched, bookkeeper, invoice)

    documents = await watched.watch()

    drift = await watched.drift_of(invoice)
    [field] = drift.fields
    task = invoice.content.tasks[1]
    assert field.path == ("tasks", str(task.id), "unit_price")
    assert (field.base, field.ours, field.quickbooks) == ("12", "12", "10")
    assert (drift.kind, drift.version) == (DriftKind.CHANGED, invoice.version)
    assert watched.now() - timedelta(minutes=1) < drift.detected_at <= watched.now()
    assert [name for document in documents for name in names_in(document)] == ["InvoiceQueryRq"]
    after = await watched.standing(invoice)
    assert (after.invoice, after.job, after.issue) == (before.invoice, before.job, None)
    assert after.link.copy == before.link.copy


async def test_whoever_follows_the_invoice_is_told_by_quickbooks(watched, bookkeeper):
    invoice = await synced(watched)
    before = len(await watched.events(invoice))
    await lower(watched, bookkeeper, invoice)

    await watched.watch()
    await watched.watch()  # once, however often it is seen

    [told] = (await watched.events(invoice))[before:]
    assert told.actor.kind is ActorKind.QUICKBOOKS
    assert (told.status, told.previous_status) == (SyncStatus.SYNCED, SyncStatus.SYNCED)


async def test_the_same_found_again_keeps_the_moment_it_was_found_first(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    first = await watched.drift_of(invoice)

    await watched.watch()

    again = await watched.drift_of(invoice)
    assert again.detected_at == first.detected_at
    assert again.held.read_at > first.held.read_at


async def test_another_change_takes_the_place_of_the_first(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    first = await watched.drift_of(invoice)
    await lower(watched, bookkeeper, invoice, "9.00")

    await watched.watch()

    drift = await watched.drift_of(invoice)
    assert [(field.base, field.quickbooks) for field in drift.fields] == [("12", "9")]
    assert drift.detected_at > first.detected_at


async def test_going_back_in_quickbooks_ends_it(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    await lower(watched, bookkeeper, invoice, "12.00")

    await watched.watch()

    assert await watched.drift_of(invoice) is None
    assert (await watched.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


async def test_an_exported_invoice_that_was_never_edited_is_watched_too(watched, bookkeeper):
    invoice = await watched.exported()
    bookkeeper.edit_invoice(await watched.txn_id(invoice), date="2026-11-19")

    await watched.watch()

    [field] = (await watched.drift_of(invoice)).fields
    assert (field.path, field.quickbooks) == (("date",), "2026-11-19")


async def test_a_void_is_reported_as_one(watched, bookkeeper):
    invoice = await synced(watched)
    bookkeeper.void_invoice(await watched.txn_id(invoice))

    await watched.watch()

    drift = await watched.drift_of(invoice)
    assert drift.kind is DriftKind.VOIDED
    assert "voided" in drift.message


async def test_a_line_that_was_deleted_there_is_reported_as_a_whole(watched, bookkeeper):
    invoice = await synced(watched)
    bookkeeper.delete_line(await watched.txn_id(invoice), await watched.line_id(invoice, 1))

    await watched.watch()

    [field] = (await watched.drift_of(invoice)).fields
    assert field.path == ("tasks", str(invoice.content.tasks[1].id))
    assert (field.base, field.quickbooks) == ("Air filter 16x25", None)


# What is no drift


async def test_a_payment_is_taken_note_of_and_is_no_drift(watched, bookkeeper):
    invoice = await synced(watched)
    bookkeeper.receive_payment(await watched.txn_id(invoice), Decimal("20.00"))

    await watched.watch()

    after = await watched.standing(invoice)
    assert await watched.drift_of(invoice) is None
    assert after.invoice.applied == Decimal("20.00")
    assert [payment.amount for payment in after.link.copy.payments] == [Decimal("-20.00")]
    assert after.invoice.version == invoice.version


async def test_what_is_not_ours_may_change_freely_and_survives_the_next_write(watched, bookkeeper):
    invoice = await synced(watched)
    txn_id = await watched.txn_id(invoice)
    bookkeeper.insert_text_line(txn_id, "Thank you")
    bookkeeper.edit_invoice(txn_id, due_date="2026-12-24")
    await watched.watch()
    assert await watched.drift_of(invoice) is None

    await save(watched.office, invoice, new_price(invoice, "43.00"))
    await watched.settle()

    held = watched.company.invoice(txn_id)
    assert (await watched.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED
    assert "Thank you" in [line.values.get("Desc") for line in held.lines]
    assert held.values["DueDate"] == "2026-12-24"


async def test_a_copy_that_was_taken_note_of_lets_no_later_change_be_overwritten(
    watched, bookkeeper
):
    """A payment moves the base; then she changes the very line that we change, unseen."""
    invoice = await synced(watched)
    txn_id, line = await watched.txn_id(invoice), await watched.line_id(invoice, 0)
    bookkeeper.receive_payment(txn_id, Decimal("5.00"))
    await watched.watch()
    bookkeeper.change_line(txn_id, line, rate=Decimal(50))

    await save(watched.office, invoice, new_price(invoice, "43.00"))
    await watched.settle()

    after = await watched.standing(invoice)
    assert after.job.state is JobState.CONFLICT
    [price] = [c for c in after.issue.conflicts if c.path[-1] == "unit_price"]
    assert (price.base, price.ours, price.quickbooks) == ("42", "43", "50")
    assert watched.company.invoice(txn_id).lines[0].rate == Decimal(50)


async def test_two_saves_within_one_edit_sequence_are_told_apart_behind_a_noted_copy(
    watched, bookkeeper
):
    """EditSequence counts seconds: a write against the noted one would pass, so it is read first."""
    invoice = await synced(watched)
    txn_id, line = await watched.txn_id(invoice), await watched.line_id(invoice, 0)
    bookkeeper.receive_payment(txn_id, Decimal("5.00"))
    await watched.watch()
    noted = watched.company.invoice(txn_id).edit_sequence
    bookkeeper.change_line(txn_id, line, rate=Decimal(50))
    held = watched.company.invoices[txn_id]
    watched.company.invoices[txn_id] = replace(held, edit_sequence=noted)

    await save(watched.office, invoice, new_price(invoice, "43.00"))
    await watched.settle()

    assert (await watched.standing(invoice)).job.state is JobState.CONFLICT
    assert watched.company.invoice(txn_id).lines[0].rate == Decimal(50)


async def test_invoices_of_others_are_passed_over(watched, bookkeeper):
    await synced(watched)
    bookkeeper.enter_invoice("Harriet Doyle", "SVC-TUNE", Decimal(10), number="H1")

    await watched.watch()

    assert (await watched.questions())[-1].state == InquiryState.ANSWERED


async def test_what_was_bypassed_differs_on_purpose(watched, bookkeeper):
    invoice = await synced(watched)
    bypassed = await bypass(watched.office, invoice, new_price(invoice, "50.00"))
    await lower(watched, bookkeeper, invoice)

    await watched.watch()

    assert await watched.drift_of(invoice) is None
    assert (await watched.standing(invoice)).invoice == bypassed


async def test_what_is_on_its_way_is_left_to_its_own_comparison(watched, bookkeeper):
    """The question leaves, an edit is saved, the answer comes."""
    invoice = await synced(watched)
    await lower(watched, bookkeeper, invoice)
    watched.ahead += HOUR + timedelta(minutes=1)
    document = await watched.fetch()
    await save(watched.office, invoice, new_price(invoice, "43.00"))

    await watched.tell(watched.run(document))

    assert await watched.drift_of(invoice) is None
    await watched.close()
    await watched.settle()
    assert (await watched.standing(invoice)).invoice.sync_status is SyncStatus.SYNCED


async def test_an_answer_that_is_older_than_our_own_write_is_no_drift(watched, office):
    """The question leaves through one connection; the edit is written meanwhile by another."""
    invoice = await synced(watched)
    watched.company.invoice(await watched.txn_id(invoice))
    watched.ahead += HOUR + timedelta(minutes=1)
    document = await watched.fetch()
    answer = watched.run(document)
    edited = await save(office, invoice, new_price(invoice, "43.00"))
    async with office.open_work() as work:
        link = await work.links.get(invoice.id)
        lines = (replace(link.copy.lines[0], rate=Decimal(43), amount=Decimal(43)),)
        copy = replace(link.copy, lines=(*lines, *link.copy.lines[1:]), edit_sequence="9999999999")
        await work.links.save(invoice.id, replace(link, copy=copy, read_at=watched.now()))
        job = (await work.sync_jobs.latest([invoice.id]))[invoice.id]
        await work.sync_jobs.save(replace(job, state=JobState.APPLIED))
        proven = replace(edited, sync_status=SyncStatus.SYNCED, synced_version=edited.version)
        await work.invoices.save(replace(proven, synced_at=edited.updated_at))

    await watched.tell(answer)

    assert await watched.drift_of(invoice) is None
    assert (await watched.standing(invoice)).link.copy == copy


# Saves on top of a drift: exactly as without


async def test_a_save_of_another_field_merges_with_the_drift(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)

    saved = await save(watched.office, invoice, new_price(invoice, "43.00"))
    await watched.settle()

    after = await watched.standing(saved)
    held = await watched.side.held(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert [t.unit_price for t in after.invoice.content.tasks] == [Decimal(43), Decimal(10)]
    assert [line.rate for line in held.lines] == [Decimal(43), Decimal(10)]
    assert await watched.drift_of(invoice) is None


async def test_a_save_of_the_same_field_conflicts_with_the_drift(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)
    second = replace(invoice.content, tasks=invoice.content.tasks[1:])

    await save(watched.office, invoice, new_price(replace(invoice, content=second), "13.00"))
    await watched.settle()

    after = await watched.standing(invoice)
    [conflict] = [c for c in after.issue.conflicts if c.path[-1] == "unit_price"]
    assert (conflict.base, conflict.ours, conflict.quickbooks) == ("12", "13", "10")
    assert [line.rate for line in (await watched.side.held(invoice)).lines][1] == Decimal(10)
    assert await watched.drift_of(invoice) is None


async def test_a_save_that_quickbooks_never_sees_does_not_hide_the_drift(watched, bookkeeper):
    """Cost alone sends nothing, but what is known to differ is not called synced."""
    invoice = await drifted(watched, bookkeeper)
    task = invoice.content.tasks[0]
    edits = Edits(edit_tasks=(TaskEdit(task.id, TaskPatch(cost=Decimal(9))),))

    await save(watched.office, invoice, edits)
    await watched.settle()

    after = await watched.standing(invoice)
    assert after.invoice.content.tasks[1].unit_price == Decimal(10)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert watched.side.writes() == ["InvoiceAddRq", "InvoiceModRq"]


async def test_a_bypass_ends_it_and_a_later_resync_compares(watched, bookkeeper):
    invoice = await drifted(watched, bookkeeper)

    bypassed = await bypass(watched.office, invoice, new_summary("Kept here"))
    assert await watched.drift_of(invoice) is None
    await resync_now(watched.office, bypassed)
    await watched.settle()

    after = await watched.standing(invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.content.tasks[1].unit_price == Decimal(10)


# When it is asked


async def test_nothing_is_asked_before_quickbooks_holds_something_of_ours(watched):
    for _ in range(3):
        watched.ahead += HOUR
        assert await watched.sign_in() == "none"

    assert await watched.questions() == []


async def test_between_two_questions_polls_stay_idle(watched):
    await synced(watched)
    await watched.watch()
    asked = len(await watched.questions())

    for _ in range(6):
        watched.ahead += timedelta(minutes=9)
        assert await watched.sign_in() == "none"

    assert len(await watched.questions()) == asked


async def test_without_time_between_two_questions_the_watch_is_off(watched):
    watched.watch_every = timedelta(0)
    await synced(watched)

    await watched.watch()

    assert await watched.questions() == []


async def test_it_is_put_where_a_session_ends_even_if_somebody_always_edits(watched):
    """No poll is ever idle; the question waits for the next session."""
    await synced(watched)

    [question] = await watched.questions()

    assert question.purpose == "drift"


async def test_a_disabled_connection_is_not_asked_through(watched):
    await synced(watched)
    await watched.watch()
    asked = len(await watched.questions())
    line = watched.side.connection.connection.id
    wish = UpdateConnection(line, ConnectionPatch(disabled=True))
    await update_connection(await watched.office.as_person("Adam"), wish)
    watched.ahead += 5 * HOUR

    assert await watched.sign_in() == "none"
    assert len(await watched.questions()) == asked


async def test_each_answer_moves_the_mark_and_the_next_question_begins_well_before_it(watched):
    """Clocks and time zones may lie two days apart, so nothing between two reads is missed."""
    await synced(watched)
    await watched.watch()
    mark = (await watched.watch_row()).read_through

    watched.ahead += HOUR + timedelta(minutes=1)
    document = await watched.fetch()

    [request] = requests_in(document)
    since = request.findtext("ModifiedDateRangeFilter/FromModifiedDate")
    assert since[:10] == (mark - timedelta(days=2)).date().isoformat()
    assert request.findtext("IncludeLineItems") == "true"
    assert mark <= (await watched.questions())[-1].asked_at


@pytest.mark.parametrize("has_run", [True, False])
async def test_a_lost_answer_is_asked_for_again_and_never_asked_after(watched, bookkeeper, has_run):
    invoice = await synced(watched)
    await lower(watched, bookkeeper, invoice)
    watched.ahead += HOUR + timedelta(minutes=1)
    await watched.lose(has_run=has_run)

    again = await watched.fetch()

    assert not is_status_check(again)
    assert names_in(again) == ["InvoiceQueryRq"]
    await watched.tell(watched.run(again))
    assert await watched.drift_of(invoice) is not None


async def test_an_answer_that_never_comes_leaves_the_mark_where_it_was(watched, bookkeeper):
    invoice = await synced(watched)
    await watched.watch()
    mark = (await watched.watch_row()).read_through
    await lower(watched, bookkeeper, invoice)
    watched.ahead += HOUR + timedelta(minutes=1)
    await watched.lose(has_run=False)
    assert (await watched.watch_row()).read_through == mark

    watched.ahead += timedelta(days=30)  # offline; the question expires
    await watched.settle()
    await watched.watch()

    assert await watched.drift_of(invoice) is not None


async def test_a_crash_before_the_booking_is_made_up_for(watched, bookkeeper, change_row):
    """The answer was stored, and the process died: the next sign-in books it."""
    invoice = await synced(watched)
    await lower(watched, bookkeeper, invoice)
    watched.ahead += HOUR + timedelta(minutes=1)
    document = await watched.fetch()
    sent = (await watched.exchanges())[-1]
    await change_row(
        "exchange",
        sent.id,
        state="ANSWERED",
        answer=watched.run(document),
        answered_at=watched.now(),
    )

    await watched.sign_in()

    assert await watched.drift_of(invoice) is not None


async def test_an_answer_of_many_parts_is_gone_through_to_its_end(watched, bookkeeper):
    """Six hundred invoices changed, ours among the last: none is cut off, and none is kept."""
    invoice = await synced(watched)
    for n in range(600):
        bookkeeper.enter_invoice("Harriet Doyle", "SVC-TUNE", Decimal(10), number=f"H{n}")
    await lower(watched, bookkeeper, invoice)

    documents = await watched.watch()

    question = (await watched.questions())[-1]
    assert await watched.drift_of(invoice) is not None
    assert question.state == InquiryState.ANSWERED
    assert question.findings["invoices"] == []
    assert len(documents) == 7


async def test_another_account_hears_nothing_of_it(watched, bookkeeper, another_office):
    invoice = await drifted(watched, bookkeeper)
    other = await another_office()

    async with other.open_work() as work:
        assert await work.drifts.get_many([invoice.id]) == {}
        assert await work.drifts.page(after=None, limit=10) == []
    assert await Watched(other).questions() == []
