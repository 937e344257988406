"""Unlocking a bypassed batch: only what QuickBooks certainly does not hold, and by two people."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app.clock import now
from app.ids import new_id
from domain.access import Permission
from domain.audit import AuditAction, TrailFilter
from domain.connections import ConnectionPatch
from domain.eligibility import EligibilityCode
from domain.errors import (
    ConnectionNeeded,
    Forbidden,
    InvalidValue,
    NotFound,
    PinRefused,
    UnlockRefused,
)
from domain.invoice import ExportOrigin, ExportStatus
from domain.lists import BatchStatus
from domain.sync import JobState
from domain.sync_status import SyncStatus
from domain.unlocking import CONSENT_TEXT, CONSENT_VERSION, Check, EvidenceState, UnlockState
from resolvers.bypassing import BypassBatch, BypassInvoice, bypass_batch, bypass_invoice
from resolvers.connections import UpdateConnection, update_connection
from resolvers.exporting import Export, ExportBatch, export_batch, export_invoices
from resolvers.inquiries import LIFETIME
from resolvers.invoice_reading import read_eligibility
from resolvers.pins import NewPin, set_admin_pin
from resolvers.unlocking import (
    ConfirmUnlock,
    RequestUnlock,
    confirm_unlock,
    read_unlock_request,
    request_unlock,
)
from simulator.bookkeeper import Bookkeeper
from tests.resolvers.asking import standing
from tests.sync_worker.connector import PlayedConnector

PIN = "493857"


@pytest.fixture
async def bea(office):
    """A request of Nick's, who may unlock and is no administrator."""
    nick = await office.as_person("Nick")
    granted = frozenset({Permission.UNLOCK_BATCH, Permission.EXPORT_INVOICES})
    return replace(nick, principal=replace(nick.principal, permissions=granted))


@pytest.fixture
async def adam_with_pin(adam):
    await set_admin_pin(adam, NewPin(pin=PIN))
    return adam


@pytest.fixture
def books(side):
    """What the bookkeeper does at QuickBooks, whose clock goes right here."""
    side.company.now = now
    return Bookkeeper(side.company)


async def bypassed(office, adam, count=2):
    """A bypassed batch of so many invoices, numbered from 1."""
    invoices = [await office.new_invoice(str(n)) for n in range(1, count + 1)]
    batch = (await office.export(*invoices)).batch
    await bypass_batch(adam, BypassBatch(batch_id=batch.id, idempotency_key=str(new_id())))
    return batch, invoices


async def ask(context, side=None, **wish):
    """Request the unlock, let QuickBooks answer, and read the request again."""
    view = await request_unlock(context, RequestUnlock(idempotency_key=str(new_id()), **wish))
    if side is not None:
        await side.settle()
    return await read_unlock_request(context, view.request.id)


async def confirm(context, view, **changes):
    wish = {
        "request_id": view.request.id,
        "consent_version": CONSENT_VERSION,
        "admin_pin": PIN,
    }
    return await confirm_unlock(context, ConfirmUnlock(**wish | changes))


async def batch_of(office, batch):
    async with office.open_work() as work:
        return (await work.lists.batches())[batch.id]


def states(view):
    return {item.item.number: item.state for item in view.evidence.items}


async def test_before_quickbooks_has_answered_nothing_is_proven(office, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)

    view = await ask(adam_with_pin, batch_id=batch.id)

    assert view.state is UnlockState.CHECKING
    assert states(view) == {"1": EvidenceState.UNKNOWN, "2": EvidenceState.UNKNOWN}
    with pytest.raises(UnlockRefused, match="has not answered"):
        await confirm(adam_with_pin, view)


