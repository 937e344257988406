"""Hostile requests against the whole application: each is refused, quickly, and tells nothing.

What is tested elsewhere is not repeated here: bodies that are no object, forms and plain text, queries
and mutations by link (test_view), suggestions (test_documents), strange amounts (test_scalars), bent and
foreign cursors (test_pagination), frames that are no text (test_sockets), expired and withdrawn
credentials (test_sign_in, test_sockets), the page for browsers and its absence (app/test_web).
"""

import asyncio
import base64
import json
import re
import time
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace

import httpx
import pytest
from graphql import (
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from app import administration
from app.ids import new_id
from app.web import build_app
from schema.build import schema
from sync_worker.broker import make_broker
from tests.journeys.stored import Reader
from tests.schema.test_fuzz import EVERYTHING
from tests.schema.test_sockets import Socket

QUICKLY_SECONDS = 1  # a bomb takes hours; the machine may be busy
VIEWER = "{ viewer { permissions } }"
#: What is kept of the caller itself is no row of what is attacked.
_KEPT_OF_CALLERS = {"idempotency_key", "api_key"}


@pytest.fixture
async def web(settings, namespace):
    """The application as it is set by default, but for the settings of the tests."""
    broker = make_broker(settings.redis_url, namespace=namespace)
    app = build_app(settings.model_copy(update={"introspection": False}), broker)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://instep") as http,
    ):
        yield SimpleNamespace(app=app, http=http)
    broker.close()


@pytest.fixture
async def key(resources, office):
    return await a_key(resources, office)


async def a_key(resources, office):
    return await administration.make_api_key(
        resources,
        account_id=office.account_id,
        name="attacker",
        permissions=administration.EVERYTHING,
    )


async def post(web, key, body, **others):
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/graphql-response+json"}
    return await web.http.post("/graphql", json=body, headers=headers, **others)


def bomb(links):
    """745 bytes of fragments, each of which spreads the next one twice."""
    spreads = "".join(f"fragment f{n} on Query{{...f{n + 1} ...f{n + 1}}} " for n in range(links))
    return "{...f0} " + spreads + f"fragment f{links} on Query{{__typename}}"


def circle(depth):
    inside = "{fields{type" * depth + "{name}" + "}}" * depth
    return "{__schema{types{fields{type" + inside + "}}}}"


HOSTILE = {
    "aliases": ("{" + " ".join(f"a{n}:viewer{{permissions}}" for n in range(101)) + "}", "QUERY_TOO_COMPLEX"),
    "repeated fields": ("{viewer{" + "permissions " * 600 + "}}", "QUERY_TOO_COMPLEX"),
    "root fields": ("{" + "syncCursor " * 21 + "}", "QUERY_TOO_COMPLEX"),
    "directives": ("{syncCursor " + "@skip(if:false)" * 50 + "}", "QUERY_TOO_COMPLEX"),
    "depth": ("{viewer" + "{actor" * 20 + "{name}" + "}" * 21, "QUERY_TOO_COMPLEX"),
    "fragment bomb": (bomb(20), "QUERY_TOO_COMPLEX"),
    "fragments in a circle": ("{...A} fragment A on Query{...B} fragment B on Query{...A}", "GRAPHQL_VALIDATION_FAILED"),
    "two operations": ("query A{syncCursor} query B{syncCursor}", "QUERY_TOO_COMPLEX"),
    "many tokens": ("{" + "syncCursor " * 3000 + "}", "GRAPHQL_PARSE_FAILED"),
    "20,000 open braces": ("{a" * 20_000, "GRAPHQL_PARSE_FAILED"),
    "open brackets": ("{node(id:" + "[" * 1_500 + ")}", "GRAPHQL_PARSE_FAILED"),
    "introspection": ("{__schema{types{name}}}", "FORBIDDEN"),
    "introspection by name": ('{__type(name:"Query"){fields{name}}}', "FORBIDDEN"),
    "introspection in a circle": (circle(5), "GRAPHQL_VALIDATION_FAILED"),
    "large pages within large pages": ("{invoices(first:100){nodes{revisions(first:100){nodes{changes{path}}}}}}", "QUERY_TOO_COMPLEX"),
    "unknown directive": ("{syncCursor @defer}", "GRAPHQL_VALIDATION_FAILED"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_document_is_refused_quickly_and_runs_nothing(web, key, name):
    document, code = HOSTILE[name]
    await post(web, key, {"query": VIEWER})  # what is made once per process
    started = time.process_time()

    answer = await post(web, key, {"query": document})

    assert time.process_time() - started < QUICKLY_SECONDS
    assert answer.status_code == 400
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}
    assert "data" not in answer.json()
    assert "Did you mean" not in answer.text


def test_the_bomb_is_a_small_one():
    assert len(bomb(20)) < 800


async def test_requests_cannot_be_sent_by_the_dozen(web, key):
    answer = await post(web, key, [{"query": VIEWER}] * 10)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_large_body_is_not_read_to_its_end(web, key):
    answer = await post(web, key, {"query": VIEWER + " " * 400_000})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "header", [{"apollo-federation-include-trace": "ftv1"}, {"x-apollo-tracing": "1"}, {"x-debug": "1"}]
)  # fmt: skip
async def test_no_header_makes_an_answer_tell_more(web, key, header):
    answer = await web.http.post(
        "/graphql",
        json={"query": VIEWER, "extensions": {"tracing": True}},
        headers={"Authorization": f"Bearer {key}", **header},
    )

    assert set(answer.json()) == {"data", "extensions"}
    assert set(answer.json()["extensions"]) == {"cost"}
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers


