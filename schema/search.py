"""What a caller may ask of the list of invoices, and the cursors of that list."""

import datetime as dt
from uuid import UUID

import strawberry
from graphql import GraphQLError

from domain.invoice import ExportStatus, Invoice
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
    """All restrictions must hold."""

    sync_status: list[SyncStatus] | None = None
    export_status: list[ExportStatus] | None = None
    customer_id: strawberry.ID | None = None
    invoice_number: str | None = None
    invoice_date_from: dt.date | None = None
    invoice_date_to: dt.date | None = None
    updated_since: dt.datetime | None = None

    def to_domain(self) -> InvoiceFilterValue:
        """An id that is none of a customer matches no invoice, as a foreign one does."""
        if self.invoice_number is not None and not is_storable(self.invoice_number):
            raise bad_input("No invoice number can hold these characters.")
        customer = self.customer_id
        return InvoiceFilterValue(
            sync_status=tuple(self.sync_status or ()),
            export_status=tuple(self.export_status or ()),
            customer_id=None if customer is None else find_id(customer, "Customer"),
            number=self.invoice_number,
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
