"""Open invoices of customers whose work was exported by connections of both kinds."""

from uuid import UUID

from sqlalchemy import BigInteger, and_, func, select

from db.rows import InvoiceRow, QuickBooksLinkRow
from db.scoped import Scoped
from db.statements import Statement, given, mine
from db.wire_rows import ConnectionRow
from domain.connections import ConnectionKind

#: What QuickBooks holds and is not settled, with the kind of connection that exported it.
_OPEN = (
    select(InvoiceRow.id, InvoiceRow.customer_id, ConnectionRow.kind)
    .join(
        QuickBooksLinkRow,
        and_(
            QuickBooksLinkRow.account_id == InvoiceRow.account_id,
            QuickBooksLinkRow.invoice_id == InvoiceRow.id,
        ),
    )
    .join(
        ConnectionRow,
        and_(
            ConnectionRow.account_id == QuickBooksLinkRow.account_id,
            ConnectionRow.id == QuickBooksLinkRow.connection_id,
        ),
    )
    .where(
        mine(InvoiceRow),
        func.abs(InvoiceRow.subtotal + InvoiceRow.sales_tax) > InvoiceRow.applied,
    )
    .cte("open")
)
_OF_BOTH = (
    select(_OPEN.c.customer_id)
    .group_by(_OPEN.c.customer_id)
    .having(func.count(_OPEN.c.kind.distinct()) > 1)
)
_SIDES = Statement(
    select(_OPEN.c.id, _OPEN.c.customer_id, _OPEN.c.kind)
    .where(_OPEN.c.customer_id.in_(_OF_BOTH))
    .order_by(_OPEN.c.customer_id, _OPEN.c.id)
    .limit(given("at_most", BigInteger))
)


class OpenSides(Scoped):
    async def of_both_kinds(self, *, at_most: int) -> dict[UUID, dict[ConnectionKind, list[UUID]]]:
        """Give open invoices by customer and by the kind that exported them, oldest first."""
        found: dict[UUID, dict[ConnectionKind, list[UUID]]] = {}
        for row in await self._run(_SIDES, at_most=at_most):
            sides = found.setdefault(row["customer_id"], {kind: [] for kind in ConnectionKind})
            sides[ConnectionKind(row["kind"])].append(row["id"])
        return found
