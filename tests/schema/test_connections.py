"""Connections as callers see them, change them and watch them."""

from datetime import timedelta

import pytest

from app.passwords import verify_secret
from domain.connections import OpenSession
from schema.build import schema
from schema.context import GraphQLContext
from schema.ids import global_id
from tests.builders import CONNECTION_ID, NOW, a_connection
from tests.db.making import stored_password
from tests.schema.callers import a_caller, execute, reads
from tests.schema.test_sockets import a_signed_in_socket, start

SHOWN = """name state light userName lastContactAt expectedContactAt lingerSeconds trouble retryAt
  machine clientVersion queueLength diagnosis { actor text }"""
ROTATE = """mutation($input: RotateConnectionPasswordInput!) { rotateConnectionPassword(input: $input) {
  connection { id name } password qwcFile userErrors { code field message } } }"""
UPDATE = """mutation($input: UpdateConnectionInput!) { updateConnection(input: $input) {
  connection { name state lingerSeconds } userErrors { code field message } } }"""
QUEUE = """query($id: ID!, $after: String) { syncQueue(connectionId: $id, first: 1, after: $after) {
  nodes { invoice { invoiceNumber sync { queuePosition } } version phase position attempts }
  pageInfo { hasNextPage endCursor } } }"""
WATCH = "subscription { connectionStateChanged { name state light queueLength } }"


async def shown(connection):
    work = reads(connections={"get_many": {connection.id: connection}})
    result = await execute("{ connections { " + SHOWN + " } }", a_caller(work))
    assert result.errors is None
    (one,) = result.data["connections"]
    return one


async def call(office, document, field, person="Adam", **wish):
    context = GraphQLContext(await office.as_person(person))
    result = await schema().execute(
        document, variable_values={"input": wish}, context_value=context
    )
    assert result.errors is None, result.errors
    return result.data[field]


def the_id(office):
    return global_id("Connection", office.connection.connection.id)


async def test_a_connection_tells_what_is_wrong_and_when_it_goes_on():
    later = NOW + timedelta(minutes=2)
    connection = a_connection(
        trouble="It keeps Instep out.",
        trouble_hresult="0x8004041A",
        retry_at=later,
        machine="DESK-1",
        client_version="34.0",
        linger_seconds=0,
    )

    seen = await shown(connection)

    assert (seen["state"], seen["light"]) == ("PERMISSION_NEEDED", "RED")
    assert seen["trouble"] == seen["diagnosis"][0]["text"] == "It keeps Instep out."
    assert (seen["machine"], seen["clientVersion"], seen["lingerSeconds"]) == ("DESK-1", "34.0", 0)
    assert seen["retryAt"] == "2026-11-20T09:02:00Z"
    assert seen["userName"] == "instep-1"


async def test_calls_of_a_session_are_contacts():
    called_at = NOW - timedelta(seconds=2)
    working = a_connection(last_contact_at=None, session=OpenSession(called_at, True))

    seen = await shown(working)

    assert (seen["state"], seen["light"]) == ("IN_SESSION", "GREEN")
    assert (seen["lastContactAt"], seen["expectedContactAt"]) == ("2026-11-20T08:59:58Z", None)


@pytest.mark.parametrize(
    ("code", "words"),
    [("QBWC1048", "certificate"), ("0x80040414", "waits for an answer"), ("?", "not in")],
)
async def test_a_code_from_the_web_connector_s_screen_is_explained(code, words):
    work = reads(connections={"get_many": {CONNECTION_ID: a_connection()}})
    document = """query($code: String!) {
      connections { explain(code: $code) { reason steps { actor text } } } }"""

    result = await execute(document, a_caller(work), code=code)

    (one,) = result.data["connections"]
    assert words in one["explain"]["reason"]
    assert one["explain"]["steps"]


async def test_a_new_password_is_shown_once(office):
    answer = await call(office, ROTATE, "rotateConnectionPassword", connectionId=the_id(office))

    assert verify_secret(answer["password"], await stored_password(office))
    assert answer["qwcFile"] == office.connection.qwc_file
    assert answer["connection"] == {"id": the_id(office), "name": "Front desk"}
    assert answer["userErrors"] == []


async def test_absent_fields_stay_and_null_is_the_default_again(office):
    key = the_id(office)
    before = await call(
        office, UPDATE, "updateConnection", connectionId=key, lingerSeconds=4, disabled=True
    )
    after = await call(office, UPDATE, "updateConnection", connectionId=key, lingerSeconds=None)

    assert before["connection"] == {"name": "Front desk", "state": "DISABLED", "lingerSeconds": 4}
    assert after["connection"] == {"name": "Front desk", "state": "DISABLED", "lingerSeconds": None}


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"name": None}, "REQUIRED", ["input", "name"]),
        ({"name": "n" * 81}, "TOO_LONG", ["input", "name"]),
        ({"name": "a\x00"}, "INVALID", ["input", "name"]),
        ({"disabled": None}, "REQUIRED", ["input", "disabled"]),
        ({"lingerSeconds": 21}, "OUT_OF_RANGE", ["input", "lingerSeconds"]),
        ({"connectionId": "garbled"}, "NOT_FOUND", ["input", "connectionId"]),
    ],
)
async def test_a_change_that_does_not_fit_is_a_user_error_that_says_where(
    office, wish, code, field
):
    answer = await call(
        office, UPDATE, "updateConnection", **{"connectionId": the_id(office)} | wish
    )

    assert answer["connection"] is None
    (error,) = answer["userErrors"]
    assert (error["code"], error["field"]) == (code, field)


async def test_without_the_permission_no_password_is_shown(office):
    answer = await call(
        office, ROTATE, "rotateConnectionPassword", "Olga", connectionId=the_id(office)
    )

    assert (answer["password"], answer["qwcFile"]) == (None, None)
    assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"]


async def test_whoever_watches_sees_each_connection_as_it_is():
    work = reads(connections={"get_many": {CONNECTION_ID: a_connection(queue_length=2)}})
    async with a_signed_in_socket(work) as socket:
        start(socket, WATCH)
        message = await socket.receive_json()

    assert message["payload"]["data"]["connectionStateChanged"] == {
        "name": "C-1",
        "state": "ONLINE",
        "light": "GREEN",
        "queueLength": 2,
    }


async def read_queue_of(office, connection, **variables):
    context = GraphQLContext(await office.as_person())
    given = {"id": connection, **variables}
    return await schema().execute(QUEUE, variable_values=given, context_value=context)


async def test_a_queue_lists_what_waits_in_the_order_it_leaves(office):
    """The same place as the invoice's own; the page behind goes on."""
    await office.export(*[await office.new_invoice(number) for number in ("21259", "21260")])
    first = await read_queue_of(office, the_id(office))
    behind = first.data["syncQueue"]["pageInfo"]["endCursor"]
    second = await read_queue_of(office, the_id(office), after=behind)

    found = [result.data["syncQueue"] for result in (first, second)]
    assert [page["pageInfo"]["hasNextPage"] for page in found] == [True, False]
    (one,), (other,) = (page["nodes"] for page in found)
    assert [one["invoice"]["invoiceNumber"], other["invoice"]["invoiceNumber"]] == [
        "21259",
        "21260",
    ]
    for place, node in enumerate((one, other), start=1):
        assert node["position"] == node["invoice"]["sync"]["queuePosition"] == place
        assert (node["version"], node["phase"], node["attempts"]) == (1, "QUEUED", 0)


@pytest.mark.parametrize("kind", ["Connection", "Invoice"])
async def test_a_connection_that_is_not_there_has_no_queue(office, kind):
    result = await read_queue_of(office, global_id(kind, CONNECTION_ID))

    (error,) = result.errors
    assert error.extensions["code"] == "NOT_FOUND"
    assert "connection" in error.message
