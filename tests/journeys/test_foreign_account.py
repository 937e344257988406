"""One account never sees or changes another's data, whatever it calls.

Every query, mutation, subscription and kind of id is called with the ids of another account, one at
a time and all at once, as an administrator and with a partner's key. The calls are built from the
schema, so a new field is walked too, and one that cannot be called makes this fail.
"""

import asyncio
import base64
import binascii
import json
import re
from contextlib import aclosing
from dataclasses import replace

import pytest
from sqlalchemy import text

from app import administration
from app.administration import EVERYTHING
from app.authentication import Authenticator
from app.clock import now
from app.ids import new_id
from app.tokens import Tokens
from schema.build import schema
from schema.context import GraphQLContext
from schema.ids import global_id
from schema.pagination import event_cursor
from schema.sign_in import SignIn
from tests.databases import owner_of
from tests.furnishing import furnish
from tests.journeys.stored import Reader
from tests.journeys.walking import NOWHERE, Walk, mutation_errors, node_types, table_of
from tests.schema.printed import printed_schema

#: In every name and text of the other account, and in no other.
MARK = "zebra"
MARKED_COLUMNS = {
    "account": ("name",),
    "api_key": ("name",),
    "batch": ("name",),
    "business_unit": ("name", "quickbooks_class"),
    "company_file": ("name",),
    "connection": ("name",),
    "customer": ("name", "quickbooks_name"),
    "draft": ("editor_name",),
    "employee": ("name",),
    "inventory_location": ("name",),
    "invoice": ("summary", "number"),
    "item": ("name", "quickbooks_name"),
    "service_location": ("name", "address"),
    "sync_event": ("actor_name",),
    "sync_issue": ("reason",),
    "task": ("description",),
    "tax_zone": ("name",),
    "technician": ("name",),
}
#: Queries that tell their owner nothing here by which the account could be known: counts and dates,
#: and lists of what the furnished office does not have. Other tests look at them.
TELL_NO_ONE = {
    "accountingPeriods",
    "bypassDebt",
    "drifts",
    "manualApplications",
    "paymentCounts",
    "paymentsToApplyByHand",
    "syncCursor",
    "syncIssueCounts",
}
#: Who names a stranger as the administrator beside the caller is told that none is there.
FORBIDDEN_TO_ALL = {"confirmUnlock"}
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
API = printed_schema()
NODES = node_types(API)


@pytest.fixture
async def reader(settings):
    reading = Reader(settings.database_url, left_out=())
    yield reading
    await reading.close()


@pytest.fixture
async def victim(another_office, settings):
    """Another account, with a mark in all its names."""
    office = await furnish(await another_office())
    async with owner_of(settings.database_url).begin() as connection:
        for table, columns in MARKED_COLUMNS.items():
            changes = ", ".join(f"{c} = left('{MARK}' || {c}, 200)" for c in columns)
            statement = f"update {table} set {changes} where account_id = :id"  # noqa: S608
            await connection.execute(text(statement), {"id": office.account_id})
        unfit = text("update item set cogs_account = null where account_id = :id")
        await connection.execute(unfit, {"id": office.account_id})
    return office


class Answers:
    """What betrays the other account: its mark, and every id that only it has."""

    def __init__(self, theirs, ours):
        self._ids = ids_in(theirs) - ids_in(ours)

    def betrayed(self, answer):
        told = json.dumps(answer, default=str)
        return sorted(ids_in(told) & self._ids) + ([MARK] if MARK in told.lower() else [])


def ids_in(told):
    """Every UUID in a text, also inside global ids and cursors."""
    written = str(told)
    texts = [written]
    for part in _ENCODED.findall(written):
        try:
            texts.append(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode())
        except (binascii.Error, ValueError):
            continue
    return {found.replace("-", "") for t in texts for found in _UUID.findall(t)}


