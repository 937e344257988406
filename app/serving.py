"""The web process: what uvicorn may take from clients, and how it takes its leave of them."""

import asyncio
import gc
import sys
from collections.abc import Callable
from functools import partial
from socket import socket

import uvicorn
from starlette.applications import Starlette

from app.settings import Settings
from app.web import create_app
from schema.build import schema

_LARGEST_FRAME_BYTES = 64 * 1024
#: An answer that is not through by then is cut off: a restart must not wait for the slowest.
_GRACE_SECONDS = 30
#: What uvicorn's own `run` ends with when the application did not start.
_DID_NOT_START = 3
#: Objects made and not freed before the collector looks at the young ones, and so on.
_COLLECT_AFTER = (20_000, 20, 20)


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
    closing = asyncio.Event()
    server = Server(_config(settings, partial(create_app, closing)), closing)
    _settle_memory()
    try:
        server.run()
    except KeyboardInterrupt:
        return
    if not server.started:
        sys.exit(_DID_NOT_START)


def _settle_memory() -> None:
    """Spare the collector of garbage what stays for good, and each small answer its attention.

    It would look through the whole schema again and again; a page of 50 invoices makes thousands of
    objects, none of which is garbage that only the collector finds. Measured: a sixth of a page.
    """
    schema()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


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
