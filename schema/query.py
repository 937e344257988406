"""The queries."""

import asyncio
from datetime import timedelta

import strawberry

from domain.audit import EVERYTHING
from domain.lists import BatchStatus
from domain.search import InvoiceFilter as InvoiceFilterValue
from domain.search import InvoiceSort
from resolvers import connections, lists, people
from resolvers.auditing import read_trail
from resolvers.batches import read_batch_page
from resolvers.invoice_reading import read_page
from resolvers.live import read_last_sequence
from resolvers.unlocking import read_unlock_request
from schema.actors import Viewer
from schema.api_keys import ApiKeyQueries
from schema.applying import ApplyingQueries
from schema.audit import AuditEntry, AuditFilter, audit_page
from schema.closing import ClosingQueries
from schema.connections import CompanyFile, Connection
from schema.context import Info
from schema.drifts import DriftQueries
from schema.ids import Node, find_id
from schema.invoices import Batch, Invoice, SyncEvent, SyncIssue, event_page
from schema.issues import (
    LARGEST_PIECE,
    SyncIssueCounts,
    SyncIssuesCsv,
    issue_counts,
    issue_file,
    issue_page,
)
from schema.lists import BusinessUnit, Customer, InventoryLocation, Item, TaxZone, Technician
from schema.naming import NamingQueries
from schema.nodes import read_node
from schema.pagination import (
    LARGEST_PAGE,
    Page,
    bad_cursor,
    bad_input,
    event_cursor,
    page_size,
    read_cursor,
    read_key,
    write_cursor,
)
from schema.payments import PaymentQueries
from schema.people import Account, AccountingPeriod, Employee
from schema.preview import PreviewQueries
from schema.queue import QueueQueries
from schema.search import InvoiceFilter, invoice_cursor, read_invoice_cursor
from schema.selection import needs_tasks
from schema.unlocking import UnlockRequest
from schema.webhooks import WebhookQueries

_LARGEST_NUMBER = 2**31


