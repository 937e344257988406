"""From many saveAndSync mutations to SYNCED: the whole way, everything at once."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Final

from app.web import BROKER_NAMESPACE
from benchmarks.figures import Processors, headline, note, rate, told
from benchmarks.http_line import connected
from benchmarks.office import open_bench_office
from benchmarks.saving import save, subscribed
from benchmarks.site import Site
from domain.invoice import Invoice
from domain.sync import JobState

_CALLERS: Final = 8
_PRICE: Final = Decimal("42.00")
#: EditSequence counts seconds: an edit sooner than this would have QuickBooks' copy read again.
_A_MOMENT_SECONDS: Final = 1.5


async def measure_throughput(site: Site, *, invoices: int, workers: int) -> None:
    """Print how many invoices a second go from the mutation to SYNCED."""
    headline(f"{invoices} saves by {_CALLERS} callers at a time, {workers} workers")
    async with AsyncExitStack() as stack:
        stack.enter_context(site.workers(workers))
        office = await stack.enter_async_context(
            open_bench_office(site.settings, namespace=BROKER_NAMESPACE)
        )
        token = await office.token()
        subscriber = await stack.enter_async_context(subscribed(site.url, token, only_synced=True))
        stack.enter_context(site.quickbooks(office.connection, every_seconds=1))
        made = await office.exportable(invoices)
        await office.export(made)
        await office.until(JobState.APPLIED, made)
        await asyncio.sleep(_A_MOMENT_SECONDS)
        subscriber.forget()
        processors, began, todo = Processors(site.pids), time.perf_counter(), iter(made)
        async with asyncio.TaskGroup() as callers:
            for _ in range(_CALLERS):
                callers.create_task(_save_some(site, token, todo))
        accepted = time.perf_counter() - began
        last = max([await subscriber.synced(invoice) for invoice in made]) - began
        told("mutations accepted", rate(invoices, accepted))
        told("from the first mutation to the last SYNCED", rate(invoices, last), "target >= 150 /s")
        note("the callers and the simulated QuickBooks run on the same machine")
        processors.show("invoice", invoices)


async def _save_some(site: Site, token: str, todo: Iterator[Invoice]) -> None:
    with connected(site.port) as line:
        for invoice in todo:
            await save(line, token, invoice, _PRICE)