async def test_a_page_of_another_site_can_neither_send_nor_read(web, key):
    """No cookie stands for anybody, and no answer allows another origin to read it."""
    evil = {"Origin": "https://evil.example"}
    asked_leave = await web.http.options(
        "/graphql", headers=evil | {"Access-Control-Request-Method": "POST"}
    )
    with_cookie = await web.http.post(
        "/graphql", json={"query": VIEWER}, headers=evil | {"Cookie": f"token={key}"}
    )

    for answer in (asked_leave, with_cookie):
        assert not answer.is_success
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers


# ---- Sockets ----


@asynccontextmanager
async def a_socket(web, **headers):
    socket = Socket()
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "subprotocols": ["graphql-transport-ws"],
    }
    running = asyncio.create_task(web.app(scope, socket.to_app.get, socket.from_app.put))
    socket.send({"type": "websocket.connect"})
    yield socket
    socket.send({"type": "websocket.disconnect", "code": 1000})
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(running, timeout=10)


@asynccontextmanager
async def a_signed_in_socket(web, key):
    async with a_socket(web) as socket:
        assert (await socket.receive())["type"] == "websocket.accept"
        sign_in(socket, key)
        assert await socket.receive_json() == {"type": "connection_ack"}
        yield socket


def sign_in(socket, key):
    socket.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {key}"}})


def subscribe(socket, number, document="subscription { syncStatusChanged { id } }"):
    payload = {"query": document}
    socket.send_json({"type": "subscribe", "id": str(number), "payload": payload})


async def test_a_page_of_another_site_opens_no_socket(web):
    async with a_socket(web, host="instep", origin="https://evil.example") as socket:
        refused = await socket.receive()

    assert refused["type"] == "websocket.close"  # before it was accepted: the server says 403


async def test_a_page_of_our_own_opens_one(web):
    async with a_socket(web, host="instep", origin="http://instep") as socket:
        assert (await socket.receive())["type"] == "websocket.accept"


async def test_nothing_runs_on_a_socket_that_has_not_signed_in(web):
    async with a_socket(web) as socket:
        await socket.receive()
        subscribe(socket, 1)

        assert await socket.closed() == 4401


async def test_who_signs_in_twice_is_sent_away(web, key):
    async with a_signed_in_socket(web, key) as socket:
        sign_in(socket, key)

        assert await socket.closed() == 4429


