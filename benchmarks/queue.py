"""The steps of a sync inside one process, one after the other: what each costs by itself."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from app.clock import now
from app.connector import connector_tools
from app.ids import new_id
from benchmarks.figures import headline, told
from benchmarks.office import BenchOffice, open_bench_office
from benchmarks.site import Site, empty_company
from domain.edits import Edits, TaskEdit, TaskPatch
from domain.invoice import Invoice
from qbwc.calls import (
    Authenticate,
    ClientVersion,
    CloseConnection,
    Number,
    Qbxml,
    ReceiveResponseXML,
    SendRequestXML,
    ServerVersion,
    Strings,
)
from qbwc.operations import answer
from resolvers.saving import Save, save_and_sync
from simulator import hcp
from simulator.company_file import CompanyFile
from simulator.interpreter import process
from sync_worker.planner import plan

_DONE = 100
_OWNER_ID = "{9c3f4be2-3d0a-4a8e-9a0c-5f1f7f0c1a01}"
_PRICE = Decimal("42.00")
#: EditSequence counts seconds: an edit sooner than this would have QuickBooks' copy read again.
_A_MOMENT_SECONDS = 1.5


@dataclass(slots=True)
class _Watch:
    """Adds up the seconds of the blocks it is held over."""

    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - started)

    def per(self, count: int) -> str:
        return f"{sum(self.seconds) / count * 1e6:,.0f} us"


async def measure_steps(site: Site, *, invoices: int) -> None:
    """Print the steps of a sync and of an idle poll, without HTTP and SOAP."""
    headline(f"The steps inside one process, microseconds each, {invoices} invoices of 10 lines")
    async with open_bench_office(site.settings) as office:
        await office.hold_no_call()
        await measure_queue(office, invoices=invoices)
        await measure_idle_polls(office, polls=invoices)


async def measure_queue(office: BenchOffice, *, invoices: int) -> None:
    """Print what it costs to save and to plan an invoice, to hand it out and to book its answer."""
    company = CompanyFile.from_json(empty_company())
    created = await office.exportable(invoices)
    await office.export(created)
    await _plan(office, created, _Watch())
    await _drain(office, company, _Watch(), _Watch())
    await asyncio.sleep(_A_MOMENT_SECONDS)
    saving, planning, handing_out, booking = _Watch(), _Watch(), _Watch(), _Watch()
    for invoice in created:
        with saving.running():
            await save_one(office, invoice, version=1, price=_PRICE)
    await _plan(office, created, planning)
    await _drain(office, company, handing_out, booking)
    told("saveAndSync, without GraphQL", saving.per(invoices))
    told("plan and render", planning.per(invoices))
    told("hand out (sendRequestXML), an invoice of a set", handing_out.per(invoices))
    told("store and book (receiveResponseXML), an invoice of a set", booking.per(invoices))


async def measure_idle_polls(office: BenchOffice, *, polls: int) -> None:
    """Print what a poll of four calls costs when nothing is due."""
    tools = connector_tools(office.resources, version="bench")
    created = office.connection
    sign_in = Authenticate(user_name=created.connection.user_name, password=created.password)
    polling = _Watch()
    with polling.running():
        for _ in range(polls):
            for call in (ServerVersion(), ClientVersion(version="2.3.0.215"), sign_in):
                await answer(tools, call)
            await answer(tools, CloseConnection(ticket=""))
    told("idle poll of four calls, without SOAP", polling.per(polls))


async def save_all(
    office: BenchOffice, invoices: Iterable[Invoice], *, version: int, price: Decimal
) -> None:
    """Save & Sync each invoice with another price of its first task."""
    for invoice in invoices:
        await save_one(office, invoice, version=version, price=price)


async def save_one(office: BenchOffice, invoice: Invoice, *, version: int, price: Decimal) -> None:
    """Save & Sync one invoice with another price of its first task."""
    patch = TaskPatch(unit_price=price)
    edits = Edits(edit_tasks=(TaskEdit(invoice.content.tasks[0].id, patch),))
    wish = Save(invoice_id=invoice.id, version=version, edits=edits, idempotency_key=str(new_id()))
    await save_and_sync(office.context, wish)


async def _plan(office: BenchOffice, invoices: list[Invoice], watch: _Watch) -> None:
    async with office.open_work() as work:
        jobs = await work.sync_jobs.latest([invoice.id for invoice in invoices])
    for job in jobs.values():
        with watch.running():
            async with office.open_work() as work:
                await plan(work, job.id, now=now(), new_id=new_id)


async def _drain(
    office: BenchOffice, company: CompanyFile, handing_out: _Watch, booking: _Watch
) -> None:
    """QuickBooks' own time is left out: it stands for one that answers at once."""
    tools = connector_tools(office.resources, version="bench")
    created = office.connection
    sign_in = Authenticate(user_name=created.connection.user_name, password=created.password)
    signed_in = await answer(tools, sign_in)
    ticket = signed_in.values[0] if isinstance(signed_in, Strings) else ""
    told_facts, progress = hcp.answers(company, _OWNER_ID), 0
    while progress < _DONE:
        call = SendRequestXML(
            ticket=ticket,
            hcp_response=told_facts,
            company_file_name=company.path,
            qbxml_major_version=16,
            qbxml_minor_version=0,
        )
        with handing_out.running():
            fetched = await answer(tools, call)
        if not isinstance(fetched, Qbxml) or not fetched.body:
            break
        response = process(company, fetched.body)
        with booking.running():
            told_back = await answer(tools, ReceiveResponseXML(ticket=ticket, response=response))
        progress = told_back.number if isinstance(told_back, Number) else _DONE
        told_facts = ""
    await answer(tools, CloseConnection(ticket=ticket))