async def test_what_quickbooks_does_not_hold_is_unlocked_and_exported_once(
    office, side, adam_with_pin
):
    batch, invoices = await bypassed(office, adam_with_pin)
    view = await ask(adam_with_pin, side, batch_id=batch.id)
    assert view.state is UnlockState.READY
    assert set(states(view).values()) == {EvidenceState.ABSENT}

    done = await confirm(adam_with_pin, view)

    assert done.state is UnlockState.CONFIRMED
    assert (await batch_of(office, batch)).status is BatchStatus.UNLOCKED
    for invoice in done.invoices.values():
        assert (invoice.export_status, invoice.export_origin) == (ExportStatus.PENDING, None)
        assert invoice.sync_status is SyncStatus.NOT_APPLICABLE
        reasons = (await read_eligibility(adam_with_pin, [invoice]))[invoice.id].reasons
        assert reasons == (EligibilityCode.NOT_EXPORTED,)
    exported = await side.export(*done.invoices.values())
    assert {i.export_origin for i in exported} == {ExportOrigin.EXPORTED}
    assert len(side.company.invoices) == len(invoices)


async def test_a_request_of_before_another_unlock_of_the_batch_unlocks_nothing(
    office, side, adam_with_pin
):
    """Its invoices are locked again, each by itself; the batch is not bypassed any more."""
    batch, invoices = await bypassed(office, adam_with_pin)
    views = [await ask(adam_with_pin, side, batch_id=batch.id) for _ in range(2)]
    await confirm(adam_with_pin, views[0])
    for invoice in invoices:
        wish = BypassInvoice(invoice_id=invoice.id, idempotency_key=str(new_id()))
        await bypass_invoice(adam_with_pin, wish)

    with pytest.raises(UnlockRefused, match="Ask again"):
        await confirm(adam_with_pin, views[1])

    assert (await batch_of(office, batch)).status is BatchStatus.UNLOCKED


async def test_two_requests_for_parts_of_a_batch_confirmed_at_one_moment(
    office, side, adam_with_pin
):
    """One unlocks its part and the batch; whoever comes second asks again."""
    batch, invoices = await bypassed(office, adam_with_pin)
    parts = [
        await ask(adam_with_pin, side, batch_id=batch.id, exclude_invoice_ids=(other.id,))
        for other in invoices
    ]

    done = await asyncio.gather(
        *(confirm(adam_with_pin, part) for part in parts), return_exceptions=True
    )

    refused = [each for each in done if isinstance(each, UnlockRefused)]
    unlocked = [each for each in done if not isinstance(each, Exception)]
    assert (len(refused), len(unlocked)) == (1, 1)


async def test_an_invoice_that_was_entered_by_hand_blocks_and_is_named(
    office, side, books, adam_with_pin
):
    batch, _ = await bypassed(office, adam_with_pin, count=3)
    entered = books.enter_invoice(
        "Harriet Doyle", "SVC-TUNE", Decimal("62.44"), number="2", memo="by hand"
    )

    view = await ask(adam_with_pin, side, batch_id=batch.id)

    assert view.state is UnlockState.BLOCKED
    assert states(view) == {
        "1": EvidenceState.ABSENT,
        "2": EvidenceState.PRESENT,
        "3": EvidenceState.ABSENT,
    }
    [found] = view.evidence.items[1].found
    assert (found.txn_id, found.number, found.check) == (entered.txn_id, "2", Check.NUMBER)
    with pytest.raises(UnlockRefused, match="holds something of it"):
        await confirm(adam_with_pin, view)
    assert (await batch_of(office, batch)).status is BatchStatus.BYPASSED


async def test_once_it_is_gone_from_quickbooks_the_batch_can_be_unlocked(
    office, side, books, adam_with_pin
):
    batch, _ = await bypassed(office, adam_with_pin)
    entered = books.enter_invoice("Harriet Doyle", "SVC-TUNE", Decimal(1), number="2")
    blocked = await ask(adam_with_pin, side, batch_id=batch.id)

    books.delete_invoice(entered.txn_id)
    view = await ask(adam_with_pin, side, batch_id=batch.id)

    assert (blocked.state, view.state) == (UnlockState.BLOCKED, UnlockState.READY)
    assert (await confirm(adam_with_pin, view)).state is UnlockState.CONFIRMED


