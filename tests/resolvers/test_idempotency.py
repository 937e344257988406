"""The same key is the same call: one effect, one answer; a refused call gives its key back."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import IdempotencyKeyReused, InvalidValue, NothingToSync, VersionConflict
from domain.guards import GuardRefused
from resolvers.exporting import Export, export_invoices
from tests.resolvers.asking import (
    bypass,
    details,
    of_task,
    save,
    standing,
    sync_again,
    the_price_change,
)

EDIT = details(summary="New")


async def test_the_same_key_gives_the_same_answer_and_one_job(office, invoice, olga):
    answers = [await save(olga, invoice, EDIT, idempotency_key="k1") for _ in range(3)]

    after = await standing(office, invoice)
    assert answers == [answers[0]] * 3
    assert (len(after.revisions), len(after.active)) == (1, 1)
    assert sum(event.invoice_version == 2 for event in after.events) == 1


async def test_a_late_repetition_shows_the_invoice_as_it_is_by_now(office, side, invoice, olga):
    """The retry of a lost answer comes after QuickBooks confirmed, and starts nothing."""
    first = await save(olga, invoice, EDIT, idempotency_key="k1")
    await side.settle()

    again = await save(olga, invoice, EDIT, idempotency_key="k1")

    assert again.after == first.after
    assert again.connection_id == first.connection_id
    assert again.invoice == (await standing(office, invoice)).invoice
    assert side.writes() == ["InvoiceAddRq", "InvoiceModRq"]


@pytest.mark.parametrize("mutation", [save, bypass])
async def test_ten_equal_saves_at_once_make_one_revision(office, invoice, olga, mutation):
    calls = [mutation(olga, invoice, EDIT, idempotency_key="k") for _ in range(10)]

    answers = await asyncio.gather(*calls)

    after = await standing(office, invoice)
    assert answers == [answers[0]] * 10
    assert (after.invoice.version, len(after.revisions)) == (2, 1)
    assert len(after.active) == (mutation is save)


async def test_ten_equal_resyncs_at_once_queue_one_job(office, invoice, olga):
    bypassed = (await bypass(olga, invoice, EDIT)).invoice

    answers = await asyncio.gather(
        *(sync_again(olga, bypassed, idempotency_key="k") for _ in range(10))
    )

    assert answers == [answers[0]] * 10
    assert len((await standing(office, invoice)).active) == 1


async def test_ten_resyncs_with_keys_of_their_own_queue_one_job_too(office, invoice, olga):
    bypassed = (await bypass(olga, invoice, EDIT)).invoice

    await asyncio.gather(*(sync_again(olga, bypassed) for _ in range(10)))

    after = await standing(office, invoice)
    assert len(after.active) == 1
    assert [event.status for event in after.events].count("SYNCING") == 1


async def test_ten_equal_creations_at_once_make_one_invoice(office):
    made = await asyncio.gather(*(office.new_invoice(idempotency_key="k") for _ in range(10)))

    assert len({invoice.id for invoice in made}) == 1


async def test_ten_equal_exports_at_once_make_one_batch(office, olga):
    invoice = await office.new_invoice()
    wish = Export(invoice_ids=(invoice.id,), batch_name="b", idempotency_key="k")

    answers = await asyncio.gather(*(export_invoices(olga, wish) for _ in range(10)))

    assert answers == [answers[0]] * 10
    assert len((await standing(office, invoice)).active) == 1
    async with office.open_work() as work:
        assert len(await work.lists.batches()) == 1


async def test_the_same_key_with_another_request_is_refused(office, invoice, olga):
    first = await save(olga, invoice, EDIT, idempotency_key="k")

    with pytest.raises(IdempotencyKeyReused) as refusal:
        await save(olga, first.invoice, details(summary="Other"), idempotency_key="k")

    assert refusal.value.where == ("idempotency_key",)
    assert (await standing(office, invoice)).invoice.content.summary == "New"


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_has_1_to_255_characters(invoice, olga, key):
    with pytest.raises(InvalidValue, match="1 to 255") as refusal:
        await save(olga, invoice, EDIT, idempotency_key=key)

    assert refusal.value.where == ("idempotency_key",)


async def test_one_key_serves_different_mutations_and_accounts(
    office, side, invoice, olga, another_office
):
    stranger = await another_office()

    bypassed = await bypass(olga, invoice, EDIT, idempotency_key="k")
    await sync_again(olga, bypassed.invoice, idempotency_key="k")
    theirs = await stranger.new_invoice(idempotency_key="k")

    assert len((await standing(office, invoice)).active) == 1
    assert theirs.id != invoice.id


async def test_a_refused_call_frees_its_key(office, invoice, olga):
    """The office repeats the call with better data, and the same key."""
    negative = of_task(invoice.content.tasks[0], unit_price=Decimal(-100))
    outdated = replace(invoice, version=9)

    with pytest.raises(GuardRefused):
        await save(olga, invoice, negative, idempotency_key="k")
    with pytest.raises(VersionConflict):
        await save(olga, outdated, EDIT, idempotency_key="k")
    with pytest.raises(NothingToSync):
        await sync_again(olga, invoice, idempotency_key="k")
    saved = await save(olga, invoice, the_price_change(office, invoice), idempotency_key="k")

    assert saved.invoice.version == 2


async def test_a_caller_who_goes_away_in_the_middle_frees_the_key(office, invoice, olga):
    """The browser closes; the transaction goes back; the retry does the work."""
    call = asyncio.create_task(save(olga, invoice, EDIT, idempotency_key="k"))
    for _ in range(20):
        await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)

    saved = await save(olga, invoice, EDIT, idempotency_key="k")

    after = await standing(office, invoice)
    assert saved.invoice.version == 2
    assert (len(after.revisions), len(after.active)) == (1, 1)
