"""PostgreSQL goes while an answer of QuickBooks is under way: at any statement, in any manner.

The answer is stored in one transaction and booked in another. Wherever that is interrupted the Web
Connector is told in time, QuickBooks is told each edit once, and the invoice is SYNCED in the end
with nobody's help.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest
from lxml import etree
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from structlog.testing import capture_logs

from app.connector import connector_tools
from app.resources import Resources, hold_resources
from app.settings import Settings, load_settings
from db.migrate import migrate
from domain.invoice import Invoice
from domain.sync_status import SyncStatus
from qbwc.calls import Call, ReceiveResponseXML, Reply
from qbwc.endpoint import routes
from qbwc.operations import answer
from simulator.reports import UpdateReport
from simulator.web_connector import WebConnector
from sync_worker.broker import make_broker
from tests.conftest import open_office
from tests.journeys.restartable import RestartableServers
from tests.lines import Crossing, Plan, ServerLine, Side, Strike, cut
from tests.people import Office
from tests.quickbooks_side import OWNER, QuickBooksSide
from tests.sync_worker.connector import new_price, save

#: For one statement; a silence is given up half as long later.
STATEMENT_SECONDS = 0.8
SILENCE_SECONDS = 1.2
#: Whatever else there is to do, on a busy machine.
AIR_SECONDS = 3

AWAY = "Instep cannot reach its database for the moment. Nothing is lost"
_ADDRESS = "http://localhost/qbwc"
_OLD_COPIES = text(
    "update quickbooks_link set verified_at = verified_at - interval '1 minute'"
    " where account_id = :account"
)
_END = text("select pg_terminate_backend(pid) from pg_stat_activity where client_port = :port")
_OPEN = text(
    "select count(*) from exchange where account_id = :account"
    " and state in ('OWED', 'ANSWERED', 'LOST')"
)

_STATE = text("select state from exchange where account_id = :account order by id desc limit 1")


@dataclass(frozen=True)
class Instant:
    """When it happens, and how the message set stands in PostgreSQL then."""

    nth: int
    side: Side
    holding: bytes
    state: str

    def plan(self, strike: Strike) -> Plan:
        return Plan(self.nth, self.side, strike, self.holding)


#: The instants at which it matters what PostgreSQL knows, and what the service knows of it.
INSTANTS = {
    "before it is stored": Instant(1, Side.STATEMENT, b"BEGIN", "OWED"),
    "not stored, its commit lost": Instant(1, Side.STATEMENT, b"COMMIT\0", "OWED"),
    "stored, not told": Instant(1, Side.ANSWER, b"COMMIT\0", "ANSWERED"),
    "between storing and booking": Instant(2, Side.STATEMENT, b"BEGIN", "ANSWERED"),
    "not booked, its commit lost": Instant(2, Side.STATEMENT, b"COMMIT\0", "ANSWERED"),
    "booked, not told": Instant(2, Side.ANSWER, b"COMMIT\0", "BOOKED"),
}
#: Of these a stop in order is tried: PostgreSQL ends the connections as in the test before.
IN_ORDER = ("stored, not told", "not booked, its commit lost")


@dataclass
class Desk:
    """An office with one invoice in QuickBooks, whose connector's calls reach PostgreSQL by a line."""

    office: Office
    side: QuickBooksSide
    line: ServerLine
    #: What answers the Web Connector: all of it goes by the line.
    door: Resources
    #: Reaches PostgreSQL by another way.
    owner: AsyncEngine
    invoice: Invoice
    prices: list[Decimal] = field(default_factory=list)
    #: How long the last answer took to be taken, in seconds.
    took: float = 0

    async def execute(self, query: Any, **values: Any) -> Any:
        async with self.owner.begin() as connection:
            return await connection.execute(query, values)

    async def save(self) -> None:
        """Save another price, and build it: the next update hands it out."""
        self.prices.append(Decimal(40 + len(self.prices)))
        await self.execute(_OLD_COPIES, account=self.office.account_id)
        edit = new_price(self.invoice, str(self.prices[-1]))
        self.invoice = await save(self.office, self.invoice, edit)
        await self.side.plan_all()

    async def update(self, plan: Plan | None = None) -> UpdateReport:
        """Run one update; the plan holds while QuickBooks' answer is taken."""
        tools = connector_tools(self.door, version="test")

        async def respond(call: Call, peer: str) -> Reply:
            if not isinstance(call, ReceiveResponseXML):
                return await answer(tools, call, peer)
            self.line.plan(plan)
            begun = time.monotonic()
            try:
                return await answer(tools, call, peer)
            finally:
                self.took = time.monotonic() - begun
                self.line.plan(None)

        app = Starlette(routes=routes(respond, app_url=_ADDRESS))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            created = self.side.connection
            return await WebConnector(
                _ADDRESS,
                created.connection.user_name,
                created.password,
                self.side.company,
                client=client,
                noop_seconds=0,
                owner_id=OWNER,
            ).run_update()

    async def settle(self) -> None:
        """Let the Web Connector come again until nothing is under way any more."""
        async with asyncio.timeout(30):
            await self.update()
            while (await self._stored()).sync_status is not SyncStatus.SYNCED or await self._open():
                await self.side.plan_all()
                await self.update()

    async def state(self) -> str:
        """How the newest message set stands."""
        return str((await self.execute(_STATE, account=self.office.account_id)).scalar_one())

    async def assert_exactly_once(self) -> None:
        """QuickBooks was told each price once, in order, and the office is told so."""
        writes = self.side.company.journal.writes(number="21259")
        told = [
            Decimal(etree.fromstring(write.request).findtext(".//Rate"))
            for write in writes
            if write.name == "InvoiceModRq" and write.saved
        ]
        assert told == self.prices
        held = await self.side.held(self.invoice)
        assert next(held.flat_lines()).rate == self.prices[-1]
        stored = await self._stored()
        async with self.office.open_work() as work:
            assert await work.sync_issues.open_of([self.invoice.id]) == {}
        assert stored.synced_version == stored.version == self.invoice.version
        assert self.door.pool_use().in_use == 0

    async def _stored(self) -> Invoice:
        async with self.office.open_work() as work:
            found = await work.invoices.get(self.invoice.id)
        assert found is not None
        return found

    async def _open(self) -> int:
        found = await self.execute(_OPEN, account=self.office.account_id)
        return int(found.scalar_one())