async def test_without_the_invoice_that_quickbooks_holds_the_others_are_unlocked(
    office, side, books, adam_with_pin
):
    """G3: eight absent, one present; that one is excluded and stays bypassed."""
    batch, invoices = await bypassed(office, adam_with_pin, count=9)
    books.enter_invoice(
        "Harriet Doyle", "SVC-TUNE", Decimal(1), number="5", memo="1042 2026-11-20 HVAC"
    )
    blocked = await ask(adam_with_pin, side, batch_id=batch.id)
    counts = list(states(blocked).values())
    assert (counts.count(EvidenceState.ABSENT), counts.count(EvidenceState.PRESENT)) == (8, 1)

    view = await ask(adam_with_pin, side, batch_id=batch.id, exclude_invoice_ids=(invoices[4].id,))
    await confirm(adam_with_pin, view)

    assert len(view.request.items) == 8
    kept = (await standing(office, invoices[4])).invoice
    assert kept.export_origin is ExportOrigin.BYPASSED
    reasons = (await read_eligibility(adam_with_pin, [kept]))[kept.id].reasons
    assert EligibilityCode.BYPASSED_BATCH_LOCKED in reasons


async def test_the_batch_in_a_memo_blocks_even_under_another_number(
    office, side, books, adam_with_pin
):
    """Somebody typed the memo and made up a number; whose invoice it is cannot be told."""
    batch, _ = await bypassed(office, adam_with_pin)
    books.enter_invoice(
        "Lone Star Diner",
        "SVC-TUNE",
        Decimal(5),
        number="X-1",
        memo="see 1042 2026-11-20 HVAC, typed by hand",
        date="2026-11-25",
    )

    view = await ask(adam_with_pin, side, batch_id=batch.id)

    assert view.state is UnlockState.BLOCKED
    assert [copy.number for copy in view.evidence.strays] == ["X-1"]


async def test_another_batch_whose_number_ends_alike_does_not_block(
    office, side, books, adam_with_pin
):
    batch, _ = await bypassed(office, adam_with_pin)
    books.enter_invoice(
        "Harriet Doyle", "SVC-TUNE", Decimal(5), number="X", memo="91042 2026-11-20 HVAC"
    )

    assert (await ask(adam_with_pin, side, batch_id=batch.id)).state is UnlockState.READY


async def test_another_customers_invoice_of_that_number_is_told_and_does_not_block(
    office, side, books, adam_with_pin
):
    """Numbers are not unique in QuickBooks."""
    batch, _ = await bypassed(office, adam_with_pin)
    books.enter_invoice("Lone Star Diner", "SVC-TUNE", Decimal(5), number="2")

    view = await ask(adam_with_pin, side, batch_id=batch.id)

    assert view.state is UnlockState.READY
    [similar] = view.evidence.items[1].similar
    assert similar.customer == "Lone Star Diner"


async def test_what_the_batch_had_exported_before_does_not_block_the_rest(
    office, side, adam_with_pin
):
    good, bad = await office.new_invoice("1"), await office.new_invoice("2")
    batch = (await office.export(good, bad)).batch
    played = PlayedConnector(office, side.company)
    await played.plan()
    async with office.open_work() as work:
        unsent, _ = await work.sync_jobs.lock_active(bad.id)
        await work.qbxml_requests.cancel_ready(unsent.id)
    await played.update()
    wish = BypassBatch(batch_id=batch.id, idempotency_key=str(new_id()))
    await bypass_batch(adam_with_pin, wish)

    view = await ask(adam_with_pin, side, batch_id=batch.id)

    assert states(view) == {"2": EvidenceState.ABSENT}
    assert view.state is UnlockState.READY


async def test_a_question_that_nobody_carried_is_no_absence(office, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)
    view = await ask(adam_with_pin, batch_id=batch.id)
    later = replace(adam_with_pin, now=lambda: view.request.requested_at + LIFETIME)

    seen = await read_unlock_request(later, view.request.id)

    assert seen.state is UnlockState.UNKNOWN
    assert "not reached in time" in seen.evidence.troubles[0]
    with pytest.raises(UnlockRefused, match="nothing is proven"):
        await confirm(later, view)


