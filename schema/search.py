"""What a caller may ask of the list of invoices, and the cursors of that list."""

import datetime as dt
from uuid import UUID

import strawberry
from graphql import GraphQLError

from domain.invoice import ExportOrigin, ExportStatus, Invoice
from domain.search import InvoiceFilter as InvoiceFilterValue
from domain.search import InvoiceSort, PageKey
from domain.sync_status import SyncStatus
from schema.ids import find_id
from schema.pagination import bad_cursor, bad_input, read_cursor, write_cursor
from schema.positions import is_storable
from schema.scalars import parse_date_time, print_date_time

strawberry.enum(InvoiceSort)


@strawberry.input
class InvoiceFilter:
    """Which invoices to list: all restrictions that are given must hold."""

    sync_status: list[SyncStatus] | None = strawberry.field(
        default=None, description="Has one of these sync statuses."
    )
    export_status: list[ExportStatus] | None = strawberry.field(
        default=None, description="Has one of these export statuses."
    )
    export_origin: list[ExportOrigin] | None = strawberry.field(
        default=None, description="Came to count as exported in one of these ways."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Belongs to this customer."
    )
    batch_id: strawberry.ID | None = strawberry.field(
        default=None, description="Is in this batch now."
    )
    invoice_number: str | None = strawberry.field(
        default=None, description="Has exactly this Invoice #, letter case included."
    )
    invoice_number_prefix: str | None = strawberry.field(
        default=None,
        description="Has an Invoice # that begins so, letter case included: what a search field"
        " has while somebody types.",
    )
    invoice_date_from: dt.date | None = strawberry.field(
        default=None, description="Is dated on this day or later."
    )
    invoice_date_to: dt.date | None = strawberry.field(
        default=None, description="Is dated on this day or earlier."
    )
    updated_since: dt.datetime | None = strawberry.field(
        default=None, description="Changed at this moment or later, here or by syncing."
    )

    def to_domain(self) -> InvoiceFilterValue:
        """An id of another type matches no invoice, as a foreign one does."""
        for number in (self.invoice_number, self.invoice_number_prefix):
            if number is not None and not is_storable(number):
                raise bad_input("No invoice number can hold these characters.")
        customer, batch = self.customer_id, self.batch_id
        return InvoiceFilterValue(
            sync_status=tuple(self.sync_status or ()),
            export_status=tuple(self.export_status or ()),
            export_origin=tuple(self.export_origin or ()),
            customer_id=None if customer is None else find_id(customer, "Customer"),
            batch_id=None if batch is None else find_id(batch, "Batch"),
            number=self.invoice_number,
            number_prefix=self.invoice_number_prefix,
            date_from=self.invoice_date_from,
            date_to=self.invoice_date_to,
            updated_since=self.updated_since,
        )


def invoice_cursor(sort: InvoiceSort, invoice: Invoice) -> str:
    """Give the cursor behind the invoice in this order."""
    match sort:
        case InvoiceSort.UPDATED_AT_DESC | InvoiceSort.UPDATED_AT_ASC:
            value = print_date_time(invoice.updated_at)
        case InvoiceSort.INVOICE_DATE_DESC:
            value = invoice.content.date.isoformat()
        case InvoiceSort.INVOICE_NUMBER_ASC:
            value = invoice.content.number
    return write_cursor(sort.value, value, str(invoice.id))


def read_invoice_cursor(sort: InvoiceSort, cursor: str) -> PageKey:
    """Give where the page ended; refuse a cursor of another order."""
    order, value, key = read_cursor(cursor, str, str, str)
    if order != sort.value:
        raise bad_cursor()
    try:
        return _sort_value(sort, value), UUID(key)
    except (GraphQLError, ValueError):
        raise bad_cursor() from None


def _sort_value(sort: InvoiceSort, value: str) -> dt.datetime | dt.date | str:
    match sort:
        case InvoiceSort.UPDATED_AT_DESC | InvoiceSort.UPDATED_AT_ASC:
            return parse_date_time(value)
        case InvoiceSort.INVOICE_DATE_DESC:
            return dt.date.fromisoformat(value)
        case InvoiceSort.INVOICE_NUMBER_ASC:
            if not is_storable(value):
                raise bad_cursor()
            return value
