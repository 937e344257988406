"""Where the material of tasks comes from."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from domain.invoice import Task
from domain.lists import InventoryLocation
from domain.wanted import location_of
from resolvers.context import RequestContext

#: An invoice, and a task of it or of its draft.
Place = tuple[UUID, Task]


async def read_locations(
    context: RequestContext, places: Iterable[Place]
) -> dict[Place, InventoryLocation]:
    """Give the location that QuickBooks is told for each task that has one: its own, or the truck.

    The draft's tasks are asked for like the invoice's own; all of them are read at once.
    """
    asked = list(places)
    async with context.open_work() as work:
        invoices = await work.invoices.get_many({invoice_id for invoice_id, _ in asked})
        known = [place for place in asked if place[0] in invoices]
        contents = (replace(invoices[key].content, tasks=(task,)) for key, task in known)
        references = await work.lists.references_of(list(invoices.values()), *contents)
    found = {(key, task): location_of(task, references[key]) for key, task in known}
    return {place: location for place, location in found.items() if location is not None}
