"""What a request over HTTP asks for: by POST anything, by GET a query."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from strawberry.types.graphql import OperationType

from schema.media_types import JSON
from schema.operations import is_subscription
from schema.refusals import Refused
from schema.trusted import NOT_FOUND, find_document

_BY_POST = frozenset(OperationType)
#: What a link, an image or a crawler can trigger must change nothing, and hold nothing open.
_BY_GET = frozenset({OperationType.QUERY})


@dataclass(frozen=True, slots=True)
class Wish:
    """A document and what belongs to it."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    #: Which operations may come in this way.
    allowed: frozenset[OperationType]
    #: It has results until somebody ends it.
    lives_on: bool


async def read_wish(request: Request, max_bytes: int, trusted: Mapping[str, str]) -> Wish:
    """Read the request. Raises Refused."""
    if request.method == "GET":
        parameters: dict[str, Any] = dict(request.query_params)
        for name in ("variables", "extensions"):
            if name in parameters:
                parameters[name] = _parse(parameters[name], f"The parameter `{name}` is no JSON.")
        return _wish_of(parameters, trusted, _BY_GET)
    if request.method != "POST":
        raise Refused(405, "Send the request by POST.")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON:  # what a form of another site can send must do nothing
        raise Refused(415, f"Send the request as {JSON}.")
    wish = _parse(await _body(request, max_bytes), "The request is no JSON.")
    if not isinstance(wish, dict):
        raise Refused(400, "The request must be one JSON object.")
    return _wish_of(wish, trusted, _BY_POST)


async def _body(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise Refused(413, f"The request is larger than {max_bytes} bytes.")
    return bytes(body)


def _parse(text: str | bytes, complaint: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refused(400, complaint) from None


def _wish_of(
    fields: Mapping[str, Any], trusted: Mapping[str, str], allowed: frozenset[OperationType]
) -> Wish:
    try:
        query = find_document(fields, trusted)
    except GraphQLError as unknown:
        raise Refused(400, unknown.message, NOT_FOUND) from None
    name = fields.get("operationName")
    variables, extensions = fields.get("variables"), fields.get("extensions")
    if not isinstance(query, str):
        raise Refused(400, "`query` must be a string: the GraphQL document.")
    if not (isinstance(variables, dict | None) and isinstance(extensions, dict | None)):
        raise Refused(400, "`variables` and `extensions` must be objects.")
    if not isinstance(name, str | None):
        raise Refused(400, "`operationName` must be a string.")
    return Wish(query, variables, name, allowed, is_subscription(query))