async def test_evidence_that_is_too_old_is_asked_for_anew(office, side, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)
    view = await ask(adam_with_pin, side, batch_id=batch.id)
    later = replace(
        adam_with_pin, now=lambda: view.evidence.answered_at + timedelta(minutes=15, seconds=1)
    )

    with pytest.raises(UnlockRefused, match="older than 15 minutes"):
        await confirm(later, view)


async def test_a_change_of_an_invoice_since_spoils_the_evidence(
    office, side, adam_with_pin, change_row
):
    """QuickBooks was asked for the number of before."""
    batch, invoices = await bypassed(office, adam_with_pin)
    view = await ask(adam_with_pin, side, batch_id=batch.id)
    await change_row("invoice", invoices[0].id, version=2, number="9")

    with pytest.raises(UnlockRefused, match="changed or sent since"):
        await confirm(adam_with_pin, view)


async def test_two_requests_for_one_batch_unlock_it_once(office, side, adam_with_pin):
    """The second evidence is spoiled by the first confirmation."""
    batch, _ = await bypassed(office, adam_with_pin)
    one = await ask(adam_with_pin, side, batch_id=batch.id)
    two = await ask(adam_with_pin, side, batch_id=batch.id)
    await confirm(adam_with_pin, one)

    with pytest.raises(UnlockRefused):
        await confirm(adam_with_pin, two)


async def test_two_requests_confirmed_at_one_moment_unlock_it_once(office, side, adam_with_pin):
    """Both were ready when their PINs were looked at; the later one finds its evidence spoiled."""
    batch, _ = await bypassed(office, adam_with_pin)
    requests = [await ask(adam_with_pin, side, batch_id=batch.id) for _ in range(2)]

    both = await asyncio.gather(
        *(confirm(adam_with_pin, one) for one in requests), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in both) == ["UnlockRefused", "UnlockView"]


async def test_confirmed_by_two_at_once_it_is_unlocked_once(office, side, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)
    view = await ask(adam_with_pin, side, batch_id=batch.id)

    both = await asyncio.gather(*(confirm(adam_with_pin, view) for _ in range(2)))

    assert {one.state for one in both} == {UnlockState.CONFIRMED}
    assert both[0].consent == both[1].consent
    async with office.open_work() as work:
        trail = await work.audit.page(
            wanted=TrailFilter(subject_id=batch.id), behind=None, limit=10
        )
    assert [entry.action for entry in trail].count(AuditAction.UNLOCKED) == 1


async def test_an_exported_batch_is_refused_and_the_alternative_named(office, side, adam_with_pin):
    exported = await side.export(await office.new_invoice())

    with pytest.raises(UnlockRefused, match="bypassInvoiceExport") as refusal:
        await ask(adam_with_pin, batch_id=exported.batch_id)

    assert refusal.value.where == ("batch_id",)


async def test_the_alternative_frees_an_invoice_that_quickbooks_lost(
    office, side, books, adam_with_pin
):
    """Exported, then deleted in QuickBooks: bypassed, unlocked, exported again, once."""
    exported = await side.export(await office.new_invoice())
    wish = {"invoice_id": exported.id, "idempotency_key": str(new_id())}
    await bypass_invoice(adam_with_pin, BypassInvoice(reason="Deleted by mistake", **wish))
    present = await ask(adam_with_pin, side, invoice_ids=(exported.id,))
    [txn_id] = side.company.invoices
    books.delete_invoice(txn_id)

    view = await ask(adam_with_pin, side, invoice_ids=(exported.id,))
    await confirm(adam_with_pin, view)
    again = await side.export((await standing(office, exported)).invoice)

    assert present.state is UnlockState.BLOCKED
    assert {copy.check for copy in present.evidence.items[0].found} == set(Check)
    assert view.state is UnlockState.READY
    assert again.export_origin is ExportOrigin.EXPORTED
    assert len(side.company.invoices) == 1


