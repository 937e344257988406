r"""Changes one price of an invoice that QuickBooks holds, and stays until both sides agree.

    URL=http://127.0.0.1:8080/graphql KEY=instep_... \
        python change_price.py 21259 "Seasonal tune-up" 45.00

The exit code is 0 when QuickBooks holds the new price, 1 when somebody has to look at it.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from decimal import Decimal, InvalidOperation
from typing import cast
from uuid import uuid4

import httpx
from instep_client import (
    Client,
    ConflictChoice,
    ConflictSide,
    FollowInvoice,
    GraphQLClientHttpError,
    InvoiceEdits,
    ResolveConflictInput,
    SaveAndSyncInput,
    SyncStatus,
    TaskEdit,
    TaskPatch,
)
from instep_client.find_invoice import FindInvoiceInvoicesNodes
from instep_client.follow_invoice import FollowInvoiceInvoiceSyncStatusChanged as Event
from websockets.exceptions import WebSocketException

#: What it means that an invoice is at rest. Any other status, known or not: it is still on its way.
AT_REST = (SyncStatus.SYNCED, SyncStatus.BYPASSED, SyncStatus.ACTION_REQUIRED)
#: Repeating helps against these: too many requests, and a service that is away.
BUSY = (429, 503)
LAST_TRY = 8


class Refused(Exception):
    """Nothing was done; the text is fit to show."""


def sign_in() -> Client:
    """Give a client with the address and the API key of the environment."""
    url, key = os.environ["URL"], f"Bearer {os.environ['KEY']}"
    return Client(
        url,
        headers={"Authorization": key},
        ws_url=url.replace("http", "ws", 1),
        ws_connection_init_payload={"authorization": key},
    )


async def main(client: Client, number: str, description: str, price: Decimal) -> bool:
    """Tell whether QuickBooks holds the price in the end."""
    invoice = await find(client, number)
    task = next((task for task in invoice.tasks if task.description == description), None)
    if task is None:
        raise Refused(f'Invoice {number} has no task "{description}".')
    edit = TaskEdit(task_id=task.id, patch=TaskPatch(unit_price=price))
    cursor = await save(client, invoice, InvoiceEdits(edit_tasks=[edit]))
    while True:
        last = await follow(client, invoice.id, cursor)
        if last.issue is None or last.issue.code != "EDIT_CONFLICT":
            break
        cursor = await settle(client, invoice.id, ours=f"tasks.{task.id}.unitPrice")
    if last.issue is not None:
        print(f"{last.issue.reason}", *(step.text for step in last.issue.steps), sep="\n- ")
    return last.status is SyncStatus.SYNCED


async def find(client: Client, number: str) -> FindInvoiceInvoicesNodes:
    """Give the invoice with its ids and version. Raises Refused."""
    found = (await client.find_invoice(number)).invoices.nodes
    if not found:
        raise Refused(f"There is no invoice {number}.")
    return found[0]


async def save(client: Client, invoice: FindInvoiceInvoicesNodes, edits: InvoiceEdits) -> str:
    """Save and sync the edits; give the cursor behind which to follow. Raises Refused."""
    wish = SaveAndSyncInput(
        invoice_id=invoice.id,
        version=invoice.version,
        edits=edits,
        idempotency_key=str(uuid4()),  # one for the wish: each try below sends the same
    )
    for seconds in pauses():
        try:
            payload = (await client.edit_and_sync(wish)).save_and_sync
            break
        except (httpx.TransportError, GraphQLClientHttpError) as fault:
            if isinstance(fault, GraphQLClientHttpError) and fault.status_code not in BUSY:
                raise
            await asyncio.sleep(seconds)
    else:
        raise Refused("The service cannot be reached. Try again later.")
    if payload is None:
        raise Refused("The service did not answer. Try again later.")
    if payload.user_errors:
        raise Refused(" ".join(error.message for error in payload.user_errors))
    if payload.sync_cursor is None:
        raise Refused("Nothing has to be sent.")
    return payload.sync_cursor


async def follow(client: Client, invoice_id: str, cursor: str) -> Event:
    """Print each step behind the cursor, and give the one at which the invoice comes to rest."""
    async with aclosing(events(client, invoice_id, cursor)) as steps:
        async for event in steps:
            phase = event.phase.value if event.phase else ""
            print(f"{event.sequence} {event.status.value} {phase}")
            if event.status in AT_REST:
                return event
    raise AssertionError("The events of an invoice do not end.")


async def events(client: Client, invoice_id: str, cursor: str) -> AsyncGenerator[Event, None]:
    """Give each event behind the cursor once, in order, however often the line is lost."""
    while True:
        stream = client.follow_invoice(invoice_id, after=cursor)
        try:
            async with aclosing(cast("AsyncGenerator[FollowInvoice, None]", stream)) as messages:
                async for message in messages:
                    event = message.invoice_sync_status_changed
                    cursor = event.cursor  # a program that may be restarted stores it with its work
                    yield event
        except (WebSocketException, OSError) as fault:
            print(f"the line is lost ({type(fault).__name__}); going on behind the last event")
        await asyncio.sleep(0.2)


async def settle(client: Client, invoice_id: str, *, ours: str) -> str:
    """Keep our value of this field and QuickBooks' of all others; give the new cursor."""
    invoice = (await client.read_conflict(invoice_id)).invoice
    if invoice is None or invoice.sync.conflict is None:
        raise Refused("The conflict was settled by somebody else.")
    choices = []
    for field in invoice.sync.conflict.fields:
        side = ConflictSide.OURS if field.path == ours else ConflictSide.QUICKBOOKS
        print(
            f"{field.path}: ours {field.ours}, QuickBooks' {field.quickbooks}; taking {side.value}"
        )
        choices.append(ConflictChoice(path=field.path, take=side))
    wish = ResolveConflictInput(
        invoice_id=invoice.id,
        version=invoice.version,
        choices=choices,
        idempotency_key=str(uuid4()),
    )
    payload = (await client.resolve_conflict(wish)).resolve_conflict
    if payload is None or payload.sync_cursor is None:
        messages = [error.message for error in payload.user_errors] if payload else []
        raise Refused(" ".join(messages) or "The service did not answer.")
    return payload.sync_cursor


def pauses() -> list[float]:
    """Give how long to wait before each further try."""
    return [0.1 * 2**n for n in range(LAST_TRY)]


if __name__ == "__main__":
    try:
        wish = sign_in(), sys.argv[1], sys.argv[2], Decimal(sys.argv[3])
    except (LookupError, InvalidOperation):
        sys.exit(__doc__)
    try:
        is_synced = asyncio.run(main(*wish))
    except Refused as refusal:
        sys.exit(str(refusal))
    except GraphQLClientHttpError as fault:  # such as 401: the answer says what is wrong
        sys.exit(cast("httpx.Response", fault.response).json()["errors"][0]["message"])
    sys.exit(0 if is_synced else 1)
