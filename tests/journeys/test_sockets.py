"""A socket lives longer than a credential may."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from websockets.asyncio.client import connect

from tests.journeys.conftest import Service


@pytest.fixture
async def socket(service: Service):
    """Olga's open, signed-in socket."""
    address = service.url.replace("http", "ws") + "/graphql"
    async with connect(address, subprotocols=["graphql-transport-ws"]) as opened:
        token = f"Bearer {service.office.token()}"
        await opened.send(
            json.dumps({"type": "connection_init", "payload": {"authorization": token}})
        )
        assert json.loads(await opened.recv())["type"] == "connection_ack"
        yield opened


async def ask(socket, number: str) -> dict:
    payload = {"query": "{ viewer { actor { name } } }"}
    await socket.send(json.dumps({"id": number, "type": "subscribe", "payload": payload}))
    while (message := json.loads(await socket.recv()))["type"] not in ("next", "error"):
        pass
    return message


async def test_a_person_who_left_can_do_nothing_more_on_an_open_socket(
    service: Service, socket
) -> None:
    before = await ask(socket, "1")
    owner = create_async_engine(service.settings.database_url)
    async with owner.begin() as connection:
        await connection.execute(
            text("update employee set is_active = false where id = :id"),
            {"id": service.office.people["Olga"]},
        )
    await owner.dispose()

    after = await ask(socket, "2")

    assert before["payload"]["data"]["viewer"]["actor"]["name"] == "Olga"
    assert after["type"] == "error"
    assert after["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
