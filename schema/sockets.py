"""The door over WebSocket: graphql-transport-ws, and with which code a socket is closed.

Clients come again after 1012, 1013 and 4403, and never after 1011 and the other codes of 4400.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected as ClientGone
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from strawberry.types.execution import PreExecutionError
from strawberry.types.unset import UNSET, UnsetType

from resolvers.outages import is_outage
from schema.build import schema
from schema.context import GraphQLContext
from schema.floor import Floor, Live
from schema.operations import is_subscription
from schema.refusals import Refused
from schema.results import Asked, Results, Topics, results_of
from schema.sign_in import SignIns
from schema.trusted import find_document, hash_of

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_SIGN_IN_SECONDS = 10
_MOST_OPERATIONS = 20

#: Close codes. Source: RFC 6455 and IANA's registry; graphql-transport-ws for 4400 and up.
_FAULT = 1011
_TRY_LATER = 1013
_FORBIDDEN = 4403


class TextWebSocket(ASGIWebSocketAdapter):
    """Sends text, whatever the view's encoder makes: clients cannot read binary frames."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message; after a close of our own there is nobody to tell."""
        await self.send_text(self.view.encode_json_string(message))

    async def send_text(self, text: str) -> None:
        """Send what is JSON already."""
        try:
            await self.ws.send_text(text)
        except WebSocketDisconnected:
            return
        except WebSocketDisconnect as gone:
            raise ClientGone from gone

    async def close(self, code: int, reason: str) -> None:
        """Close, unless that is done."""
        try:
            await self.ws.close(code, reason)
        except (WebSocketDisconnect, WebSocketDisconnected, RuntimeError):
            return  # the client was faster


