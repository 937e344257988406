"""The door over HTTP: what is understood, what it is answered with, and in which media type."""

from collections.abc import Collection

import orjson
import structlog
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.http import process_result
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from resolvers.context import RequestContext
from resolvers.outages import is_outage
from schema.build import schema
from schema.context import GraphQLContext
from schema.execution import OUTAGE
from schema.floor import Floor
from schema.framings import FRAMINGS
from schema.media_types import GRAPHQL, JSON, PLAIN, SINGLE, STREAMED, choose_media_type
from schema.refusals import Refused
from schema.results import Asked, Topics, results_of
from schema.sign_in import Authenticate, SignIn, SignIns
from schema.sockets import Sockets
from schema.spending import must_wait
from schema.streams import Stream
from schema.wishes import Wish, read_wish

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_LARGEST_BODY_BYTES = 256 * 1024
_HOW_TO_SIGN_IN = (
    "Send the header `Authorization: Bearer <token or API key>` with a valid, unexpired credential."
)
_HOW_TO_BE_ANSWERED = f"The answer can be {GRAPHQL} or {JSON}: name one of them in `Accept`."
_HOW_TO_SUBSCRIBE = (
    "Subscribe over a WebSocket (graphql-transport-ws), or name `text/event-stream` or"
    ' `multipart/mixed;boundary="graphql";subscriptionSpec=1.0` in `Accept`.'
)
_BY_POST = "Only a query may come by GET: send the request by POST."
#: What a page of another origin may send, and read beside the body.
_ASKED, _TOLD = ("Authorization", "Content-Type"), ("Retry-After", "WWW-Authenticate")
_PREFLIGHT_SECONDS = 3600


def routes(
    authenticate: Authenticate,
    *,
    max_body_bytes: int = _LARGEST_BODY_BYTES,
    allowed_origins: Collection[str] = (),
    floor: Floor | None = None,
) -> list[BaseRoute]:
    """Give the routes of the API, for HTTP and for WebSocket.

    Pages of the origins may call it from a browser.
    """
    floor, topics = floor or Floor(), Topics()
    sign_ins = SignIns(authenticate)
    door = Door(sign_ins, floor, topics, max_body_bytes)
    sockets = Sockets(sign_ins, floor, topics, allowed_origins)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=sorted(allowed_origins),
        allow_methods=["POST"],
        allow_headers=_ASKED,
        expose_headers=_TOLD,
        max_age=_PREFLIGHT_SECONDS,
    )
    return [
        Route("/graphql", door, methods=None, middleware=[cors] if allowed_origins else []),
        WebSocketRoute("/graphql", sockets),
    ]


class Door:
    """Answers GraphQL over HTTP; every refusal is JSON, with a code."""

    def __init__(
        self, sign_ins: SignIns, floor: Floor, topics: Topics, max_body_bytes: int
    ) -> None:
        self._sign_ins = sign_ins
        self._floor = floor
        self._topics = topics
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            response = await self._answer(Request(scope, receive))
        except Refused as refusal:
            response = refusal.response
        except ClientDisconnect:
            return
        except Exception as fault:  # the outermost frame of this door
            if is_outage(fault):
                log.warning("graphql_request.unavailable", error=type(fault).__name__)
                response = Refused(503, OUTAGE).response
            else:
                log.exception("graphql_request.failed")
                response = Refused(500, "Internal error").response
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp:
        authorization = request.headers.get("authorization")
        caller = await self._sign_ins(authorization)
        if caller is None:  # before anything of the body is read
            raise Refused(401, _HOW_TO_SIGN_IN)
        wish = await read_wish(request, self._max_body_bytes, caller.trusted)
        media_type = _media_type(wish, request.headers.get("accept", ""))
        if media_type in FRAMINGS:
            sign_in = self._sign_ins.of(authorization, caller)
            return self._stream(wish, media_type, sign_in)
        return await _answer_once(wish, media_type, caller)

    def _stream(self, wish: Wish, media_type: str, sign_in: SignIn) -> Stream:
        asked = Asked(wish.query, wish.variables or {}, wish.operation_name)
        context = GraphQLContext(sign_in.caller, sign_in)
        results = results_of(asked, context, self._topics, allowed=wish.allowed)
        framing = FRAMINGS[media_type]
        return Stream(results, framing, sign_in, self._floor, lives_on=wish.lives_on)


def _media_type(wish: Wish, accept: str) -> str:
    may_stream = OperationType.SUBSCRIPTION in wish.allowed
    if not wish.lives_on:
        media_type = choose_media_type(accept, SINGLE if may_stream else PLAIN)
        if media_type is None:
            raise Refused(406, _HOW_TO_BE_ANSWERED)
        return media_type
    if not may_stream:
        raise Refused(405, _BY_POST)
    media_type = choose_media_type(accept, STREAMED)
    if media_type is None:
        raise Refused(406, _HOW_TO_SUBSCRIBE)
    return media_type


async def _answer_once(wish: Wish, media_type: str, caller: RequestContext) -> Response:
    try:
        result = await schema().execute(
            wish.query,
            variable_values=wish.variables,
            context_value=GraphQLContext(caller),
            operation_name=wish.operation_name,
            allowed_operation_types=wish.allowed,
        )
    except InvalidOperationTypeError:
        raise Refused(405, _BY_POST) from None
    except CannotGetOperationTypeError as fault:
        raise Refused(400, fault.as_http_error_reason()) from None
    return _encode(result, media_type)


def _encode(result: ExecutionResult, media_type: str) -> Response:
    """Answer an operation that never ran without data, and with a status that says so.

    Plain JSON keeps 200, which older clients expect. Source: GraphQL over HTTP, "Status Codes".
    """
    answer, status = process_result(result), 200
    if result.data is None and all(error.path is None for error in result.errors or ()):
        del answer["data"]
        status = 400 if media_type == GRAPHQL else 200
    if seconds := must_wait(result):
        headers = {"Retry-After": str(seconds)}
        return Response(orjson.dumps(answer), 429, headers=headers, media_type=media_type)
    return Response(orjson.dumps(answer), status, media_type=media_type)
