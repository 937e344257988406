"""An invoice with all that hangs on it. Types that name each other stand in one module."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

import strawberry

from domain import sync as sync_rules
from domain.events import NumberedEvent
from domain.invoice import ExportOrigin, ExportStatus
from domain.invoice import Invoice as InvoiceValue
from domain.issues import SyncIssue as SyncIssueValue
from domain.payments import Payment as PaymentValue
from domain.payments import PaymentState
from domain.sync import OUTCOMES, PHASES, SyncOutcome, SyncPhase
from domain.sync_status import LABELS, SyncStatus
from resolvers.batches import read_batch_invoices
from resolvers.invoice_reading import SyncView
from resolvers.issues import MOST_DEPENDENTS
from resolvers.live import read_events
from schema.actors import Actor
from schema.connections import Connection
from schema.context import Info
from schema.drafts import EditEligibility, InvoiceDraft, draft_of
from schema.drift_facts import MayDrift
from schema.export_evidence import WithExportEvidence
from schema.ids import Node, global_id, known
from schema.invoice_history import InvoiceHistory
from schema.issue_facts import IssueFacts
from schema.lists import BatchFields, BusinessUnit, Customer, TaxZone
from schema.pagination import (
    Page,
    event_cursor,
    page_size,
    read_event_cursor,
    read_key,
    write_cursor,
)
from schema.payment_facts import PaymentFacts, facts_of
from schema.scalars import Money
from schema.sync import FieldNotSent, ResolutionStep, SyncConflict
from schema.tasks import Task, business_unit_of

strawberry.enum(ExportStatus)
strawberry.enum(ExportOrigin)


@strawberry.type
class SyncIssue(IssueFacts, Node):
    """Why an invoice could not be synced, who can help and how.

    A problem that others wait for is a root; a dependent goes by itself once its root is solved.
    """

    @strawberry.field
    async def root(self, info: Info) -> "SyncIssue | None":
        """The problem that this one waits for."""
        return await _issue(info, self.value.root_id)

    @strawberry.field
    async def dependents(self, info: Info, first: int = MOST_DEPENDENTS) -> list["SyncIssue"]:
        """Problems that wait for this one, oldest first; they go by themselves when it is solved.

        At most 100; `dependentCount` counts them all, `syncIssues(rootId:)` pages through them.
        """
        found = await info.context.loaders.dependents.load(self.value.id)
        return [SyncIssue.of(issue) for issue in (found or ())[: page_size(first)]]

    @strawberry.field
    async def payments(self, info: Info) -> list["Payment"]:
        """Payments of its invoice that wait for this problem; they go by themselves after it."""
        found = await info.context.loaders.payments_of.load(self.value.invoice_id)
        waiting = (PaymentState.WAITING, PaymentState.HELD)
        is_open = self.value.resolved_at is None
        return [Payment.of(one) for one in found or () if is_open and one.state in waiting]

    @strawberry.field
    async def invoice(self, info: Info) -> "Invoice | None":
        """The invoice that could not be synced."""
        found = await info.context.loaders.invoices.load(self.value.invoice_id)
        return None if found is None else Invoice.of(found)

    @classmethod
    def of(cls, value: SyncIssueValue) -> Self:
        """Show an issue."""
        return cls(
            id=global_id("SyncIssue", value.id),
            code=value.code,
            quickbooks_code=value.quickbooks_code,
            quickbooks_message=value.quickbooks_message,
            reason=value.reason,
            steps=[ResolutionStep.of(step) for step in value.steps],
            object=None if value.object is None else value.object.name,
            is_root=value.root_id is None,
            retry_automatic=value.root_id is not None and value.resolved_at is None,
            opened_at=value.opened_at,
            resolved_at=value.resolved_at,
            value=value,
        )


@strawberry.type
class InvoiceSync:
    status: SyncStatus
    phase: SyncPhase | None
    outcome: SyncOutcome | None
    synced_version: int | None = strawberry.field(
        description="Version that QuickBooks last confirmed."
    )
    synced_at: datetime | None
    queue_position: int | None
    attempts: int
    next_attempt_at: datetime | None
    not_sent: list[FieldNotSent] = strawberry.field(
        description="Fields saved here that QuickBooks cannot hold."
    )
    issue: SyncIssue | None
    conflict: SyncConflict | None
    job: strawberry.Private[sync_rules.SyncJob | None]

    @strawberry.field
    async def connection(self, info: Info) -> Connection | None:
        """Which connection carries or carried it."""
        return None if self.job is None else await _connection(info, self.job.connection_id)

    @strawberry.field
    async def estimated_at(self, info: Info) -> datetime | None:
        """When it should be fetched; null when it does not wait, or waits for the connector."""
        if self.job is None or self.job.state not in sync_rules.UNSENT:
            return None
        return (await _connection(info, self.job.connection_id)).fetches_at(info)

    @classmethod
    def of(cls, invoice: InvoiceValue, view: SyncView) -> Self:
        """Show how far the newest job has come."""
        job, issue = view.job, view.issue
        return cls(
            status=invoice.sync_status,
            phase=None if job is None else PHASES[job.state],
            outcome=SyncOutcome.NOT_APPLICABLE if job is None else OUTCOMES[job.state],
            synced_version=invoice.synced_version,
            synced_at=invoice.synced_at,
            queue_position=view.queue_position,
            attempts=0 if job is None else job.attempts,
            next_attempt_at=None if job is None else job.next_attempt_at,
            not_sent=[FieldNotSent.of(path, reason) for path, reason in view.not_sent],
            issue=None if issue is None else SyncIssue.of(issue),
            conflict=None if issue is None else SyncConflict.of(issue),
            job=job,
        )


@strawberry.type
class SyncEvent(Node):
    cursor: str = strawberry.field(
        description="Give it back as `after` to go on behind this event."
    )
    sequence: int = strawberry.field(
        description="Gapless per account, from 1: a hole means a lost event, a repeat means"
        " drop it."
    )
    occurred_at: datetime
    status: SyncStatus = strawberry.field(
        description="Right after this event; `invoice` may already be newer."
    )
    previous_status: SyncStatus | None
    phase: SyncPhase | None
    invoice_version: int
    actor: Actor
    numbered: strawberry.Private[NumberedEvent]

    @strawberry.field
    async def invoice(self, info: Info) -> "Invoice":
        key = self.numbered.event.invoice_id
        return Invoice.of(known(await info.context.loaders.invoices.load(key)))

    @strawberry.field
    async def issue(self, info: Info) -> SyncIssue | None:
        return await _issue(info, self.numbered.event.issue_id)

    @classmethod
    def of(cls, account_id: UUID, numbered: NumberedEvent) -> Self:
        """Show an event as it was stored."""
        event = numbered.event
        return cls(
            id=global_id("SyncEvent", event.id),
            cursor=event_cursor(account_id, numbered.sequence),
            sequence=numbered.sequence,
            occurred_at=event.occurred_at,
            status=event.status,
            previous_status=event.previous_status,
            phase=event.phase,
            invoice_version=event.invoice_version,
            actor=Actor.of(event.actor),
            numbered=numbered,
        )


@strawberry.type
class Invoice(WithExportEvidence, MayDrift, InvoiceHistory, Node):
    version: int = strawberry.field(
        description="Grows by one with every accepted change. Send it back with each mutation."
    )
    invoice_number: str = strawberry.field(description="Invoice #, at most 11 characters.")
    invoice_date: date
    summary: str | None
    subtotal: Money
    sales_tax: Money
    total: Money
    balance: Money
    is_application_for_payment: bool
    adjustment_reason: str | None = strawberry.field(
        description="Why this adjustment was made; null for any other invoice."
    )
    export_status: ExportStatus
    export_origin: ExportOrigin | None
    sync_status: SyncStatus
    sync_status_label: str = strawberry.field(
        description="As a screen shows it: N/A, Syncing, Synced, Bypassed, Action Required."
    )
    created_at: datetime
    updated_at: datetime
    value: strawberry.Private[InvoiceValue]

    @strawberry.field
    def tasks(self) -> list[Task]:
        value = self.value  # shown only when asked for: they cost more than the rest of a list
        return [Task.of(value.id, n, task) for n, task in enumerate(value.content.tasks, start=1)]

    @strawberry.field
    async def customer(self, info: Info) -> Customer:
        return Customer.of(known(await info.context.loaders.customers.load(self.value.customer_id)))

    @strawberry.field
    async def business_unit(self, info: Info) -> BusinessUnit | None:
        return await business_unit_of(info, self.value.business_unit_id)

    @strawberry.field
    async def tax_zone(self, info: Info) -> TaxZone | None:
        key = self.value.content.tax_zone_id
        if key is None:
            return None
        return TaxZone.of(known(await info.context.loaders.tax_zones.load(key)))

    @strawberry.field
    async def adjustment_to(self, info: Info) -> "Invoice | None":
        """The invoice that this one adjusts."""
        if self.value.adjustment_to_id is None:
            return None
        found = await info.context.loaders.invoices.load(self.value.adjustment_to_id)
        return None if found is None else Invoice.of(found)

    @strawberry.field
    async def adjustments(self, info: Info) -> list["Invoice"]:
        """The adjustment invoices made for this one, oldest first, exported or not."""
        found = await info.context.loaders.adjustments.load(self.value.id)
        return [Invoice.of(invoice) for invoice in found or ()]

    @strawberry.field
    async def batch(self, info: Info) -> "Batch | None":
        if self.value.batch_id is None:
            return None
        return Batch.of(known(await info.context.loaders.batches.load(self.value.batch_id)))

    @strawberry.field
    async def payments(self, info: Info) -> list["Payment"]:
        """Payments recorded here for this invoice, oldest first.

        What QuickBooks itself applied to the invoice is in `quickbooks.payments`.
        """
        found = await info.context.loaders.payments_of.load(self.value.id)
        return [Payment.of(payment) for payment in found or ()]

    @strawberry.field
    async def sync(self, info: Info) -> InvoiceSync:
        view = known(await info.context.loaders.sync.load(self.value))
        return InvoiceSync.of(self.value, view)

    @strawberry.field
    async def edit_eligibility(self, info: Info) -> EditEligibility:
        """Whether this viewer may edit and sync, with every reason against it at once."""
        return EditEligibility.of(known(await info.context.loaders.eligibility.load(self.value)))

    @strawberry.field
    async def draft(self, info: Info) -> InvoiceDraft | None:
        """Staged edits, if somebody is editing."""
        return await draft_of(info, self.value)

    @strawberry.field
    async def sync_events(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Page[SyncEvent]:
        """Events of this invoice, oldest first."""
        return await event_page(info, first=first, after=after, invoice_id=self.value.id)

    @classmethod
    def of(cls, value: InvoiceValue) -> Self:
        """Show an invoice."""
        content, totals = value.content, value.totals
        return cls(
            id=global_id("Invoice", value.id),
            version=value.version,
            invoice_number=content.number,
            invoice_date=content.date,
            summary=content.summary,
            subtotal=Money(totals.subtotal),
            sales_tax=Money(totals.sales_tax),
            total=Money(totals.total),
            balance=Money(value.balance),
            is_application_for_payment=value.is_application_for_payment,
            adjustment_reason=value.adjustment_reason,
            export_status=value.export_status,
            export_origin=value.export_origin,
            sync_status=value.sync_status,
            sync_status_label=LABELS[value.sync_status],
            created_at=value.created_at,
            updated_at=value.updated_at,
            value=value,
        )


@strawberry.type
class Payment(PaymentFacts, Node):
    """Money received for an invoice, and how far it is on its way to QuickBooks.

    It goes at most once, never changes the invoice's sync status, and is applied to the invoice in
    QuickBooks only where both came through one kind of connection into one company file.
    """

    @strawberry.field
    async def invoice(self, info: Info) -> Invoice:
        """The invoice that it pays."""
        return Invoice.of(known(await info.context.loaders.invoices.load(self.value.invoice_id)))

    @strawberry.field
    async def waits_for(self, info: Info) -> SyncIssue | None:
        """The problem of its invoice or customer that it waits for; it goes by itself after it."""
        payment = self.value
        if payment.state not in (PaymentState.WAITING, PaymentState.HELD):
            return None
        if payment.root_id is not None:
            return await _issue(info, payment.root_id)
        invoice = known(await info.context.loaders.invoices.load(payment.invoice_id))
        issue = known(await info.context.loaders.sync.load(invoice)).issue
        return None if issue is None else SyncIssue.of(issue)

    @classmethod
    def of(cls, value: PaymentValue) -> Self:
        """Show a payment."""
        return cls(id=global_id("Payment", value.id), **facts_of(value))


@strawberry.type
class Batch(BatchFields):
    """Invoices that are exported to QuickBooks together."""

    @strawberry.field
    async def invoices(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Page[Invoice]:
        """Its invoices, in the order they were made."""
        found, more = await read_batch_invoices(
            info.context.caller, self.value.id, after=read_key(after), first=page_size(first)
        )
        return Page[Invoice].of(
            found,
            more=more,
            after=after,
            node=Invoice.of,
            cursor=lambda invoice: write_cursor(str(invoice.id)),
        )


async def event_page(
    info: Info, *, first: int, after: str | None, invoice_id: UUID | None = None
) -> Page[SyncEvent]:
    """Give a page of the account's events, or of one invoice's, oldest first."""
    account_id = info.context.caller.principal.account_id
    behind = 0 if after is None else read_event_cursor(account_id, after)
    found, more = await read_events(
        info.context.caller, after=behind, first=page_size(first), invoice_id=invoice_id
    )
    return Page[SyncEvent].of(
        found,
        more=more,
        after=after,
        node=lambda numbered: SyncEvent.of(account_id, numbered),
        cursor=lambda numbered: event_cursor(account_id, numbered.sequence),
    )


async def _connection(info: Info, key: UUID) -> Connection:
    return Connection.of(known(await info.context.loaders.connections.load(key)))


async def _issue(info: Info, key: UUID | None) -> SyncIssue | None:
    found = None if key is None else await info.context.loaders.issues.load(key)
    return None if found is None else SyncIssue.of(found)
