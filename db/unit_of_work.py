"""One transaction, one account; events are written last, and nobody else commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from db.accounts import Accounts
from db.api_keys import ApiKeys
from db.audit import AuditTrail
from db.batches import Batches
from db.channels import Channels
from db.company_files import CompanyFiles
from db.connections import Connections
from db.connector_sessions import ConnectorSessions
from db.drafts import Drafts, Revisions
from db.drifts import Drifts
from db.engine import Sessions
from db.exchanges import Exchanges
from db.idempotency import IdempotencyKeys
from db.inquiries import Inquiries
from db.invoice_briefs import InvoiceBriefs
from db.invoices import Invoices
from db.known_entries import KnownEntries
from db.links import QuickBooksLinks
from db.lists import Lists
from db.naming import Naming
from db.open_sides import OpenSides
from db.payments import Payments
from db.people import People
from db.pruning import Pruning
from db.qbxml_requests import QbxmlRequests
from db.quickbooks_names import QuickBooksNames
from db.sync_events import SyncEvents
from db.sync_issues import SyncIssues
from db.sync_jobs import SyncJobs
from db.transactions import Transaction, begin
from db.unlocks import AdminPins, Unlocks
from db.unsettled import Unsettled
from db.webhooks import Webhooks
from domain.audit import AuditEntry
from domain.events import NumberedEvent, SyncStatusChanged
from domain.outcome import Settled


class UnitOfWork:
    """The repositories of one account inside one transaction, and what is to be told after it."""

    def __init__(self, transaction: Transaction, account_id: UUID) -> None:
        self._transaction = transaction
        self.account_id = account_id
        self._recorded: list[SyncStatusChanged] = []
        self._noted: list[AuditEntry] = []
        #: After `write_events`: what everybody is told once the commit is through.
        self.events: list[NumberedEvent] = []
        #: Jobs that a worker should look at once the commit is through.
        self.jobs_to_plan: list[UUID] = []
        #: Webhooks that a worker should deliver to once the commit is through.
        self.webhooks_to_tell: list[UUID] = []
        #: Something changed that no event tells of, and those who wait should look.
        self.is_rung = False
        #: How long the jobs had waited that QuickBooks confirmed here.
        self.applied_after: list[timedelta] = []

    def record(self, event: SyncStatusChanged) -> None:
        """Keep a fact that becomes an event with this very commit."""
        self._recorded.append(event)

    def note(self, entry: AuditEntry) -> None:
        """Keep an act for the audit trail; it is stored with this very commit."""
        self._noted.append(entry)

    async def store(self, settled: Settled) -> None:
        """Save job and standing and record the event that tells of them."""
        await self.invoices.save_standings([settled.standing])
        await self.store_job(settled)

    async def store_job(self, settled: Settled) -> None:
        """Save the job and record its event; for happenings that leave the invoice as it is."""
        await self.sync_jobs.save(settled.job)
        self.record(settled.event)

    def wake_planner(self, job_id: UUID) -> None:
        """Ask for a job to be planned after the commit; the sweeper finds it if that is lost."""
        self.jobs_to_plan.append(job_id)

    def wake_webhook(self, webhook_id: UUID) -> None:
        """Ask for a delivery after the commit; the sweeper finds it if that is lost."""
        self.webhooks_to_tell.append(webhook_id)

    async def clear_issues(self, invoice_id: UUID, now: datetime) -> None:
        """Close what is open about the invoice, and let go what was held back by it."""
        for job_id in await self.sync_issues.resolve(invoice_id, now):
            self.wake_planner(job_id)

    def ring(self) -> None:
        """Wake those who wait once the commit is through; they look by themselves if it is lost."""
        self.is_rung = True

    async def write_events(self) -> None:
        """Store what was noted, then number what was recorded: the counter stays locked."""
        await self.audit.append(self._noted)
        self.events = await self.sync_events.append(self._recorded)
        self.webhooks_to_tell.extend(self.sync_events.webhooks_to_tell)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self._transaction, self.account_id)

    @cached_property
    def audit(self) -> AuditTrail:
        return AuditTrail(self._transaction, self.account_id)

    @cached_property
    def admin_pins(self) -> AdminPins:
        return AdminPins(self._transaction, self.account_id)

    @cached_property
    def api_keys(self) -> ApiKeys:
        return ApiKeys(self._transaction, self.account_id)

    @cached_property
    def batches(self) -> Batches:
        return Batches(self._transaction, self.account_id)

    @cached_property
    def channels(self) -> Channels:
        return Channels(self._transaction, self.account_id)

    @cached_property
    def company_files(self) -> CompanyFiles:
        return CompanyFiles(self._transaction, self.account_id)

    @cached_property
    def connections(self) -> Connections:
        return Connections(self._transaction, self.account_id)

    @cached_property
    def connector_sessions(self) -> ConnectorSessions:
        return ConnectorSessions(self._transaction, self.account_id)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self._transaction, self.account_id)

    @cached_property
    def drifts(self) -> Drifts:
        return Drifts(self._transaction, self.account_id)

    @cached_property
    def exchanges(self) -> Exchanges:
        return Exchanges(self._transaction, self.account_id)

    @cached_property
    def idempotency_keys(self) -> IdempotencyKeys:
        return IdempotencyKeys(self._transaction, self.account_id)

    @cached_property
    def inquiries(self) -> Inquiries:
        return Inquiries(self._transaction, self.account_id)

    @cached_property
    def invoice_briefs(self) -> InvoiceBriefs:
        return InvoiceBriefs(self._transaction, self.account_id)

    @cached_property
    def invoices(self) -> Invoices:
        return Invoices(self._transaction, self.account_id)

    @cached_property
    def known_entries(self) -> KnownEntries:
        return KnownEntries(self._transaction, self.account_id)

    @cached_property
    def links(self) -> QuickBooksLinks:
        return QuickBooksLinks(self._transaction, self.account_id)

    @cached_property
    def lists(self) -> Lists:
        return Lists(self._transaction, self.account_id)

    @cached_property
    def payments(self) -> Payments:
        return Payments(self._transaction, self.account_id)

    @cached_property
    def people(self) -> People:
        return People(self._transaction, self.account_id)

    @cached_property
    def naming(self) -> Naming:
        return Naming(self._transaction, self.account_id)

    @cached_property
    def open_sides(self) -> OpenSides:
        return OpenSides(self._transaction, self.account_id)

    @cached_property
    def pruning(self) -> Pruning:
        return Pruning(self._transaction, self.account_id)

    @cached_property
    def qbxml_requests(self) -> QbxmlRequests:
        return QbxmlRequests(self._transaction, self.account_id)

    @cached_property
    def quickbooks_names(self) -> QuickBooksNames:
        return QuickBooksNames(self._transaction, self.account_id)

    @cached_property
    def revisions(self) -> Revisions:
        return Revisions(self._transaction, self.account_id)

    @cached_property
    def sync_events(self) -> SyncEvents:
        return SyncEvents(self._transaction, self.account_id)

    @cached_property
    def sync_issues(self) -> SyncIssues:
        return SyncIssues(self._transaction, self.account_id)

    @cached_property
    def sync_jobs(self) -> SyncJobs:
        return SyncJobs(self._transaction, self.account_id)

    @cached_property
    def unsettled(self) -> Unsettled:
        return Unsettled(self._transaction, self.account_id)

    @cached_property
    def unlocks(self) -> Unlocks:
        return Unlocks(self._transaction, self.account_id)

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self._transaction, self.account_id)


@asynccontextmanager
async def unit_of_work(sessions: Sessions, account_id: UUID) -> AsyncIterator[UnitOfWork]:
    """Commit on a clean exit, roll back on any exception. Nobody else commits."""
    async with begin(sessions, account_id) as transaction:
        work = UnitOfWork(transaction, account_id)
        yield work
        await work.write_events()
