"""Administrators make webhooks, see how they stand, and nobody else learns of them."""

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import orjson
from starlette.applications import Starlette

from app.clock import now
from app.ids import new_id
from app.webhook_post import WebhookPost
from app.worker import webhook_tools
from db.pruning import Prunable
from domain.access import Permission
from domain.actor import SERVICE
from domain.audit import AuditAction, TrailFilter
from domain.events import SyncStatusChanged
from domain.sync_status import SyncStatus
from domain.webhooks import MOST_WEBHOOKS, WebhookRules
from schema.ids import read_id
from schema.pagination import event_cursor
from schema.view import routes
from sync_worker.webhooks import deliver
from tests.sync_worker.receiver import a_receiver

RULES = WebhookRules(key=b"a key of the tests, thirty-two bytes", allows_private=True)
STRICT = replace(RULES, allows_private=False)
URL = "https://partner.example.com/instep"

CREATE = """mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
    webhook { id url state cursor } secret userErrors { code message field } } }"""
UPDATE = """mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) {
    webhook { id url state cursor } userErrors { code message field } } }"""
ROTATE = """mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) {
    webhook { previousSecretUntil } secret userErrors { code message field } } }"""
DELETE = """mutation ($input: DeleteWebhookInput!) { deleteWebhook(input: $input) {
    deletedWebhookId userErrors { code } } }"""
REPLAY = """mutation ($input: ReplayWebhookInput!) { replayWebhook(input: $input) {
    webhook { cursor } userErrors { code message field } } }"""
ALL = """{ syncCursor webhooks { id url state cursor failures failingSince trouble nextAttemptAt
    createdAt deliveries(first: 1) { pageInfo { hasNextPage endCursor }
        nodes { id firstSequence lastSequence attempt status error startedAt milliseconds } } } }"""


async def answer(office, document, person="Adam", *, rules=STRICT, **variables):
    async def authenticate(authorization):
        return replace(await office.as_person(person), webhooks=rules)

    transport = httpx.ASGITransport(Starlette(routes=routes(authenticate)))
    async with httpx.AsyncClient(transport=transport, base_url="http://instep") as http:
        sent = await http.post("/graphql", json={"query": document, "variables": variables})
    return sent.json()


async def do(office, document, person="Adam", *, rules=STRICT, **wish):
    """Give the payload of the one mutation."""
    told = await answer(office, document, person, rules=rules, input=wish)
    assert "errors" not in told, told["errors"]
    (payload,) = told["data"].values()
    return payload


async def a_webhook(office, *, url=URL, key="one", rules=STRICT):
    return await do(office, CREATE, url=url, idempotencyKey=key, rules=rules)


async def seen(office):
    told = await answer(office, ALL)
    assert "errors" not in told, told
    return told["data"]


async def happen(office, count=1):
    invoice = await office.new_invoice(str(new_id())[-9:])
    async with office.open_work() as work:
        for _ in range(count):
            work.record(
                SyncStatusChanged(
                    id=new_id(),
                    occurred_at=now(),
                    invoice_id=invoice.id,
                    status=SyncStatus.SYNCING,
                    previous_status=None,
                    phase=None,
                    invoice_version=1,
                    actor=SERVICE,
                )
            )


async def test_an_administrator_makes_a_webhook_and_sees_its_secret_once(office):
    made = await a_webhook(office)
    (shown,) = (data := await seen(office))["webhooks"]

    assert made["userErrors"] == []
    assert made["secret"].startswith("whsec_")
    assert made["webhook"]["cursor"] == data["syncCursor"]
    assert (shown["url"], shown["state"], shown["deliveries"]["nodes"]) == (URL, "ACTIVE", [])
    assert made["secret"] not in str(data)


