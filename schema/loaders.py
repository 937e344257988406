"""One read for many fields: loaders over the resolvers' batch reads."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from domain.company_file import CompanyFile
from domain.connections import Connection
from domain.invoice import Invoice
from domain.lists import InventoryLocation
from resolvers import connections, invoice_reading, issues, lists
from resolvers.batches import read_batch_totals
from resolvers.context import RequestContext
from resolvers.drifts import read_drifts
from resolvers.export_evidence import read_export_evidence
from resolvers.locations import Place, read_locations
from resolvers.payment_reading import read_payments, read_payments_of

V = TypeVar("V")
ByIds = Callable[[RequestContext, Iterable[UUID]], Awaitable[Mapping[UUID, V]]]
ByInvoices = Callable[[RequestContext, Sequence[Invoice]], Awaitable[Mapping[UUID, V]]]


class InvoiceLoaders:
    """What hangs on one version of an invoice."""

    def __init__(self, context: RequestContext) -> None:
        self.comparisons = _by_invoice(context, invoice_reading.read_comparisons)
        self.eligibility = _by_invoice(context, invoice_reading.read_eligibility)
        self.drafts = _by_invoice(context, invoice_reading.read_drafts)
        self.export_evidence = _by_invoice(context, read_export_evidence)
        self.sync = _by_invoice(context, invoice_reading.read_sync)


class Loaders(InvoiceLoaders):
    """Made anew for each operation: what one operation has read never reaches another."""

    def __init__(self, context: RequestContext) -> None:
        super().__init__(context)
        self.invoices = _by_id(context, invoice_reading.read_invoices)
        self.links = _by_id(context, invoice_reading.read_links)
        self.drifts = _by_id(context, read_drifts)
        self.issues = _by_id(context, issues.read_issues)
        self.dependents = _by_id(context, issues.read_dependents)
        self.dependent_counts = _by_id(context, issues.count_dependents)
        self.affected = _by_id(context, issues.count_affected)
        self.culprits = _by_id(context, issues.read_culprits)
        self.jobs = _by_id(context, issues.read_jobs)
        self.adjustments = _by_id(context, invoice_reading.read_adjustments)
        self.customers = _by_id(context, lists.read_customers)
        self.service_locations = _by_id(context, lists.read_service_locations)
        self.service_locations_of = _by_id(context, lists.read_service_locations_of)
        self.business_units = _by_id(context, lists.read_business_units)
        self.tax_zones = _by_id(context, lists.read_tax_zones)
        self.inventory_locations = _by_id(context, lists.read_inventory_locations)
        self.technicians = _by_id(context, lists.read_technicians)
        self.items = _by_id(context, lists.read_items)
        self.payments = _by_id(context, read_payments)
        self.payments_of = _by_id(context, read_payments_of)
        self.batches = _by_id(context, lists.read_batches)
        self.batch_totals = _by_id(context, read_batch_totals)
        self.connections = _by_id(context, connections.read_connections)
        self.company_files = _by_id(context, _company_files)
        self.connections_of = _by_id(context, _connections_of)
        self.locations = _by_place(context)


def _by_id(context: RequestContext, read: ByIds[V]) -> DataLoader[UUID, V | None]:
    async def load(keys: list[UUID]) -> list[V | None]:
        found = await read(context, keys)
        return [found.get(key) for key in keys]

    return DataLoader(load)


def _by_invoice(context: RequestContext, read: ByInvoices[V]) -> DataLoader[Invoice, V | None]:
    async def load(keys: list[Invoice]) -> list[V | None]:
        found = await read(context, keys)
        return [found.get(invoice.id) for invoice in keys]

    return DataLoader(load, cache_key_fn=_identity)


def _by_place(context: RequestContext) -> DataLoader[Place, InventoryLocation | None]:
    async def load(places: list[Place]) -> list[InventoryLocation | None]:
        found = await read_locations(context, places)
        return [found.get(place) for place in places]

    return DataLoader(load)


def _identity(invoice: Invoice) -> Hashable:
    return invoice.id, invoice.version, invoice.updated_at


async def _company_files(context: RequestContext, _: Iterable[UUID]) -> Mapping[UUID, CompanyFile]:
    return await connections.read_company_files(context)


async def _connections_of(
    context: RequestContext, _: Iterable[UUID]
) -> Mapping[UUID, list[Connection]]:
    by_file: dict[UUID, list[Connection]] = defaultdict(list)
    for connection in (await connections.read_connections(context)).values():
        by_file[connection.company_file_id].append(connection)
    return by_file