async def test_of_one_invoice_too_the_memos_of_its_batch_are_searched(
    office, side, books, adam_with_pin
):
    """The other one of the batch is in QuickBooks rightly, with the same memo."""
    one, two = await office.new_invoice("1"), await office.new_invoice("2")
    await office.export(one, two)
    wish = {"invoice_id": one.id, "idempotency_key": str(new_id())}
    await bypass_invoice(adam_with_pin, BypassInvoice(**wish))
    await side.settle()
    clean = await ask(adam_with_pin, side, invoice_ids=(one.id,))

    books.enter_invoice(
        "Lone Star Diner", "SVC-TUNE", Decimal(5), number="X", memo="1042 2026-11-20 HVAC"
    )
    blocked = await ask(adam_with_pin, side, invoice_ids=(one.id,))

    assert (clean.state, blocked.state) == (UnlockState.READY, UnlockState.BLOCKED)
    freed = (await confirm(adam_with_pin, clean)).invoices[one.id]
    assert freed.batch_id is None  # it leaves the exported batch


async def test_invoices_of_several_batches_are_unlocked_batch_by_batch(office, adam_with_pin):
    one, two = await office.new_invoice("1"), await office.new_invoice("2")
    for invoice in (one, two):
        await office.export(invoice)
        wish = {"invoice_id": invoice.id, "idempotency_key": str(new_id())}
        await bypass_invoice(adam_with_pin, BypassInvoice(**wish))

    with pytest.raises(InvalidValue, match="batch by batch") as refusal:
        await ask(adam_with_pin, invoice_ids=(one.id, two.id))

    assert refusal.value.where == ("invoice_ids",)


async def test_an_imported_invoice_is_unlocked_likewise(office, side, adam_with_pin):
    invoice = await office.new_invoice(by="Adam", is_imported=True)

    view = await ask(adam_with_pin, side, invoice_ids=(invoice.id,))
    done = await confirm(adam_with_pin, view)

    assert done.invoices[invoice.id].export_status is ExportStatus.PENDING
    assert (await side.export(done.invoices[invoice.id])).export_origin is ExportOrigin.EXPORTED


async def test_what_is_not_locked_has_nothing_to_unlock(office, side, adam_with_pin):
    waiting = await office.new_invoice("1")
    posted = await office.export(await office.new_invoice("2"))
    exported = await side.export(await office.new_invoice("3"))
    for wish, match in (
        ({"batch_id": posted.batch.id}, "not locked|was exported"),
        ({"invoice_ids": (waiting.id,)}, "not locked"),
        ({"invoice_ids": (exported.id,)}, "Bypass its export first"),
    ):
        with pytest.raises(UnlockRefused, match=match):
            await ask(adam_with_pin, **wish)
    with pytest.raises(InvalidValue):
        await ask(adam_with_pin)
    with pytest.raises(NotFound):
        await ask(adam_with_pin, batch_id=new_id())


async def test_without_a_connection_nobody_can_be_asked(office, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)
    patch = ConnectionPatch(disabled=True)
    line = office.connection.connection.id
    await update_connection(adam_with_pin, UpdateConnection(line, patch))

    with pytest.raises(ConnectionNeeded):
        await ask(adam_with_pin, batch_id=batch.id)


# Two people


async def test_who_is_no_administrator_needs_one_beside(office, side, bea, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)
    view = await ask(bea, side, batch_id=batch.id)

    with pytest.raises(Forbidden, match="administrator must be present"):
        await confirm(bea, view)
    with pytest.raises(Forbidden, match="administrator must be present"):
        await confirm(bea, view, admin_employee_id=office.people["Olga"])
    done = await confirm(bea, view, admin_employee_id=office.people["Adam"])

    assert (done.consent.given_by.name, done.consent.approver_name) == ("Nick", "Adam")
    assert (done.consent.text, done.consent.version) == (CONSENT_TEXT, CONSENT_VERSION)
    assert {item.state for item in done.consent.evidence.items} == {EvidenceState.ABSENT}


