"""Where metrics are read: `/metrics` of the web process, and a port of its own for a worker.

They tell how busy the whole installation is, so both ask for the token, and without one there is
no page: behind a proxy on the same computer every caller seems to be a neighbour.
"""

import threading
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.processes import StartFailed
from app.settings import Settings

PATH = "/metrics"
_WHO_ARE_YOU = "Send the header `Authorization: Bearer <INSTEP_METRICS_TOKEN>`.\n"
_READ_SECONDS = 10

Page = Callable[[], bytes]


def routes(token: SecretStr | None, make_page: Callable[[], Awaitable[bytes]]) -> list[Route]:
    """Give the route of the page; none without a token."""
    if token is None:
        return []

    async def page(request: Request) -> Response:
        if not _is_admitted(token, request.headers.get("authorization")):
            return PlainTextResponse(_WHO_ARE_YOU, 401, {"WWW-Authenticate": "Bearer"})
        return Response(await make_page(), media_type=CONTENT_TYPE_LATEST)

    return [Route(PATH, page, methods=["GET"])]


class WorkerPage:
    """Serves a worker's metrics from a thread; nothing else is served there."""

    def __init__(self, settings: Settings, make_page: Page) -> None:
        token, port = settings.metrics_token, settings.worker_metrics_port
        if token is None or port is None:
            raise ValueError("A worker's metrics need a token and a port.")
        try:
            self._server = _Server((settings.host, port), _Handler)
        except OSError as fault:
            raise StartFailed(
                f"The worker's metrics cannot be served at {settings.host}:{port}:"
                f" {fault.strerror}. Change INSTEP_WORKER_METRICS_PORT or INSTEP_HOST."
            ) from None
        self._server.make_page, self._server.token = make_page, token
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="metrics", daemon=True
        )

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    make_page: Page
    token: SecretStr


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _READ_SECONDS  # who connects and says nothing is not waited for

    def do_GET(self) -> None:
        """Answer with the page."""
        if self.path != PATH:
            self._answer(HTTPStatus.NOT_FOUND, b"Metrics are at /metrics.\n", "text/plain")
        elif not _is_admitted(self.server.token, self.headers.get("authorization")):
            self._answer(HTTPStatus.UNAUTHORIZED, _WHO_ARE_YOU.encode(), "text/plain")
        else:
            self._answer(HTTPStatus.OK, self.server.make_page(), CONTENT_TYPE_LATEST)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each reading."""

    def _answer(self, status: HTTPStatus, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(body)


def _is_admitted(token: SecretStr, authorization: str | None) -> bool:
    scheme, _, given = (authorization or "").partition(" ")
    wanted = token.get_secret_value().encode()
    return compare_digest(given.strip().encode(), wanted) and scheme.lower() == "bearer"
