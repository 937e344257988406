"""A page to try documents on and to read the schema in: our own files, nothing from elsewhere.

GraphiQL comes from other people's servers, or as megabytes of script inside the page, which the
policy of this page forbids.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schema.refusals import Refused

_FOLDER = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}


def routes() -> list[BaseRoute]:
    """Give the page's routes; a browser's GET shows it where operations are posted to."""
    return [
        Route("/graphql", _page, methods=["GET"]),
        Route("/graphql/page.js", _file("page.js", "text/javascript"), methods=["GET"]),
        Route("/graphql/page.css", _file("page.css", "text/css"), methods=["GET"]),
    ]


async def _page(request: Request) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        return Refused(405, "Send the request by POST.").response
    return _answer("page.html", "text/html")


def _file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return _answer(name, media_type)

    return answer


def _answer(name: str, media_type: str) -> Response:
    return Response((_FOLDER / name).read_bytes(), headers=_HEADERS, media_type=media_type)
