"""The whole service over real sockets: web process, worker, simulated QuickBooks and Web Connector."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.clock import now
from app.graphql_client import GraphQLClient
from app.ids import new_id
from app.processes import free_port
from app.serving import make_server
from app.settings import Settings
from app.web import build_app
from app.worker import RunningWorker
from simulator.bookkeeper import Bookkeeper
from simulator.company_file import DEMO_COMPANY, CompanyFile
from simulator.faults import FaultScript
from simulator.reports import UpdateReport
from simulator.web_connector import WebConnector
from sync_worker.broker import make_broker
from tests.journeys.restartable import RestartableServers
from tests.people import Office
from tests.plain_http import http_client

PATIENCE_SECONDS = 20


@dataclass
class QuickBooksClock:
    """QuickBooks' clock, which a test may move on: EditSequence counts whole seconds."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return now() + self.ahead

    def pass_seconds(self, seconds: int = 2) -> None:
        self.ahead += timedelta(seconds=seconds)


@dataclass
class Service:
    """A running service and the two who talk to it: an office and a Web Connector."""

    url: str
    http: httpx.AsyncClient
    office: Office
    settings: Settings
    namespace: str
    company: CompanyFile
    clock: QuickBooksClock
    faults: FaultScript = field(default_factory=FaultScript)

    def client(self, person: str = "Olga") -> GraphQLClient:
        return GraphQLClient(self.http, f"{self.url}/graphql", self.office.token(person))

    def connector(self) -> WebConnector:
        return WebConnector(
            f"{self.url}/qbwc",
            self.office.connection.connection.user_name,
            self.office.connection.password,
            self.company,
            faults=self.faults,
            noop_seconds=0,
        )

    @property
    def bookkeeper(self) -> Bookkeeper:
        return Bookkeeper(self.company)

    def worker(self, **changes: Any) -> RunningWorker:
        """A worker of this service; the caller starts and stops it."""
        settings = self.settings.model_copy(update=changes)
        return RunningWorker(settings, namespace=self.namespace, threads=2)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[RunningWorker]:
        """Let a worker run for as long as the block does."""
        worker = self.worker()
        await asyncio.to_thread(worker.start)
        try:
            yield worker
        finally:
            await asyncio.to_thread(worker.stop)

    async def update_until(self, invoice_id: str, **expected: Any) -> dict[str, Any]:
        """Let the Web Connector run until the invoice shows these values; or fail."""
        connector = self.connector()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                invoice = await self.read(invoice_id)
                if all(invoice[name] == value for name, value in expected.items()):
                    return invoice
                await connector.run_update()
                await asyncio.sleep(0.02)

    async def update_once_ready(self) -> UpdateReport:
        """Run the Web Connector until it found something to fetch, and give that run's report."""
        connector = self.connector()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                report = await connector.run_update()
                if report.requests_sent or report.error_codes:
                    return report
                await asyncio.sleep(0.02)

    async def read(self, invoice_id: str) -> dict[str, Any]:
        found = await self.client().call(READ, id=invoice_id)
        return found["invoice"]

    async def exported(self, number: str = "21259") -> dict[str, Any]:
        """Fixture F: an invoice of 62.44 that QuickBooks holds."""
        invoice = await self.office.new_invoice(number)
        await self.office.export(invoice)
        invoice_id = global_id("Invoice", invoice.id)
        exported = await self.update_until(invoice_id, exportStatus="EXPORTED")
        await self.age(invoice.id)
        return exported

    async def age(self, invoice_id: UUID) -> None:
        """Let a minute lie behind the last write: no person edits in the very second of it."""
        self.clock.pass_seconds()
        async with self.office.open_work() as work:
            link = await work.links.get(invoice_id)
            earlier = link.verified_at - timedelta(minutes=1)
            await work.links.save(invoice_id, replace(link, verified_at=earlier))

    async def mutate(self, name: str, person: str = "Olga", **wish: Any) -> dict[str, Any]:
        """Call a mutation with this input, and give its payload."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {PAYLOADS[name]} }}"
        data = await self.client(person).call(document, input=wish)
        return data[name]


def key() -> str:
    """A fresh idempotency key."""
    return str(new_id())


def global_id(kind: str, value: object) -> str:
    return base64.b64encode(f"{kind}:{value}".encode()).decode()


def local_id(key: str) -> UUID:
    return UUID(base64.b64decode(key).decode().partition(":")[2])


ERRORS = """userErrors {
  __typename code message field
  ... on BeingEditedError { editor { name } since }
  ... on GuardError { guards { code severity message steps } }
  ... on VersionConflictError { changedFields current { version } }
  ... on NotEligibleError { eligibility { canSync reasons { code } } }
}"""
INVOICE = """invoice {
  id version total syncStatus syncStatusLabel exportStatus
  sync { phase outcome attempts syncedVersion queuePosition notSent { path reason } }
}"""
PAYLOADS = {
    "editTask": f"{{ task {{ id unitPrice }} draft {{ subtotal salesTax total editor {{ name }} }} {INVOICE} {ERRORS} }}",
    "updateInvoiceDetails": f"{{ draft {{ total changes {{ path before after }} }} {INVOICE} {ERRORS} }}",
    "removeTask": f"{{ draft {{ total }} {ERRORS} }}",
    "discardDraft": f"{{ {INVOICE} {ERRORS} }}",
    "saveAndSync": f"{{ {INVOICE} connection {{ name state }} syncCursor {ERRORS} }}",
    "saveAndBypass": f"{{ {INVOICE} syncCursor {ERRORS} }}",
    "setAccountingPeriod": f"{{ accountingPeriods {{ closed }} {ERRORS} }}",
    "updateAccount": f"{{ account {{ accountingPeriodsEnabled }} {ERRORS} }}",
    "resolveConflict": f"{{ {INVOICE} {ERRORS} }}",
    "resolveDrift": f"{{ {INVOICE} syncCursor {ERRORS} }}",
    "exportInvoices": f"{{ batch {{ number }} {ERRORS} }}",
    "recordPayment": f"{{ payment {{ id state }} {ERRORS} }}",
    "exportPayments": f"{{ payments {{ id state }} {ERRORS} }}",
    "resync": f"{{ {INVOICE} syncCursor {ERRORS} }}",
}
READ = """query ($id: ID!) {
  invoice(id: $id) {
    id version invoiceNumber invoiceDate summary subtotal salesTax total syncStatus exportStatus
    batch { number name status }
    tasks { id description quantity unitPrice amount taxable businessUnit { id name } quickbooksLineId }
    sync { phase outcome attempts syncedVersion notSent { path reason } issue { code reason steps { actor text } } conflict { fields { path base ours quickbooks } } }
    quickbooks { txnId editSequence foreignLines verifiedAt fields { path ours quickbooks equal } }
    editEligibility { canEdit canSync reasons { code } connections { name state } }
  }
}"""


@pytest.fixture
async def service(settings: Settings, office: Office, namespace: str) -> AsyncIterator[Service]:
    """The web process on a real port, with no worker yet."""
    port, clock = free_port(), QuickBooksClock()
    settings = settings.model_copy(update={"port": port, "public_url": f"http://localhost:{port}"})
    closing = asyncio.Event()
    app = build_app(settings, make_broker(settings.redis_url, namespace=namespace), closing)
    server = make_server(settings, app, closing)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.started:
            await asyncio.sleep(0.01)
    # uvicorn closes what was idle for 5 s; by its default httpx might ask in that very moment.
    limits = httpx.Limits(keepalive_expiry=2)
    async with http_client(timeout=PATIENCE_SECONDS, limits=limits) as http:
        yield Service(
            url=f"http://127.0.0.1:{port}",
            http=http,
            office=office,
            settings=settings,
            namespace=namespace,
            company=empty_company(clock),
            clock=clock,
        )
    server.should_exit = True
    await serving


def empty_company(clock: QuickBooksClock) -> CompanyFile:
    """The sample company file before its first invoice."""
    described = json.loads(DEMO_COMPANY.read_text(encoding="utf-8"))
    return CompanyFile.from_json({**described, "invoices": []}, now=clock)


@pytest.fixture
def restartable(tmp_path: Path):
    servers = RestartableServers(tmp_path)
    for which in ("postgres", "redis"):
        servers.start(which)
    yield servers
    for which in ("redis", "postgres"):
        servers.stop(which)
    servers.remove()
