"""Drift over HTTP: seen on the invoice, in the list and at month end, and resolved."""

from datetime import UTC, datetime

import pytest

from schema.ids import global_id
from simulator.bookkeeper import Bookkeeper
from tests.qbwc.test_watching import Watched, drifted
from tests.schema.office_api import answer_to, ask

SEEN = """query ($id: ID!) { invoice(id: $id) { version syncStatus
  drift { kind message detectedAt readAt fields { path base ours quickbooks } }
  quickbooks { fields { path ours quickbooks equal } } } }"""
LIST = """query ($first: Int!, $after: String) { drifts(first: $first, after: $after) {
  nodes { id drift { kind } } pageInfo { hasNextPage endCursor } } }"""
READY = """{ periodReadiness(month: "2026-11") { isReady reasons {
  kind message count difference invoices { nodes { id } } } } }"""
RESOLVE = """mutation ($input: ResolveDriftInput!) { resolveDrift(input: $input) {
  invoice { version syncStatus drift { kind } } syncCursor
  userErrors { code message field } } }"""


@pytest.fixture
def watched(office):
    return Watched(office)


@pytest.fixture
async def invoice(watched):
    """QuickBooks has 2 x 10.00 where it was proven to have 2 x 12.00: 65.47 and no longer 69.47."""
    return await drifted(watched, Bookkeeper(watched.company))


def the_id(invoice):
    return global_id("Invoice", invoice.id)


async def seen(office, invoice):
    return (await ask(office, SEEN, id=the_id(invoice)))["invoice"]


async def resolve(office, invoice, take, **changes):
    drift = (await seen(office, invoice))["drift"]
    wish = {
        "invoiceId": the_id(invoice),
        "version": invoice.version,
        "detectedAt": drift["detectedAt"],
        "choices": [{"path": field["path"], "take": take} for field in drift["fields"]],
        "idempotencyKey": "k",
    }
    return (await ask(office, RESOLVE, input=wish | changes))["resolveDrift"]


async def test_the_invoice_shows_field_old_new_and_time(office, invoice):
    shown = await seen(office, invoice)

    task = global_id("Task", invoice.content.tasks[1].id)
    path = f"tasks.{task}.unitPrice"
    assert shown["drift"]["fields"] == [
        {"path": path, "base": "12", "ours": "12", "quickbooks": "10"}
    ]
    assert shown["drift"]["kind"] == "CHANGED"
    assert datetime.fromisoformat(shown["drift"]["detectedAt"]).tzinfo is not None
    assert shown["syncStatus"] == "SYNCED"
    unequal = {c["path"]: c["quickbooks"] for c in shown["quickbooks"]["fields"] if not c["equal"]}
    assert unequal == {path: "10", f"tasks.{task}.amount": "20"}


async def test_the_list_names_it_and_ends(office, invoice):
    page = (await ask(office, LIST, first=1, after=None))["drifts"]

    assert page["nodes"] == [{"id": the_id(invoice), "drift": {"kind": "CHANGED"}}]
    assert not page["pageInfo"]["hasNextPage"]
    behind = (await ask(office, LIST, first=1, after=page["pageInfo"]["endCursor"]))["drifts"]
    assert behind["nodes"] == []


@pytest.mark.parametrize("cursor", ["x", "WyIyMDI2LTExLTIwIiwieCJd", "WyJ4IiwieCJd"])
async def test_a_cursor_of_another_list_is_refused(office, cursor):
    answer = await answer_to(office, LIST, first=1, after=cursor)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_month_with_drift_is_not_ready(office, invoice):
    """By 4.00 our books hold more."""
    after = datetime(2026, 12, 5, tzinfo=UTC)

    ready = (await ask(office, READY, now=after))["periodReadiness"]

    [reason] = ready["reasons"]
    assert (reason["kind"], reason["count"], reason["difference"]) == ("DRIFT", 1, "4.00")
    assert reason["invoices"]["nodes"] == [{"id": the_id(invoice)}]
    assert not ready["isReady"]


async def test_it_is_resolved_for_quickbooks_and_proven(office, watched, invoice):
    done = await resolve(office, invoice, "QUICKBOOKS")
    await watched.settle()

    assert done["userErrors"] == []
    assert done["invoice"] == {
        "version": invoice.version + 1,
        "syncStatus": "SYNCING",
        "drift": None,
    }
    after = await seen(office, invoice)
    assert (after["syncStatus"], after["drift"]) == ("SYNCED", None)


async def test_a_drift_seen_too_long_ago_is_told_where(office, invoice):
    done = await resolve(office, invoice, "OURS", detectedAt="2026-11-20T09:00:00Z")

    [error] = done["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "detectedAt"])
    assert done["invoice"] is None
