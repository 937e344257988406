"""Reading anything again by its id."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from domain.access import Permission
from resolvers.api_keys import read_api_key
from resolvers.auditing import read_entry
from resolvers.invoice_reading import read_revision, read_task
from resolvers.live import read_event
from resolvers.people import read_employees
from resolvers.unlocking import read_unlock_request
from resolvers.webhooks import read_webhook
from schema import lists
from schema.api_keys import ApiKey
from schema.audit import AuditEntry
from schema.connections import CompanyFile, Connection
from schema.context import GraphQLContext, Info
from schema.drafts import Revision
from schema.ids import Node, read_id
from schema.invoices import Batch, Invoice, Payment, SyncEvent, SyncIssue
from schema.loaders import Loaders
from schema.people import Employee
from schema.tasks import Task
from schema.unlocking import UnlockRequest
from schema.webhooks import Webhook

V = TypeVar("V")
Reader = Callable[[GraphQLContext, UUID], Awaitable[Node | None]]


async def read_node(info: Info, id: strawberry.ID) -> Node | None:
    """Give what the id names; None when the caller's account has no such thing."""
    known = read_id(id)
    reader = None if known is None else _READERS.get(known[0])
    if known is None or reader is None:
        return None
    return await reader(info.context, known[1])


def _loaded(
    pick: Callable[[Loaders], DataLoader[UUID, V | None]], show: Callable[[V], Node]
) -> Reader:
    async def read(context: GraphQLContext, key: UUID) -> Node | None:
        found = await pick(context.loaders).load(key)
        return None if found is None else show(found)

    return read


async def _task(context: GraphQLContext, key: UUID) -> Node | None:
    found = await read_task(context.caller, key)
    if found is None:
        return None
    invoice, task = found
    return Task.of(invoice.id, invoice.content.tasks.index(task) + 1, task)


async def _revision(context: GraphQLContext, key: UUID) -> Node | None:
    found = await read_revision(context.caller, key)
    return None if found is None else Revision.of(found)


async def _event(context: GraphQLContext, key: UUID) -> Node | None:
    found = await read_event(context.caller, key)
    account_id = context.caller.principal.account_id
    return None if found is None else SyncEvent.of(account_id, found)


async def _employee(context: GraphQLContext, key: UUID) -> Node | None:
    found = (await read_employees(context.caller)).get(key)
    return None if found is None else Employee.of(found)


async def _api_key(context: GraphQLContext, key: UUID) -> Node | None:
    found = await read_api_key(context.caller, key)
    return None if found is None else ApiKey.of(found)


async def _audit_entry(context: GraphQLContext, key: UUID) -> Node | None:
    found = await read_entry(context.caller, key)
    return None if found is None else AuditEntry.of(found)


async def _unlock_request(context: GraphQLContext, key: UUID) -> Node | None:
    if not context.caller.principal.may(Permission.UNLOCK_BATCH):
        return None
    found = await read_unlock_request(context.caller, key)
    return None if found is None else UnlockRequest.of(found)


async def _webhook(context: GraphQLContext, key: UUID) -> Node | None:
    found = await read_webhook(context.caller, key)
    account_id = context.caller.principal.account_id
    return None if found is None else Webhook.of(account_id, found)


_READERS: Mapping[str, Reader] = {
    "Invoice": _loaded(lambda loaders: loaders.invoices, Invoice.of),
    "Task": _task,
    "SyncIssue": _loaded(lambda loaders: loaders.issues, SyncIssue.of),
    "SyncEvent": _event,
    "ApiKey": _api_key,
    "AuditEntry": _audit_entry,
    "Employee": _employee,
    "Revision": _revision,
    "Customer": _loaded(lambda loaders: loaders.customers, lists.Customer.of),
    "ServiceLocation": _loaded(lambda loaders: loaders.service_locations, lists.ServiceLocation.of),
    "BusinessUnit": _loaded(lambda loaders: loaders.business_units, lists.BusinessUnit.of),
    "TaxZone": _loaded(lambda loaders: loaders.tax_zones, lists.TaxZone.of),
    "InventoryLocation": _loaded(
        lambda loaders: loaders.inventory_locations, lists.InventoryLocation.of
    ),
    "Technician": _loaded(lambda loaders: loaders.technicians, lists.Technician.of),
    "Item": _loaded(lambda loaders: loaders.items, lists.Item.of),
    "UnlockRequest": _unlock_request,
    "Webhook": _webhook,
    "Payment": _loaded(lambda loaders: loaders.payments, Payment.of),
    "Batch": _loaded(lambda loaders: loaders.batches, Batch.of),
    "CompanyFile": _loaded(lambda loaders: loaders.company_files, CompanyFile.of),
    "Connection": _loaded(lambda loaders: loaders.connections, Connection.of),
}
