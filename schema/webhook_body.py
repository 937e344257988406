"""The body of a webhook: the same facts, ids and cursors as `SyncEvent` has in the API."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson

from domain.webhooks import ToldEvent
from schema.actors import Actor
from schema.ids import global_id
from schema.pagination import event_cursor

#: Grows when a reader of the present body would misread the new one; added fields are no reason.
VERSION = 1


def render(
    account_id: UUID, webhook_id: UUID, delivery_id: UUID, events: Iterable[ToldEvent]
) -> bytes:
    """Give the JSON that is signed and sent, byte for byte."""
    return orjson.dumps(
        {
            "version": VERSION,
            "webhookId": global_id("Webhook", webhook_id),
            "deliveryId": str(delivery_id),
            "events": [_shown(account_id, told) for told in events],
        }
    )


def _shown(account_id: UUID, told: ToldEvent) -> dict[str, Any]:
    event, sequence = told.numbered.event, told.numbered.sequence
    actor = Actor.of(event.actor)
    issue_id = event.issue_id
    return {
        "id": global_id("SyncEvent", event.id),
        "type": "syncStatusChanged",
        "sequence": sequence,
        "cursor": event_cursor(account_id, sequence),
        "occurredAt": event.occurred_at,
        "invoice": {
            "id": global_id("Invoice", event.invoice_id),
            "invoiceNumber": told.invoice_number,
        },
        "status": event.status,
        "previousStatus": event.previous_status,
        "phase": event.phase,
        "invoiceVersion": event.invoice_version,
        "actor": {"kind": actor.kind, "id": actor.id, "name": actor.name},
        "issue": (
            None
            if issue_id is None
            else {"id": global_id("SyncIssue", issue_id), "code": told.issue_code}
        ),
    }