async def test_a_wrong_pin_unlocks_nothing(office, side, bea, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)
    view = await ask(bea, side, batch_id=batch.id)

    with pytest.raises(PinRefused, match="2 more tries"):
        await confirm(bea, view, admin_employee_id=office.people["Adam"], admin_pin="000001")

    assert (await batch_of(office, batch)).status is BatchStatus.BYPASSED


async def test_no_try_is_spent_on_what_cannot_be_confirmed(office, side, bea, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)
    waiting = await ask(bea, batch_id=batch.id)
    for _ in range(4):
        with pytest.raises(UnlockRefused):
            await confirm(bea, waiting, admin_employee_id=office.people["Adam"], admin_pin="000001")
    await side.settle()

    done = await confirm(bea, waiting, admin_employee_id=office.people["Adam"])

    assert done.state is UnlockState.CONFIRMED


async def test_another_consent_text_is_not_the_one(office, side, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)
    view = await ask(adam_with_pin, side, batch_id=batch.id)

    with pytest.raises(InvalidValue, match="present consent text"):
        await confirm(adam_with_pin, view, consent_version="0")


async def test_it_needs_the_permission_and_an_own_request(
    office, side, olga, adam_with_pin, another_office
):
    batch, _ = await bypassed(office, adam_with_pin)
    view = await ask(adam_with_pin, side, batch_id=batch.id)
    stranger = await (await another_office()).as_person("Adam")

    for act in (
        ask(olga, batch_id=batch.id),
        read_unlock_request(olga, view.request.id),
        confirm(olga, view),
    ):
        with pytest.raises(Forbidden):
            await act
    assert await read_unlock_request(stranger, view.request.id) is None
    with pytest.raises(NotFound):
        await confirm(stranger, view)


@pytest.mark.parametrize("statement", ["update unlock_consent set text = 'x'",
                                       "delete from unlock_consent",
                                       "truncate unlock_consent"])  # fmt: skip
async def test_a_consent_can_never_be_changed_or_removed(
    office, side, adam_with_pin, settings, statement
):
    batch, _ = await bypassed(office, adam_with_pin)
    await confirm(adam_with_pin, await ask(adam_with_pin, side, batch_id=batch.id))
    owner = create_async_engine(settings.database_url)

    with pytest.raises(DBAPIError, match="append-only"):
        async with owner.begin() as connection:
            await connection.execute(text(statement))
    await owner.dispose()


async def test_every_step_is_in_the_audit_trail(office, side, bea, adam_with_pin):
    batch, invoices = await bypassed(office, adam_with_pin)
    view = await ask(bea, side, batch_id=batch.id)
    await confirm(bea, view, admin_employee_id=office.people["Adam"])

    async with office.open_work() as work:
        of_batch = await work.audit.page(
            wanted=TrailFilter(subject_id=batch.id), behind=None, limit=10
        )
        of_one = await work.audit.page(
            wanted=TrailFilter(subject_id=invoices[0].id), behind=None, limit=1
        )

    assert [(entry.action, entry.actor.name) for entry in reversed(of_batch)] == [
        (AuditAction.EXPORT_BYPASSED, "Adam"),
        (AuditAction.UNLOCK_REQUESTED, "Nick"),
        (AuditAction.UNLOCKED, "Nick"),
    ]
    assert {change.path: change.after for change in of_batch[0].changes} == {
        ("consent",): CONSENT_VERSION,
        ("approved_by",): "Adam",
        ("invoices",): "1, 2",
    }
    assert of_one[0].action is AuditAction.UNLOCKED


async def test_the_same_key_again_asks_quickbooks_once(office, side, adam_with_pin):
    batch, _ = await bypassed(office, adam_with_pin)
    wish = RequestUnlock(batch_id=batch.id, idempotency_key="key")

    first, again = [await request_unlock(adam_with_pin, wish) for _ in range(2)]
    await side.settle()

    assert again.request == first.request
    assert side.requests().count("InvoiceQueryRq") == 2  # by number, by memo


# Exported again


