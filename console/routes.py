"""The page's files, as they stand in `static`: no build step, nothing from elsewhere."""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.session import Session

_FOLDER: Final = Path(__file__).parent / "static"
_PAGE: Final = "index.html"
_MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _File(NamedTuple):
    plain: bytes
    packed: bytes
    media_type: str
    tag: str


def routes(session: Session) -> list[BaseRoute]:
    """Give the routes of the page; every address that is no file shows the page itself."""
    files = {path.name: _read(path) for path in sorted(_FOLDER.iterdir())}

    async def page(request: Request) -> Response:
        return _answer(request, files[_PAGE])

    async def file(request: Request) -> Response:
        found = files.get(request.path_params["name"])
        return Response("There is no such file.", 404) if found is None else _answer(request, found)

    return [
        Route("/console/session", session.answer, methods=["GET", "POST", "DELETE"]),
        Route("/console/static/{name}", file),
        Route("/console", page),
        Route("/console/{screen:path}", page),
    ]


def _read(path: Path) -> _File:
    plain = path.read_bytes()
    tag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return _File(plain, gzip.compress(plain, mtime=0), _MEDIA_TYPES[path.suffix], tag)


def _answer(request: Request, file: _File) -> Response:
    headers = {
        "Cache-Control": "no-cache",  # asked for each time, and sent only when it is another one
        "Content-Security-Policy": _POLICY,
        "ETag": file.tag,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.packed, headers=headers, media_type=file.media_type)
    return Response(file.plain, headers=headers, media_type=file.media_type)