class SocketHandler(BaseGraphQLTransportWSHandler[GraphQLContext, None]):
    """One bad operation ends alone; what concerns all of them ends the socket."""

    view: "Sockets"
    websocket: TextWebSocket

    async def handle(self) -> None:
        """Serve the socket until it is closed, and give back what it held."""
        async with AsyncExitStack() as self._held:
            try:
                self._held.enter_context(self.view.floor.seat(Live.SOCKET))
            except Refused as refusal:
                await self.websocket.close(_TRY_LATER, str(refusal))
                return
            await super().handle()

    async def handle_message(self, message: Message) -> None:
        """Close the socket for what is not a message of the protocol."""
        if _is_message(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("This is not a message of graphql-transport-ws")

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Sign in, and go on asking whether the credential holds."""
        was_signed_in = self.connection_acknowledged
        async with self._closed_for_faults():
            await super().handle_connection_init(message)
        sign_in = self.context.sign_in
        if was_signed_in or not self.connection_acknowledged or sign_in is None:
            return
        try:
            self._held.enter_context(self.view.floor.seat_of(sign_in.caller.principal))
        except Refused as refusal:
            await self._close(_TRY_LATER, str(refusal))
            return
        every_seconds = self.view.floor.terms.check_seconds
        self._held.callback(sign_in.watch(every_seconds, self._withdrawn))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Refuse an unknown document, and the operation beyond the last, and tell so."""
        if self.connection_acknowledged:
            try:
                message = self._admitted(message)
            except GraphQLError as refusal:
                errors = [refusal.formatted]
                await self.send_message({"id": message["id"], "type": "error", "payload": errors})
                return
        await super().handle_subscribe(message)

    def _admitted(self, message: SubscribeMessage) -> SubscribeMessage:
        """Give the message with the text of its document. Raises GraphQLError."""
        most = self.max_subscriptions_per_connection or 0
        if len(self.operations) >= most and message["id"] not in self.operations:
            text = f"A socket carries {most} operations at a time; complete one first."
            raise GraphQLError(text, extensions={"code": "RATE_LIMITED"})
        payload: Any = dict(message["payload"])
        payload["query"] = find_document(payload, self.context.caller.trusted)
        return {**message, "payload": payload}

    async def run_operation(self, operation: Operation[GraphQLContext, None]) -> None:
        """Send the results of an operation.

        A subscription never ends with `complete` because something is out of order: clients would
        take it for the end of the events. What may be mended closes the socket instead, for they
        come again then; what will not is an error.
        """
        async with self._closed_for_faults():
            asked = Asked(operation.query, operation.variables or {}, operation.operation_name)
            async with aclosing(results_of(asked, self.context, self.view.topics)) as results:
                await self._send_results(operation, results)

    async def _send_results(
        self, operation: Operation[GraphQLContext, None], results: Results
    ) -> None:
        lives_on = is_subscription(operation.query)
        frame = b'{"id":' + orjson.dumps(operation.id) + b',"type":"next","payload":'
        async for result in results:
            if lives_on and result.is_unavailable:
                await self._close(_TRY_LATER, "The database is away")
                return
            is_refusal = isinstance(result.execution, PreExecutionError)
            if is_refusal or (lives_on and result.has_ended):
                await operation.send_initial_errors(result.execution.errors or [])
                return
            await self.websocket.send_text((frame + result.encoded + b"}").decode())
            del result  # it would be kept until the next one comes
        await operation.send_operation_message({"id": operation.id, "type": "complete"})

    def _withdrawn(self, fault: Exception | None) -> None:
        closing = asyncio.create_task(self._close_withdrawn(fault))
        self._held.callback(closing.cancel)  # and keeps it alive

    async def _close_withdrawn(self, fault: Exception | None) -> None:
        async with self._closed_for_faults():
            if fault is not None:
                raise fault
            await self._close(_FORBIDDEN, "The credential no longer holds: sign in again")

    @asynccontextmanager
    async def _closed_for_faults(self) -> AsyncIterator[None]:
        try:
            yield
        except ClientGone:
            return
        except Exception as fault:  # the outermost frame of this door
            if is_outage(fault):
                log.warning("socket.closed", error=type(fault).__name__)
                await self._close(_TRY_LATER, "The database is away")
            else:
                log.exception("socket.failed")
                await self._close(_FAULT, "Internal error")

    async def _close(self, code: int, reason: str) -> None:
        """Close the socket and end its operations, however long the client takes to answer."""
        await self.websocket.close(code, reason)
        for operation_id, operation in list(self.operations.items()):
            if operation.task is not asyncio.current_task():
                await self.cleanup_operation(operation_id)

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:  # noqa: ARG004 - overrides
        return None


class Sockets(GraphQL[GraphQLContext, None]):
    """Strawberry's view, of which only the WebSocket side is used."""

    websocket_adapter_class = TextWebSocket
    graphql_transport_ws_handler_class = SocketHandler

    def __init__(
        self,
        sign_ins: SignIns,
        floor: Floor,
        topics: Topics,
        allowed_origins: Collection[str],
    ) -> None:
        super().__init__(
            schema(),
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=_SIGN_IN_SECONDS),
            max_subscriptions_per_connection=_MOST_OPERATIONS,
            allowed_origins=sorted(allowed_origins),
        )
        self.floor = floor
        self.topics = topics
        self._sign_ins = sign_ins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket."""
        await self.run(WebSocket(scope, receive, send))

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> GraphQLContext:
        """Give the context of the socket; it signs in with its first message."""
        authorization = request.headers.get("authorization")
        return GraphQLContext(None, handshake_authorization=authorization)

    async def on_ws_connect(self, context: GraphQLContext) -> UnsetType | dict[str, object] | None:
        """Sign the socket in with the payload of its `connection_init`, or else its handshake."""
        payload = context.connection_params or {}
        sent = payload.get("authorization", payload.get("Authorization"))
        credential = sent if isinstance(sent, str) else context.handshake_authorization
        context.request = await self._sign_ins(credential)
        if context.request is None:
            raise ConnectionRejectionError
        context.sign_in = self._sign_ins.of(credential, context.request)
        nothing_to_add: UnsetType = UNSET  # a null payload breaks clients
        return nothing_to_add

    def decode_json(self, data: str | bytes) -> object:
        """Read JSON."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        """Write JSON."""
        return orjson.dumps(data)


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
        and isinstance(payload.get("query"), str | None)
        and (payload.get("query") is not None or hash_of(payload.get("extensions")) is not None)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )
