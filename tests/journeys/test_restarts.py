"""PostgreSQL and Redis restarted in turn while people save and listen."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import httpx
from lxml import etree
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.settings import load_settings
from db.migrate import migrate
from schema.pagination import read_event_cursor
from tests.conftest import JWT_SECRET
from tests.journeys.cutting import until_wanted
from tests.journeys.restartable import RestartableServers
from tests.journeys.test_two_of_each import (
    Saver,
    a_connector,
    an_open_fleet,
    exported,
    faults_of,
    listened_to,
    until_all,
    until_heard,
)
from tests.journeys.two_of_each import PATIENCE_SECONDS, Fleet, Subscriber, until_ready

#: What a caller may be told while a server is away: to come again.
RETRYABLE = {"UNAVAILABLE"}
#: So soon after a server is there again saves reach QuickBooks and subscribers, at both processes.
BACK_WITHIN_SECONDS = 30
#: What web processes and workers log of an outage when it has begun, and when it is over.
LOST = {
    "postgres": ("soap_calls.unavailable", "database.lost"),
    "redis": ("announcement.lost", "redis.lost"),
}
BACK = {"postgres": ("soap_calls.available", "database.back"), "redis": (None, "redis.back")}
#: Of these lines there is one for each outage, however long it lasts.
ONCE = {
    *("soap_calls.unavailable", "soap_calls.available", "answers.unsearched"),
    *("doorbell.disconnected", "doorbell.connected"),
    *("database.lost", "database.back", "redis.lost", "redis.back", "sweeps.skipped"),
}


@dataclass
class Load:
    """People who save without a pause, and people who listen."""

    fleet: Fleet
    savers: Sequence[Saver]
    subscribers: Sequence[Subscriber]
    #: The number of the event behind which everybody listens.
    begun: int

    async def save_until(self, over: asyncio.Event) -> None:
        """Let everybody save one price after another, each a little higher."""
        await asyncio.gather(*(_save_until(saver, over) for saver in self.savers))

    async def until_it_goes_on(self) -> None:
        """Return once what is saved from now on is answered, held by QuickBooks, and heard of."""
        saved = [saver.saved[-1] for saver in self.savers]
        heard = [len(subscriber.heard) for subscriber in self.subscribers]
        while not (
            all(it.saved[-1] >= was + 2 for it, was in zip(self.savers, saved, strict=True))
            and all(self.rates(n)[-1] > was for n, was in enumerate(saved))
            and all(len(it.heard) > n for it, n in zip(self.subscribers, heard, strict=True))
        ):
            await asyncio.sleep(0.05)

    def rates(self, n: int) -> list[Decimal]:
        """What QuickBooks was told, and stored, of the first line of the n-th invoice, in order."""
        writes = self.fleet.company.journal.writes(number=f"N{n}")
        told = (
            etree.fromstring(write.request).findtext(".//Rate") for write in writes if write.saved
        )
        return [Decimal(rate) for rate in told if rate is not None]


async def _save_until(saver: Saver, over: asyncio.Event) -> None:
    price = Decimal(40)
    while not over.is_set():
        await saver.save(price)
        price += 1


@asynccontextmanager
async def a_load(fleet: Fleet, amount: int) -> AsyncIterator[Load]:
    """Let so many people save until the block is left."""
    over = asyncio.Event()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(a_connector(fleet))
        savers = await exported(fleet, amount)
        cursor = (await fleet.client(0).call("{ syncCursor }"))["syncCursor"]
        subscribers = await stack.enter_async_context(listened_to(fleet, cursor))
        load = Load(fleet, savers, subscribers, read_event_cursor(fleet.office.account_id, cursor))
        saving = asyncio.create_task(load.save_until(over))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all(saver.saved for saver in savers):
                await asyncio.sleep(0.05)
        yield load
        over.set()
        await saving
        await until_all(fleet, savers, syncStatus="SYNCED")
        await until_heard(fleet, subscribers)


@asynccontextmanager
async def an_answer_under_way(fleet: Fleet, database_url: str) -> AsyncIterator[None]:
    """Inside the block the service is storing an answer of QuickBooks, and does not get on."""
    arrived, let_go = asyncio.Event(), asyncio.Event()

    async def keep(request: httpx.Request) -> None:
        if not arrived.is_set() and b"InvoiceModRs" in await request.aread():
            arrived.set()
            await let_go.wait()

    owner = create_async_engine(database_url)
    fleet.http.event_hooks = {"request": [keep]}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await arrived.wait()
        async with owner.connect() as holder:
            await holder.execute(text("lock table exchange in share mode"))
            let_go.set()
            await until_wanted(owner, "exchange")
            yield
            await holder.invalidate()
    finally:
        let_go.set()
        fleet.http.event_hooks = {}
        await owner.dispose()


def events_of(log: Path) -> Counter[str]:
    return Counter(json.loads(line)["event"] for line in log.read_text().splitlines())


async def until_told(fleet: Fleet, events: tuple[str | None, str]) -> None:
    """Wait until each web process and each worker has logged its event."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        for log in fleet.logs:
            event = events["worker" in log.name]
            while event is not None and not events_of(log)[event]:
                await asyncio.sleep(0.05)


async def reason_of_unready(http: httpx.AsyncClient, url: str) -> str:
    """Wait until the process says that it cannot work, and give why."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (response := await http.get(f"{url}/readyz")).is_success:
            await asyncio.sleep(0.05)
    return response.json()["reason"]


async def test_servers_that_are_restarted_under_load_cost_time_and_nothing_else(
    restartable: RestartableServers, namespace: str, tmp_path: Path
) -> None:
    """Callers are told codes to retry after, and nobody has to restart a process."""
    settings = load_settings(
        {
            "DATABASE_URL": restartable.urls["postgres"],
            "REDIS_URL": restartable.urls["redis"],
            "INSTEP_JWT_SECRET": JWT_SECRET,
            "INSTEP_COST_PER_MINUTE": "0",
        }
    )
    await migrate(settings.database_url)
    reasons = []
    async with an_open_fleet(settings, namespace, tmp_path) as fleet, a_load(fleet, 3) as load:
        for which in ("postgres", "redis"):
            async with an_answer_under_way(fleet, settings.database_url):
                await asyncio.to_thread(restartable.stop, which)
            reasons += [await reason_of_unready(fleet.http, url) for url in fleet.urls]
            await until_told(fleet, LOST[which])
            await asyncio.to_thread(restartable.start, which)
            async with asyncio.timeout(BACK_WITHIN_SECONDS):
                for url in fleet.urls:
                    await until_ready(fleet.http, url)
                await load.until_it_goes_on()
                await until_told(fleet, BACK[which])
        assert [process.is_alive for process in fleet.processes] == [True] * 4

    last = load.subscribers[0].heard[-1]
    assert [it.heard for it in load.subscribers] == [list(range(load.begun + 1, last + 1))] * 4
    assert await faults_of(fleet, load.savers, settings.database_url) == []
    for n, saver in enumerate(load.savers):
        rates = load.rates(n)
        assert rates == sorted(set(rates)), "a price was written twice, or an older one later"
        assert set(rates[1:]) <= set(saver.saved)
    assert sum((saver.told for saver in load.savers), Counter()).keys() == RETRYABLE
    assert [reason.split(" cannot be reached")[0] for reason in reasons] == [
        *("PostgreSQL", "PostgreSQL", "Redis", "Redis")
    ]
    lost = sum(events_of(log)["message_set.lost"] for log in fleet.logs)
    assert lost >= 1, "no answer was under way when PostgreSQL went"
    assert fleet.logged("error", "critical") == []
    for log in fleet.logs:
        assert [it for it in events_of(log).items() if it[0] in ONCE and it[1] > 1] == [], log.name
