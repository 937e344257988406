"""What is handed out: how much, in which order, in which words, and kept before it leaves."""

from datetime import timedelta

import pytest
from lxml import etree

from app.connector import new_message_set_id
from tests.sync_worker.connector import names_in, new_price, requests_in, save


async def exports(played, count):
    invoices = [await played.office.new_invoice(str(n)) for n in range(1, count + 1)]
    await played.office.export(*invoices)
    await played.plan()
    return invoices


def numbers_in(document):
    return [request.findtext(".//RefNumber") for request in requests_in(document)]


async def test_a_set_has_at_most_20_requests_in_the_order_they_were_made(played):
    await exports(played, 23)
    await played.sign_in()
    queued = [str(request.id) for request in await played.queue()]

    sets = []
    for _ in range(2):
        sets.append(await played.send())
        await played.tell(played.run(sets[-1]))

    assert [len(names_in(document)) for document in sets] == [20, 3]
    sent = [request.get("requestID") for document in sets for request in requests_in(document)]
    assert sent == queued


async def test_the_bytes_that_leave_are_the_bytes_that_are_kept(played):
    await exports(played, 2)
    await played.sign_in()

    document = await played.send()

    [exchange] = await played.exchanges()
    assert exchange.body == document
    assert document.isascii()
    assert exchange.state == "OWED"
    assert {request.exchange_id for request in await played.queue()} == {exchange.id}


async def test_each_set_has_an_id_of_its_own_that_quickbooks_can_keep(played):
    await exports(played, 21)
    await played.sign_in()
    documents = []
    for _ in range(2):
        documents.append(await played.send())
        await played.tell(played.run(documents[-1]))

    given = [etree.fromstring(document)[0].get("newMessageSetID") for document in documents]
    assert [exchange.message_set_id for exchange in await played.exchanges()] == given
    assert len(set(given)) == 2
    assert all(len(message_set_id) <= 23 for message_set_id in given)


def test_message_set_ids_do_not_repeat():
    drawn = {new_message_set_id() for _ in range(1000)}

    assert len(drawn) == 1000
    assert {len(message_set_id) for message_set_id in drawn} == {16}


@pytest.mark.parametrize(
    ("reported", "spoken"),
    [((16, 0), b"13.0"), ((13, 0), b"13.0"), ((12, 0), b"12.0")],
)
async def test_a_set_speaks_the_newest_qbxml_that_both_sides_know(played, reported, spoken):
    await exports(played, 1)
    await played.sign_in()

    document = await played.send(version=reported)

    assert b'<?qbxml version="' + spoken + b'"?>' in document


async def test_one_refused_request_does_not_hold_up_the_others(played):
    await exports(played, 3)
    await played.sign_in()

    document = await played.send()

    assert etree.fromstring(document)[0].get("onError") == "continueOnError"


async def test_a_request_that_must_travel_alone_does(played):
    """After a set that QuickBooks could not parse, each of its requests goes by itself."""
    await exports(played, 3)
    await played.sign_in()
    document = await played.send()
    await played.tell(hresult="0x80040400", message="QuickBooks found an error when parsing.")

    again = [await played.send()]
    for _ in range(2):
        await played.tell(played.run(again[-1]))
        again.append(await played.send())

    assert [numbers_in(each) for each in again] == [[number] for number in numbers_in(document)]


async def test_a_question_after_a_lost_answer_leaves_its_job_unknown(played):
    [invoice] = await exports(played, 1)
    await played.lose(has_run=False)
    played.run(await played.fetch())  # the status check, whose answer is lost as well
    for _ in range(2):
        await played.fetch()
    await played.sign_in()
    told = len(await played.events(invoice))

    document = await played.fetch()

    assert names_in(document) == ["InvoiceQueryRq"]
    assert (await played.standing(invoice)).job.state == "UNKNOWN"
    assert len(await played.events(invoice)) == told


async def test_newer_requests_wait_for_the_answer_to_an_older_one_of_the_same_invoice(played):
    invoice = await played.exported()
    await save(played.office, invoice)
    document = await played.fetch()
    saved = (await played.standing(invoice)).invoice
    second = await save(played.office, saved, new_price(saved, "43.00"))
    await played.plan()

    assert second.version == 3
    assert names_in(document) == ["InvoiceModRq"]
    assert [request.state for request in await played.queue()][-1] == "SENT"
    await played.tell(played.run(document))
    played.ahead += timedelta(seconds=2)
    assert names_in(await played.fetch()) == ["InvoiceModRq"]
