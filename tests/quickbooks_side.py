"""QuickBooks' side of an office, in process: the planner, the endpoint, a simulated QuickBooks.

`side = QuickBooksSide(office)`, then `await side.export(invoice)`, `await side.settle()`; or step by
step with `plan_all()` and `update()`. The queue is that of the office alone, whatever other tests
left behind in the database.
"""

from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import httpx
from starlette.applications import Starlette

from app.clock import now
from app.connector import connector_tools
from app.ids import new_id
from domain.invoice import ExportStatus
from domain.quickbooks import SaleKind
from qbwc.calls import Authenticate, CloseConnection, ReceiveResponseXML, SendRequestXML
from qbwc.endpoint import routes
from qbwc.operations import answer
from simulator.company_file import DEMO_COMPANY, CompanyFile
from simulator.faults import FaultScript
from simulator.interpreter import process
from simulator.web_connector import WebConnector
from sync_worker.planner import plan

_ADDRESS = "http://localhost/qbwc"
#: The application under which QuickBooks keeps our message sets.
OWNER = "{9c3f4be2-3d0a-4a8e-9a0c-5f1f7f0c1a01}"
#: Of a whole database: other tests' jobs stand in the same list.
_ALL = 1_000_000
_MOST_UPDATES = 20


def ticking_clock() -> Callable[[], datetime]:
    """A clock that moves a second at every look, so that each save has an EditSequence of its own.

    It begins with ours: QuickBooks is searched for what it saved since an invoice was made here.
    """
    begun, seconds = now(), count()
    return lambda: begun + timedelta(seconds=next(seconds))


def empty_company() -> CompanyFile:
    """The demo's company file with its lists and without its invoices."""
    company = CompanyFile.load(DEMO_COMPANY, ticking_clock())
    company.invoices.clear()
    return company


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a Web Connector holds between its two halves of an update."""

    ticket: str
    document: bytes


class QuickBooksSide:
    """A company file and its Web Connector, next to one connection of the office."""

    def __init__(self, office, company=None, *, connection=None):
        self.office = office
        self.company = empty_company() if company is None else company
        self.connection = connection or office.connection  # a CreatedConnection
        self.faults = FaultScript()

    async def plan_all(self, *, later=timedelta(0)):
        """Do the workers' part for every job that is due, or will be `later`; give their ids."""
        moment = now() + later
        due = await self.office.resources.directory.due_jobs(
            moment, quiet_since=moment, at_most=_ALL
        )
        job_ids = [entry.id for entry in due if entry.account_id == self.office.account_id]
        for job_id in job_ids:
            async with self.office.open_work() as work:
                await plan(work, job_id, now=moment, new_id=new_id)
        return job_ids

    async def update(self):
        """Let the Web Connector run one update; give its report."""
        async with self.connector() as connector:
            return await connector.run_update()

    async def settle(self):
        """Plan and update until an update finds nothing to ask QuickBooks; give how often it did."""
        for updates in range(_MOST_UPDATES):
            await self.plan_all()
            report = await self.update()
            if not report.requests_sent:
                return updates
        raise AssertionError(f"There is still something to ask after {_MOST_UPDATES} updates.")

    async def fetch(self):
        """Only the first half of an update: sign in and fetch; QuickBooks has not seen it yet."""
        tools = connector_tools(self.office.resources, version="test")
        created = self.connection
        signed_in = await answer(
            tools,
            Authenticate(user_name=created.connection.user_name, password=created.password),
        )
        ticket = signed_in.values[0]
        fetched = await answer(
            tools, SendRequestXML(ticket=ticket, qbxml_major_version=16, qbxml_minor_version=0)
        )
        return Fetched(ticket, fetched.body)

    async def deliver(self, fetched):
        """The second half: QuickBooks runs what was fetched, and its answer is told."""
        tools = connector_tools(self.office.resources, version="test")
        response = process(self.company, fetched.document, application=OWNER)
        await answer(tools, ReceiveResponseXML(ticket=fetched.ticket, response=response))
        await answer(tools, CloseConnection(ticket=fetched.ticket))

    async def export(self, *invoices):
        """Export the invoices as one batch; give them as QuickBooks has confirmed them."""
        await self.office.export(*invoices)
        await self.settle()
        async with self.office.open_work() as work:
            found = await work.invoices.get_many([invoice.id for invoice in invoices])
        exported = [found[invoice.id] for invoice in invoices]
        assert all(invoice.export_status is ExportStatus.EXPORTED for invoice in exported)
        return exported[0] if len(exported) == 1 else exported

    async def held(self, invoice):
        """The invoice or credit memo as QuickBooks holds it: of simulator.invoices."""
        async with self.office.open_work() as work:
            link = await work.links.get(invoice.id)
        is_credit = link.copy.kind is SaleKind.CREDIT_MEMO
        find = self.company.credit_memo if is_credit else self.company.invoice
        return find(link.copy.txn_id)

    def requests(self):
        """The names of the requests that QuickBooks ran, in their order: "InvoiceModRq".

        The HostQueryRq that ends an idle session is left out.
        """
        ran = [request.tag for entry in self.company.journal.entries for request in entry.executed]
        return [tag for tag in ran if tag != "HostQueryRq"]

    def writes(self):
        """Those of the requests that write."""
        return [tag for tag in self.requests() if tag.endswith(("AddRq", "ModRq"))]

    @asynccontextmanager
    async def connector(self):
        """The Web Connector itself, over the real SOAP endpoint."""
        tools = connector_tools(self.office.resources, version="test")

        async def respond(call, peer):
            return await answer(tools, call, peer)

        app = Starlette(routes=routes(respond, app_url=_ADDRESS))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport) as client:
            yield WebConnector(
                _ADDRESS,
                self.connection.connection.user_name,
                self.connection.password,
                self.company,
                client=client,
                noop_seconds=0,
                faults=self.faults,
                owner_id=OWNER,
            )
