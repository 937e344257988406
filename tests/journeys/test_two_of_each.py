"""Two web processes and two workers at once: no event lost and no effect doubled."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.clock import now
from app.resources import hold_resources
from app.settings import Settings
from sync_worker.broker import make_broker
from tests.conftest import open_office
from tests.databases import own_database
from tests.journeys.conftest import empty_company, global_id, local_id
from tests.journeys.test_crashes import HOLD_INVOICE, until_somebody_waits
from tests.journeys.two_of_each import PATIENCE_SECONDS, Fleet, Subscriber, fleet

SAVE = """mutation ($input: SaveAndSyncInput!) { saveAndSync(input: $input) {
  invoice { id version syncStatus } syncCursor userErrors { code message }
} }"""
READ = "query ($id: ID!) { invoice(id: $id) { version syncStatus exportStatus tasks { id } } }"


class Saver:
    """Somebody who saves one invoice again and again, each time once more with the same key."""

    def __init__(self, fleet: Fleet, invoice_id: str, n: int) -> None:
        self._fleet = fleet
        self._n = n
        self.invoice_id = invoice_id
        self.saved: list[Decimal] = []
        self.told: Counter[str] = Counter()

    async def save(self, price: Decimal) -> None:
        """Save this price; two equal calls, one to each web process, until both are answered."""
        found = await self._ask(READ, {"id": self.invoice_id}, self._n)
        invoice = found["invoice"]
        wish = a_wish(self.invoice_id, invoice, price, key=f"{self.invoice_id} {price}")
        answers = await asyncio.gather(*(self._ask(SAVE, {"input": wish}, n) for n in range(2)))
        one, other = (answer["saveAndSync"] for answer in answers)
        assert one["userErrors"] == other["userErrors"] == [], answers
        assert one["syncCursor"] == other["syncCursor"], answers
        assert one["invoice"]["version"] == invoice["version"] + 1
        self.saved.append(price)

    async def _ask(self, document: str, variables: Any, n: int) -> Any:
        """Ask until there is an answer; whatever else comes must be a code to retry after."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await self._try(document, variables, n)
                if answer is not None:
                    return answer
                await asyncio.sleep(0.1)

    async def _try(self, document: str, variables: Any, n: int) -> Any:
        url = self._fleet.urls[n % 2]
        response = await self._fleet.http.post(
            f"{url}/graphql",
            json={"query": document, "variables": variables},
            headers={"Authorization": f"Bearer {self._fleet.office.token()}"},
        )
        answer = response.json()
        codes = [error["extensions"].get("code") for error in answer.get("errors", [])]
        if response.status_code == 503 and not any(codes):
            codes = ["UNAVAILABLE"]
        self.told.update(map(str, codes))
        return None if codes else answer["data"]


def a_wish(invoice_id: str, invoice: Any, price: Decimal, *, key: str) -> dict[str, Any]:
    """The input that saves another unit price of the first task."""
    first = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": str(price)}}
    return {
        "invoiceId": invoice_id,
        "version": invoice["version"],
        "idempotencyKey": key,
        "edits": {"editTasks": [first]},
    }


