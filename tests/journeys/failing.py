"""What can go wrong between the console's page and the API, played in the browser."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from zlib import crc32

from playwright.async_api import Locator, Page, Route, WebSocketRoute, expect

from tests.journeys.browsing import press_again

PATIENCE_SECONDS = 20
API: Final = "**/graphql"
Play = Callable[[Route], Awaitable[Any]]


def answers(status: int, body: str = "<h1>Oops</h1>", **headers: str) -> Play:
    """Give what answers so instead of the API; without a body of its own, as a proxy does."""
    kind = "application/json" if body.startswith("{") else "text/html"

    async def play(route: Route) -> None:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        await route.fulfill(status=status, body=body, headers={"Content-Type": kind, **sent})

    return play


def errs(code: str, message: str = "No.", **more: str) -> str:
    """The API's own answer with an error of this code."""
    extensions = "".join(f', "{name}": "{value}"' for name, value in more.items())
    error = f'{{"message": "{message}", "extensions": {{"code": "{code}"{extensions}}}}}'
    return f'{{"data": null, "errors": [{error}]}}'


async def stopped(route: Route) -> None:
    """Nobody listens there."""
    await route.abort()


async def silent(route: Route) -> None:
    """Somebody listens there, and never answers."""


async def lost(route: Route) -> None:
    """The service did what it was asked for, and its answer never comes."""
    await route.fetch()
    await route.abort()


#: How it fails, with the words that tell the office.
FAILURES: Final[Mapping[str, tuple[Play, str]]] = {
    "stopped": (stopped, "cannot be reached"),
    "breaks down": (answers(500), "answered with status 500"),
    "is away": (answers(503, Retry_After="7"), "try again in 7 seconds"),
    "is away, says the API": (
        answers(503, errs("UNAVAILABLE", "The database is away.")),
        "The database is away.",
    ),
    "is busy": (answers(429, errs("RATE_LIMITED"), Retry_After="3"), "Try again in 3 seconds"),
    "is busy, says a proxy": (answers(429), "Try again in a few seconds"),
    "finds it too much": (answers(413), "Shorten it"),
    "has a fault": (answers(200, errs("INTERNAL", requestId="4711")), "4711"),
    "talks nonsense": (answers(200), "could not be read"),
    "breaks off": (answers(200, '{"data": {"invoi'), "could not be read"),
    "says nothing of use": (answers(200, "{}"), "could not be read"),
    "asks for a proxy's sign-in": (
        answers(302, Location="https://proxy.example/login"),
        "a sign-in of its own",
    ),
}


class Wire:
    """The page's socket as something in between sees it: what it heard, and what goes wrong there."""

    def __init__(self) -> None:
        #: The numbers of all events that the page was told, in order.
        self.told: list[int] = []
        self.is_silent = False
        #: With which message the next subscription of events is answered, instead of by the service.
        self.refusal: Mapping[str, Any] | None = None
        self._page: WebSocketRoute | None = None

    async def handle(self, page: WebSocketRoute) -> None:
        """Pass everything on, both ways."""
        self._page = page
        server = page.connect_to_server()

        def to_page(message: str | bytes) -> None:
            heard = json.loads(message)
            data = heard.get("payload", {}).get("data") if heard["type"] == "next" else None
            if self.is_silent:
                return
            if data and data.get("syncStatusChanged"):
                self.told.append(data["syncStatusChanged"]["sequence"])
            page.send(message)

        def to_server(message: str | bytes) -> None:
            said = json.loads(message)
            if self.refusal is not None and said.get("id") == "events":
                page.send(json.dumps({"id": "events", **self.refusal}))
                self.refusal = None
            elif not self.is_silent:
                server.send(message)

        server.on_message(to_page)
        page.on_message(to_server)

    async def close(self, code: int) -> None:
        """Close the page's socket as a service does."""
        assert self._page is not None
        await self._page.close(code=code)


@asynccontextmanager
async def failing(page: Page, play: Play, about: str = "") -> AsyncIterator[None]:
    """Let each request that speaks of this fail so, for as long as the block runs; one must."""
    played = asyncio.Event()

    async def route(one: Route) -> None:
        if about not in (one.request.post_data or ""):
            await one.fallback()
            return
        await play(one)
        played.set()

    await page.route(API, route)
    try:
        yield
        async with asyncio.timeout(PATIENCE_SECONDS):
            await played.wait()
    finally:
        await page.unroute(API, route)


_PLAYS: Final = tuple(FAILURES.values())


def alerts(page: Page) -> Locator:
    """What the page tells at this moment; places that are still empty say nothing."""
    return page.get_by_role("alert").filter(has_text=re.compile(r"\S"))


async def told_unless_done(alert: Locator, done: Locator, *, gone: bool) -> None:
    """Wait until the page tells of the lost answer, unless it hears first that the act is done."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (await alert.is_visible() or (await done.count() == 0) is gone):
            await asyncio.sleep(0.02)


async def survives(
    page: Page, about: str, press: Locator, done: Locator, gone: bool = False
) -> None:
    """Let an act fail, then be done while its answer is lost: pressed each time where it stood.

    How it fails is another way for each act, and the same one in each run.
    """
    play, words = _PLAYS[crc32(about.encode()) % len(_PLAYS)]
    async with failing(page, play, about):
        await press.click()
        await expect(page.get_by_role("alert").filter(has_text=words).last, about).to_be_visible()
    alert = page.get_by_role("alert").filter(has_text="cannot be reached").last
    async with failing(page, lost, about):
        await press.click()
        await told_unless_done(alert, done, gone=gone)
    await press_again(press)
    again = page.locator(".save-bar").get_by_role("button", name="Try again")
    if await again.count():  # the page heard what was done, but not as an answer to its own wish
        await press_again(again)
    await (expect(done, about).to_have_count(0) if gone else expect(done, about).to_be_visible())
    await expect(alerts(page), about).to_have_text([])  # and if not, it says what stands there
