"""One edit on its way to QuickBooks, as the metrics tell of it."""

import asyncio

from app.graphql_client import GraphQLClient
from tests.app.test_metrics import read
from tests.journeys.conftest import PATIENCE_SECONDS, Service
from tests.journeys.test_crashes import save_price

FOLLOW = "subscription { syncStatusChanged { invoice { id } status } }"


async def test_a_sync_its_calls_and_its_events_are_measured(service: Service) -> None:
    address = service.url.removeprefix("http://")
    async with service.working():
        invoice = await service.exported()
        before = await read(address)
        client: GraphQLClient = service.client()
        async with client.subscribe(FOLLOW) as events:
            await service.client().call("{ syncCursor }")
            await save_price(service, invoice)
            async with asyncio.timeout(PATIENCE_SECONDS):
                status = (await anext(events))["syncStatusChanged"]["status"]
            await service.update_until(invoice["id"], syncStatus="SYNCED")
        after = await read(address)

    assert status == "SYNCING"
    grown = after["instep_sync_seconds_count"] - before["instep_sync_seconds_count"]
    assert grown >= 1  # answers that other tests left to be booked are booked by this process too
    assert 0 < after["instep_sync_seconds_sum"] < PATIENCE_SECONDS
    assert after["instep_event_lag_seconds_count"] >= 1
    for method in ("authenticate", "sendRequestXML", "receiveResponseXML"):
        calls = after.value("instep_soap_calls_total", method=method, outcome="answered")
        assert calls >= 1, method
        assert after.value("instep_soap_call_seconds_count", method=method) == calls
    operations = "instep_graphql_operations_total"
    assert after.value(operations, kind="mutation", outcome="answered") == 1
    names = {label for sample in after.samples for label in sample.labels}
    assert not names & {"account", "account_id", "connection", "connection_id"}
