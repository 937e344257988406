"""The queue for QuickBooks: in order, each request to one taker, held rows skipped."""

import asyncio

import pytest
from asyncpg import UniqueViolationError

from app.ids import new_id
from db.qbxml_requests import Ready
from domain.queue import RequestKind
from domain.quickbooks import SaleKind
from domain.sync import JobState
from tests.db.making import (
    a_job_of,
    a_request_of,
    add_exchange,
    add_invoice,
    add_request,
    connection_id,
)


async def take(office, at_most=20):
    """The ids of what leaves next."""
    async with office.open_work() as work:
        return ids(await work.qbxml_requests.take(connection_id(office), at_most=at_most))


def ids(requests):
    return [request.id for request in requests]


async def mark_sent(office, *requests):
    exchange = await add_exchange(office)
    async with office.open_work() as work:
        await work.qbxml_requests.mark_sent(ids(requests), exchange.id)
    return exchange


async def test_a_request_comes_out_as_it_went_in(office):
    lines = (("1A2B-3", new_id()), ("1A2B-9", None), ("-1", new_id()))
    body = b"<a>\x80\xff</a>"
    request = await add_request(office, body, sent_lines=lines, largest_set=7)

    async with office.open_work() as work:
        (ready,) = await work.qbxml_requests.take(connection_id(office), at_most=20)
    exchange = await mark_sent(office, request)

    assert ready == Ready(request.id, request.job_id, body, 7)
    async with office.open_work() as work:
        assert await work.qbxml_requests.sent_in(exchange.id) == [request]


async def test_requests_leave_in_the_order_they_came_up_to_the_limit(office):
    requests = [await add_request(office) for _ in range(5)]

    assert await take(office, at_most=3) == ids(requests[:3])


async def test_another_connection_and_another_account_get_none_of_it(office, another_office):
    await add_request(office)
    stranger = await another_office()

    async with office.open_work() as work:
        assert await work.qbxml_requests.take(new_id(), at_most=20) == []
    assert await take(stranger) == []


async def test_two_takers_at_one_time_never_get_the_same_request(office):
    requests = [await add_request(office) for _ in range(6)]

    async with office.open_work() as one, office.open_work() as other:
        first = await one.qbxml_requests.take(connection_id(office), at_most=4)
        second = await other.qbxml_requests.take(connection_id(office), at_most=4)

    assert ids([*first, *second]) == ids(requests)


async def test_many_takers_share_the_queue_without_a_double(office):
    requests = [await add_request(office) for _ in range(12)]
    exchange, taken = await add_exchange(office), []

    async def taker():
        while True:
            async with office.open_work() as work:
                found = await work.qbxml_requests.take(connection_id(office), at_most=2)
                if not found:
                    return
                await asyncio.sleep(0)
                await work.qbxml_requests.mark_sent(ids(found), exchange.id)
            taken.extend(ids(found))

    await asyncio.gather(*(taker() for _ in range(4)))

    # a taker may find everything held and leave; nobody leaves a request behind for good
    taken += await take(office)
    assert sorted(taken) == ids(requests)


async def test_a_request_whose_job_somebody_holds_is_skipped_and_never_waited_for(office):
    held, free = await add_request(office), await add_request(office)

    async with asyncio.timeout(20), office.open_work() as saving:
        await saving.sync_jobs.lock(held.job_id)
        skipped = await take(office)

    assert skipped == [free.id]
    assert await take(office) == ids([held, free])


async def test_a_request_withdrawn_at_that_very_moment_does_not_leave(office):
    request = await add_request(office)

    async with office.open_work() as saving:
        await saving.sync_jobs.lock(request.job_id)
        await saving.qbxml_requests.cancel_ready(request.job_id)
        assert await take(office) == []

    assert await take(office) == []


async def test_no_request_leaves_in_a_larger_set_than_it_may_travel_in(office):
    before = [await add_request(office) for _ in range(2)]
    alone = await add_request(office, largest_set=1)
    pair = [await add_request(office, largest_set=2) for _ in range(3)]

    for expected in (before, [alone], pair[:2], pair[2:]):
        assert await take(office) == ids(expected)
        await mark_sent(office, *expected)

    assert await take(office) == []


