"""What an invoice tells of its past and of QuickBooks' side; itself it is in `invoices`."""

import strawberry

from domain.invoice import Invoice as InvoiceValue
from resolvers.auditing import read_invoice_trail
from resolvers.invoice_reading import read_revisions
from schema.audit import AuditEntry, audit_page
from schema.connections import Connection
from schema.context import Info
from schema.drafts import Revision
from schema.ids import known
from schema.lists import ServiceLocation
from schema.pagination import (
    Page,
    page_size,
    read_key,
    read_version,
    write_cursor,
)
from schema.sync import QuickBooksCopy


@strawberry.type
class InvoiceHistory:
    """The fields of Invoice that need no other type of its module."""

    value: strawberry.Private[InvoiceValue]

    @strawberry.field
    async def quickbooks(self, info: Info) -> QuickBooksCopy | None:
        """What QuickBooks last told us it holds, side by side with ours."""
        link = await info.context.loaders.links.load(self.value.id)
        return None if link is None else QuickBooksCopy.of(self.value, link)

    @strawberry.field
    async def exported_through(self, info: Info) -> Connection | None:
        """What QuickBooks' copy came through last; null before the first export.

        Between what NEW and LEGACY connections exported, payments are applied by hand.
        """
        link = await info.context.loaders.links.load(self.value.id)
        if link is None:
            return None
        key = link.connection_id
        return Connection.of(known(await info.context.loaders.connections.load(key)))

    @strawberry.field
    async def service_location(self, info: Info) -> ServiceLocation | None:
        """Where the customer was served."""
        key = self.value.service_location_id
        found = None if key is None else await info.context.loaders.service_locations.load(key)
        return None if found is None else ServiceLocation.of(found)

    @strawberry.field
    async def revisions(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Page[Revision]:
        """Accepted saves, newest first."""
        before = None if after is None else read_version(after)
        found, more = await read_revisions(
            info.context.caller, self.value.id, before=before, first=page_size(first)
        )
        return Page[Revision].of(
            found,
            more=more,
            after=after,
            node=Revision.of,
            cursor=lambda revision: write_cursor(revision.version),
        )

    @strawberry.field
    async def audit_trail(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Page[AuditEntry]:
        """What people and partners did to this invoice, newest first."""
        found, more = await read_invoice_trail(
            info.context.caller, self.value.id, before=read_key(after), first=page_size(first)
        )
        return audit_page(found, more=more, after=after)
