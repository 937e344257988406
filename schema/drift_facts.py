"""What QuickBooks' side changed of an invoice behind our backs, as the invoice shows it."""

import datetime as dt
from typing import Self

import strawberry

from domain.drift import Drift, DriftKind
from domain.invoice import Invoice
from schema.context import Info
from schema.sync import ThreeValues

strawberry.enum(DriftKind)

#: Descriptions of the values, for `schema.descriptions`.
DRIFT_KIND_MEANINGS = {
    DriftKind.CHANGED: "Fields have other values there: `resolveDrift` takes ours or QuickBooks'.",
    DriftKind.VOIDED: (
        "It was voided there, and a void is never overwritten: undo it in QuickBooks, or bypass the"
        " export here."
    ),
}


@strawberry.type
class DriftedField(ThreeValues):
    """One field that QuickBooks' side changed since both sides last agreed."""


@strawberry.type
class InvoiceDrift:
    """QuickBooks holds something else than it was proven to hold: somebody changed it there.

    It was found by reading, without an edit of ours; the sync status stays as it was. A save, a
    bypass or `resolveDrift` ends it, and so does going back in QuickBooks.
    """

    kind: DriftKind = strawberry.field(description="What was done there.")
    message: str = strawberry.field(description="The same in a sentence fit to show.")
    detected_at: dt.datetime = strawberry.field(
        description="When these very values were found; `resolveDrift` wants it back."
    )
    read_at: dt.datetime = strawberry.field(
        description="When QuickBooks last told that it holds them."
    )
    fields: list[DriftedField] = strawberry.field(
        description="Every synced field that was changed there and is not the same here."
    )

    @classmethod
    def of(cls, value: Drift) -> Self:
        """Show a drift."""
        return cls(
            kind=value.kind,
            message=value.message,
            detected_at=value.detected_at,
            read_at=value.held.read_at,
            fields=[DriftedField.of(field) for field in value.fields],
        )


@strawberry.type
class MayDrift:
    """The part of an invoice that tells of drift."""

    value: strawberry.Private[Invoice]

    @strawberry.field
    async def drift(self, info: Info) -> InvoiceDrift | None:
        """What was changed in QuickBooks since it was proven to hold this version; null: nothing.

        QuickBooks is asked for it once an hour (INSTEP_DRIFT_MINUTES), while nothing else waits.
        """
        found = await info.context.loaders.drifts.load(self.value.id)
        return None if found is None else InvoiceDrift.of(found)
