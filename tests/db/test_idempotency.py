"""Ten equal calls, one effect; a key belongs to one request until that request fails."""

import asyncio

import pytest

from domain.errors import IdempotencyKeyReused
from tests.builders import NOW
from tests.db.making import add_invoice, an_event

HASH, OTHER_HASH = b"h" * 32, b"o" * 32


async def claim(office, key="k", request_hash=HASH, mutation="saveAndSync"):
    async with office.open_work() as work:
        return await work.idempotency_keys.claim(mutation, key, request_hash, NOW)


async def test_ten_equal_calls_at_once_are_executed_once_and_answered_alike(office):
    invoice = await add_invoice(office)
    executed = []

    async def call():
        async with office.open_work() as work:
            earlier = await work.idempotency_keys.claim("saveAndSync", "k", HASH, NOW)
            if earlier is not None:
                return earlier
            executed.append(1)
            work.record(an_event(invoice))
            await asyncio.sleep(0)
            answer = {"invoice_id": str(invoice.id), "after": 0}
            await work.idempotency_keys.answer("saveAndSync", "k", answer)
            return answer

    answers = await asyncio.gather(*(call() for _ in range(10)))

    assert len(executed) == 1
    assert answers == [{"invoice_id": str(invoice.id), "after": 0}] * 10
    async with office.open_work() as work:
        assert await work.sync_events.last_sequence() == 1


async def test_another_request_with_the_same_key_is_refused(office):
    await claim(office)

    with pytest.raises(IdempotencyKeyReused, match="'k'"):
        await claim(office, request_hash=OTHER_HASH)


async def test_a_key_is_scoped_to_its_mutation_and_its_account(office, another_office):
    await claim(office)
    stranger = await another_office()

    assert await claim(office, request_hash=OTHER_HASH, mutation="resync") is None
    assert await claim(stranger, request_hash=OTHER_HASH) is None


async def test_a_call_that_failed_frees_its_key(office):
    class Failed(Exception):
        pass

    async def fail():
        async with office.open_work() as work:
            await work.idempotency_keys.claim("saveAndSync", "k", HASH, NOW)
            raise Failed

    with pytest.raises(Failed):
        await fail()

    assert await claim(office, request_hash=OTHER_HASH) is None


async def test_who_waits_for_a_call_that_fails_does_the_work_instead(office):
    order = []

    async def fails():
        async with office.open_work() as work:
            await work.idempotency_keys.claim("saveAndSync", "k", HASH, NOW)
            order.append("first claims")
            waiter = asyncio.create_task(waits())
            for _ in range(50):
                await asyncio.sleep(0)
            raise asyncio.CancelledError(waiter)

    async def waits():
        async with office.open_work() as work:
            earlier = await work.idempotency_keys.claim("saveAndSync", "k", HASH, NOW)
            order.append("second claims")
            return earlier

    with pytest.raises(asyncio.CancelledError) as cancelled:
        await fails()
    (waiter,) = cancelled.value.args

    assert await waiter is None
    assert order == ["first claims", "second claims"]
