"""The endpoint over real HTTP, with a clerk who writes down what it is asked."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from qbwc.calls import (
    Authenticate,
    Call,
    Number,
    Qbxml,
    ReceiveResponseXML,
    Reply,
    SendRequestXML,
    Strings,
    Text,
)
from qbwc.endpoint import Answer, routes

PATIENCE_SECONDS = 20
#: A billion of them, in a document of a kilobyte.
LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefghijkl", "bcdefghijklx", strict=True)
)


@dataclass
class Clerk:
    """Answers each call with something that fits, or raises what it is told to."""

    text: str = "OK"
    failure: BaseException | None = None
    asked: list[Call] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)

    async def __call__(self, call: Call, peer: str) -> Reply:
        self.asked.append(call)
        self.peers.append(peer)
        if self.failure is not None:
            raise self.failure
        match call:
            case Authenticate():
                return Strings((self.text, "", "60", ""))
            case SendRequestXML():
                return Qbxml(self.text.encode())
            case ReceiveResponseXML():
                return Number(-7)
            case _:
                return Text(self.text)


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve the application on that socket, by uvicorn in a thread, while the block runs."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def a_listener() -> tuple[socket.socket, str]:
    """A loopback socket, and the endpoint's address on it."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}/qbwc"


@contextmanager
def clerk_at_work(clerk: Clerk, **limits: float) -> Iterator[str]:
    """Serve the endpoint with this clerk behind it; gives its address."""
    listener, url = a_listener()
    with listener:
        app = Starlette(routes=routes(clerk, app_url=url, **limits))
        with serving(app, listener):
            yield url


async def send(clerk: Answer, body: Any, *, headers: Any = None, **limits: float) -> httpx.Response:
    """Post the body to the endpoint with this clerk behind it, in process."""
    app = Starlette(routes=routes(clerk, app_url="http://localhost/qbwc", **limits))
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 5555))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as web:
        return await web.post("/qbwc", content=body, headers=headers)