@strawberry.type
class Query(
    ApiKeyQueries,
    ApplyingQueries,
    ClosingQueries,
    DriftQueries,
    NamingQueries,
    PaymentQueries,
    PreviewQueries,
    QueueQueries,
    WebhookQueries,
):
    @strawberry.field
    def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.caller.principal)

    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return await read_node(info, id)

    @strawberry.field
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        """Several things at once, in the order of the ids; null for what is not there."""
        if len(ids) > LARGEST_PAGE:
            raise bad_input(f"Name at most {LARGEST_PAGE} ids.")
        return list(await asyncio.gather(*(read_node(info, id_) for id_ in ids)))

    @strawberry.field
    async def invoice(self, info: Info, id: strawberry.ID) -> Invoice | None:
        found = await info.context.loaders.invoices.load(find_id(id, "Invoice"))
        return None if found is None else Invoice.of(found)

    @strawberry.field
    async def invoices(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        filter: InvoiceFilter | None = None,
        sort: InvoiceSort = InvoiceSort.UPDATED_AT_DESC,
    ) -> Page[Invoice]:
        found, more = await read_page(
            info.context.caller,
            wanted=InvoiceFilterValue() if filter is None else filter.to_domain(),
            sort=sort,
            after=None if after is None else read_invoice_cursor(sort, after),
            first=page_size(first),
            with_tasks=needs_tasks(info),
        )
        return Page[Invoice].of(
            found,
            more=more,
            after=after,
            node=Invoice.of,
            cursor=lambda invoice: invoice_cursor(sort, invoice),
        )

    @strawberry.field
    async def batches(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        status: list[BatchStatus] | None = None,
    ) -> Page[Batch]:
        """Export batches, newest first; without `status` those of every status."""
        found, more = await read_batch_page(
            info.context.caller,
            statuses=status or (),
            before=_read_number(after),
            first=page_size(first),
        )
        return Page[Batch].of(
            found,
            more=more,
            after=after,
            node=Batch.of,
            cursor=lambda batch: write_cursor(batch.number),
        )

    @strawberry.field
    async def unlock_request(
        self, info: Info, id: strawberry.ID, wait_seconds: int = 0
    ) -> UnlockRequest | None:
        """How a request to unlock stands, with QuickBooks' answers so far.

        `waitSeconds`, 20 at most, waits for answers that are on their way.
        """
        wait = timedelta(seconds=max(0, min(wait_seconds, 20)))
        key = find_id(id, "UnlockRequest")
        view = await read_unlock_request(info.context.caller, key, wait=wait)
        return None if view is None else UnlockRequest.of(view)

    @strawberry.field
    async def company_files(self, info: Info) -> list[CompanyFile]:
        found = await connections.read_company_files(info.context.caller)
        return [CompanyFile.of(file) for file in found.values()]

    @strawberry.field
    async def connections(self, info: Info) -> list[Connection]:
        found = await connections.read_connections(info.context.caller)
        return [Connection.of(connection) for connection in found.values()]

    @strawberry.field
    async def customers(self, info: Info) -> list[Customer]:
        found = await lists.read_customers(info.context.caller)
        return [Customer.of(customer) for customer in found.values()]

    @strawberry.field
    async def business_units(self, info: Info) -> list[BusinessUnit]:
        found = await lists.read_business_units(info.context.caller)
        return [BusinessUnit.of(unit) for unit in found.values()]

    @strawberry.field
    async def tax_zones(self, info: Info) -> list[TaxZone]:
        found = await lists.read_tax_zones(info.context.caller)
        return [TaxZone.of(zone) for zone in found.values()]

    @strawberry.field
    async def technicians(self, info: Info) -> list[Technician]:
        found = await lists.read_technicians(info.context.caller)
        return [Technician.of(technician) for technician in found.values()]

    @strawberry.field
    async def inventory_locations(self, info: Info) -> list[InventoryLocation]:
        found = await lists.read_inventory_locations(info.context.caller)
        return [InventoryLocation.of(location) for location in found.values()]

    @strawberry.field
    async def items(self, info: Info) -> list[Item]:
        found = await lists.read_items(info.context.caller)
        return [Item.of(item) for item in found.values()]

    @strawberry.field
    async def sync_issues(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        roots_only: bool = False,
        root_id: strawberry.ID | None = None,
    ) -> Page[SyncIssue]:
        """Open problems, roots first. The report of objects that failed.

        Roots come oldest first, then those that wait, root by root. Problems that open or close
        meanwhile move no other one: who pages through meets each at most once.
        """
        return await issue_page(
            info, first=first, after=after, roots_only=roots_only, root_id=root_id
        )

    @strawberry.field
    async def sync_issue_counts(self, info: Info) -> SyncIssueCounts:
        """How many problems are open: those to solve, and those that wait for them."""
        return await issue_counts(info)

    @strawberry.field
    async def sync_issues_csv(
        self,
        info: Info,
        first: int = LARGEST_PIECE,
        after: str | None = None,
        roots_only: bool = False,
    ) -> SyncIssuesCsv:
        """The same report as a CSV file, in pieces of at most 1,000 rows.

        100,000 problems are a hundred calls; the pieces put behind one another are the file.
        """
        return await issue_file(info, first=first, after=after, roots_only=roots_only)

    @strawberry.field
    async def sync_events(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Page[SyncEvent]:
        """The same events as the subscriptions, for polling and catching up. Oldest first."""
        return await event_page(info, first=first, after=after)

    @strawberry.field
    async def account(self, info: Info) -> Account:
        """The business that the caller belongs to, with its switches."""
        return Account.of(await lists.read_account(info.context.caller))

    @strawberry.field
    async def employees(self, info: Info) -> list[Employee]:
        """Everybody of the office by name, those who left too."""
        found = await people.read_employees(info.context.caller)
        return [Employee.of(employee) for employee in found.values()]

    @strawberry.field
    async def accounting_periods(self, info: Info) -> list[AccountingPeriod]:
        """The periods that the office opens and closes, oldest first."""
        found = await people.read_periods(info.context.caller)
        return [AccountingPeriod.of(period) for period in found]

    @strawberry.field
    async def audit_trail(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        filter: AuditFilter | None = None,
    ) -> Page[AuditEntry]:
        """Everything that people and partners did in the account, newest first.

        `Invoice.auditTrail` shows one invoice to all.
        """
        found, more = await read_trail(
            info.context.caller,
            wanted=EVERYTHING if filter is None else filter.to_domain(),
            before=read_key(after),
            first=page_size(first),
        )
        return audit_page(found, more=more, after=after)

    @strawberry.field
    async def sync_cursor(self, info: Info) -> str:
        """Where the stream of sync events stands now.

        Read it in one request with your data, then subscribe `after` it: nothing is missed between
        the two.
        """
        context = info.context
        early = context.last_sequence
        last = await (early or read_last_sequence(context.caller))
        return event_cursor(context.caller.principal.account_id, last)


def _read_number(after: str | None) -> int | None:
    if after is None:
        return None
    (number,) = read_cursor(after, int)
    if not 0 < number < _LARGEST_NUMBER:
        raise bad_cursor()
    return int(number)
