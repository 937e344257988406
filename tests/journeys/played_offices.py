"""One account for random play: its office, its QuickBooks, a connector; all on a virtual clock."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from starlette.applications import Starlette

from app.connector import connector_tools
from domain.access import Permission
from domain.actor import Actor, ActorKind
from domain.edits import DetailsPatch, Edits, NewTask, TaskEdit, TaskPatch
from domain.sync import ACTIVE
from qbwc.calls import Authenticate, CloseConnection, ReceiveResponseXML, SendRequestXML
from qbwc.endpoint import routes
from qbwc.message_set import Chance
from qbwc.operations import answer
from qbwc.sessions import Lingering, Tools
from resolvers.context import RequestContext
from simulator.clock import VirtualClock
from simulator.company_file import DEMO_COMPANY
from simulator.faults import FaultScript
from simulator.interpreter import process
from simulator.invoices import Invoice as Books
from simulator.invoices import Line
from simulator.reports import UpdateReport
from simulator.web_connector import WebConnector
from sync_worker.planner import plan
from tests.journeys.converging import BrokenOff
from tests.journeys.papers import Line as PaperLine
from tests.journeys.papers import Wish
from tests.journeys.watched_books import WatchedBooks
from tests.people import Office
from tests.quickbooks_side import OWNER, Fetched

_ADDRESS = "http://localhost/qbwc"
_ALL = 1_000_000
_MOST_ROUNDS = 40


@dataclass(frozen=True)
class Added:
    """An invoice that a request added, and what a person had entered under its number before."""

    guid: str
    by_hand: tuple[Books, ...]


@dataclass
class RememberingBooks(WatchedBooks):
    """A company file that keeps every state that an invoice ever had in it."""

    states: dict[str, list[Books]] = field(default_factory=dict)
    adds: list[Added] = field(default_factory=list)
    #: ExternalGUIDs that were added while the invoice of before was still there.
    twice: list[str] = field(default_factory=list)
    #: How many of the next requests QuickBooks saves otherwise than it was told.
    whims: int = 0

    def save(self, invoice: Books, *, with_password: bool = False) -> Books:
        if self.whims and not with_password:
            self.whims -= 1
            invoice = _by_whim(invoice)
        is_added = invoice.txn_id not in self.invoices and not with_password
        others = list(self.invoices.values())
        saved = super().save(invoice, with_password=with_password)
        self.states.setdefault(saved.txn_id, []).append(saved)
        if is_added:
            self._note_added(saved, others)
        return saved

    def doubled(self) -> list[str]:
        """What was deleted and unlocked is rightly added again."""
        return self.twice

    def states_of(self, guid: str) -> list[Books]:
        """Give every state of what bore our mark, also of what is no more."""
        return [one for known in self.states.values() for one in known if guid_of(one) == guid]

    def _note_added(self, saved: Books, others: list[Books]) -> None:
        guid = guid_of(saved)
        self.twice += [guid for other in others if guid_of(other) == guid]
        alike = (other for other in others if not guid_of(other))
        self.adds.append(Added(guid, tuple(o for o in alike if o.ref_number == saved.ref_number)))


def _by_whim(invoice: Books) -> Books:
    """Another program beside QuickBooks, say, that has its own mind about descriptions."""
    first, *others = invoice.lines
    if not isinstance(first, Line):
        return invoice
    text = f"{first.values.get('Desc', '')} *"
    return replace(invoice, lines=(replace(first, values={**first.values, "Desc": text}), *others))


def guid_of(invoice: Books) -> str:
    """Give our mark of an invoice; an empty text for one that a person entered."""
    return str(invoice.values.get("ExternalGUID", ""))


class PlainPins:
    """PINs that are hashed fast."""

    async def hash(self, pin: str) -> str:
        return f"hash of {pin}"

    async def verify(self, pin: str, pin_hash: str) -> bool:
        return pin_hash == f"hash of {pin}"


@dataclass
class Desk:
    """What `judging.judge` looks at."""

    books: RememberingBooks


class PlayedOffice:
    """The real thing; `papers.Firm` says what it should do."""

    def __init__(self, office: Office, clock: VirtualClock, *, first_id: int) -> None:
        self.office = office
        self.clock = clock
        self.faults = FaultScript()
        described = json.loads(DEMO_COMPANY.read_text(encoding="utf-8"))
        self.books = RememberingBooks.from_json({**described, "invoices": []}, clock)
        #: How many more commits go through before a process dies; None: all of them.
        self.commits_left: int | None = None
        self._ids = count(first_id)
        self._partner = Actor(ActorKind.API_KEY, UUID(int=99), "Partner")

    async def as_person(self, who: str, rights: frozenset[str]) -> RequestContext:
        """A request; people's rights are read from the account, a key's are its own."""
        found = await self.office.as_person("Olga" if who == "Partner" else who)
        if who == "Partner":
            permissions = frozenset(Permission(name) for name in rights)
            principal = replace(found.principal, actor=self._partner, permissions=permissions)
            found = replace(found, principal=principal)
        return replace(
            found,
            now=self.clock,
            new_id=self.new_id,
            open_work=self.open_own_work,
            pins=PlainPins(),
        )

    def new_id(self) -> UUID:
        return UUID(int=next(self._ids))

    def key(self) -> str:
        return f"key {next(self._ids)}"

    def open_own_work(self) -> Any:
        return self.open_work(self.office.account_id)

    @asynccontextmanager
    async def open_work(self, account_id: UUID) -> AsyncIterator[Any]:
        """A unit of work; the process may be about to die before its commit."""
        async with self.office.resources.open_work(account_id) as work:
            yield work
            if self.commits_left is not None:
                self.commits_left -= 1
                if self.commits_left < 0:
                    self.commits_left = None
                    raise BrokenOff

    def edits(self, wishes: list[Wish]) -> Edits:
        """The wishes in the service's words."""
        details: dict[str, Any] = {}
        tasks: dict[str, dict[str, Any]] = {}
        for wish in wishes:
            match wish.kind:
                case "number" | "summary":
                    details[wish.kind] = wish.value
                case "date":
                    details["date"] = date.fromisoformat(wish.value)
                case "zone":
                    details["tax_zone_id"] = self.office.id_of(wish.value)
                case "unit":
                    changes = tasks.setdefault(str(wish.line_id), {})
                    changes["business_unit_id"] = self.office.id_of(wish.value)
                case "add" | "remove":
                    pass
                case name:
                    tasks.setdefault(str(wish.line_id), {})[name] = wish.value
        return Edits(
            details=DetailsPatch(**details) if details else None,
            edit_tasks=tuple(
                TaskEdit(UUID(line_id), TaskPatch(**changes)) for line_id, changes in tasks.items()
            ),
            add_tasks=tuple(self.new_task(wish.value) for wish in wishes if wish.kind == "add"),
            remove_task_ids=tuple(
                UUID(wish.line_id) for wish in wishes if wish.kind == "remove" and wish.line_id
            ),
        )

    def new_task(self, line: PaperLine) -> NewTask:
        return NewTask(
            item_id=self.office.id_of(line.item),
            description=line.description,
            taxable=line.taxable,
            quantity=line.quantity,
            unit_price=line.unit_price,
            cost=line.cost,
            business_unit_id=None if line.unit is None else self.office.id_of(line.unit),
        )

    async def work(self) -> None:
        """The workers look at what is due."""
        moment = self.clock()
        due = await self.office.resources.directory.due_jobs(
            moment, quiet_since=moment, at_most=_ALL
        )
        for job_id in sorted(e.id for e in due if e.account_id == self.office.account_id):
            async with self.open_own_work() as work:
                await plan(work, job_id, now=self.clock(), new_id=self.new_id)

    async def update(self) -> UpdateReport:
        """The Web Connector runs one update."""
        tools = self.tools()

        async def respond(call: Any, peer: str) -> Any:
            return await answer(tools, call, peer)

        app = Starlette(routes=routes(respond, app_url=_ADDRESS))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            connector = WebConnector(
                _ADDRESS,
                self.office.connection.connection.user_name,
                self.office.connection.password,
                self.books,
                client=client,
                noop_seconds=0,
                faults=self.faults,
                clock=self.clock,
                owner_id=OWNER,
            )
            return await connector.run_update()

    async def fetch(self) -> Fetched | None:
        """The first half of an update; None when there is nothing to fetch."""
        created = self.office.connection
        signed_in = await self._call(
            Authenticate(user_name=created.connection.user_name, password=created.password)
        )
        ticket, verdict, *_ = signed_in.values
        if verdict in ("none", "nvu", "busy"):
            return None
        fetched = await self._call(
            SendRequestXML(ticket=ticket, qbxml_major_version=16, qbxml_minor_version=0)
        )
        return Fetched(ticket, fetched.body) if fetched.body else None

    def run(self, fetched: Fetched) -> str:
        """QuickBooks runs what was fetched; give its answer."""
        return process(self.books, fetched.document, application=OWNER)

    async def deliver(self, fetched: Fetched, response: str) -> None:
        """The second half: the answer is told."""
        await self._call(ReceiveResponseXML(ticket=fetched.ticket, response=response))
        await self._call(CloseConnection(ticket=fetched.ticket))

    async def settle(self, invoice_ids: list[UUID]) -> None:
        """Plan and update until no job is active any more."""
        for _ in range(_MOST_ROUNDS):
            self.clock.advance(61)
            await self.work()
            await self.update()
            if await self.is_at_rest(invoice_ids):
                return
        raise AssertionError(f"After {_MOST_ROUNDS} rounds it goes on and on.")

    async def is_at_rest(self, invoice_ids: list[UUID]) -> bool:
        connection_id = self.office.connection.connection.id
        async with self.office.open_work() as work:
            if await work.connections.has_work(connection_id):
                return False
            if await work.exchanges.open_of(connection_id):
                return False
            jobs = await work.sync_jobs.latest(invoice_ids)
        return not any(job.state in ACTIVE for job in jobs.values())

    def tools(self) -> Tools:
        tools = connector_tools(self.office.resources, version="played")
        chance = Chance(
            now=self.clock,
            new_id=self.new_id,
            new_message_set_id=lambda: f"SET{next(self._ids)}",
            new_ticket=lambda: f"{self.office.account_id} {next(self._ids)}",
        )
        return replace(
            tools,
            chance=chance,
            open_work=self.open_work,
            linger=Lingering(hold=timedelta(0), cap=timedelta(0)),
        )

    async def _call(self, call: Any) -> Any:
        return await answer(self.tools(), call, "")
