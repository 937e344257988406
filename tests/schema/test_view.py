"""The door over HTTP: who may come in, what is understood, and with which status it answers."""

import json
import logging
from dataclasses import replace

import httpx
import pytest
from graphql import get_introspection_query
from starlette.applications import Starlette
from structlog.testing import capture_logs

from domain.search import InvoiceSort
from schema.ids import global_id
from schema.search import invoice_cursor
from schema.view import routes
from tests.builders import (
    BATCH_ID,
    CONNECTION_ID,
    CUSTOMER_ID,
    a_batch,
    a_connection,
    a_customer,
    an_invoice,
)
from tests.schema.callers import TOKEN, a_caller, execute, reads

GRAPHQL = "application/graphql-response+json"
CUSTOMER = global_id("Customer", CUSTOMER_ID)
VIEWER = "{ viewer { actor { name } permissions } }"


def an_api(*works, **options):
    """The API in one process; `TOKEN` signs in a caller with these units of work."""

    async def authenticate(authorization):
        return a_caller(*works) if authorization == TOKEN else None

    app = Starlette(routes=routes(authenticate, **options))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://instep",
        headers={"Authorization": TOKEN},
    )


async def ask(document, *works, accept=GRAPHQL, **body):
    async with an_api(*works) as api:
        return await api.post(
            "/graphql", json={"query": document, **body}, headers={"Accept": accept}
        )


def code_of(response):
    (error,) = response.json()["errors"]
    return error["extensions"]["code"]


async def test_a_query_is_answered():
    response = await ask(VIEWER)

    assert response.status_code == 200
    assert response.headers["content-type"] == GRAPHQL
    assert response.json()["data"]["viewer"]["actor"] == {"name": "Olga"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer bad"}, {"Authorization": ""}])
async def test_without_a_credential_that_holds_nothing_is_read(headers):
    async with an_api() as api:
        del api.headers["Authorization"]
        response = await api.post("/graphql", content=b"{", headers=headers)

    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"
    (error,) = response.json()["errors"]
    assert error["message"].startswith("Send the header `Authorization: Bearer ")


@pytest.mark.parametrize(
    ("accept", "status"), [(GRAPHQL, 400), ("application/json", 200), ("*/*", 200)]
)
@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ viewer " * 700, "GRAPHQL_PARSE_FAILED"),
        ("{ nobody }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { actor { name } } }" * 2, "QUERY_TOO_COMPLEX"),
        ("query($first: Int!) { invoices(first: $first) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ invoices(filter: {updatedSince: "2026"}) { nodes { id } } }', "BAD_USER_INPUT"),
    ],
)  # fmt: skip
async def test_an_operation_that_never_ran_has_no_data(accept, status, document, code):
    """Plain JSON keeps the status that older clients expect."""
    response = await ask(document, accept=accept)

    assert (response.status_code, code_of(response)) == (status, code)
    assert "data" not in response.json()


@pytest.mark.parametrize("body", [b'"x"', b"null", b"1", b"[]", b"[" * 5000, b"{", b"", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(body):
    async with an_api() as api:
        response = await api.post(
            "/graphql", content=body, headers={"Content-Type": "application/json"}
        )

    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "body",
    [{}, {"query": 1}, {"query": None}, {"query": VIEWER, "variables": []},
     {"query": VIEWER, "operationName": "Other"}],
)  # fmt: skip
async def test_a_request_of_the_wrong_shape_is_refused(body):
    async with an_api() as api:
        response = await api.post("/graphql", json=body)

    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_read(media_type):
    """A page of another site can send these without asking the browser's leave."""
    async with an_api() as api:
        response = await api.post(
            "/graphql", content=json.dumps({"query": VIEWER}), headers={"Content-Type": media_type}
        )

    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json", "*/*", "", "multipart/mixed"])
async def test_who_subscribes_for_one_answer_is_told_how_to_do_it(accept):
    response = await ask("subscription { syncStatusChanged { id } }", accept=accept)

    assert (response.status_code, code_of(response)) == (406, "NOT_ACCEPTABLE")
    assert "text/event-stream" in response.json()["errors"][0]["message"]


async def test_a_caller_who_could_not_read_the_answer_is_told():
    response = await ask(VIEWER, accept="text/html")

    assert (response.status_code, code_of(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_not_understood(method):
    async with an_api() as api:
        response = await api.request(method, "/graphql", params={"query": VIEWER})

    assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST, GET"


async def test_a_query_may_come_by_get():
    query = "query Who($id: ID!) { viewer { actor { name } } node(id: $id) { id } }"
    parameters = {"query": query, "operationName": "Who", "variables": '{"id": "garbled"}'}
    async with an_api() as api:
        response = await api.get("/graphql", params=parameters)

    assert response.status_code == 200
    assert response.json()["data"] == {"viewer": {"actor": {"name": "Olga"}}, "node": None}


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
@pytest.mark.parametrize(
    "document",
    ['mutation { discardDraft(input: {invoiceId: "x"}) { userErrors { code } } }',
     'fragment F on Query { viewer { actor { name } } } mutation { discardDraft(input: {invoiceId: "x"}) { userErrors { code } } }',
     "subscription { syncStatusChanged { id } }"],
)  # fmt: skip
async def test_what_a_link_can_trigger_changes_nothing_and_holds_nothing_open(document, accept):
    async with an_api() as api:
        response = await api.get("/graphql", params={"query": document}, headers={"Accept": accept})

    assert response.status_code in (405, 406)
    assert "data" not in response.json()


async def test_a_link_carries_no_credential():
    async with an_api() as api:
        del api.headers["Authorization"]
        response = await api.get("/graphql", params={"query": VIEWER})

    assert response.status_code == 401


@pytest.mark.parametrize("name", ["variables", "extensions"])
@pytest.mark.parametrize("value", ["{", "[]", "1"])
async def test_parameters_of_the_wrong_shape_are_refused(name, value):
    async with an_api() as api:
        response = await api.get("/graphql", params={"query": VIEWER, name: value})

    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


async def test_a_body_larger_than_the_limit_is_refused():
    async with an_api(max_body_bytes=100) as api:
        response = await api.post("/graphql", json={"query": VIEWER + " " * 100})

    assert (response.status_code, code_of(response)) == (413, "CONTENT_TOO_LARGE")


async def test_a_fault_shows_a_number_and_is_logged_once():
    """Two fields wait for one failed read; the log has its cause, the caller has not."""
    document = "{ a: node(id: %s) { id } b: node(id: %s) { id } }"
    customer = json.dumps(CUSTOMER)

    with capture_logs() as logged:
        response = await ask(document % (customer, customer), RuntimeError("a secret"))

    assert response.status_code == 200
    first, second = response.json()["errors"]
    assert first["message"] == second["message"] == "Internal error"
    assert first["extensions"] == second["extensions"]
    assert first["extensions"]["code"] == "INTERNAL"
    assert "secret" not in response.text
    (entry,) = logged
    assert (entry["event"], entry["log_level"]) == ("graphql_operation.failed", "error")
    assert entry["request_id"] == first["extensions"]["requestId"]
    assert str(entry["exc_info"]) == "a secret"
    assert "query" not in str(entry)


async def test_the_number_is_the_requests_own_where_one_is_bound():
    caller = replace(a_caller(RuntimeError()), request_id="r-1")

    with capture_logs():
        result = await execute("{ customers { id } }", caller)

    (error,) = result.errors
    assert error.extensions["requestId"] == "r-1"


async def test_refusals_and_user_faults_are_not_logged(caplog):
    save = """mutation { discardDraft(input: {invoiceId: "x"}) { userErrors { code } } }"""

    with capture_logs() as logged, caplog.at_level(logging.DEBUG, logger="strawberry"):
        for document in (save, "{", "{ nobody }", '{ invoices(after: "x") { nodes { id } } }'):
            await ask(document)

    assert (logged, caplog.records) == ([], [])


async def test_many_fields_are_one_read():
    customers = reads(lists={"customers": {a_customer().id: a_customer()}})
    ids = [CUSTOMER, "garbled"] * 3

    response = await ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { name } } }",
        customers,  # a second unit of work would find none
        variables={"ids": ids},
    )

    assert response.json()["data"]["nodes"] == [{"name": "Anna Miller"}, None] * 3


async def test_the_cursor_is_read_before_the_data():
    """Read behind the data it would lose the events in between."""
    events = reads(sync_events={"last_sequence": 7})
    customers = reads(lists={"customers": {}})

    response = await ask("{ customers { id } syncCursor }", events, customers)

    assert response.json()["data"]["customers"] == []
    assert response.json()["data"]["syncCursor"]


async def test_tools_can_read_the_schema():
    response = await ask(get_introspection_query())

    assert response.json()["data"]["__schema"]["queryType"]["name"] == "Query"


async def test_a_typo_is_told_without_naming_what_there_is():
    response = await ask("{ custommers { id } }")

    assert "customers" not in response.text


async def test_a_value_that_cannot_be_shown_is_a_fault():
    """The library tells it like a mistake of the caller: an Int has 32 bits."""
    huge = reads(lists={"batches": {BATCH_ID: a_batch(number=2**31)}})
    batch = global_id("Batch", BATCH_ID)

    with capture_logs() as logged:
        response = await ask(f'{{ node(id: "{batch}") {{ ... on Batch {{ number }} }} }}', huge)

    assert code_of(response) == "INTERNAL"
    assert len(logged) == 1


async def test_every_word_of_an_enum_can_be_said_and_heard():
    """A sorted schema would hand the cursor a bare text for the order."""
    connections = reads(
        connections={"get_many": {CONNECTION_ID: a_connection()}}, invoices={"page": [an_invoice()]}
    )
    document = """{ connections { kind state light }
      invoices(filter: {syncStatus: [SYNCED]}, sort: INVOICE_NUMBER_ASC) { edges { cursor } } }"""

    cursor = invoice_cursor(InvoiceSort.INVOICE_NUMBER_ASC, an_invoice())
    response = await ask(document, connections, connections)

    assert response.json()["data"] == {
        "connections": [{"kind": "NEW", "state": "ONLINE", "light": "GREEN"}],
        "invoices": {"edges": [{"cursor": cursor}]},
    }
