"""How fast a queue of built requests drains through one session, beside qbwc-kit."""

import asyncio
import copy
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from typing import Final

from app.web import BROKER_NAMESPACE
from benchmarks.figures import Processors, headline, note, rate, told
from benchmarks.http_line import Line, connected
from benchmarks.kit import Kit, running_kit
from benchmarks.lean_connector import Drained, drain
from benchmarks.office import BenchOffice, open_bench_office
from benchmarks.queue import save_all
from benchmarks.site import Site, empty_company
from domain.invoice import Invoice
from domain.sync import JobState
from simulator.company_file import CompanyFile

_PRICE: Final = Decimal("42.00")
#: EditSequence counts seconds: an edit sooner than this would have QuickBooks' copy read again.
_A_MOMENT_SECONDS: Final = 1.5


@dataclass(slots=True)
class _Rounds:
    ours: list[Drained] = field(default_factory=list)
    kits: list[Drained] = field(default_factory=list)


async def measure_drain(site: Site, *, invoices: int, rounds: int) -> None:
    """Print invoices a second through our session, and through qbwc-kit's with the same sets."""
    headline(f"Queue of {invoices} InvoiceMods of 10 lines, one session, {rounds} rounds")
    with ExitStack() as stack:
        stack.enter_context(site.workers(2))
        kit = stack.enter_context(running_kit(site))
        async with open_bench_office(site.settings, namespace=BROKER_NAMESPACE) as office:
            await office.hold_no_call()
            found, processors = _Rounds(), Processors(site.pids)
            company = CompanyFile.from_json(empty_company())
            made = await office.exportable(invoices)
            await office.export(made)
            await office.until(JobState.READY, made)
            with connected(site.port) as line:
                await _through(line, office, company)
                for number in range(rounds):
                    await _queue(office, made, number)
                    processors.restart()
                    await _round(line, office, company, kit, found)
        _tell(found, invoices, processors)


async def _queue(office: BenchOffice, made: list[Invoice], number: int) -> None:
    """Save another price on each invoice, and wait until the workers have built the requests."""
    await asyncio.sleep(_A_MOMENT_SECONDS)
    await save_all(office, made, version=1 + number, price=_PRICE + number)
    await office.until(JobState.READY, made)


async def _round(
    line: Line, office: BenchOffice, company: CompanyFile, kit: Kit | None, found: _Rounds
) -> None:
    before = copy.deepcopy(company)
    ours = await _through(line, office, company)
    found.ours.append(ours)
    if kit is not None:
        kit.queue(ours.documents)
        with connected(kit.port) as other:
            kits = await drain(other, before, user_name=kit.user_name, password=kit.password)
        found.kits.append(kits)
        if kits.documents != ours.documents:
            raise RuntimeError("The two did not hand out the same message sets.")


async def _through(line: Line, office: BenchOffice, company: CompanyFile) -> Drained:
    created = office.connection
    return await drain(
        line, company, user_name=created.connection.user_name, password=created.password
    )


def _tell(found: _Rounds, invoices: int, processors: Processors) -> None:
    ours = median(each.service_seconds for each in found.ours)
    whole = median(each.seconds for each in found.ours)
    told("QuickBooks' own time taken out", rate(invoices, ours), "target >= 1,000 /s")
    told("with the simulated QuickBooks and Web Connector", rate(invoices, whole))
    if found.kits:
        theirs = median(each.service_seconds for each in found.kits)
        told("qbwc-kit 0.1.3, the same message sets, all in memory", rate(invoices, theirs))
        told("ours : qbwc-kit's", f"{theirs / ours:.2f}", "target >= 0.5")
    sets = len(found.ours[-1].documents)
    note(f"the last round took {sets} message sets; ours stores sets, answers and results durably")
    processors.show("invoice of the last round", invoices)