def global_ids(stored):
    """One id of each kind that the account has; a kind without a row fails here."""
    return {name: global_id(name, stored[table_of(name)][0]["id"]) for name in NODES}


async def sign_in(office, credential):
    """The caller whom the service makes of this credential."""
    held = office.resources
    authenticator = Authenticator(Tokens(held.settings, None), held.directory, held.open_work, now)
    context = await office.as_person("Adam")
    principal = await authenticator.principal_of(f"Bearer {credential}")
    assert principal is not None
    return replace(context, principal=principal)


async def credential_of(office, kind):
    if kind == "token":
        return office.token("Adam")
    return await administration.make_api_key(
        office.resources, account_id=office.account_id, name="Walker", permissions=EVERYTHING
    )


async def run(call, caller):
    """The answer to a query or mutation, as it would be sent."""
    result = await schema().execute(
        call.document, variable_values=call.variables, context_value=GraphQLContext(caller)
    )
    errors = [{"message": e.message, "code": e.extensions.get("code")} for e in result.errors or ()]
    return {"data": result.data, "errors": errors}


def could_not(answer, *, may_all):
    """What shows that a call did not get as far as to look for its ids."""
    refusals = [*answer["errors"], *mutation_errors(answer["data"] or {})]
    expected = {"NOT_FOUND"} if may_all else {"NOT_FOUND", "FORBIDDEN"}
    top = [error for error in answer["errors"] if error["code"] not in expected]
    return top or [e for e in refusals if e["code"] == "FORBIDDEN" and may_all]


@pytest.fixture
async def both(office, victim, reader):
    """The caller's account, furnished too, but for the draft: it would keep the caller out."""
    await furnish(office)
    async with office.open_work() as work:
        for invoice_id in await ids_of(work):
            await work.drafts.remove(invoice_id)
    ours, theirs = await reader.read(office.account_id), await reader.read(victim.account_id)
    walk = Walk(API, global_ids(ours), global_ids(theirs))
    return walk, Answers(theirs.tables, ours.tables), theirs


@pytest.mark.parametrize("credential", ["token", "key"])
async def test_no_query_or_mutation_shows_or_changes_another_account(
    office, victim, both, reader, credential
):
    walk, answers, before = both
    caller = await sign_in(office, await credential_of(office, credential))
    made, trouble = set(), []

    for kind, name, field in walk.roots():
        if kind == "Subscription":
            continue
        for build in walk.calls(kind, name, field):
            walk.version = await newest_version(office)
            call = build()
            answer = await run(call, caller)
            made.add(name)
            may_all = credential == "token" and name not in FORBIDDEN_TO_ALL
            if found := could_not(answer, may_all=may_all):
                trouble.append((str(call), found))
            if found := answers.betrayed(answer):
                trouble.append((str(call), "shows", found))
        if kind == "Mutation":
            changed = before.differing(await reader.read(victim.account_id))
            if changed:
                trouble.append((name, "changes", changed))
    stored = await reader.read(office.account_id)

    assert "\n".join(str(each) for each in trouble) == ""
    assert made == {*API.query_type.fields, *API.mutation_type.fields}
    kept = {name: answers.betrayed(rows) for name, rows in stored.tables.items()}
    del kept["idempotency_key"]  # saveAndBypass needs no connection, and notes the one it was given
    assert {name: found for name, found in kept.items() if found} == {}


async def newest_version(office):
    async with office.open_work() as work:
        return max(i.version for i in (await work.invoices.get_many(await ids_of(work))).values())


async def ids_of(work):
    return [numbered.event.invoice_id for numbered in await work.sync_events.after(0, limit=50)]


async def test_what_the_walk_asks_for_is_shown_to_its_owner(office, victim, both):
    """Else it would prove nothing: the same calls by the other account itself betray it."""
    walk, answers, _ = both
    caller = await sign_in(victim, victim.token("Adam"))
    silent = set()

    for kind, name, field in walk.roots():
        if kind != "Query":
            continue
        for build in walk.calls(kind, name, field):
            call = build()
            answer = await run(call, caller)
            if not answers.betrayed(answer) and (call.slot == NOWHERE or "node" in name):
                silent.add(name if "node" not in name else str(call))

    assert silent == TELL_NO_ONE