async def test_what_was_put_back_travels_in_smaller_sets(office):
    """A set that QuickBooks could not parse did not run; halved and halved, the culprit is found."""
    requests = [await add_request(office) for _ in range(5)]
    exchange = await mark_sent(office, *requests[:4])

    async with office.open_work() as work:
        await work.qbxml_requests.return_to_queue(ids(requests[:4]), largest_set=2)

    async with office.open_work() as work:
        assert await work.qbxml_requests.sent_in(exchange.id) == []
        returned = await work.qbxml_requests.take(connection_id(office), at_most=20)
    assert ids(returned) == ids(requests[:2])
    assert [request.largest_set for request in returned] == [2, 2]


async def test_a_request_is_owed_between_leaving_and_its_answer(office):
    request, other = await add_request(office), await add_request(office)
    async with office.open_work() as work:
        assert await work.qbxml_requests.has_open(request.job_id)
        assert await work.qbxml_requests.count_ready(connection_id(office)) == 2

    exchange = await mark_sent(office, request)

    async with office.open_work() as work:
        assert await work.qbxml_requests.sent_in(exchange.id) == [request]
        assert await work.qbxml_requests.has_open(request.job_id)
        assert await work.qbxml_requests.count_ready(connection_id(office)) == 1
        await work.qbxml_requests.mark_answered([request.id])
    async with office.open_work() as work:
        assert await work.qbxml_requests.sent_in(exchange.id) == []
        assert not await work.qbxml_requests.has_open(request.job_id)
        assert await work.qbxml_requests.has_open(other.job_id)


async def test_what_has_left_can_no_longer_be_withdrawn(office):
    request = await add_request(office)
    exchange = await mark_sent(office, request)

    async with office.open_work() as work:
        await work.qbxml_requests.cancel_ready(request.job_id)

    async with office.open_work() as work:
        assert await work.qbxml_requests.sent_in(exchange.id) == [request]


async def test_the_last_write_of_a_job_is_the_newest_that_really_left(office):
    """After a lost answer that one is asked after: not a question, not one never sent."""
    invoice = await add_invoice(office)
    job = a_job_of(office, invoice, state=JobState.READY)
    kinds = (RequestKind.INVOICE_ADD, RequestKind.INVOICE_MOD, RequestKind.INVOICE_QUERY)
    requests = [a_request_of(job, kind=kind) for kind in kinds]
    never_sent = a_request_of(job)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
        assert await work.qbxml_requests.last_write(job.id) is None
    for request in requests:
        async with office.open_work() as work:
            await work.qbxml_requests.add(request, b"<request/>")
        await mark_sent(office, request)
        async with office.open_work() as work:
            await work.qbxml_requests.mark_answered([request.id])
    async with office.open_work() as work:
        await work.qbxml_requests.add(never_sent, b"<request/>")

    async with office.open_work() as work:
        assert await work.qbxml_requests.last_write(job.id) == requests[1]


async def test_an_add_that_ever_left_is_remembered_for_its_invoice(office):
    """Even one whose job has failed since: QuickBooks may hold the invoice."""
    asked = await add_request(office, kind=RequestKind.INVOICE_QUERY)
    added = await add_request(office, kind=RequestKind.INVOICE_ADD)
    waiting = await add_request(office, kind=RequestKind.INVOICE_ADD)
    credited = await add_request(office, kind=RequestKind.CREDIT_MEMO_ADD)
    await mark_sent(office, asked, added, credited)

    async with office.open_work() as work:
        await work.qbxml_requests.mark_answered([added.id])
        sent = [
            await work.qbxml_requests.last_add(request.invoice_id)
            for request in (asked, added, waiting, credited)
        ]

    assert sent == [None, SaleKind.INVOICE, None, SaleKind.CREDIT_MEMO]


async def test_the_database_refuses_a_second_open_request_of_one_job(office):
    request = await add_request(office)
    async with office.open_work() as work:
        job = await work.sync_jobs.get(request.job_id)

    async def add_another():
        async with office.open_work() as work:
            await work.qbxml_requests.add(a_request_of(job), b"<request/>")

    with pytest.raises(UniqueViolationError, match="uq_qbxml_request_one_open_per_job"):
        await add_another()
