"""The subscriptions: events as they are committed, those since a cursor, and connections."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing

import strawberry

from domain.events import NumberedEvent
from domain.sync_status import SyncStatus
from resolvers import live
from resolvers.tails import Wants
from schema.connections import Connection
from schema.context import Info
from schema.ids import find_id
from schema.invoices import SyncEvent
from schema.pagination import read_event_cursor

Following = AbstractAsyncContextManager[live.Follower]


@strawberry.input
class SyncEventFilter:
    """All restrictions must hold."""

    status: list[SyncStatus] | None = None
    invoice_ids: list[strawberry.ID] | None = None

    def to_domain(self) -> Wants:
        """Give the test that an event must pass."""
        statuses = None if self.status is None else frozenset(self.status)
        ids = self.invoice_ids
        invoices = None if ids is None else frozenset(find_id(id_, "Invoice") for id_ in ids)

        def wants(numbered: NumberedEvent) -> bool:
            event = numbered.event
            return (statuses is None or event.status in statuses) and (
                invoices is None or event.invoice_id in invoices
            )

        return wants


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def sync_status_changed(
        self, info: Info, after: str | None = None, filter: SyncEventFilter | None = None
    ) -> AsyncGenerator[SyncEvent, None]:
        """All invoices of the account. Without `after`: from now on."""
        wants = _everything if filter is None else filter.to_domain()
        follower = live.follow_account(info.context.caller, after=_behind(info, after), wants=wants)
        async with aclosing(_shown(info, follower)) as shown:
            async for event in shown:
                yield event

    @strawberry.subscription
    async def invoice_sync_status_changed(
        self, info: Info, invoice_id: strawberry.ID, after: str | None = None
    ) -> AsyncGenerator[SyncEvent, None]:
        """One invoice. Without `after`: first its latest event, the present state, then live."""
        follower = live.follow_invoice(
            info.context.caller, find_id(invoice_id, "Invoice"), after=_behind(info, after)
        )
        async with aclosing(_shown(info, follower)) as shown:
            async for event in shown:
                yield event

    @strawberry.subscription
    async def connection_state_changed(self, info: Info) -> AsyncGenerator[Connection, None]:
        """Green or red, live: first each connection as it is now, then each that changes."""
        async with aclosing(live.follow_connections(info.context.caller)) as connections:
            async for connection in connections:
                yield Connection.of(connection)


async def _shown(info: Info, following: Following) -> AsyncGenerator[SyncEvent, None]:
    """Show what was missed, and then what happens, unless that is told elsewhere."""
    context = info.context
    account_id = context.caller.principal.account_id
    if context.told is not None:
        yield SyncEvent.of(account_id, context.told)
        return
    async with AsyncExitStack() as held:
        follower = await held.enter_async_context(following)
        async with aclosing(follower.replay()) as missed:
            async for numbered in missed:
                yield SyncEvent.of(account_id, numbered)
        if context.handover is not None and context.handover.is_wanted():
            context.handover.leave(follower, held.pop_all())
            return
        async with aclosing(follower.live()) as events:
            async for numbered in events:
                yield SyncEvent.of(account_id, numbered)


def _behind(info: Info, after: str | None) -> int | None:
    account_id = info.context.caller.principal.account_id
    return None if after is None else read_event_cursor(account_id, after)


def _everything(_: NumberedEvent) -> bool:
    return True
