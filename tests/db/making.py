"""Rows for the tests of the repositories, stored without the use cases that usually make them."""

from dataclasses import replace
from uuid import UUID

from app.ids import new_id
from domain.events import SyncStatusChanged
from domain.outcome import status_event
from domain.queue import ConnectorSession, Exchange, ExchangeState, QbxmlRequest, RequestKind
from domain.queue import SessionState as State
from domain.sync import JobState, SyncJob
from domain.sync_status import SyncStatus
from tests.builders import NOW, OLGA, a_content, a_job, a_task, a_wanted, an_invoice


def an_invoice_of(office, **changes):
    """An invoice that the office's lists allow; content fields are changed by their names."""
    content = a_content(tax_zone_id=office.id_of("Fort Worth"), tasks=(a_task_of(office),))
    for name in ("number", "date", "summary", "tax_zone_id", "tasks"):
        if name in changes:
            content = replace(content, **{name: changes.pop(name)})
    lists = {
        "customer_id": office.id_of("Harriet Doyle"),
        "business_unit_id": None,
        "technician_id": None,
        "batch_id": None,
    }
    return an_invoice(**{"id": new_id(), "content": content} | lists | changes)


def a_task_of(office, **changes):
    lists = {"item_id": office.id_of("Seasonal tune-up"), "business_unit_id": office.id_of("HVAC")}
    return a_task(**{"id": new_id()} | lists | changes)


async def add_invoice(office, **changes):
    invoice = an_invoice_of(office, **changes)
    async with office.open_work() as work:
        await work.invoices.add(invoice)
    return invoice


def a_job_of(office, invoice, **changes) -> SyncJob:
    keys = {"invoice_id": invoice.id, "connection_id": connection_id(office)}
    return a_job(**{"id": new_id()} | keys | changes)


def connection_id(office) -> UUID:
    return office.connection.connection.id


def an_event(invoice, **changes) -> SyncStatusChanged:
    event = status_event(
        invoice,
        None,
        previous=SyncStatus.NOT_APPLICABLE,
        actor=OLGA,
        now=NOW,
        event_id=new_id(),
    )
    return replace(event, **changes)


def a_request_of(job, **changes) -> QbxmlRequest:
    request = QbxmlRequest(
        id=new_id(),
        job_id=job.id,
        connection_id=job.connection_id,
        kind=RequestKind.INVOICE_MOD,
        body=b"<InvoiceModRq/>",
        wanted=a_wanted(),
        sent_lines=None,
        created_at=NOW,
    )
    return replace(request, **changes)


async def add_request(office, **changes):
    """A request in the queue, with a job and an invoice of its own."""
    invoice = await add_invoice(office)
    job = a_job_of(office, invoice, state=JobState.READY)
    request = a_request_of(job, **changes)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
        await work.qbxml_requests.add(request)
    return request


def a_session_of(office, **changes) -> ConnectorSession:
    session = ConnectorSession(
        id=new_id(),
        connection_id=connection_id(office),
        state=State.OPEN,
        opened_at=NOW,
        last_call_at=NOW,
    )
    return replace(session, **changes)


async def add_exchange(office):
    """A message set that left in a session of its own, the connection's newest, and is owed."""
    session = a_session_of(office)
    exchange = Exchange(
        id=new_id(),
        connection_id=session.connection_id,
        session_id=session.id,
        message_set_id=new_id().hex[-23:],
        body=b"<QBXML/>",
        sent_at=NOW,
        state=ExchangeState.OWED,
    )
    async with office.open_work() as work:
        await work.connector_sessions.fence(session.connection_id)
        await work.connector_sessions.open(session, new_id().bytes)
        await work.exchanges.owe(exchange)
    return exchange