@asynccontextmanager
async def a_desk(
    settings: Settings, namespace: str, *, statement_seconds: float = 20
) -> AsyncIterator[Desk]:
    """The office works by the way that is sound, and with patience; only the door does not."""
    broker = make_broker(settings.redis_url, namespace=namespace)
    owner = create_async_engine(settings.database_url, pool_pre_ping=True)
    async with ServerLine(settings.database_url).open() as line:
        changes = {"database_url": line.url, "database_seconds": statement_seconds}
        by_the_line = settings.model_copy(update=changes)
        async with (
            hold_resources(settings, broker) as resources,
            hold_resources(by_the_line, broker) as door,
        ):
            office = await open_office(resources)
            side = QuickBooksSide(office)
            invoice = await side.export(await office.new_invoice("21259"))
            yield Desk(office, side, line, door, owner, invoice)
            line.hang_up()
    await owner.dispose()
    broker.close()


async def test_an_answer_counts_once_at_whichever_statement_its_connection_breaks(
    settings, namespace
):
    """At every other one: a new connection prepares each statement before it runs it."""
    async with a_desk(settings, namespace) as desk:
        nth, has_struck = 1, True
        while has_struck:
            plan = Plan(nth, Side.ANSWER, cut)
            await desk.save()
            report = await desk.update(plan)
            has_struck = plan.has_struck
            assert report.status_text.startswith(AWAY) is has_struck, nth
            assert desk.took < AIR_SECONDS, nth
            await desk.settle()
            await desk.assert_exactly_once()
            nth += 2
    assert nth > 20


async def test_an_answer_counts_once_when_postgresql_ends_its_connection(settings, namespace):
    """By a word, as an administrator does, or a server that shuts down."""
    async with a_desk(settings, namespace) as desk:

        async def end(crossing: Crossing) -> None:
            await desk.execute(_END, port=crossing.port)

        for name, instant in INSTANTS.items():
            plan = instant.plan(end)
            await desk.save()
            report = await desk.update(plan)
            assert (plan.has_struck, await desk.state()) == (True, instant.state), name
            assert report.status_text.startswith(AWAY), name
            assert desk.took < AIR_SECONDS, name
            await desk.settle()
            await desk.assert_exactly_once()


async def test_an_answer_counts_once_when_the_line_falls_silent(settings, namespace):
    """Nobody is told that it has; the Web Connector is answered in time, and so is the next one."""
    told = []
    async with a_desk(settings, namespace, statement_seconds=STATEMENT_SECONDS) as desk:

        async def fall_silent(_crossing: Crossing) -> None:
            desk.line.fall_silent()

        for name, instant in INSTANTS.items():
            plan = instant.plan(fall_silent)
            await desk.save()
            with capture_logs() as logged:
                report = await desk.update(plan)
            desk.line.carry_new_ones()
            assert (plan.has_struck, await desk.state()) == (True, instant.state), name
            assert report.status_text.startswith(AWAY), name
            assert SILENCE_SECONDS <= desk.took < SILENCE_SECONDS + AIR_SECONDS, name
            told += [line["reason"] for line in logged if line["event"].endswith("unavailable")]
            await desk.settle()
            await desk.assert_exactly_once()
    assert [reason.split(". ")[0] for reason in told] == [
        "PostgreSQL cannot be reached: no answer in time"
    ] * len(INSTANTS)


@pytest.mark.parametrize("at_once", [True, False], ids=["immediate", "fast"])
async def test_an_answer_counts_once_when_postgresql_is_stopped(
    settings, namespace, restartable: RestartableServers, at_once
):
    """It is started again when the update has ended."""
    changed = settings.model_copy(
        update={"database_url": load_settings(environment_of(restartable)).database_url}
    )
    await migrate(changed.database_url)
    async with a_desk(changed, namespace) as desk:

        async def stop(_crossing: Crossing) -> None:
            await asyncio.to_thread(restartable.stop, "postgres", at_once=at_once)

        for name in INSTANTS if at_once else IN_ORDER:
            await stopped_at(desk, restartable, INSTANTS[name].plan(stop), INSTANTS[name].state)
        told = Plan(2, Side.ANSWER, stop, b"COMMIT\0", passes=True)
        report = await stopped_at(desk, restartable, told, "BOOKED")
        assert report.progress == (100,)


async def stopped_at(
    desk: Desk, servers: RestartableServers, plan: Plan, state: str
) -> UpdateReport:
    await desk.save()
    report = await desk.update(plan)
    await asyncio.to_thread(servers.start, "postgres")
    assert (plan.has_struck, await desk.state()) == (True, state)
    assert report.status_text.startswith(AWAY)
    assert desk.took < AIR_SECONDS
    await desk.settle()
    await desk.assert_exactly_once()
    return report


def environment_of(servers: RestartableServers) -> dict[str, str]:
    return {"DATABASE_URL": servers.urls["postgres"], "REDIS_URL": servers.urls["redis"]}
