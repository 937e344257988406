"""One read for many fields: loaders over the resolvers' batch reads."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from domain.company_file import CompanyFile
from domain.connections import Connection
from domain.invoice import Invoice
from domain.lists import InventoryLocation
from resolvers import connections, invoice_reading, lists
from resolvers.batches import read_batch_totals
from resolvers.context import RequestContext
from resolvers.drifts import read_drifts
from resolvers.export_evidence import read_export_evidence
from resolvers.issues import (
    count_affected,
    count_dependents,
    read_culprits,
    read_dependents,
    read_issues,
    read_jobs,
)
from resolvers.locations import Place, read_locations
from resolvers.payment_reading import read_payments, read_payments_of

K = TypeVar("K")
V = TypeVar("V")
ByIds = Callable[[RequestContext, Iterable[UUID]], Awaitable[Mapping[UUID, V]]]
ByInvoices = Callable[[RequestContext, Sequence[Invoice]], Awaitable[Mapping[UUID, V]]]


class _Loader(Generic[K, V]):
    """An attribute that makes its loader when it is first asked for; most operations need few."""

    def __init__(self, make: Callable[[RequestContext], DataLoader[K, V | None]]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, owner: "Loaders", _: type) -> DataLoader[K, V | None]:
        made = vars(owner)[self._name] = self._make(owner.context)  # from now on found before this
        return made


def _by_id(read: ByIds[V]) -> _Loader[UUID, V]:
    def make(context: RequestContext) -> DataLoader[UUID, V | None]:
        async def load(keys: list[UUID]) -> list[V | None]:
            found = await read(context, keys)
            return [found.get(key) for key in keys]

        return DataLoader(load)

    return _Loader(make)


def _by_invoice(read: ByInvoices[V]) -> _Loader[Invoice, V]:
    def make(context: RequestContext) -> DataLoader[Invoice, V | None]:
        async def load(keys: list[Invoice]) -> list[V | None]:
            found = await read(context, keys)
            return [found.get(invoice.id) for invoice in keys]

        return DataLoader(load, cache_key_fn=_identity)

    return _Loader(make)


def _identity(invoice: Invoice) -> Hashable:
    return invoice.id, invoice.version, invoice.updated_at


def _locations(context: RequestContext) -> DataLoader[Place, InventoryLocation | None]:
    async def load(places: list[Place]) -> list[InventoryLocation | None]:
        found = await read_locations(context, places)
        return [found.get(place) for place in places]

    return DataLoader(load)


async def _company_files(context: RequestContext, _: Iterable[UUID]) -> Mapping[UUID, CompanyFile]:
    return await connections.read_company_files(context)


async def _connections_of(
    context: RequestContext, _: Iterable[UUID]
) -> Mapping[UUID, list[Connection]]:
    by_file: dict[UUID, list[Connection]] = defaultdict(list)
    for connection in (await connections.read_connections(context)).values():
        by_file[connection.company_file_id].append(connection)
    return by_file


class Loaders:
    """Made anew for each operation: what one operation has read never reaches another."""

    # what hangs on one version of an invoice
    comparisons = _by_invoice(invoice_reading.read_comparisons)
    eligibility = _by_invoice(invoice_reading.read_eligibility)
    drafts = _by_invoice(invoice_reading.read_drafts)
    export_evidence = _by_invoice(read_export_evidence)
    sync = _by_invoice(invoice_reading.read_sync)

    invoices = _by_id(invoice_reading.read_invoices)
    links = _by_id(invoice_reading.read_links)
    drifts = _by_id(read_drifts)
    issues = _by_id(read_issues)
    dependents = _by_id(read_dependents)
    dependent_counts = _by_id(count_dependents)
    affected = _by_id(count_affected)
    culprits = _by_id(read_culprits)
    jobs = _by_id(read_jobs)
    adjustments = _by_id(invoice_reading.read_adjustments)
    customers = _by_id(lists.read_customers)
    service_locations = _by_id(lists.read_service_locations)
    service_locations_of = _by_id(lists.read_service_locations_of)
    business_units = _by_id(lists.read_business_units)
    tax_zones = _by_id(lists.read_tax_zones)
    inventory_locations = _by_id(lists.read_inventory_locations)
    technicians = _by_id(lists.read_technicians)
    items = _by_id(lists.read_items)
    payments = _by_id(read_payments)
    payments_of = _by_id(read_payments_of)
    batches = _by_id(lists.read_batches)
    batch_totals = _by_id(read_batch_totals)
    connections = _by_id(connections.read_connections)
    company_files = _by_id(_company_files)
    connections_of = _by_id(_connections_of)
    locations = _Loader(_locations)

    def __init__(self, context: RequestContext) -> None:
        self.context = context