async def test_no_cursor_of_another_account_opens_it(office, victim, both):
    walk, answers, _ = both
    owner = await sign_in(victim, victim.token("Adam"))
    caller = await sign_in(office, office.token("Adam"))
    pages = {n: f for k, n, f in walk.roots() if k == "Query" and "after" in f.args}
    given = 0

    for name, field in pages.items():
        theirs, ours = of_connection(field, victim), of_connection(field, office)
        shown = walk.document("Query", name, field, theirs)
        if "endCursor" not in shown:
            continue
        asked = await schema().execute(
            shown, variable_values=theirs, context_value=GraphQLContext(owner)
        )
        cursor = page_info(asked.data[name])["endCursor"]
        if cursor is None:
            continue
        given += 1
        variables = {**ours, "after": cursor}
        document = walk.document("Query", name, field, variables)
        answer = await schema().execute(
            document, variable_values=variables, context_value=GraphQLContext(caller)
        )

        assert answers.betrayed(answer.data) == [], name
        assert {e.extensions["code"] for e in answer.errors or ()} <= {"BAD_USER_INPUT"}, name
    assert given > 6


def of_connection(field, account):
    """Name the account's own connection where the page is one of a connection."""
    own = {"connectionId": global_id("Connection", account.connection.connection.id)}
    return {key: value for key, value in own.items() if key in field.args}


def page_info(shown):
    return shown.get("pageInfo") or next(
        part["pageInfo"] for part in shown.values() if isinstance(part, dict) and "pageInfo" in part
    )


@pytest.mark.parametrize("cursor", ["none", "foreign"])
async def test_no_subscription_tells_of_another_account(office, victim, both, cursor):
    walk, answers, _ = both
    caller = await sign_in(office, office.token("Adam"))
    told, made = {}, set()

    for kind, name, field in walk.roots():
        if kind != "Subscription":
            continue
        for build in walk.calls(kind, name, field):
            call = build()
            made.add(name)
            call.variables.pop("after", None)
            if cursor == "foreign" and "after" in field.args:
                call.variables["after"] = event_cursor(victim.account_id, 1)
            document = walk.document(kind, name, field, call.variables, call.slot)
            call = replace(call, document=document)
            told[str(call)] = await heard(call, caller, office, victim)

    assert made == set(API.subscription_type.fields)
    shown = {name: answers.betrayed(results) for name, results in told.items()}
    assert {name: found for name, found in shown.items() if found} == {}
    if cursor == "none":  # it would have heard of its own account
        own = [name for name, heard in told.items() if any(h.get("data") for h in heard)]
        assert any("connectionStateChanged" in name for name in own)


async def heard(call, caller, office, victim):
    """What a subscription tells while something happens in both accounts."""

    async def ask():
        return caller

    context = GraphQLContext(caller, SignIn(caller, ask))
    results = await schema().stream(
        call.document, variable_values=call.variables, context_value=context
    )
    found = []

    async def listen():
        async with aclosing(results):
            async for result in results:
                errors = [str(e) for e in getattr(result, "errors", None) or ()]
                found.append({"data": getattr(result, "data", None), "errors": errors})

    listening = asyncio.create_task(listen())
    for one in (victim, office):
        await tell_something(one)
    await asyncio.wait([listening], timeout=0.5)
    while not listening.done():
        listening.cancel()
        await asyncio.wait([listening], timeout=0.1)
    return found


async def tell_something(office):
    """An event of the office's invoice, and a ring for whoever watches connections."""
    async with office.open_work() as work:
        (numbered, *_) = await work.sync_events.after(0, limit=1)
        work.record(replace(numbered.event, id=new_id()))
        work.ring()