async def test_a_repeated_call_gives_the_same_webhook_and_the_same_secret(office):
    assert await a_webhook(office) == await a_webhook(office)
    assert len((await seen(office))["webhooks"]) == 1
    reused = await a_webhook(office, url=URL + "/other")
    assert [e["code"] for e in reused["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_no_secret_is_in_the_database_or_its_dumps(office):
    secret = (await a_webhook(office))["secret"]
    async with office.open_work() as work:
        (webhook,) = await work.webhooks.all()
        entries = await work.audit.page(behind=None, limit=10)

    assert secret not in f"{webhook} {entries}"
    assert webhook.secret_id is not None


async def test_an_address_in_our_own_network_is_refused_with_words(office):
    made = await a_webhook(office, url="https://169.254.169.254/latest/meta-data")

    (error,) = made["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "url"])
    assert "private network" in error["message"]
    assert (made["webhook"], made["secret"]) == (None, None)


async def test_without_the_permission_nobody_makes_changes_or_sees_webhooks(office):
    webhook_id = (await a_webhook(office))["webhook"]["id"]
    wishes = [
        (CREATE, {"url": URL, "idempotencyKey": "x"}),
        (UPDATE, {"webhookId": webhook_id, "disabled": True}),
        (ROTATE, {"webhookId": webhook_id, "idempotencyKey": "x"}),
        (DELETE, {"webhookId": webhook_id}),
        (REPLAY, {"webhookId": webhook_id, "after": (await seen(office))["syncCursor"]}),
    ]
    for document, wish in wishes:
        payload = await do(office, document, "Nick", **wish)
        assert [error["code"] for error in payload["userErrors"]] == ["FORBIDDEN"], document

    assert "errors" in await answer(office, "{ webhooks { id } }", "Nick")
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await answer(office, node, "Nick", id=webhook_id))["data"] == {"node": None}
    assert (await answer(office, node, id=webhook_id))["data"] == {"node": {"id": webhook_id}}


async def test_another_account_sees_and_changes_nothing_of_it(office, another_office):
    webhook_id = (await a_webhook(office))["webhook"]["id"]
    other = await another_office()

    changed = await do(other, UPDATE, webhookId=webhook_id, disabled=True)
    deleted = await do(other, DELETE, webhookId=webhook_id)

    for payload in (changed, deleted):
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    assert (await seen(other))["webhooks"] == []
    assert (await seen(office))["webhooks"][0]["state"] == "ACTIVE"


async def test_where_it_is_not_switched_on_it_says_who_does_that(office):
    made = await a_webhook(office, rules=None)

    assert "INSTEP_WEBHOOKS_KEY" in made["userErrors"][0]["message"]


async def test_it_is_disabled_enabled_and_moved(office):
    webhook_id = (await a_webhook(office))["webhook"]["id"]

    off = await do(office, UPDATE, webhookId=webhook_id, disabled=True)
    on = await do(office, UPDATE, webhookId=webhook_id, disabled=False, url=URL + "/2")
    null = await do(office, UPDATE, webhookId=webhook_id, url=None)
    bad = await do(office, UPDATE, webhookId=webhook_id, url="http://partner.example.com")

    assert off["webhook"]["state"] == "DISABLED"
    assert (on["webhook"]["state"], on["webhook"]["url"]) == ("ACTIVE", URL + "/2")
    assert [e["code"] for e in null["userErrors"] + bad["userErrors"]] == ["REQUIRED", "INVALID"]


async def test_a_secret_is_rotated_once_for_each_key(office):
    made = await a_webhook(office)
    wish = {"webhookId": made["webhook"]["id"], "idempotencyKey": "rotate"}

    first, again = await do(office, ROTATE, **wish), await do(office, ROTATE, **wish)
    other = await do(office, ROTATE, **wish | {"idempotencyKey": "another"})

    assert first == again
    assert len({made["secret"], first["secret"], other["secret"]}) == 3
    assert first["webhook"]["previousSecretUntil"] is not None


async def test_what_is_deleted_is_gone(office):
    webhook_id = (await a_webhook(office))["webhook"]["id"]
    gone = await do(office, DELETE, webhookId=webhook_id)
    again = await do(office, DELETE, webhookId=webhook_id)

    assert gone == {"deletedWebhookId": webhook_id, "userErrors": []}
    assert [error["code"] for error in again["userErrors"]] == ["NOT_FOUND"]
    assert (await seen(office))["webhooks"] == []


async def test_an_account_has_ten_at_most(office):
    for n in range(MOST_WEBHOOKS):
        assert (await a_webhook(office, key=str(n)))["userErrors"] == []

    refused = await a_webhook(office, key="one more")

    assert [error["code"] for error in refused["userErrors"]] == ["INVALID"]


async def test_a_replay_goes_to_any_cursor_that_was_reached(office, another_office):
    await happen(office, 3)
    webhook_id = (await a_webhook(office))["webhook"]["id"]
    start = event_cursor(office.account_id, 1)
    beyond = event_cursor(office.account_id, 1000)
    foreign = event_cursor((await another_office()).account_id, 1)

    replayed = await do(office, REPLAY, webhookId=webhook_id, after=start)
    refused = await do(office, REPLAY, webhookId=webhook_id, after=beyond)
    wrong = await do(office, REPLAY, webhookId=webhook_id, after=foreign)

    assert replayed["webhook"]["cursor"] == start
    for payload in (refused, wrong):
        (error,) = payload["userErrors"]
        assert (error["code"], error["field"]) == ("INVALID", ["input", "after"])


async def test_a_replay_of_what_was_pruned_is_refused_in_words(office):
    await happen(office, 3)
    webhook_id = (await a_webhook(office))["webhook"]["id"]

    async with office.open_work() as work:
        last = await work.sync_events.last_sequence()
        await work.pruning.drop(Prunable.EVENTS, before=now() + timedelta(days=1), at_most=1)
        oldest = (await work.sync_events.after(0, limit=1))[0].sequence

    expired = await do(
        office, REPLAY, webhookId=webhook_id, after=event_cursor(office.account_id, 0)
    )
    held = await do(
        office, REPLAY, webhookId=webhook_id, after=event_cursor(office.account_id, oldest - 1)
    )

    assert oldest > 1
    assert last > oldest
    (error,) = expired["userErrors"]
    assert (error["code"], error["field"]) == ("CURSOR_EXPIRED", ["input", "after"])
    assert held["userErrors"] == []


@asynccontextmanager
async def a_delivering_office(office):
    async with a_receiver() as receiver:
        made = await a_webhook(office, url=receiver.url, rules=RULES)
        _, webhook_id = read_id(made["webhook"]["id"])
        tools = replace(
            webhook_tools(office.resources), rules=RULES, post=WebhookPost(RULES, seconds=5)
        )

        async def send():
            await deliver(tools, office.account_id, webhook_id)

        yield receiver, made, send


async def test_the_log_shows_each_try_newest_first(office):
    async with a_delivering_office(office) as (receiver, made, send):
        receiver.script.append((500, {}))
        await happen(office)
        await send()
        failing = (await seen(office))["webhooks"][0]
        await do(office, UPDATE, webhookId=made["webhook"]["id"], disabled=True, rules=RULES)
        await do(office, UPDATE, webhookId=made["webhook"]["id"], disabled=False, rules=RULES)
        await send()
        data = await seen(office)

    (shown,) = data["webhooks"]
    assert (failing["state"], failing["failures"]) == ("FAILING", 1)
    assert failing["nextAttemptAt"] > failing["failingSince"]
    assert failing["trouble"] == failing["deliveries"]["nodes"][0]["error"]
    assert shown["cursor"] == data["syncCursor"]
    (newest,) = shown["deliveries"]["nodes"]
    assert (newest["status"], newest["error"]) == (204, None)
    assert shown["deliveries"]["pageInfo"]["hasNextPage"]


async def test_every_id_and_cursor_of_a_delivery_works_in_the_api(office):
    async with a_delivering_office(office) as (receiver, _, send):
        await happen(office)
        await send()
    body = orjson.loads(receiver.received[0].body)
    (event,) = body["events"]
    asked = await answer(
        office,
        """query ($event: ID!, $invoice: ID!, $webhook: ID!, $cursor: String!) {
            event: node(id: $event) { ... on SyncEvent {
                id cursor sequence status phase previousStatus invoiceVersion } }
            invoice: node(id: $invoice) { ... on Invoice { invoiceNumber } }
            webhook: node(id: $webhook) { ... on Webhook { url } }
            syncEvents(after: $cursor) { nodes { id } } }""",
        event=event["id"],
        invoice=event["invoice"]["id"],
        webhook=body["webhookId"],
        cursor=event["cursor"],
    )
    data = asked["data"]

    assert body["version"] == 1
    assert data["event"] == {name: event[name] for name in data["event"]}
    assert data["invoice"]["invoiceNumber"] == event["invoice"]["invoiceNumber"]
    assert data["webhook"]["url"] == receiver.url
    assert data["syncEvents"]["nodes"] == []


async def test_the_example_of_the_documentation_tells_ours_from_others(office):
    page = (Path(__file__).parents[2] / "docs" / "api" / "webhooks.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    names = {}
    exec(example, names)  # noqa: S102 - what partners are told to run
    is_from_instep = names["is_from_instep"]
    async with a_delivering_office(office) as (receiver, made, send):
        await happen(office)
        await send()
    post, secret = receiver.received[0], made["secret"]
    header = post.headers["instep-signature"]

    assert is_from_instep(secret, header, post.body)
    assert not is_from_instep(secret, header, post.body + b" ")
    assert not is_from_instep("whsec_of_another", header, post.body)
    assert not is_from_instep(secret, header, post.body, tolerance_seconds=-1)
    assert not is_from_instep(secret, "", post.body)
    assert not is_from_instep(secret, header.replace("t=", "t=9"), post.body)


async def test_every_act_stands_in_the_audit_trail(office):
    webhook_id = (await a_webhook(office))["webhook"]["id"]
    await do(office, UPDATE, webhookId=webhook_id, disabled=True)
    await do(office, ROTATE, webhookId=webhook_id, idempotencyKey="r")
    cursor = (await seen(office))["syncCursor"]
    await do(office, REPLAY, webhookId=webhook_id, after=cursor)
    await do(office, DELETE, webhookId=webhook_id)
    _, key = read_id(webhook_id)
    async with office.open_work() as work:
        entries = await work.audit.page(wanted=TrailFilter(subject_id=key), behind=None, limit=10)

    assert [entry.action for entry in reversed(entries)] == [
        AuditAction.WEBHOOK_CREATED,
        AuditAction.WEBHOOK_CHANGED,
        AuditAction.WEBHOOK_SECRET_ROTATED,
        AuditAction.WEBHOOK_REPLAYED,
        AuditAction.WEBHOOK_DELETED,
    ]


async def test_a_manager_who_may_manage_connections_is_enough(office):
    async with office.open_work() as work:
        nick = (await work.people.lock_all())[office.people["Nick"]]
        await work.people.save(replace(nick, granted=frozenset({Permission.MANAGE_CONNECTIONS})))

    made = await do(office, CREATE, "Nick", url=URL, idempotencyKey="nick")

    assert made["userErrors"] == []
