"""Calls of every kind, at every wrong moment: none does harm, and in the end all is in step."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from lxml import etree

from domain.invoice import ExportStatus
from domain.queue import RequestState
from domain.sync import JobState
from domain.sync_status import SyncStatus
from qbwc.calls import ClientVersion
from tests.sync_worker.connector import names_in, new_price, refusal, save

ENDED = "This session has ended; it starts again at the next run."


async def a_session(played):
    """A session that has asked for nothing yet, and an export that waits."""
    invoice = await played.office.new_invoice()
    await played.office.export(invoice)
    await played.plan()
    await played.sign_in()
    return invoice


async def test_an_answer_before_any_request_changes_nothing(played):
    """Work waits, so the Web Connector is told to ask for it."""
    invoice = await a_session(played)

    progress = [
        await played.tell("<QBXML/>"),
        await played.tell("no XML at all"),
        await played.tell(hresult="0x8004041C"),
    ]

    assert all(0 < percent < 100 for percent in progress)
    assert await played.exchanges() == []
    assert (await played.standing(invoice)).job.state is JobState.READY
    assert names_in(await played.send()) == ["InvoiceAddRq"]


async def test_a_session_that_is_closed_before_it_asked_leaves_the_work(played):
    invoice = await a_session(played)

    assert [await played.close(), await played.close()] == ["OK", "OK"]

    assert (await played.standing(invoice)).job.state is JobState.READY
    assert await played.send() == b""
    assert await played.last_error() == ENDED
    assert await played.tell("<QBXML/>") == -1
    assert await played.not_opened("0x80040414") == "done"
    assert names_in(await played.fetch()) == ["InvoiceAddRq"]


async def test_asking_why_in_between_changes_nothing(played):
    await a_session(played)
    words = [await played.last_error()]
    document = await played.send()
    words.append(await played.last_error())

    progress = await played.tell(played.run(document))

    assert progress == 100
    assert set(words) == {"Nothing waits for QuickBooks any more."}


async def test_a_second_answer_of_another_tenor_changes_nothing(played):
    invoice = await a_session(played)
    document = await played.send()
    await played.tell(played.run(document))
    before, told = await played.standing(invoice), await played.events(invoice)

    for again in (played.run(document), refusal(document, 3140), "<QBXML><Half", ""):
        assert await played.tell(again) == 100
    assert await played.tell(hresult="0x8004041C") == 100

    assert await played.standing(invoice) == before
    assert await played.events(invoice) == told
    assert [request.state for request in await played.queue()] == [RequestState.ANSWERED]


@pytest.mark.parametrize(
    ("version", "is_welcome"),
    [
        ("2.2.0.71", False),
        ("2.3.0.36", True),
        ("2.3.0.215", True),
        ("10.0", True),
        ("", True),
        ("a new one", True),
    ],
)
async def test_a_web_connector_older_than_the_operator_allows_is_turned_away(
    played, version, is_welcome
):
    """What cannot be read is let in: nobody shall be kept out for a new way to write versions."""
    reply = await played.call(ClientVersion(version=version), least_client="2.3.0.36")

    assert (reply.text == "") is is_welcome
    if not is_welcome:
        assert reply.text.startswith("E:")
        assert version in reply.text
        assert "2.3.0.36" in reply.text


class Walk:
    """Calls and saves in an order that only chance knows."""

    def __init__(self, played, invoice, chance, *, is_edited):
        self.played = played
        self.invoice = invoice
        self.chance = chance
        self.is_edited = is_edited
        self.document = b""
        self.answer = ""
        self.older = ""
        self.price = Decimal(40)

    async def step(self):
        usual = [self.sign_in, self.ask, self.run_it, self.tell]
        trouble = [self.break_off, self.garble, self.be_late, self.forget, self.refuse]
        await self.chance.choice([*usual * 2, *trouble, self.close, self.wait, self.edit])()

    async def sign_in(self):
        self.older = self.played.ticket
        await self.played.plan()
        await self.played.sign_in()

    async def ask(self):
        await self.played.plan()
        self.document = await self.played.send() or self.document

    async def run_it(self):
        if self.document:
            self.answer, self.document = self.played.run(self.document), b""

    async def tell(self):
        await self.played.tell(self.answer)

    async def break_off(self):
        await self.played.tell(hresult="0x8004041C", message="Internal error")

    async def garble(self):
        await self.played.tell(self.answer[: len(self.answer) // 2])

    async def close(self):
        await self.played.close()

    async def be_late(self):
        await self.played.tell(self.answer, ticket=self.older)

    async def edit(self):
        if not self.is_edited:
            return
        self.price += 1
        edits = new_price(self.invoice, str(self.price))
        self.invoice = await save(self.played.office, self.invoice, edits)

    async def forget(self):
        self.played.company.message_sets.clear()

    async def refuse(self):
        if self.document:
            code = self.chance.choice([3175, 3231])
            self.answer, self.document = refusal(self.document, code, "Not now."), b""

    async def wait(self):
        self.played.ahead += timedelta(seconds=self.chance.choice([3, 40]))


def prices_written(company):
    """The prices that QuickBooks took over from us, in their order."""
    for entry in company.journal.entries:
        if not entry.executed:
            continue
        responses = etree.fromstring(entry.response.encode())[0]
        for request, response in zip(entry.executed, responses, strict=True):
            if request.tag == "InvoiceModRq" and response.get("statusCode") == "0":
                yield Decimal(request.findtext(".//Rate"))


def chance_of(seed):
    """The same walk for the same seed."""
    return Random(seed)  # noqa: S311 - repeatable on purpose


async def left_alone(played):
    """The connector works undisturbed for a while."""
    for _ in range(6):
        played.ahead += timedelta(minutes=1)
        await played.settle()


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_in_whatever_order_each_save_arrives_at_most_once(played, seed):
    """And the last one is in QuickBooks, and shown as synced, once the connector is left alone."""
    walk = Walk(played, await played.exported(), chance_of(seed), is_edited=True)
    await walk.edit()
    for _ in range(40):
        await walk.step()
    await walk.edit()

    await left_alone(played)

    after = await played.standing(walk.invoice)
    assert after.invoice.sync_status is SyncStatus.SYNCED
    assert after.invoice.synced_version == walk.invoice.version
    [held] = played.company.invoices.values()
    assert held.lines[0].rate == walk.price
    written = list(prices_written(played.company))
    assert written == sorted(set(written))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_in_whatever_order_an_invoice_is_added_once(played, seed):
    invoices = [await played.office.new_invoice(number) for number in ("1", "2", "3")]
    await played.office.export(*invoices)
    walk = Walk(played, invoices[0], chance_of(seed), is_edited=False)
    for _ in range(30):
        await walk.step()

    await left_alone(played)

    exported = [(await played.standing(invoice)).invoice.export_status for invoice in invoices]
    assert exported == [ExportStatus.EXPORTED] * 3
    held = [invoice.ref_number for invoice in played.company.invoices.values()]
    assert sorted(held) == ["1", "2", "3"]