async def test_the_operation_beyond_the_last_is_refused_alone(web, key):
    async with a_signed_in_socket(web, key) as socket:
        for number in range(21):
            subscribe(socket, number)

        refused = await socket.receive_json()
        assert (refused["type"], refused["id"]) == ("error", "20")
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        socket.send_json({"type": "complete", "id": "0"})
        subscribe(socket, 21, VIEWER)
        assert (await socket.receive_json())["type"] == "next"


async def test_a_hostile_document_on_a_socket_ends_alone_too(web, key):
    async with a_signed_in_socket(web, key) as socket:
        subscribe(socket, 1, bomb(20))
        refused = await socket.receive_json()
        subscribe(socket, 2, VIEWER)

        assert refused["payload"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
        assert (await socket.receive_json())["id"] == "2"


# ---- Other people's ids ----

_SCALARS = {
    "Int": "1",
    "Float": "1.0",
    "Boolean": "true",
    "String": '"x"',
    "Money": '"1.00"',
    "Decimal": '"1"',
    "Date": '"2026-11-20"',
    "DateTime": '"2026-11-20T09:00:00Z"',
}


def literal(kind, name):
    """A value for an argument; every id is the other account's."""
    kind = get_nullable_type(kind)
    if is_list_type(kind):
        return f"[{literal(kind.of_type, name)}]"
    named = get_named_type(kind)
    if is_input_object_type(named):
        return "{" + ", ".join(input_fields(named)) + "}"
    if is_enum_type(named):
        return next(iter(named.values))
    if named.name == "ID":
        return "$id"
    return "$key" if name == "idempotencyKey" else _SCALARS[named.name]


def input_fields(kind):
    for name, field in kind.fields.items():
        if get_named_type(field.type).name == "ID" or is_required_input_field(field):
            yield f"{name}: {literal(field.type, name)}"


def documents(kind, root):
    """For each field of the root that takes an id: its name, whether it gives a row, a document."""
    for name, field in root.fields.items():
        wanted = ", ".join(
            f"{argument}: {literal(given.type, argument)}"
            for argument, given in field.args.items()
            if is_required_argument(given) or get_named_type(given.type).name == "ID"
        )
        if "$id" in wanted:
            gives_row = "id" in getattr(get_named_type(field.type), "fields", ())
            key = ", $key: String!" if "$key" in wanted else ""
            text = f"{kind}($id: ID!{key}) {{ {name}({wanted}) {{ __typename }} }}"
            yield name, gives_row, text


async def test_another_accounts_ids_open_and_change_nothing(
    web, key, resources, office, another_office
):
    """Every field that takes an id is given every kind of id that the other account has."""
    theirs = await another_office()
    await theirs.export(await theirs.new_invoice("16920"))
    ids = await ids_by_type(web, await a_key(resources, theirs))
    core = schema()._schema  # noqa: SLF001 - no other way
    tried = [*documents("query", core.query_type), *documents("mutation", core.mutation_type)]
    reader = Reader(resources.settings.database_url)
    before = await reader.read(theirs.account_id)

    for foreign in ids:
        for name, gives_row, document in tried:
            variables = {"id": foreign} | ({"key": str(new_id())} if "$key" in document else {})
            answer = await post(web, key, {"query": document, "variables": variables})
            assert answer.status_code == 200, answer.text  # the document itself is right
            if gives_row:
                assert answer.json()["data"][name] in (None, [None]), (name, foreign)

    after = await reader.read(theirs.account_id)
    await reader.close()
    assert len(ids) > 8
    assert len(tried) > 30
    assert [table for table in before.differing(after) if table not in _KEPT_OF_CALLERS] == []


async def ids_by_type(web, key):
    """One id of each kind of row that the account has."""
    data = (await post(web, key, {"query": EVERYTHING})).json()["data"]
    found = re.findall(r'"id":"([^"]+)"', json.dumps(data, separators=(",", ":")))
    kinds = {base64.b64decode(each).partition(b":")[0]: each for each in found}
    return sorted(kinds.values())
