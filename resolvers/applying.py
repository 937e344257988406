"""What QuickBooks does not apply by itself, because two kinds of connections exported it."""

from dataclasses import dataclass
from uuid import UUID

from domain.connections import ConnectionKind
from resolvers.context import RequestContext

#: More open invoices than anybody applies by hand at once; the rest shows when these are settled.
_MOST = 1000


@dataclass(frozen=True, slots=True)
class TwoSides:
    """The open invoices and credits of one customer, by who exported them."""

    customer_id: UUID
    new: tuple[UUID, ...]
    legacy: tuple[UUID, ...]


async def read_manual_applications(context: RequestContext) -> list[TwoSides]:
    """Give the customers of whom both kinds of connections exported something still open."""
    async with context.open_work() as work:
        found = await work.open_sides.of_both_kinds(at_most=_MOST)
    return [
        TwoSides(customer_id, tuple(sides[ConnectionKind.NEW]), tuple(sides[ConnectionKind.LEGACY]))
        for customer_id, sides in found.items()
    ]
