"""The inputs of mutations of connections, and the wishes they become."""

from uuid import UUID

import strawberry

from domain.connections import ConnectionPatch
from resolvers.connections import NewConnection, UpdateConnection
from schema.edits import given
from schema.ids import expect_id, expect_id_or_none
from schema.positions import MutationInput


@strawberry.input
class CreateConnectionInput(MutationInput):
    company_file_id: strawberry.ID | None = None
    company_file_name: str | None = None
    name: str
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Recommended. The same call with the same key gives the same connection,"
        " never a second one. Its first password is stored nowhere, so a new one takes its place"
        " and is shown: the newest answer holds. Once a Web Connector has called, the password"
        " stays as it is and null is given; `rotateConnectionPassword` gives a new one.",
    )

    def to_domain(self) -> NewConnection:
        """Raise NotFound for an id that is none."""
        return NewConnection(
            company_file_id=expect_id_or_none(
                self.company_file_id, "CompanyFile", ("company_file_id",)
            ),
            company_file_name=self.company_file_name,
            name=self.name,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class RotateConnectionPasswordInput(MutationInput):
    connection_id: strawberry.ID

    def to_domain(self) -> UUID:
        """Raise NotFound for an id that is none."""
        return expect_id(self.connection_id, "Connection", ("connection_id",))


@strawberry.input
class UpdateConnectionInput(MutationInput):
    """Absent leaves a field as it is; `lingerSeconds: null` is the default of this service."""

    connection_id: strawberry.ID
    name: strawberry.Maybe[str | None]
    disabled: strawberry.Maybe[bool | None]
    linger_seconds: strawberry.Maybe[int | None]

    def to_domain(self) -> UpdateConnection:
        """Raise NotFound for an id that is none; the domain judges the rest."""
        patch = ConnectionPatch(
            name=given(self.name),
            disabled=given(self.disabled),
            linger_seconds=given(self.linger_seconds),
        )
        connection_id = expect_id(self.connection_id, "Connection", ("connection_id",))
        return UpdateConnection(connection_id, patch)
