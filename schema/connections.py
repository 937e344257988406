"""Company files, and the Web Connector installs that reach them."""

from datetime import date, datetime
from typing import Self

import strawberry

from domain.company_file import CompanyFile as CompanyFileValue
from domain.connections import Connection as ConnectionValue
from domain.connections import (
    ConnectionKind,
    ConnectionLight,
    ConnectionState,
    connection_light,
    connection_state,
)
from domain.customer_mapping import CustomerMapping
from domain.diagnosis import Explanation, diagnose, explain
from domain.file_mode import explain_file_mode
from schema.context import Info
from schema.ids import Node, global_id, known
from schema.sync import ResolutionStep

#: Descriptions of the values of CustomerMapping, for `schema.descriptions`.
MAPPING_MEANINGS = {
    CustomerMapping.CUSTOMER: "The customer itself; the default.",
    CustomerMapping.SERVICE_LOCATION_ADDRESS: (
        "The job `Customer:Address` of the invoice's service location; without one the customer."
    ),
    CustomerMapping.SERVICE_LOCATION_NAME: (
        "The job `Customer:Name` of the invoice's service location; without one the customer."
    ),
}

strawberry.enum(CustomerMapping)
strawberry.enum(ConnectionKind)
strawberry.enum(ConnectionState)
strawberry.enum(ConnectionLight)


@strawberry.type
class FileModeAdvice:
    """What the mode of a company file means for syncing, and what helps if it is in the way."""

    explanation: str = strawberry.field(description="In plain words, fit to show.")
    steps: list[ResolutionStep] = strawberry.field(
        description="What to do, in order; empty when nothing needs to be done."
    )

    @classmethod
    def of(cls, value: Explanation) -> Self:
        """Show what a mode means."""
        return cls(explanation=value.reason, steps=[ResolutionStep.of(s) for s in value.steps])


@strawberry.type
class CompanyFile(Node):
    """A QuickBooks company file."""

    name: str
    path: str | None
    quickbooks_version: str | None
    file_mode: str | None = strawberry.field(
        description="How QuickBooks had it open when a session last began, in its own words:"
        " SingleUser or MultiUser; null until it was told. `fileModeAdvice` explains it."
    )
    closing_date: date | None
    uses_classes: bool | None
    uses_sites: bool | None
    customer_mapping: CustomerMapping = strawberry.field(
        description="What a new export's customer becomes in QuickBooks. Changing it is not"
        " recommended; `setCustomerMapping` tells what it would affect."
    )
    value: strawberry.Private[CompanyFileValue]

    @strawberry.field
    async def connections(self, info: Info) -> list["Connection"]:
        """The Web Connector installs that reach it."""
        found = await info.context.loaders.connections_of.load(self.value.id)
        return [Connection.of(connection) for connection in found or ()]

    @strawberry.field
    async def file_mode_advice(self, info: Info) -> FileModeAdvice:
        """What its mode means for syncing; steps when modes conflict, or another one is better."""
        found = await info.context.loaders.connections_of.load(self.value.id)
        return FileModeAdvice.of(explain_file_mode(self.value.host.file_mode, found or ()))

    @classmethod
    def of(cls, value: CompanyFileValue) -> Self:
        """Show a company file."""
        preferences = value.preferences
        return cls(
            id=global_id("CompanyFile", value.id),
            name=value.name,
            path=value.path,
            quickbooks_version=value.quickbooks_version,
            file_mode=value.host.file_mode,
            closing_date=preferences.closing_date,
            uses_classes=preferences.uses_classes,
            uses_sites=preferences.uses_sites,
            customer_mapping=value.customer_mapping,
            value=value,
        )


@strawberry.type
class ConnectorError:
    """What an error of the Web Connector or of QuickBooks means, and the way out in order."""

    reason: str
    steps: list[ResolutionStep]

    @classmethod
    def of(cls, value: Explanation) -> Self:
        """Show what an error means."""
        return cls(reason=value.reason, steps=[ResolutionStep.of(step) for step in value.steps])


@strawberry.type
class Connection(Node):
    """A Web Connector install: Intuit's program beside QuickBooks, which calls here for work."""

    name: str
    kind: ConnectionKind
    user_name: str = strawberry.field(description="What the Web Connector signs in with.")
    last_contact_at: datetime | None = strawberry.field(
        description="When the Web Connector called; when it is idle noted to the minute."
    )
    expected_contact_at: datetime | None = strawberry.field(
        description="When it should call again: its last noted contact and the interval it calls"
        " in. Idle calls are noted to the minute, so this may lie that far back. Null before its"
        " first contact, and while QuickBooks is at work on a request: the next call comes when it"
        " is done, which may take minutes."
    )
    linger_seconds: int | None = strawberry.field(
        description="How long a session stays open for new work once the queue is empty; 0 is off,"
        " null the default of this service."
    )
    trouble: str | None = strawberry.field(
        description="Why nothing could be sent when it was last heard, with QuickBooks' own words."
    )
    retry_at: datetime | None = strawberry.field(
        description="QuickBooks could not be opened and is not tried again before then."
    )
    machine: str | None = strawberry.field(
        description="The computer that held the company file last."
    )
    client_version: str | None = strawberry.field(description="Of the Web Connector.")
    queue_length: int
    value: strawberry.Private[ConnectionValue]

    @strawberry.field
    async def company_file(self, info: Info) -> CompanyFile:
        found = await info.context.loaders.company_files.load(self.value.company_file_id)
        return CompanyFile.of(known(found))

    @strawberry.field
    def state(self, info: Info) -> ConnectionState:
        """How it is, by when it was last heard and what QuickBooks said then."""
        return connection_state(self.value, info.context.caller.now())

    @strawberry.field
    def light(self, info: Info) -> ConnectionLight:
        return connection_light(self.value, info.context.caller.now())

    @strawberry.field
    def diagnosis(self, info: Info) -> list[ResolutionStep]:
        """What is wrong and what to do, in order."""
        return [ResolutionStep.of(s) for s in diagnose(self.value, info.context.caller.now())]

    @strawberry.field
    def explain(self, code: str) -> ConnectorError:
        """What a code means that the Web Connector shows: QBWC1012, or an HRESULT 0x80040408."""
        return ConnectorError.of(explain(code))

    def fetches_at(self, info: Info) -> datetime | None:
        """Tell when it should fetch what waits; None while it is not there to fetch anything."""
        light = connection_light(self.value, info.context.caller.now())
        return self.expected_contact_at if light is ConnectionLight.GREEN else None

    @classmethod
    def of(cls, value: ConnectionValue) -> Self:
        """Show a connection."""
        return cls(
            id=global_id("Connection", value.id),
            name=value.name,
            kind=value.kind,
            user_name=value.user_name,
            last_contact_at=value.heard_at,
            expected_contact_at=value.expected_contact_at,
            linger_seconds=value.linger_seconds,
            trouble=value.trouble,
            retry_at=value.retry_at,
            machine=value.machine,
            client_version=value.client_version,
            queue_length=value.queue_length,
            value=value,
        )
