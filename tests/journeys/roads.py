"""One office and its QuickBooks with edits on their way between them, and where to cut that way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Flag, auto
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.web import BROKER_NAMESPACE
from domain.invoice import ExportStatus
from domain.sync_status import SyncStatus
from simulator.company_json import read_company, write_company
from simulator.faults import Fault, FaultScript
from simulator.web_connector import WebConnector
from tests.journeys.conftest import Service, global_id, key
from tests.journeys.cutting import (
    PATIENCE_SECONDS,
    ConnectorProcess,
    Cut,
    Line,
    LineCut,
    Moment,
    ServiceProcesses,
    held,
    later_clock,
    until,
    until_wanted,
)
from tests.journeys.ledgers import Ours, disagreements, their_fields
from tests.people import Office
from tests.quickbooks_side import QuickBooksSide

#: Whoever asks without a pause takes the processor from those he waits for.
_UPDATE_PAUSE_SECONDS = 0.05
_AT_WORK = ("QUEUED", "PLANNED", "READY", "SENT", "RETRY_WAIT", "UNKNOWN", "BLOCKED")
_OLD_COPIES = text(
    "update quickbooks_link set verified_at = verified_at - interval '1 minute'"
    " where account_id = :account"
)
_READY = text("select count(*) from qbxml_request where account_id = :account and state = 'READY'")
_UNKNOWN = text("select count(*) from sync_job where account_id = :account and state = 'UNKNOWN'")
_UNREST = text(
    "select (select count(*) from sync_job where account_id = :account"
    " and state = any(cast(:at_work as text[]))) + (select count(*) from exchange"
    " where account_id = :account and state in ('OWED', 'ANSWERED', 'LOST'))"
)
_EVENTS = text("select sequence from sync_event where account_id = :account order by sequence")


class Victim(Flag):
    LINE = 0
    WEB = auto()
    CONNECTOR = auto()
    WORKER = auto()


@dataclass(frozen=True)
class Point:
    """Where the road is cut; with a table: inside the transaction that wants to write it."""

    operation: str
    moment: Moment
    table: str | None = None
    holding: str = ""


@dataclass
class Road:
    """One office and its QuickBooks, with edits on their way between them."""

    processes: ServiceProcesses
    line: Line
    http: httpx.AsyncClient
    owner: AsyncEngine
    office: Office
    side: QuickBooksSide
    folder: Path
    #: Numbers of the invoices that QuickBooks is to be told of, by the request that tells.
    wanted: Counter = field(default_factory=Counter)
    invoice_ids: list = field(default_factory=list)
    #: What QuickBooks saved next to a connector process.
    _elsewhere: Counter = field(default_factory=Counter)

    @property
    def service(self) -> Service:
        return Service(
            url=self.line.url,
            http=self.http,
            office=self.office,
            settings=self.office.resources.settings,
            namespace=BROKER_NAMESPACE,
            company=self.side.company,
            clock=None,
        )

    async def exported(self, *numbers: str, **changes: Any) -> list:
        """Invoices that QuickBooks has held for a while."""
        made = [await self.office.new_invoice(number, **changes) for number in numbers]
        await self.side.export(*made)
        await self._execute(_OLD_COPIES)
        self.side.company.journal.entries.clear()
        return made

    async def set_out(self, *, adds: int, mods: int) -> None:
        """Save what is to reach QuickBooks, and wait until the worker has built all of it."""
        known = await self.exported(*(f"M-{n}" for n in range(mods))) if mods else []
        made = [await self.office.new_invoice(f"A-{n}") for n in range(adds)]
        if made:
            await self.office.export(*made)
        for invoice in known:
            saved = await self.save(invoice)
            assert saved["userErrors"] == []
        self.expect("InvoiceModRq", known)
        self.expect("InvoiceAddRq", made)

    async def set_out_credit_memos(self) -> None:
        """The same with two invoices of negative totals: one is new, of one the price changes."""
        taken_back = tuple(replace(task, quantity=-task.quantity) for task in self.office.tasks())
        (known,) = await self.exported("CM-0", tasks=taken_back)
        made = await self.office.new_invoice("CA-0", tasks=taken_back)
        await self.office.export(made)
        saved = await self.save(known)
        assert saved["userErrors"] == []
        self.expect("CreditMemoModRq", [known])
        self.expect("CreditMemoAddRq", [made])

    def expect(self, request: str, invoices: list) -> None:
        self.wanted.update((request, invoice.content.number) for invoice in invoices)
        self.invoice_ids += [invoice.id for invoice in invoices]

    async def save(self, invoice, idempotency_key: str | None = None) -> dict[str, Any]:
        first = {
            "taskId": global_id("Task", invoice.content.tasks[0].id),
            "patch": {"unitPrice": "42.00"},
        }
        return await self.service.mutate(
            "saveAndSync",
            invoiceId=global_id("Invoice", invoice.id),
            version=1,
            idempotencyKey=idempotency_key or key(),
            edits={"details": {"summary": "Spring tune-up"}, "editTasks": [first]},
        )

    async def until_built(self) -> None:
        """Return when all that is wanted lies ready for the Web Connector."""

        async def is_built() -> bool:
            return await self.count(_READY) == self.wanted.total()

        await until(is_built)

    async def unknown_outcomes(self) -> int:
        return await self.count(_UNKNOWN)

    async def count(self, query) -> int:
        return (await self._execute(query)).scalar_one()

    async def _execute(self, query, **values):
        async with self.owner.begin() as connection:
            return await connection.execute(query, {"account": self.office.account_id, **values})

    def connector(self, *faults: Fault) -> WebConnector:
        created = self.office.connection
        return WebConnector(
            f"{self.line.url}/qbwc",
            created.connection.user_name,
            created.password,
            self.side.company,
            client=self.http,
            noop_seconds=0,
            faults=FaultScript().add(*faults),
        )

    @asynccontextmanager
    async def connector_process(self) -> AsyncIterator[ConnectorProcess]:
        """A Web Connector as a process of its own; afterwards QuickBooks is as it left it."""
        path = self.folder / "company.json"
        write_company(self.side.company, path)
        self._elsewhere += self._written()
        created = self.office.connection
        process = ConnectorProcess(
            f"{self.line.url}/qbwc", created.connection.user_name, created.password, path
        )
        yield process
        self.side.company = read_company(path, later_clock(2))
        self._elsewhere += Counter(
            (write["name"], write["number"]) for write in process.writes() if write["saved"]
        )

    async def cut(self, point: Point, victims: Victim) -> None:
        """Run one update, and strike when it comes to that point."""
        async with AsyncExitStack() as stack:
            connector = None
            if Victim.CONNECTOR in victims:
                connector = await stack.enter_async_context(self.connector_process())
            strike = _Strike(self, point, victims, connector, stack)
            self.line.plan(Cut(point.operation, point.moment, strike.strike, point.holding))
            if connector is None:
                await self.connector().run_update()
            else:
                connector.start()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await strike.struck.wait()

    async def kill_the_worker_while_it_plans(self) -> None:
        """Start a worker, and kill it when it is about to store a request."""
        async with held(self.owner, "qbxml_request"):
            self.processes.worker.start()
            await until_wanted(self.owner, "qbxml_request")
            self.processes.worker.kill()

    async def cut_a_save(self, invoice, idempotency_key: str, table: str | None) -> None:
        """Kill the web process before the save's commit, inside the table; without one, behind it."""

        async def strike() -> None:
            self.processes.web.kill()
            raise LineCut

        async with AsyncExitStack() as stack:
            if table is None:
                self.line.plan(Cut("graphql", Moment.ANSWERED, strike))
                saving = asyncio.create_task(self.save(invoice, idempotency_key))
            else:
                await stack.enter_async_context(held(self.owner, table))
                saving = asyncio.create_task(self.save(invoice, idempotency_key))
                await until_wanted(self.owner, table)
                self.processes.web.kill()
            with pytest.raises(httpx.TransportError):
                await saving

    async def settle(self) -> None:
        """Let the Web Connector run until nothing is under way any more."""
        await self.processes.ensure()

        async def is_settled() -> bool:
            await self.connector().run_update()
            return await self.count(_UNREST.bindparams(at_work=list(_AT_WORK))) == 0

        await until(is_settled, pause_seconds=_UPDATE_PAUSE_SECONDS)

    def _written(self) -> Counter:
        return Counter((w.name, w.number) for w in self.side.company.journal.writes() if w.saved)

    async def assert_exactly_once(self) -> None:
        """QuickBooks wrote each edit once, both ledgers agree, and the office is told so."""
        assert self._elsewhere + self._written() == self.wanted
        company = self.side.company
        assert len(company.invoices) + len(company.credit_memos) == len(self.invoice_ids)
        async with self.office.open_work() as work:
            invoices = await work.invoices.get_many(self.invoice_ids)
            links = await work.links.get_many(self.invoice_ids)
            issues = await work.sync_issues.open_of(self.invoice_ids)
            batches = await work.lists.batches()
        assert issues == {}
        for invoice in invoices.values():
            link = links[invoice.id]
            memo = company.credit_memos.get(link.copy.txn_id)
            books = memo or company.invoice(link.copy.txn_id)
            theirs = their_fields(books, link, is_credit=memo is not None)
            ours = Ours(self.office).fields(
                invoice.content,
                business_unit_id=invoice.business_unit_id,
                batch=batches[invoice.batch_id],
            )
            assert disagreements(ours, theirs) == {}
            assert invoice.export_status is ExportStatus.EXPORTED
            if invoice.version > 1:
                assert invoice.sync_status is SyncStatus.SYNCED
            assert invoice.synced_version == invoice.version
        numbers = (await self._execute(_EVENTS)).scalars().all()
        assert numbers == list(range(1, len(numbers) + 1))


class _Strike:
    """What happens at a point: its victims die, at once or inside the transaction it names."""

    def __init__(
        self,
        road: Road,
        point: Point,
        victims: Victim,
        connector: ConnectorProcess | None,
        stack: AsyncExitStack,
    ) -> None:
        self._road = road
        self._point = point
        self._victims = victims
        self._connector = connector
        self._stack = stack
        self.struck = asyncio.Event()

    async def strike(self) -> None:
        table = self._point.table
        if table is None:
            self._hit()
            raise LineCut
        await self._stack.enter_async_context(held(self._road.owner, table))
        waiting = asyncio.create_task(self._hit_inside(table))
        self._stack.push_async_callback(lambda: waiting)

    async def _hit_inside(self, table: str) -> None:
        await until_wanted(self._road.owner, table)
        self._hit()

    def _hit(self) -> None:
        if Victim.WEB in self._victims:
            self._road.processes.web.kill()
        if Victim.WORKER in self._victims:
            self._road.processes.worker.kill()
        if self._connector is not None:
            self._connector.kill()
        self._road.line.drop()
        self.struck.set()
