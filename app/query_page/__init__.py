"""A page to try documents on and to read the schema in: our own files, nothing from elsewhere.

GraphiQL comes from other people's servers, or as megabytes of script inside the page, which the
policy of this page forbids.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

_FOLDER = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}


def routes() -> list[BaseRoute]:
    """Give the page's routes; a browser's GET shows it where operations are posted to."""
    return [
        _ForBrowsers("/graphql", _page, methods=["GET"]),
        Route("/graphql/page.js", _file("page.js", "text/javascript"), methods=["GET"]),
        Route("/graphql/page.css", _file("page.css", "text/css"), methods=["GET"]),
    ]


class _ForBrowsers(Route):
    """Leaves to the API whatever a program asks for at the same address."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match what wants HTML."""
        match, found = super().matches(scope)
        if match is Match.FULL and "text/html" in Headers(scope=scope).get("accept", ""):
            return match, found
        return Match.NONE, {}


async def _page(_: Request) -> Response:
    return _answer("page.html", "text/html")


def _file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return _answer(name, media_type)

    return answer


def _answer(name: str, media_type: str) -> Response:
    return Response((_FOLDER / name).read_bytes(), headers=_HEADERS, media_type=media_type)
