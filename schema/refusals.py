"""What the door refuses by itself: a status, a sentence and a code, always as JSON."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from schema.media_types import JSON

_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    413: "CONTENT_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMITED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    405: {"Allow": "POST, GET"},
    429: {"Retry-After": "30"},
    503: {"Retry-After": "5"},
}


class Refused(Exception):
    """The request is not answered; the text says why, for a developer."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self._code = code or _CODES[status]

    @property
    def answer(self) -> dict[str, object]:
        """The refusal as an answer of GraphQL."""
        error = {"message": str(self), "extensions": {"code": self._code}}
        return {"errors": [error]}

    @property
    def response(self) -> Response:
        """The refusal as clients of GraphQL can read it."""
        return Response(
            orjson.dumps(self.answer),
            status_code=self.status,
            headers=_HEADERS.get(self.status),
            media_type=JSON,
        )
