"""From Save & Sync to SYNCED at a subscriber: connector in session, and connector polling."""

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final

from app.web import BROKER_NAMESPACE
from benchmarks.figures import (
    Processors,
    headline,
    milliseconds,
    note,
    percentile,
    told,
)
from benchmarks.http_line import Line, connected
from benchmarks.office import BenchOffice, open_bench_office
from benchmarks.saving import Subscriber, save, subscribed
from benchmarks.site import Site
from domain.invoice import Invoice
from domain.sync import JobState

_PRICE: Final = Decimal("42.00")
#: EditSequence counts seconds: an edit sooner than this would have QuickBooks' copy read again.
_A_MOMENT_SECONDS: Final = 1.5
#: Between two saves of the warm session everything comes to rest.
_PAUSE_SECONDS: Final = 0.05
_WARM_UP: Final = 20
_MINUTE_SECONDS: Final = 60
_STEPS: Final = {
    "QUEUED": "the event of the save itself",
    "WAITING_FOR_CONNECTOR": "qbXML built by the worker",
    "SENT": "fetched by the Web Connector",
    "DONE": "SYNCED",
}


@dataclass(frozen=True, slots=True)
class _Saved:
    """Seconds since the mutation was sent."""

    accepted: float
    heard: dict[str, float]

    @property
    def after_accepted(self) -> float:
        return self.heard["DONE"] - self.accepted


async def measure_latency(site: Site, *, saves: int, polling_saves: int) -> None:
    """Print p50 and p99 of a warm session, then of a connector that polls each minute."""
    headline("Save & Sync, 10 tasks an invoice, each save another invoice")
    warm = await _measure_warm(site, saves)
    if polling_saves:
        await _measure_polling(site, polling_saves, warm)


async def _measure_warm(site: Site, saves: int) -> float:
    """Give the median of accepted to SYNCED."""
    async with AsyncExitStack() as stack:
        stack.enter_context(site.workers(1))
        office, subscriber, line, token = await _open(site, stack)
        stack.enter_context(site.quickbooks(office.connection, every_seconds=1))
        invoices = await _exported(office, saves + _WARM_UP)
        processors = Processors(site.pids)
        done: list[_Saved] = []
        for number, invoice in enumerate(invoices):
            if number == _WARM_UP:
                processors.restart()
            await asyncio.sleep(_PAUSE_SECONDS * (1 + random.random()))  # noqa: S311 - no secret
            done.append(await _save_and_follow(line, token, subscriber, invoice))
        _tell_warm(done[_WARM_UP:])
        processors.show("save", saves)
    return median(saved.after_accepted for saved in done[_WARM_UP:])


async def _measure_polling(site: Site, saves: int, warm: float) -> None:
    """Spread saves over one minute; the poll at its end takes them all."""
    async with AsyncExitStack() as stack:
        stack.enter_context(site.workers(1))
        office, subscriber, line, token = await _open(site, stack)
        await office.hold_no_call()
        invoices = await office.exportable(saves)
        await office.export(invoices)
        await office.until(JobState.READY, invoices)
        stack.enter_context(site.quickbooks(office.connection, every_seconds=_MINUTE_SECONDS))
        await office.until(JobState.APPLIED, invoices)
        began, accepted = time.perf_counter() + _A_MOMENT_SECONDS, []
        usable = _MINUTE_SECONDS - 2 * _A_MOMENT_SECONDS
        subscriber.forget()
        for number, invoice in enumerate(invoices):
            await asyncio.sleep(max(0, began + number * usable / saves - time.perf_counter()))
            await save(line, token, invoice, _PRICE)
            accepted.append(time.perf_counter())
        heard = [await subscriber.synced(invoice) for invoice in invoices]
    waits = [there - then for there, then in zip(heard, accepted, strict=True)]
    told("a connector that polls each minute: accepted to SYNCED, p50", milliseconds(median(waits)))
    told("the warm session is sooner by", f"{median(waits) / warm:,.0f} x", "target >= 100 x")
    note(f"{saves} saves spread over one real minute, all taken by the poll at its end")


async def _open(site: Site, stack: AsyncExitStack) -> tuple[BenchOffice, Subscriber, Line, str]:
    office = await stack.enter_async_context(
        open_bench_office(site.settings, namespace=BROKER_NAMESPACE)
    )
    token = await office.token()
    subscriber = await stack.enter_async_context(subscribed(site.url, token))
    line = stack.enter_context(connected(site.port))
    return office, subscriber, line, token


async def _exported(office: BenchOffice, count: int) -> list[Invoice]:
    invoices = await office.exportable(count)
    await office.export(invoices)
    await office.until(JobState.APPLIED, invoices)
    await asyncio.sleep(_A_MOMENT_SECONDS)
    return invoices


async def _save_and_follow(
    line: Line, token: str, subscriber: Subscriber, invoice: Invoice
) -> _Saved:
    subscriber.forget()
    sent = time.perf_counter()
    await save(line, token, invoice, _PRICE)
    accepted = time.perf_counter() - sent
    await subscriber.synced(invoice)
    [heard] = subscriber.heard.values()
    return _Saved(accepted, {phase: moment - sent for phase, moment in heard.items()})


def _tell_warm(done: list[_Saved]) -> None:
    waits = [saved.after_accepted for saved in done]
    told("accepted to SYNCED, p50", milliseconds(percentile(waits, 0.50)), "target <= 60 ms")
    told("accepted to SYNCED, p99", milliseconds(percentile(waits, 0.99)), "target <= 250 ms")
    note(f"{len(done)} saves after {_WARM_UP} to warm up; the median save, from the mutation on:")
    told("  accepted: the mutation's answer", milliseconds(median(s.accepted for s in done)))
    for phase, words in _STEPS.items():
        moments = [saved.heard[phase] for saved in done if phase in saved.heard]
        if moments:
            told(f"  {words}", milliseconds(median(moments)))