@pytest.fixture
async def alone(settings: Settings, namespace: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    """A fleet on a database of its own."""
    url = await asyncio.to_thread(own_database, settings, "two_of_each")
    changed = settings.model_copy(update={"database_url": url})
    async with an_open_fleet(changed, namespace, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def an_open_fleet(settings: Settings, namespace: str, folder: Path) -> AsyncIterator[Fleet]:
    broker = make_broker(settings.redis_url, namespace=namespace)
    async with hold_resources(settings, broker) as resources:
        office = await open_office(resources)
        async with fleet(settings, office, empty_company(now), folder) as opened:
            yield opened
    broker.close()


async def exported(fleet: Fleet, amount: int) -> list[Saver]:
    """Give so many invoices that QuickBooks holds, each with somebody who saves it."""
    invoices = [await fleet.office.new_invoice(f"N{n}") for n in range(amount)]
    await fleet.office.export(*invoices)
    savers = [Saver(fleet, global_id("Invoice", it.id), n) for n, it in enumerate(invoices)]
    await until_all(fleet, savers, exportStatus="EXPORTED")
    return savers


async def until_all(fleet: Fleet, savers: Sequence[Saver], **expected: str) -> None:
    """Return once every invoice shows this."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        for saver in savers:
            while True:
                found = (await fleet.client(1).call(READ, id=saver.invoice_id))["invoice"]
                if {name: found[name] for name in expected} == expected:
                    break
                await asyncio.sleep(0.05)


async def faults_of(fleet: Fleet, savers: Sequence[Saver], database_url: str) -> list[str]:
    """Hold what QuickBooks was told, and what is stored, against what was saved."""
    found = []
    for saver in savers:
        number = f"N{savers.index(saver)}"
        (held,) = (i for i in fleet.company.invoices.values() if i.values["RefNumber"] == number)
        rate = next(held.flat_lines()).rate
        if rate != saver.saved[-1]:
            found.append(f"{number}: QuickBooks holds {rate}, last saved was {saver.saved[-1]}.")
    adds = fleet.company.journal.requests_named("InvoiceAddRq")
    if len(adds) != len(savers):
        found.append(f"{len(adds)} invoices were added, not {len(savers)}.")
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        stored = (await connection.execute(text(_STORED))).all()
        sequences = (await connection.execute(text(_EVENTS))).scalars().all()
    await engine.dispose()
    versions = {f"N{n}": (len(it.saved) + 1, len(it.saved)) for n, it in enumerate(savers)}
    if {row.number: (row.version, row.revisions) for row in stored} != versions:
        found.append(f"{stored} are stored, not {versions}.")
    if sequences != list(range(1, len(sequences) + 1)):
        found.append(f"The events have gaps: {sequences}.")
    return found


_STORED = """select invoice.number, invoice.version,
  (select count(*) from revision where revision.account_id = invoice.account_id
   and revision.invoice_id = invoice.id) as revisions from invoice"""
_EVENTS = "select sequence from sync_event order by sequence"


@asynccontextmanager
async def listened_to(fleet: Fleet, cursor: str) -> AsyncIterator[list[Subscriber]]:
    """Let two people listen at each web process until the block is left."""
    over = asyncio.Event()
    subscribers = [
        Subscriber(fleet.client(n), fleet.office.account_id, cursor=cursor) for n in range(4)
    ]
    async with asyncio.TaskGroup() as listening:
        for subscriber in subscribers:
            listening.create_task(subscriber.listen(over))
        try:
            yield subscribers
        finally:
            over.set()


@asynccontextmanager
async def a_connector(fleet: Fleet) -> AsyncIterator[None]:
    over = asyncio.Event()
    running = asyncio.create_task(fleet.connect_until(over))
    try:
        yield
    finally:
        over.set()
        await running


async def until_heard(fleet: Fleet, subscribers: Sequence[Subscriber]) -> None:
    """Return once everybody heard the account's newest event."""
    last = (await fleet.client(0).call("{ syncCursor }"))["syncCursor"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(subscriber.cursor != last for subscriber in subscribers):
            await asyncio.sleep(0.05)


async def test_two_web_processes_and_two_workers_lose_no_event_and_double_nothing(
    alone: Fleet,
) -> None:
    """Equal saves go to both processes at once; the connector signs in at each in turn."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(a_connector(alone))
        savers = await exported(alone, 4)
        begun = (await alone.client(0).call("{ syncCursor }"))["syncCursor"]
        subscribers = await stack.enter_async_context(listened_to(alone, begun))
        for round_ in range(4):
            price = Decimal(40 + round_)
            await asyncio.gather(*(saver.save(price) for saver in savers))
        await until_all(alone, savers, syncStatus="SYNCED")
        await until_heard(alone, subscribers)

    first, last = subscribers[0].heard[0], subscribers[0].heard[-1]
    assert [it.heard for it in subscribers] == [list(range(first, last + 1))] * 4
    assert await faults_of(alone, savers, alone.office.resources.settings.database_url) == []
    assert sum((saver.told for saver in savers), Counter()) == {}
    assert alone.logged("error", "critical") == []
    assert lines_without_ids(alone) == []


#: Which ids each line of a kind names: whoever looks for one account or session finds all of it.
IDS = {
    "session.": {"account_id", "connection_id", "session_id"},
    "message_set.": {"account_id", "connection_id", "session_id"},
    "sync_job.rendered": {"account_id", "job_id"},
}


def lines_without_ids(fleet: Fleet) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in fleet.logged("info", "warning")]
    named = {kind for kind in IDS for line in lines if line["event"].startswith(kind)}
    assert named == IDS.keys()  # there are such lines
    return [
        line
        for line in lines
        for kind, ids in IDS.items()
        if line["event"].startswith(kind) and not ids <= line.keys()
    ]


async def test_of_a_save_whose_process_is_killed_before_its_commit_nothing_is_left(
    alone: Fleet,
) -> None:
    """The key was claimed; ten equal calls to the other process then have one effect."""
    async with a_connector(alone):
        (saver,) = await exported(alone, 1)
    invoice = (await alone.client(1).call(READ, id=saver.invoice_id))["invoice"]
    wish = a_wish(saver.invoice_id, invoice, Decimal(77), key="killed")
    owner = create_async_engine(alone.office.resources.settings.database_url)
    async with owner.connect() as holder:
        await holder.execute(HOLD_INVOICE, {"id": local_id(saver.invoice_id)})
        doomed = asyncio.create_task(alone.client(0).call(SAVE, input=wish))
        await until_somebody_waits(owner)
        alone.processes[0].kill()
        await asyncio.gather(doomed, return_exceptions=True)
        equal = [asyncio.create_task(alone.client(1).call(SAVE, input=wish)) for _ in range(10)]
        await holder.rollback()
    answers = await asyncio.gather(*equal)
    await owner.dispose()

    assert isinstance(doomed.exception(), httpx.TransportError)
    assert answers == [answers[0]] * 10
    assert answers[0]["saveAndSync"]["userErrors"] == []
    saver.saved.append(Decimal(77))
    async with a_connector(alone):
        await until_all(alone, [saver], syncStatus="SYNCED")
    assert await faults_of(alone, [saver], alone.office.resources.settings.database_url) == []
    assert len(alone.company.journal.requests_named("InvoiceModRq")) == 1
