"""What reports name of invoices: no tasks, one statement for a page."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import and_, select

from db.rows import CustomerRow, InvoiceRow
from db.scoped import Scoped
from db.statements import Statement, among, mine
from domain.issue_report import InvoiceBrief

#: Number, date, customer and total of these invoices.
_BRIEFS = Statement(
    select(
        InvoiceRow.id,
        InvoiceRow.number,
        InvoiceRow.invoice_date,
        CustomerRow.name.label("customer"),
        (InvoiceRow.subtotal + InvoiceRow.sales_tax).label("total"),
    )
    .join(
        CustomerRow,
        and_(
            CustomerRow.account_id == InvoiceRow.account_id,
            CustomerRow.id == InvoiceRow.customer_id,
        ),
    )
    .where(mine(InvoiceRow), among(InvoiceRow.id, "invoice_ids"))
)


class InvoiceBriefs(Scoped):
    async def get_many(self, invoice_ids: Iterable[UUID]) -> dict[UUID, InvoiceBrief]:
        """Give what a report names of these invoices, by id."""
        rows = await self._run(_BRIEFS, invoice_ids=list(invoice_ids))
        return {
            row["id"]: InvoiceBrief(
                id=row["id"],
                number=row["number"],
                date=row["invoice_date"],
                customer=row["customer"],
                total=row["total"],
            )
            for row in rows
        }
