"""The web process: what uvicorn may take from clients, and how it takes its leave of them."""

import asyncio
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from socket import socket

import uvicorn
from starlette.applications import Starlette

from app.collecting import EVERY_SECONDS, Collector
from app.settings import Settings
from app.web import create_app
from schema.build import schema

_LARGEST_FRAME_BYTES = 64 * 1024
#: An answer that is not through by then is cut off: a restart must not wait for the slowest.
_GRACE_SECONDS = 30
#: What uvicorn's own `run` ends with when the application did not start.
_DID_NOT_START = 3


class Server(uvicorn.Server):
    """Tells the application before it waits for what is open to end.

    Sockets it closes itself, with 1012. A stream over HTTP would go on for ever.
    """

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Have streams end, then end."""
        self._closing.set()
        await super().shutdown(sockets)


def make_server(settings: Settings, app: Starlette, closing: asyncio.Event) -> Server:
    """Give the server of an application that was built with this event."""
    return Server(_config(settings, lambda: app), closing)


def serve(settings: Settings) -> None:
    """Serve until asked to end."""
    closing, collector = asyncio.Event(), Collector()
    config = _config(settings, partial(create_app, closing))
    config.callback_notify, config.timeout_notify = collector, EVERY_SECONDS
    server = Server(config, closing)
    schema()  # built before the first request, and counted as what stays
    collector.begin()
    allow_many_connections()
    try:
        server.run()
    except KeyboardInterrupt:
        return
    if not server.started:
        sys.exit(_DID_NOT_START)


def allow_many_connections() -> None:
    """Open as many files as the system lets us: each connection is one, and 1,024 are usual."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # "unlimited" may not be had, though it is promised
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _config(settings: Settings, make_app: Callable[[], Starlette]) -> uvicorn.Config:
    return uvicorn.Config(
        make_app,
        factory=True,
        host=settings.host,
        port=settings.port,
        log_config=None,
        ws_max_size=_LARGEST_FRAME_BYTES,
        ws_per_message_deflate=False,  # doubles what a subscriber costs
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
