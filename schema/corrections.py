"""The inputs of what corrects an exported invoice beside its edits."""

import strawberry

from resolvers.reverting import Revert
from schema.ids import expect_id, expect_id_or_none
from schema.positions import MutationInput

_INVOICE, _REVISION = ("invoice_id",), ("revision_id",)


@strawberry.input
class RevertToInput(MutationInput):
    """Which earlier state of the invoice is to be staged."""

    invoice_id: strawberry.ID
    version: int = strawberry.field(
        description="The invoice's version as last seen; not the one to go back to."
    )
    revision_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The invoice becomes as it was right after this save. Leave it out to go back"
        " to version 1, before the first save of an edit.",
    )
    idempotency_key: str | None = None

    def to_domain(self) -> Revert:
        """Raise NotFound for an id that is none."""
        return Revert(
            invoice_id=expect_id(self.invoice_id, "Invoice", _INVOICE),
            version=self.version,
            revision_id=expect_id_or_none(self.revision_id, "Revision", _REVISION),
            idempotency_key=self.idempotency_key,
        )
