"""Company files, and the Web Connector installs that reach them."""

from datetime import datetime
from enum import StrEnum
from typing import Self

import strawberry

from domain.connections import (
    HEALTHY,
    ConnectionKind,
    ConnectionState,
    connection_state,
    diagnose,
)
from domain.connections import CompanyFile as CompanyFileValue
from domain.connections import Connection as ConnectionValue
from schema.context import Info
from schema.ids import Node, global_id, known
from schema.sync import ResolutionStep

strawberry.enum(ConnectionKind)
strawberry.enum(ConnectionState)


@strawberry.enum
class ConnectionLight(StrEnum):
    GREEN = "GREEN"
    RED = "RED"


@strawberry.type
class CompanyFile(Node):
    """A QuickBooks company file."""

    name: str
    path: str | None
    quickbooks_version: str | None
    file_mode: str | None
    value: strawberry.Private[CompanyFileValue]

    @strawberry.field
    async def connections(self, info: Info) -> list["Connection"]:
        found = await info.context.loaders.connections_of.load(self.value.id)
        return [Connection.of(connection) for connection in found or ()]

    @classmethod
    def of(cls, value: CompanyFileValue) -> Self:
        """Show a company file."""
        return cls(
            id=global_id("CompanyFile", value.id),
            name=value.name,
            path=value.path,
            quickbooks_version=value.quickbooks_version,
            file_mode=value.file_mode,
            value=value,
        )


@strawberry.type
class Connection(Node):
    """A Web Connector install."""

    name: str
    kind: ConnectionKind
    last_contact_at: datetime | None
    expected_contact_at: datetime | None
    queue_length: int
    value: strawberry.Private[ConnectionValue]

    @strawberry.field
    async def company_file(self, info: Info) -> CompanyFile:
        found = await info.context.loaders.company_files.load(self.value.company_file_id)
        return CompanyFile.of(known(found))

    @strawberry.field
    def state(self, info: Info) -> ConnectionState:
        """GREEN when the Web Connector was heard within its expected interval."""
        return connection_state(self.value, info.context.caller.now())

    @strawberry.field
    def light(self, info: Info) -> ConnectionLight:
        state = connection_state(self.value, info.context.caller.now())
        return ConnectionLight.GREEN if state in HEALTHY else ConnectionLight.RED

    @strawberry.field
    def diagnosis(self, info: Info) -> list[ResolutionStep]:
        """What is wrong and what to do, in order."""
        return [ResolutionStep.of(s) for s in diagnose(self.value, info.context.caller.now())]

    @classmethod
    def of(cls, value: ConnectionValue) -> Self:
        """Show a connection."""
        return cls(
            id=global_id("Connection", value.id),
            name=value.name,
            kind=value.kind,
            last_contact_at=value.last_contact_at,
            expected_contact_at=value.expected_contact_at,
            queue_length=value.queue_length,
            value=value,
        )
