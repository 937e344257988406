"""The office's side over the wire: Save & Sync through GraphQL, its events through a WebSocket."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import httpx
import orjson

from app.graphql_client import GraphQLClient
from app.ids import new_id
from benchmarks.http_line import Line, request_of
from domain.invoice import Invoice
from schema.ids import global_id

_SAVE: Final = """mutation ($input: SaveAndSyncInput!) {
  saveAndSync(input: $input) {
    invoice { id version syncStatus } syncCursor userErrors { message }
  }
}"""
_FOLLOW: Final = """subscription ($filter: SyncEventFilter) {
  syncStatusChanged(filter: $filter) { sequence status phase invoice { id } }
}"""
_PATIENCE_SECONDS: Final = 120


class NotSaved(Exception):
    """A save was refused, or did not end in SYNCED; the text says why."""


@dataclass(slots=True)
class Subscriber:
    """What a subscriber heard of each invoice: phase and moment, and when it became SYNCED."""

    heard: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    _synced: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    async def synced(self, invoice: Invoice) -> float:
        """Give the moment at which the invoice's SYNCED was here. Raises TimeoutError."""
        key = invoice_id(invoice)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self._synced[key].wait()
        return self.heard[key]["DONE"]

    def forget(self) -> None:
        """Wait for new events of every invoice."""
        self.heard.clear()
        self._synced.clear()

    async def listen(self, events: AsyncIterator[dict[str, Any]]) -> None:
        """Note what comes."""
        async for data in events:
            event = data["syncStatusChanged"]
            key = event["invoice"]["id"]
            self.heard[key][event["phase"]] = time.perf_counter()
            if event["status"] == "SYNCED":
                self._synced[key].set()
            if event["status"] == "ACTION_REQUIRED":
                raise NotSaved("QuickBooks refused an edit of the benchmark.")


@asynccontextmanager
async def subscribed(
    url: str, token: str, *, only_synced: bool = False
) -> AsyncIterator[Subscriber]:
    """Hold a subscription to the account's events for as long as the block runs."""
    subscriber = Subscriber()
    wanted = {"status": ["SYNCED", "ACTION_REQUIRED"]} if only_synced else None
    async with httpx.AsyncClient() as http:
        client = GraphQLClient(http, f"{url}/graphql", token)
        async with client.subscribe(_FOLLOW, filter=wanted) as events:
            listening = asyncio.create_task(subscriber.listen(events))
            try:
                await asyncio.sleep(0.5)  # the subscription tells nothing when it has begun
                yield subscriber
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening


async def save(line: Line, token: str, invoice: Invoice, price: Decimal) -> None:
    """Save & Sync one edit: another price for the first task. Raises NotSaved."""
    edit = {
        "taskId": global_id("Task", invoice.content.tasks[0].id),
        "patch": {"unitPrice": str(price)},
    }
    wish = {
        "invoiceId": invoice_id(invoice),
        "version": invoice.version,
        "idempotencyKey": str(new_id()),
        "edits": {"editTasks": [edit]},
    }
    body = orjson.dumps({"query": _SAVE, "variables": {"input": wish}})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = orjson.loads(await line.post(request_of("/graphql", body, headers)))
    errors = answer.get("errors") or answer["data"]["saveAndSync"]["userErrors"]
    if errors:
        raise NotSaved("; ".join(error["message"] for error in errors))


def invoice_id(invoice: Invoice) -> str:
    """Give the invoice's id as clients see it."""
    return global_id("Invoice", invoice.id)
