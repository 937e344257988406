"""Saves, plans, and the drain of one connector session; and polls that find nothing."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from app.clock import now
from app.connector import connector_tools
from app.ids import new_id
from benchmarks.office import BenchOffice
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
from simulator.company_file import DEMO_COMPANY, CompanyFile
from simulator.interpreter import process
from sync_worker.planner import plan

_DONE = 100


@dataclass(slots=True)
class _Watch:
    """Adds up the seconds of the blocks it is held over."""

    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - started)

    def rate(self, count: int) -> str:
        return f"{count / sum(self.seconds):8.0f} /s"


async def measure_queue(office: BenchOffice, *, invoices: int) -> None:
    """Print how many invoices a second are saved, planned, and drained through one session."""
    described = json.loads(DEMO_COMPANY.read_text(encoding="utf-8"))
    company = CompanyFile.from_json({**described, "invoices": []})
    created = await office.exportable(invoices)
    await office.export(created)
    await _plan(office, created, _Watch())
    await _drain(office, company, _Watch())
    saving, planning, draining = _Watch(), _Watch(), _Watch()
    for invoice in created:
        with saving.running():
            await _save(office, invoice)
    await _plan(office, created, planning)
    await _drain(office, company, draining)
    print(f"saveAndSync, one after the other            {saving.rate(invoices)}")
    print(f"plan and render, one after the other        {planning.rate(invoices)}")
    print(f"drain through one session, InvoiceMod x 10  {draining.rate(invoices)}  (target 1000)")


async def measure_idle_polls(office: BenchOffice, *, polls: int) -> None:
    """Print how many polls of four calls a second one process answers when nothing is due."""
    tools = connector_tools(office.resources, version="bench")
    created = office.connection
    sign_in = Authenticate(user_name=created.connection.user_name, password=created.password)
    polling = _Watch()
    with polling.running():
        for _ in range(polls):
            for call in (ServerVersion(), ClientVersion(version="2.3.0.215"), sign_in):
                await answer(tools, call)
            await answer(tools, CloseConnection(ticket=""))
    print(f"idle poll, without SOAP                     {polling.rate(polls)}  (target 400)")


async def _save(office: BenchOffice, invoice: Invoice) -> None:
    patch = TaskPatch(unit_price=Decimal("42.00"))
    edits = Edits(edit_tasks=(TaskEdit(invoice.content.tasks[0].id, patch),))
    wish = Save(invoice_id=invoice.id, version=1, edits=edits, idempotency_key=str(new_id()))
    await save_and_sync(office.context, wish)


async def _plan(office: BenchOffice, invoices: list[Invoice], watch: _Watch) -> None:
    async with office.open_work() as work:
        jobs = await work.sync_jobs.latest([invoice.id for invoice in invoices])
    for job in jobs.values():
        with watch.running():
            async with office.open_work() as work:
                await plan(work, job.id, now=now(), new_id=new_id)


async def _drain(office: BenchOffice, company: CompanyFile, watch: _Watch) -> None:
    """QuickBooks' own time is left out: it stands for one that answers at once."""
    tools = connector_tools(office.resources, version="bench")
    created = office.connection
    sign_in = Authenticate(user_name=created.connection.user_name, password=created.password)
    signed_in = await answer(tools, sign_in)
    ticket = signed_in.values[0] if isinstance(signed_in, Strings) else ""
    progress = 0
    while progress < _DONE:
        with watch.running():
            fetched = await answer(
                tools,
                SendRequestXML(ticket=ticket, qbxml_major_version=13, qbxml_minor_version=0),
            )
        if not isinstance(fetched, Qbxml) or not fetched.body:
            break
        response = process(company, fetched.body)
        with watch.running():
            told = await answer(tools, ReceiveResponseXML(ticket=ticket, response=response))
        progress = told.number if isinstance(told, Number) else _DONE
    await answer(tools, CloseConnection(ticket=ticket))
