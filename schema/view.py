"""The door: GraphQL over HTTP, and over WebSocket by the protocol graphql-transport-ws."""

from datetime import timedelta
from functools import partial
from typing import Any, Protocol

import orjson
import structlog
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData, process_result
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.unset import UNSET, UnsetType

from resolvers.context import RequestContext
from schema.build import schema
from schema.context import GraphQLContext
from schema.media_types import GRAPHQL, JSON, choose_media_type
from schema.sockets import SocketHandler, TextWebSocket

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_LARGEST_BODY_BYTES = 256 * 1024
_SIGN_IN_SECONDS = 10
_MOST_SUBSCRIPTIONS = 20
_HOW_TO_SIGN_IN = (
    "Send the header `Authorization: Bearer <token or API key>` with a valid, unexpired credential."
)

#: Codes of refusals that the door itself makes, by status.
_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    500: "INTERNAL",
}
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": "POST"}}


class Authenticate(Protocol):
    """Tells who sent a credential, "Bearer ..." as it came; None for a missing or bad one."""

    async def __call__(self, authorization: str | None) -> RequestContext | None: ...


def routes(
    authenticate: Authenticate, *, max_body_bytes: int = _LARGEST_BODY_BYTES
) -> list[BaseRoute]:
    """Give the routes of the API, for HTTP and for WebSocket."""
    view = View(authenticate)
    return [
        Route("/graphql", view, methods=None, max_body_size=max_body_bytes),
        WebSocketRoute("/graphql", view),
    ]


class View(GraphQL[GraphQLContext, None]):
    """Strawberry's view with its rough edges rounded; each override says which."""

    websocket_adapter_class = TextWebSocket
    graphql_transport_ws_handler_class = SocketHandler

    def __init__(self, authenticate: Authenticate) -> None:
        super().__init__(
            schema(),
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=_SIGN_IN_SECONDS),
            max_subscriptions_per_connection=_MOST_SUBSCRIPTIONS,
        )
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer refusals in JSON too: a client that reads GraphQL can read them."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as refusal:
            response = _refusal(refusal)
        except Exception:  # the outermost frame of this door: callers read JSON, the log the fault
            log.exception("graphql_request.failed")
            response = _refusal(HTTPException(500, "Internal error"))
        await response(scope, receive, send)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> GraphQLContext:
        """Ask for the credential before anything of the body is read; sockets sign in later."""
        if isinstance(request, WebSocket):
            return GraphQLContext(None, on_socket=True)
        caller = await self._authenticate(request.headers.get("authorization"))
        if caller is None:
            raise HTTPException(401, _HOW_TO_SIGN_IN)
        return GraphQLContext(caller)

    async def on_ws_connect(self, context: GraphQLContext) -> UnsetType | dict[str, object] | None:
        """Sign the socket in with the payload of its `connection_init`."""
        payload = context.connection_params or {}
        sent = payload.get("authorization", payload.get("Authorization"))
        credential = sent if isinstance(sent, str) else None
        context.request = await self._authenticate(credential)
        if context.request is None:
            raise ConnectionRejectionError
        context.renew = partial(self._authenticate, credential)
        nothing_to_add: UnsetType = UNSET  # a null payload breaks clients
        return nothing_to_add

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Settle the media type; `process_result` finds the answer's head in the request."""
        head = await super().get_sub_response(request)
        head.media_type = choose_media_type(request.headers.get("accept", ""))
        request.state.head = head
        return head

    def is_request_allowed(self, request: Any) -> bool:
        """Queries come by POST only: what a link can trigger must do nothing."""
        return bool(request.method == "POST")

    async def parse_http_body(
        self, request: AsyncHTTPRequestAdapter
    ) -> GraphQLRequestData | list[GraphQLRequestData]:
        """Refuse what is no JSON, and callers who could not read the answer."""
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        if media_type != JSON:
            raise HTTPException(415, f"Send the request as {JSON}.")
        if choose_media_type(request.headers.get("accept", "")) is None:
            raise HTTPException(406, f"The answer can be {GRAPHQL} or {JSON}.")
        return await super().parse_http_body(request)

    def parse_json(self, data: str | bytes) -> Any:
        """Refuse what parses but is no object; the library would stumble over it."""
        parsed = super().parse_json(data)
        if not isinstance(parsed, dict):
            raise HTTPException(400, "The request must be one JSON object.")
        return parsed

    def decode_json(self, data: str | bytes) -> object:
        """Read JSON."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        """Write JSON."""
        return orjson.dumps(data)

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        """Answer an operation that never ran without data, and with a status that says so.

        Plain JSON keeps 200, which older clients expect. Source: GraphQL over HTTP, "Status Codes".
        """
        answer = process_result(result)
        if result.data is None and all(error.path is None for error in result.errors or ()):
            del answer["data"]
            head: Response = request.state.head
            head.status_code = 400 if head.media_type == GRAPHQL else 200
        return answer

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        """Send it in the media type that was asked for."""
        return Response(
            self.encode_json(response_data),
            status_code=sub_response.status_code or 200,
            media_type=sub_response.media_type,
        )


def _refusal(refusal: HTTPException) -> Response:
    error = {"message": refusal.reason, "extensions": {"code": _CODES[refusal.status_code]}}
    return Response(
        orjson.dumps({"errors": [error]}),
        status_code=refusal.status_code,
        headers=_HEADERS.get(refusal.status_code),
        media_type=JSON,
    )
