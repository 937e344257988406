"""A small GraphQL client over HTTP and graphql-transport-ws, for the demo and for journeys."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

_PROTOCOL = Subprotocol("graphql-transport-ws")


class GraphQLFailure(Exception):
    """The service answered with errors; the text holds their messages."""


class GraphQLClient:
    """Calls one endpoint with one credential."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str) -> None:
        self._http = http
        self._url = url
        self._authorization = f"Bearer {token}"

    async def call(self, document: str, **variables: Any) -> dict[str, Any]:
        """Give the data of a query or mutation. Raises GraphQLFailure for top-level errors."""
        response = await self._http.post(
            self._url,
            json={"query": document, "variables": variables},
            headers={"Authorization": self._authorization},
        )
        answer: dict[str, Any] = response.json()
        if answer.get("errors"):
            raise GraphQLFailure("; ".join(error["message"] for error in answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    @asynccontextmanager
    async def subscribe(
        self, document: str, **variables: Any
    ) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Give the data of each event for as long as the block runs.

        Raises GraphQLFailure for what the service refuses.
        """
        address = self._url.replace("http", "ws", 1)
        async with connect(address, subprotocols=[_PROTOCOL]) as socket:
            await _send(
                socket,
                {"type": "connection_init", "payload": {"authorization": self._authorization}},
            )
            acknowledged = json.loads(await socket.recv())
            if acknowledged["type"] != "connection_ack":
                raise GraphQLFailure(f"The socket was answered with {acknowledged['type']}.")
            payload = {"query": document, "variables": variables}
            await _send(socket, {"id": "1", "type": "subscribe", "payload": payload})
            yield _events(socket)


async def _events(socket: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    async for frame in socket:
        message = json.loads(frame)
        match message["type"]:
            case "next":
                if message["payload"].get("errors"):
                    raise GraphQLFailure(str(message["payload"]["errors"]))
                yield message["payload"]["data"]
            case "ping":
                await _send(socket, {"type": "pong"})
            case "error":
                raise GraphQLFailure(str(message["payload"]))
            case "complete":
                return
            case _:
                continue


async def _send(socket: ClientConnection, message: Mapping[str, Any]) -> None:
    await socket.send(json.dumps(message))
