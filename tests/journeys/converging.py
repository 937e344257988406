"""Hundreds of random edits between an office and two company files, with everything that can fail.

One seed decides all of it: the edits, the bookkeepers, what the lines and QuickBooks do wrong, and
which transactions break off before their commit. Time is virtual. `Chaos.run` does the work;
`judging` then says what does not fit.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import httpx
from starlette.applications import Starlette

from app import administration
from app.connector import connector_tools
from domain.edits import DetailsPatch, Edits, NewTask, TaskEdit, TaskPatch
from domain.errors import DomainError
from domain.guards import GuardCode
from domain.invoice import ExportStatus, Invoice
from domain.sync_status import SyncStatus
from qbwc.calls import Call, ReceiveResponseXML, Reply, SendRequestXML
from qbwc.endpoint import routes
from qbwc.message_set import Chance
from qbwc.operations import answer
from qbwc.sessions import Lingering, Tools
from resolvers.context import RequestContext
from resolvers.exporting import Export, export_invoices
from resolvers.invoices import NewInvoice, create_invoice
from resolvers.saving import Resync, Save, resync, save_and_bypass, save_and_sync
from simulator.clock import VirtualClock
from simulator.company_file import DEMO_COMPANY
from simulator.faults import FaultScript, Meanwhile
from simulator.web_connector import WebConnector
from sync_worker.planner import plan
from tests.journeys.watched_books import RandomBookkeeper, WatchedBooks
from tests.people import Office

_ADDRESS = "http://localhost/qbwc"
_ALL = 1_000_000
_FAULTS = 0.2
_BREAKS = 0.01
_FORGETS = 0.02
_MOST_ROUNDS = 120
_ACTIVE = ("QUEUED", "PLANNED", "READY", "SENT", "RETRY_WAIT", "UNKNOWN", "BLOCKED")


class BrokenOff(Exception):
    """The process died before this commit."""


@dataclass
class Desk:
    """One company file with its Web Connector and its bookkeeper."""

    books: WatchedBooks
    bookkeeper: RandomBookkeeper
    created: Any
    faults: FaultScript


class Chaos:
    """One run; everything in it follows from the seed."""

    def __init__(self, office: Office, *, seed: int, invoices: int = 30) -> None:
        self.office = office
        self.seed = seed
        self.clock = VirtualClock()
        self.desks: list[Desk] = []
        self.invoice_ids: list[UUID] = []
        #: The contents that invoices were made with; revisions tell the later ones.
        self.made: dict[UUID, Invoice] = {}
        #: Whose line it is or was, by TxnLineID.
        self.owners: dict[str, UUID] = {}
        self.counts: Counter[str] = Counter()
        self._how_many = invoices
        self._chance = Random(seed)  # noqa: S311 - repeatable on purpose
        self._ids = count(1)
        self._is_breaking = False
        self._context: RequestContext

    async def run(self, edits: int) -> None:
        """Make so many edits in the middle of everything, then let it all come to rest."""
        await self._prepare()
        self._is_breaking = True
        while self.counts["edits accepted"] < edits:
            await self._step()
        await self._calm_down()

    async def _prepare(self) -> None:
        person = await self.office.as_person("Olga")
        self._context = replace(
            person, now=self.clock, new_id=self._new_id, open_work=self._office_work
        )
        second = await administration.add_connection(
            self.office.resources,
            account_id=self.office.account_id,
            company_file="CF-2",
            name="Back office",
        )
        for n, created in enumerate((self.office.connection, second)):
            self.desks.append(self._desk(created, n))
        for n in range(self._how_many):
            await self._create(n)

    def _desk(self, created: Any, n: int) -> Desk:
        described = json.loads(DEMO_COMPANY.read_text(encoding="utf-8"))
        path = rf"C:\QuickBooks\CF-{n + 1}.qbw"
        books = WatchedBooks.from_json(
            {**described, "invoices": [], "name": f"Company {n + 1}", "path": path}, self.clock
        )
        faults = FaultScript.random(self.seed + n, _FAULTS)
        chance = Random(f"{self.seed}:{n}")  # noqa: S311 - repeatable on purpose
        return Desk(books, RandomBookkeeper(books, chance), created, faults)

    async def _create(self, n: int) -> None:
        desk = self.desks[n % len(self.desks)]
        wish = NewInvoice(
            number=f"I{n}",
            date=date(2026, 11, 18),
            customer_id=self.office.id_of("Harriet Doyle"),
            tax_zone_id=self.office.id_of("Fort Worth"),
            business_unit_id=self.office.id_of("HVAC"),
            summary=f"As made {n}",
            tasks=(*self.office.tasks(), self._a_new_task()),
            idempotency_key=f"make {n}",
        )
        invoice = await create_invoice(self._context, wish)
        self.made[invoice.id] = invoice
        self.invoice_ids.append(invoice.id)
        await export_invoices(
            self._context,
            Export(
                invoice_ids=(invoice.id,),
                batch_name="Batch",
                connection_id=desk.created.connection.id,
                idempotency_key=f"export {n}",
            ),
        )

    async def _step(self) -> None:
        """One of the many things that happen in an office."""
        steps: dict[Callable[[], Any], float] = {
            self._edit: 40,
            self._bookkeep: 25,
            self._work: 25,
            self._update: 25,
        }
        (step,) = self._chance.choices(list(steps), list(steps.values()))
        self.clock.advance(self._chance.choice([0.2, 2, 2, 5, 30, 90]))
        await step()

    async def _bookkeep(self) -> None:
        self.clock.advance(2)  # nobody opens, changes and saves within one second
        self._chance.choice(self.desks).bookkeeper.act()
        self.clock.advance(2)

    async def _edit(self) -> None:
        """A person saves, bypasses or re-syncs one invoice."""
        invoice = await self._read(self._chance.choice(self.invoice_ids))
        if invoice.export_status is not ExportStatus.EXPORTED:
            return
        is_waiting = invoice.sync_status in (SyncStatus.BYPASSED, SyncStatus.ACTION_REQUIRED)
        wish = "sync"
        if is_waiting and self._chance.random() < 0.4:
            wish = "resync"
        elif self._chance.random() < 0.2:
            wish = "bypass"
        edits = await self._taking_theirs(invoice) if self._chance.random() < 0.5 else None
        if edits is not None:
            wish = "sync"
        try:
            await self.wish(invoice, wish, edits)
        except DomainError as refusal:
            self.counts[f"edits refused: {type(refusal).__name__}"] += 1
        except BrokenOff:
            self.counts["edits broken off"] += 1

    async def wish(self, invoice: Invoice, wish: str, edits: Edits | None = None) -> None:
        """Ask for it; a caller that hears nothing, or hears twice, asks with the same key."""
        key = f"wish {next(self._ids)}"
        if edits is None and wish != "resync":
            edits = self._some_edits(invoice)
        try:
            await self._ask(invoice, wish, edits, key)
        except BrokenOff:
            self.counts["saves broken off"] += 1
            await self._ask(invoice, wish, edits, key)
        if self._chance.random() < 0.1:
            await self._ask(invoice, wish, edits, key)
        self.counts["edits accepted"] += 1
        self.counts[f"{wish} wishes"] += 1

    async def _ask(self, invoice: Invoice, wish: str, edits: Edits | None, key: str) -> None:
        everything = tuple(GuardCode)
        if wish == "resync":
            await resync(
                self._context,
                Resync(
                    invoice_id=invoice.id,
                    version=invoice.version,
                    acknowledge=everything,
                    idempotency_key=key,
                ),
            )
            return
        save = save_and_bypass if wish == "bypass" else save_and_sync
        await save(
            self._context,
            Save(
                invoice_id=invoice.id,
                version=invoice.version,
                edits=edits,
                acknowledge=everything,
                idempotency_key=key,
            ),
        )

    def _some_edits(self, invoice: Invoice) -> Edits:
        chance, content = self._chance, invoice.content
        task = chance.choice(content.tasks)
        unit = self.office.id_of(chance.choice(["HVAC", "Plumbing"]))
        kinds: dict[str, Callable[[], Edits]] = {
            "price": lambda: _of(task, unit_price=self._a_price()),
            "quantity": lambda: _of(task, quantity=Decimal(chance.randrange(1, 10))),
            "description": lambda: _of(task, description=f"Work {next(self._ids)}"),
            "taxable": lambda: _of(task, taxable=not task.taxable),
            "unit": lambda: _of(task, business_unit_id=unit),
            "summary": lambda: _details(summary=f"Summary {next(self._ids)}"),
            "number": lambda: _details(number=f"N{next(self._ids)}"),
            "date": lambda: _details(date=date(2026, 11, 2 + chance.randrange(25))),
            "add": lambda: Edits(add_tasks=(self._a_new_task(),)),
            "remove": lambda: Edits(remove_task_ids=(task.id,)),
        }
        if len(content.tasks) < 3:
            del kinds["remove"]
        if len(content.tasks) > 6:
            del kinds["add"]
        chosen = chance.sample(sorted(kinds), chance.choice([1, 1, 2]))
        return _together(*(kinds[kind]() for kind in chosen))

    async def _taking_theirs(self, invoice: Invoice) -> Edits | None:
        """A person types QuickBooks' values of a conflict in here; None when there is none."""
        async with self.office.open_work() as work:
            issue = (await work.sync_issues.open_of([invoice.id])).get(invoice.id)
        if issue is None or issue.code != "EDIT_CONFLICT":
            return None
        tasks = {str(task.id): task for task in invoice.content.tasks}
        parts = []
        for conflict in issue.conflicts:
            path, theirs = conflict.path, conflict.quickbooks
            if path == ("number",) and theirs:
                parts.append(_details(number=theirs))
            elif path == ("date",) and theirs:
                parts.append(_details(date=date.fromisoformat(theirs)))
            elif path == ("memo",) and theirs and " - " in theirs:
                parts.append(_details(summary=theirs.partition(" - ")[2]))
            elif path[0] == "tasks" and path[1] in tasks:
                parts.append(self._taking_line(tasks[path[1]], path[2:], theirs))
        return _together(*parts) if parts else None

    def _taking_line(self, task: Any, names: tuple[str, ...], theirs: str | None) -> Edits:
        if not names:
            return Edits(remove_task_ids=(task.id,))
        match names[0]:
            case "unit_price" | "quantity" as name:
                return _of(task, **{name: Decimal(theirs or 0)})
            case "description":
                return _of(task, description=theirs)
            case "business_unit" if theirs:
                return _of(task, business_unit_id=self.office.id_of(theirs))
            case _:
                return Edits()

    def _a_price(self) -> Decimal:
        return Decimal(self._chance.randrange(100, 30000)) / 100

    def _a_new_task(self) -> NewTask:
        item = self._chance.choice(["Seasonal tune-up", "Diagnostic visit", "Air filter 16x25"])
        return NewTask(
            item_id=self.office.id_of(item),
            description=f"{item} {next(self._ids)}",
            taxable=self._chance.random() < 0.5,
            quantity=Decimal(self._chance.randrange(1, 5)),
            unit_price=self._a_price(),
            business_unit_id=self.office.id_of("HVAC"),
        )

    async def _work(self) -> None:
        """A worker looks at what is due; it may die before any of its commits."""
        moment = self.clock()
        due = await self.office.resources.directory.due_jobs(
            moment, quiet_since=moment, at_most=_ALL
        )
        for job_id in sorted(e.id for e in due if e.account_id == self.office.account_id):
            try:
                async with self._breaking_work(self.office.account_id) as work:
                    await plan(work, job_id, now=self.clock(), new_id=self._new_id)
            except BrokenOff:
                self.counts["plans broken off"] += 1

    async def _update(self) -> None:
        await self._update_at(self._chance.choice(self.desks))

    async def _update_at(self, desk: Desk) -> None:
        if self._is_breaking and self._chance.random() < 0.2:
            desk.faults.add(Meanwhile(lambda _: self._act_meanwhile(desk)))
        if self._is_breaking and self._chance.random() < _FORGETS:
            desk.books.message_sets.clear()  # QuickBooks forgot what it had answered
        async with self._connector(desk) as connector:
            report = await connector.run_update()
        self.counts[f"updates: {report.outcome}"] += 1
        await self._learn_owners()

    def _act_meanwhile(self, desk: Desk) -> None:
        self.clock.advance(2)
        desk.bookkeeper.act()
        self.clock.advance(2)

    @asynccontextmanager
    async def _connector(self, desk: Desk) -> AsyncIterator[WebConnector]:
        tools = self._tools()

        async def respond(call: Call, peer: str) -> Reply:
            if self._is_breaking and isinstance(call, SendRequestXML | ReceiveResponseXML):
                await self._in_between()
            return await answer(tools, call, peer)

        app = Starlette(routes=routes(respond, app_url=_ADDRESS))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            yield WebConnector(
                _ADDRESS,
                desk.created.connection.user_name,
                desk.created.password,
                desk.books,
                client=client,
                noop_seconds=0,
                faults=desk.faults if self._is_breaking else None,
                clock=self.clock,
            )

    async def _in_between(self) -> None:
        """While a session is open, people save and workers plan."""
        if self._chance.random() < 0.15:
            await self._edit()
        if self._chance.random() < 0.3:
            await self._work()

    def _tools(self) -> Tools:
        tools = connector_tools(self.office.resources, version="chaos")
        chance = Chance(
            now=self.clock,
            new_id=self._new_id,
            new_message_set_id=lambda: f"SET{next(self._ids)}",
            new_ticket=lambda: f"{self.office.account_id} {next(self._ids)}",
        )
        return replace(
            tools,
            chance=chance,
            open_work=self._breaking_work,
            linger=Lingering(hold=timedelta(0), cap=timedelta(0)),
        )

    @asynccontextmanager
    async def _breaking_work(self, account_id: UUID) -> AsyncIterator[Any]:
        """A unit of work whose process may die before the commit."""
        async with self.office.resources.open_work(account_id) as work:
            yield work
            if self._is_breaking and self._chance.random() < _BREAKS:
                raise BrokenOff

    def _office_work(self) -> Any:
        return self._breaking_work(self.office.account_id)

    def _new_id(self) -> UUID:
        return UUID(int=next(self._ids))

    async def _read(self, invoice_id: UUID) -> Invoice:
        async with self.office.open_work() as work:
            return await work.invoices.get(invoice_id)

    async def _learn_owners(self) -> None:
        async with self.office.open_work() as work:
            links = await work.links.get_many(self.invoice_ids)
        for link in links.values():
            self.owners |= link.tasks_by_line

    async def _calm_down(self) -> None:
        """Nothing fails any more; what was bypassed or refused is sent, and all the rest touched.

        QuickBooks tells only who asks, so a bookkeeper's last change shows with the next save.
        """
        self._is_breaking = False
        for desk in self.desks:
            desk.bookkeeper.close_all()
        await self._settle()
        for invoice_id in self.invoice_ids:
            invoice = await self._read(invoice_id)
            if invoice.sync_status in (SyncStatus.BYPASSED, SyncStatus.ACTION_REQUIRED):
                await self._last_wish(invoice, "resync")
        await self._settle()
        for invoice_id in self.invoice_ids:
            invoice = await self._read(invoice_id)
            if invoice.sync_status in (SyncStatus.SYNCED, SyncStatus.NOT_APPLICABLE):
                edits = _details(summary=f"Last {invoice.content.number}")
                await self._last_wish(invoice, "sync", edits)
        await self._settle()

    async def _last_wish(self, invoice: Invoice, wish: str, edits: Edits | None = None) -> None:
        try:
            await self.wish(invoice, wish, edits)
        except DomainError as refusal:
            self.counts[f"last wishes refused: {type(refusal).__name__}"] += 1

    async def _settle(self) -> None:
        for _ in range(_MOST_ROUNDS):
            self.clock.advance(61)
            await self._work()
            for desk in self.desks:
                await self._update_at(desk)
            if await self._is_at_rest():
                return
        raise AssertionError(f"Seed {self.seed}: after {_MOST_ROUNDS} rounds it goes on and on.")

    async def _is_at_rest(self) -> bool:
        async with self.office.open_work() as work:
            for desk in self.desks:
                connection_id = desk.created.connection.id
                if await work.connections.has_work(connection_id):
                    return False
                if await work.exchanges.open_of(connection_id):
                    return False
            jobs = await work.sync_jobs.latest(self.invoice_ids)
        return not any(job.state in _ACTIVE for job in jobs.values())


def _of(task: Any, **changes: Any) -> Edits:
    return Edits(edit_tasks=(TaskEdit(task.id, TaskPatch(**changes)),))


def _details(**changes: Any) -> Edits:
    return Edits(details=DetailsPatch(**changes))


def _together(*parts: Edits) -> Edits:
    """Join edits of different fields; of two edits of one task the first counts."""
    patches = [part.details for part in parts if part.details is not None]
    details = None
    for patch in patches:
        details = patch if details is None else _joined(details, patch)
    edited: dict[UUID, TaskEdit] = {}
    for edit in (edit for part in parts for edit in part.edit_tasks):
        edited.setdefault(edit.task_id, edit)
    removed = tuple(key for part in parts for key in part.remove_task_ids)
    return Edits(
        details=details,
        edit_tasks=tuple(edit for key, edit in edited.items() if key not in removed),
        add_tasks=tuple(task for part in parts for task in part.add_tasks),
        remove_task_ids=removed,
    )


def _joined(first: DetailsPatch, second: DetailsPatch) -> DetailsPatch:
    names = ("number", "date", "summary")
    given = {name: getattr(second, name) for name in names}
    unset = DetailsPatch()
    return replace(first, **{n: v for n, v in given.items() if v is not getattr(unset, n)})
