"""An account to measure with: its lists, a person who may do everything, a connection."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import administration
from app.account_file import SAMPLE, read_account_file
from app.clock import now
from app.enrollment import Enroller
from app.ids import new_id
from app.resources import Resources, hold_resources
from app.settings import Settings
from db.unit_of_work import UnitOfWork
from domain.connections import ConnectionPatch
from domain.edits import NewTask
from domain.invoice import Invoice
from domain.sync import JobState
from resolvers.connections import CreatedConnection, UpdateConnection, update_connection
from resolvers.context import RequestContext
from resolvers.exporting import MOST_INVOICES, Export, export_invoices
from resolvers.invoices import NewInvoice, create_invoice
from sync_worker.broker import make_broker

TASKS = 10
_TOKEN_LIFETIME = timedelta(hours=2)
_PATIENCE_SECONDS = 240
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class BenchOffice:
    resources: Resources
    account_id: UUID
    entries: dict[str, Any]
    connection: CreatedConnection
    context: RequestContext

    def open_work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work of the account."""
        return self.resources.open_work(self.account_id)

    async def exportable(self, count: int) -> list[Invoice]:
        """Give new invoices of ten tasks each."""
        task = NewTask(
            item_id=self.entries["Seasonal tune-up"].id,
            description="Seasonal tune-up",
            taxable=True,
            quantity=Decimal(1),
            unit_price=Decimal("35.50"),
            business_unit_id=self.entries["HVAC"].id,
        )
        wishes = (
            NewInvoice(
                number=str(n),
                date=date(2026, 11, 18),
                customer_id=self.entries["Harriet Doyle"].id,
                tax_zone_id=self.entries["Fort Worth"].id,
                tasks=(task,) * TASKS,
                idempotency_key=str(new_id()),
            )
            for n in range(count)
        )
        return [await create_invoice(self.context, wish) for wish in wishes]

    async def export(self, invoices: list[Invoice]) -> None:
        """Put them into the queue."""
        for start in range(0, len(invoices), MOST_INVOICES):
            wish = Export(
                invoice_ids=tuple(i.id for i in invoices[start : start + MOST_INVOICES]),
                batch_name="Benchmark",
                idempotency_key=str(new_id()),
            )
            await export_invoices(self.context, wish)

    async def until(self, state: JobState, invoices: Iterable[Invoice]) -> None:
        """Return once the newest job of each invoice is in this state. Raises TimeoutError."""
        ids = [invoice.id for invoice in invoices]
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                async with self.open_work() as work:
                    jobs = await work.sync_jobs.latest(ids)
                if len(jobs) == len(ids) and all(job.state is state for job in jobs.values()):
                    return
                await asyncio.sleep(_LOOK_SECONDS)

    async def token(self) -> str:
        """Give a token of the person."""
        return await administration.make_token(
            self.resources, account_id=self.account_id, person=None, lifetime=_TOKEN_LIFETIME
        )

    async def hold_no_call(self) -> None:
        """Let the connector's sessions end as soon as their queue is empty."""
        patch = ConnectionPatch(linger_seconds=0)
        wish = UpdateConnection(self.connection.connection.id, patch)
        await update_connection(self.context, wish)


@asynccontextmanager
async def open_bench_office(
    settings: Settings, *, namespace: str = "bench"
) -> AsyncIterator[BenchOffice]:
    """Give a fresh account for as long as the block runs; no worker reads the usual namespace."""
    broker = make_broker(settings.redis_url, namespace=namespace)
    async with hold_resources(settings, broker) as resources:
        lists = read_account_file(SAMPLE, new_id)
        account = await administration.create_account(
            resources, name="Benchmark", administrator="Olga", lists=lists
        )
        connection = await administration.add_connection(
            resources, account_id=account.account_id, company_file="CF-1", name="Front desk"
        )

        def open_work() -> AbstractAsyncContextManager[UnitOfWork]:
            return resources.open_work(account.account_id)

        principal = await resources.directory.person(account.account_id, account.administrator_id)
        if principal is None:
            raise RuntimeError("The account has just been made with this person.")
        context = RequestContext(
            principal=principal,
            open_work=open_work,
            doorbell=resources.doorbell,
            now=now,
            new_id=new_id,
            enroll=Enroller(settings),
        )
        entries = {entry.name: entry for entry in lists.entries}
        yield BenchOffice(resources, account.account_id, entries, connection, context)
