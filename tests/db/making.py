"""Rows for the tests of the repositories, stored without the use cases that usually make them."""

from dataclasses import replace
from uuid import UUID

from app.ids import new_id
from domain.events import SyncStatusChanged
from domain.exchange import Exchange
from domain.issues import ObjectKind, QuickBooksObject, SyncIssue
from domain.outcome import status_event
from domain.queue import ConnectorSession, QbxmlRequest, RequestKind
from domain.queue import SessionState as State
from domain.standing import standing_of
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


async def stored_password(office, created=None) -> bytes:
    """The salted hash that a sign-in is held against, by default of the office's connection."""
    user_name = (created or office.connection).connection.user_name
    found = await office.resources.directory.sign_in(user_name, drafts_since=NOW, quiet_since=NOW)
    return found.password_hash


def an_event(invoice, **changes) -> SyncStatusChanged:
    event = status_event(
        standing_of(invoice),
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
        invoice_id=job.invoice_id,
        connection_id=job.connection_id,
        kind=RequestKind.INVOICE_MOD,
        wanted=a_wanted(),
        sent_lines=None,
        created_at=NOW,
    )
    return replace(request, **changes)


async def add_request(office, body=b"<InvoiceModRq/>", **changes):
    """A request in the queue, with a job and an invoice of its own."""
    invoice = await add_invoice(office)
    job = a_job_of(office, invoice, state=JobState.READY)
    request = a_request_of(job, **changes)
    async with office.open_work() as work:
        await work.sync_jobs.add(job)
        await work.qbxml_requests.add(request, body)
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


async def open_session(office):
    """A session of its own, the connection's newest."""
    session = a_session_of(office)
    async with office.open_work() as work:
        await work.connector_sessions.fence(session.connection_id)
        await work.connector_sessions.open(session, new_id().bytes)
    return session


def an_exchange_of(session, **changes) -> Exchange:
    """A message set that leaves in the session."""
    exchange = Exchange(
        id=new_id(),
        connection_id=session.connection_id,
        session_id=session.id,
        message_set_id=new_id().hex[-23:],
        sent_at=NOW,
    )
    return replace(exchange, **changes)


async def add_exchange(office, body=b"<QBXML/>", **changes):
    """A message set that left in a session of its own, and is owed unless its state is given."""
    exchange = an_exchange_of(await open_session(office), **changes)
    async with office.open_work() as work:
        await work.exchanges.owe(exchange, body)
    return exchange


def an_issue_of(job, **changes) -> SyncIssue:
    issue = SyncIssue(
        id=new_id(),
        invoice_id=job.invoice_id,
        job_id=job.id,
        code="ITEM_MISSING",
        reason="QuickBooks has no such item.",
        steps=(),
        quickbooks_code=None,
        quickbooks_message=None,
        opened_at=NOW,
    )
    return replace(issue, **changes)


def a_root_of(office, job, name="FILTER", **changes) -> SyncIssue:
    """An item is missing in the office's company file, and this job met it first."""
    thing = QuickBooksObject(ObjectKind.ITEM, name)
    company_file_id = office.connection.connection.company_file_id
    return an_issue_of(job, **{"object": thing, "company_file_id": company_file_id} | changes)
