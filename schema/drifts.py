"""Drift over the whole account: the list of it, and the way out."""

import datetime as dt
from uuid import UUID

import strawberry

from domain.drift import Drift
from resolvers.conflicts import ConflictChoice as Choice
from resolvers.drifts import DriftResolution, read_drift_page, resolve_drift
from schema.context import Info
from schema.ids import domain_path, expect_id
from schema.inputs import ConflictChoice
from schema.invoices import Invoice
from schema.pagination import (
    Page,
    bad_cursor,
    event_cursor,
    page_size,
    read_cursor,
    write_cursor,
)
from schema.payloads import MutationPayload
from schema.positions import MutationInput
from schema.user_errors import mutation


@strawberry.input
class ResolveDriftInput(MutationInput):
    """One choice for each field that QuickBooks' side changed."""

    invoice_id: strawberry.ID = strawberry.field(description="The invoice with the drift.")
    version: int = strawberry.field(description="The invoice's version as last seen.")
    detected_at: dt.datetime = strawberry.field(
        description="`Invoice.drift.detectedAt` as last seen: nobody decides on values that they"
        " have not seen."
    )
    choices: list[ConflictChoice] = strawberry.field(
        description="Whose value each of `Invoice.drift.fields` shall have, each path once."
    )
    idempotency_key: str = strawberry.field(
        description="The same key again gives the same answer and has no second effect."
    )

    def to_domain(self) -> DriftResolution:
        """Raise NotFound for an id that is none."""
        return DriftResolution(
            invoice_id=expect_id(self.invoice_id, "Invoice", ("invoice_id",)),
            version=self.version,
            detected_at=self.detected_at,
            choices=tuple(Choice(domain_path(c.path), c.take) for c in self.choices),
            idempotency_key=self.idempotency_key,
        )


@strawberry.type
class ResolveDriftPayload(MutationPayload):
    """The invoice on its way to SYNCED, or why nothing changed."""

    invoice: Invoice | None = strawberry.field(
        default=None, description="As it is now; a newer version when a value was taken over."
    )
    sync_cursor: str | None = strawberry.field(
        default=None, description="Subscribe `after` it to see what becomes of it."
    )


@strawberry.type
class DriftMutations:
    @mutation
    async def resolve_drift(
        self, info: Info, input: ResolveDriftInput
    ) -> ResolveDriftPayload | None:
        """Take each field that QuickBooks' side changed from one side, ours or QuickBooks'.

        QuickBooks' values become a revision of the caller's here. Then QuickBooks' copy is read
        once more: if both sides agree, the invoice is SYNCED and nothing is written; ours is
        written only over what the caller has seen, and a newer change there is a conflict.
        """
        saved = await resolve_drift(info.context.caller, input.to_domain())
        return ResolveDriftPayload(
            invoice=Invoice.of(saved.invoice),
            sync_cursor=event_cursor(info.context.caller.principal.account_id, saved.after),
        )


@strawberry.type
class DriftQueries:
    @strawberry.field
    async def drifts(self, info: Info, first: int = 50, after: str | None = None) -> Page[Invoice]:
        """Invoices that were changed in QuickBooks behind our backs, known longest first.

        `Invoice.drift` tells what was changed.
        """
        found, more = await read_drift_page(
            info.context.caller,
            after=None if after is None else _read_place(after),
            first=page_size(first),
        )
        return Page[Invoice].of(
            found,
            more=more,
            after=after,
            node=lambda pair: Invoice.of(pair[1]),
            cursor=lambda pair: _write_place(pair[0]),
        )


def _write_place(drift: Drift) -> str:
    return write_cursor(drift.detected_at.isoformat(), str(drift.invoice_id))


def _read_place(cursor: str) -> tuple[dt.datetime, UUID]:
    moment, key = read_cursor(cursor, str, str)
    try:
        found = dt.datetime.fromisoformat(moment)
        place = found, UUID(key)
    except ValueError:
        raise bad_cursor() from None
    if found.tzinfo is None:
        raise bad_cursor()
    return place
