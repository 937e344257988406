"""A cursor from before what is kept is refused in words, however one subscribes."""

import json
from datetime import timedelta

import pytest
from websockets.asyncio.client import connect

from app.clock import now
from db.pruning import Prunable
from schema.ids import global_id
from schema.pagination import event_cursor
from tests.app.test_serving import PATIENCE_SECONDS, PROTOCOL, instep, sign_in
from tests.db.making import add_invoice, an_event
from tests.plain_http import http_client

__all__ = ["instep"]

OF_ALL = "subscription($after: String) { syncStatusChanged(after: $after) { sequence } }"
OF_ONE = """subscription($after: String, $id: ID!) {
  invoiceSyncStatusChanged(invoiceId: $id, after: $after) { sequence } }"""
STREAMED = ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"]


@pytest.fixture
async def pruned(office):
    """An invoice of five events, the oldest three of which were pruned."""
    invoice = await add_invoice(office)
    async with office.open_work() as work:
        for _ in range(5):
            work.record(an_event(invoice))
    async with office.open_work() as work:
        moment = now() + timedelta(days=1)
        assert await work.pruning.drop(Prunable.EVENTS, before=moment, at_most=3) == 3
    return invoice


def wishes(office, invoice, after):
    """Both subscriptions to events, behind this number."""
    cursor = event_cursor(office.account_id, after)
    one = {"after": cursor, "id": global_id("Invoice", invoice.id)}
    return [(OF_ALL, {"after": cursor}), (OF_ONE, one)]


async def over_a_socket(address, token, document, variables):
    """The first message of a subscription: its type, and its errors or numbers."""
    async with connect(f"ws://{address}/graphql", subprotocols=PROTOCOL) as socket:
        await sign_in(socket, token)
        payload = {"query": document, "variables": variables}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        message = json.loads(await socket.recv())
        return message["type"], message["payload"]


async def over_http(address, token, document, variables, accept):
    """All that is sent, until the stream ends or has told an event."""
    headers = {"Authorization": token, "Accept": accept}
    told = b""
    async with (
        http_client(timeout=PATIENCE_SECONDS) as web,
        web.stream(
            "POST",
            f"http://{address}/graphql",
            json={"query": document, "variables": variables},
            headers=headers,
        ) as answer,
    ):
        async for chunk in answer.aiter_raw():
            told += chunk
            if b'"sequence"' in told:
                break
    return told


async def test_a_cursor_from_before_what_is_kept_is_refused_over_a_socket(instep, office, pruned):
    token = f"Bearer {office.token()}"
    async with instep() as (address, _):
        for document, variables in wishes(office, pruned, after=2):
            kind, errors = await over_a_socket(address, token, document, variables)
            assert kind == "error"
            assert errors[0]["extensions"]["code"] == "CURSOR_EXPIRED"
            assert "syncCursor" in errors[0]["message"]

        for document, variables in wishes(office, pruned, after=3):
            kind, payload = await over_a_socket(address, token, document, variables)
            (event,) = payload["data"].values()
            assert (kind, event["sequence"]) == ("next", 4)


@pytest.mark.parametrize("accept", STREAMED)
async def test_a_cursor_from_before_what_is_kept_is_refused_over_http(
    instep, office, pruned, accept
):
    token = f"Bearer {office.token()}"
    async with instep() as (address, _):
        for document, variables in wishes(office, pruned, after=2):
            told = await over_http(address, token, document, variables, accept)
            assert b'"CURSOR_EXPIRED"' in told
            assert told.endswith((b"event: complete\ndata:\n\n", b"--\r\n"))

        for document, variables in wishes(office, pruned, after=3):
            assert b'"sequence":4' in await over_http(address, token, document, variables, accept)


async def test_without_a_cursor_an_invoice_shows_how_it_stands_whatever_was_pruned(
    instep, office, pruned
):
    variables = {"id": global_id("Invoice", pruned.id)}
    async with instep() as (address, _):
        _, payload = await over_a_socket(address, f"Bearer {office.token()}", OF_ONE, variables)

    assert payload["data"]["invoiceSyncStatusChanged"]["sequence"] == 5
