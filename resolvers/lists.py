"""The account's lists, and the account itself."""

from collections.abc import Iterable
from uuid import UUID

from domain.account import Account
from domain.lists import (
    Batch,
    BusinessUnit,
    Customer,
    InventoryLocation,
    Item,
    ServiceLocation,
    TaxZone,
    Technician,
)
from resolvers.context import RequestContext

Ids = Iterable[UUID] | None


async def read_account(context: RequestContext) -> Account:
    """Give the caller's account."""
    async with context.open_work() as work:
        return await work.accounts.get()


async def read_customers(context: RequestContext, ids: Ids = None) -> dict[UUID, Customer]:
    """Give customers by id; None asks for all. So do the readers below."""
    async with context.open_work() as work:
        return await work.lists.customers(ids)


async def read_service_locations(
    context: RequestContext, ids: Ids = None
) -> dict[UUID, ServiceLocation]:
    async with context.open_work() as work:
        return await work.lists.service_locations(ids)


async def read_service_locations_of(
    context: RequestContext, customer_ids: Iterable[UUID]
) -> dict[UUID, list[ServiceLocation]]:
    """Give the service locations of each of these customers, oldest first."""
    async with context.open_work() as work:
        return await work.lists.service_locations_of(customer_ids)


async def read_business_units(context: RequestContext, ids: Ids = None) -> dict[UUID, BusinessUnit]:
    async with context.open_work() as work:
        return await work.lists.business_units(ids)


async def read_tax_zones(context: RequestContext, ids: Ids = None) -> dict[UUID, TaxZone]:
    async with context.open_work() as work:
        return await work.lists.tax_zones(ids)


async def read_inventory_locations(
    context: RequestContext, ids: Ids = None
) -> dict[UUID, InventoryLocation]:
    async with context.open_work() as work:
        return await work.lists.inventory_locations(ids)


async def read_technicians(context: RequestContext, ids: Ids = None) -> dict[UUID, Technician]:
    async with context.open_work() as work:
        return await work.lists.technicians(ids)


async def read_items(context: RequestContext, ids: Ids = None) -> dict[UUID, Item]:
    async with context.open_work() as work:
        return await work.lists.items(ids)


async def read_batches(context: RequestContext, ids: Ids = None) -> dict[UUID, Batch]:
    async with context.open_work() as work:
        return await work.lists.batches(ids)