async def test_an_unlocked_batch_goes_out_under_its_own_number(office, side, adam_with_pin):
    batch, invoices = await bypassed(office, adam_with_pin)
    await confirm(adam_with_pin, await ask(adam_with_pin, side, batch_id=batch.id))
    wish = ExportBatch(batch_id=batch.id, idempotency_key="key")

    done, again = [await export_batch(adam_with_pin, wish) for _ in range(2)]
    assert (done.batch.number, done.batch.status) == (batch.number, BatchStatus.POSTED)
    await side.settle()

    assert {i.id for i in again.invoices} == {i.id for i in invoices}
    assert (await batch_of(office, batch)).status is BatchStatus.EXPORTED
    memos = {invoice.memo for invoice in side.company.invoices.values()}
    assert memos == {"1042 2026-11-20 HVAC - Fall tune-up"}
    assert side.writes() == ["InvoiceAddRq"] * 2


async def test_only_an_unlocked_batch_is_exported_as_a_whole(office, side, adam, nick):
    locked, _ = await bypassed(office, adam)
    exported = await side.export(await office.new_invoice("7"))
    for batch_id in (locked.id, exported.batch_id):
        with pytest.raises(InvalidValue, match="nothing to export") as refusal:
            await export_batch(adam, ExportBatch(batch_id=batch_id, idempotency_key=str(new_id())))
        assert refusal.value.where == ("batch_id",)
    with pytest.raises(Forbidden):
        await export_batch(nick, ExportBatch(batch_id=locked.id, idempotency_key="k"))
    with pytest.raises(NotFound):
        await export_batch(adam, ExportBatch(batch_id=new_id(), idempotency_key="k"))


async def unlock_one(office, side, adam):
    batch, [invoice] = await bypassed(office, adam, count=1)
    await confirm(adam, await ask(adam, side, batch_id=batch.id))
    return (await standing(office, invoice)).invoice


async def test_before_it_is_sent_again_quickbooks_is_asked_once_more(office, side, adam_with_pin):
    invoice = await unlock_one(office, side, adam_with_pin)
    before = len(side.requests())

    await side.export(invoice)

    assert side.requests()[before:] == ["InvoiceQueryRq", "InvoiceAddRq"]


@pytest.mark.parametrize(
    "entered",
    [
        {"number": "1", "rate": Decimal(5)},
        {"number": "X", "rate": Decimal(5), "memo": "1043 2026-11-20 HVAC - Fall tune-up"},
    ],
)
async def test_what_was_entered_by_hand_meanwhile_is_neither_doubled_nor_taken(
    office, side, books, adam_with_pin, entered
):
    """Days may pass between the unlock and the export."""
    invoice = await unlock_one(office, side, adam_with_pin)
    rate = entered.pop("rate")
    rival = books.enter_invoice("Harriet Doyle", "SVC-TUNE", rate, **entered)

    await office.export(invoice)
    await side.settle()

    after = await standing(office, invoice)
    assert list(side.company.invoices) == [rival.txn_id]
    assert after.job.state is JobState.FAILED
    assert after.issue.code == "ALREADY_IN_QUICKBOOKS"
    assert after.link is None
    assert after.invoice.export_status is ExportStatus.POSTED


async def test_a_refused_export_asks_again_the_next_time(office, side, books, adam_with_pin):
    invoice = await unlock_one(office, side, adam_with_pin)
    rival = books.enter_invoice("Harriet Doyle", "SVC-TUNE", Decimal(5), number="1")
    await office.export(invoice)
    await side.settle()

    wish = Export(invoice_ids=(invoice.id,), batch_name="Again", idempotency_key=str(new_id()))
    await export_invoices(adam_with_pin, wish)
    await side.settle()
    assert list(side.company.invoices) == [rival.txn_id]
    books.delete_invoice(rival.txn_id)
    await export_invoices(adam_with_pin, replace(wish, idempotency_key=str(new_id())))
    await side.settle()

    assert (await standing(office, invoice)).invoice.export_status is ExportStatus.EXPORTED
    assert len(side.company.invoices) == 1
