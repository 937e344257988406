"""What the library's WebSocket side leaves open: frames as text, bad frames, one bad operation."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected as ClientGone
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message

from schema.context import GraphQLContext


class TextWebSocket(ASGIWebSocketAdapter):
    """Sends text, whatever the view's encoder makes: clients cannot read binary frames."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message; after a close of our own there is nobody to tell."""
        try:
            await self.ws.send_text(self.view.encode_json_string(message))
        except WebSocketDisconnected:
            return
        except WebSocketDisconnect as gone:
            raise ClientGone from gone


class SocketHandler(BaseGraphQLTransportWSHandler[GraphQLContext, None]):
    """One bad operation ends alone: the others of the same socket go on."""

    async def handle_message(self, message: Message) -> None:
        """Close the socket for what is not a message of the protocol."""
        if _is_message(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("This is not a message of graphql-transport-ws")

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:  # noqa: ARG004 - overrides
        return None


def _is_message(message: object) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    match message["type"]:
        case "subscribe":
            return isinstance(message.get("id"), str) and _is_request(message.get("payload"))
        case "complete":
            return isinstance(message.get("id"), str)
        case _:
            return True


def _is_request(payload: Any) -> bool:
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )
