"""Debian's Chromium, headless, as somebody of the office uses it; nothing is fetched from outside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from playwright.async_api import TimeoutError as PressedInVain

from tests.chromium import CHROMIUM, KEPT
from tests.journeys.conftest import Service

PATIENCE_MILLISECONDS = 20_000
AGAIN_MILLISECONDS = 3_000
_OPTIONS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of all tests of this process; what one did is forgotten with its pages."""
    if KEPT.browser is None or not KEPT.browser.is_connected():
        before = asyncio.all_tasks()
        playwright = await KEPT.stack.enter_async_context(async_playwright())
        KEPT.browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS)
        KEPT.stack.push_async_callback(KEPT.browser.close)
        KEPT.tasks |= asyncio.all_tasks() - before
    yield KEPT.browser
    assert KEPT.browser.contexts == []


@asynccontextmanager
async def a_page(browser: Browser, **options) -> AsyncIterator[Page]:
    """A fresh page, which fails the test when a script of it fails or its policy is broken."""
    context = await browser.new_context(**options)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Policy" in said.text else None)
    try:
        yield page
    finally:
        await context.close()
    assert not faults, faults


@asynccontextmanager
async def opened(service: Service, **options) -> AsyncIterator[Page]:
    """A fresh page beside the working service, with nothing in it yet."""
    async with chromium() as browser, a_page(browser, **options) as page, service.working():
        yield page


@asynccontextmanager
async def at_invoice(service: Service, person: str = "Olga") -> AsyncIterator[Page]:
    """The page of invoice 21259, which QuickBooks holds as it is here, before this person."""
    async with opened(service) as page:
        await service.exported()
        await sign_in(page, service, person)
        await open_invoice(page, "21259")
        yield page


@asynccontextmanager
async def polling(service: Service) -> AsyncIterator[None]:
    """A Web Connector that calls all the time, as in an office."""

    async def poll() -> None:
        connector = service.connector()
        while True:
            await connector.run_update()
            await asyncio.sleep(0.1)

    task = asyncio.create_task(poll())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def sign_in(page: Page, service: Service, person: str = "Olga", **token: Any) -> None:
    """Open the console and present this person's token."""
    await page.goto(f"{service.url}/console")
    await page.get_by_label("Token or API key").fill(service.office.token(person, **token))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Invoices")).to_be_visible()


async def sign_out(page: Page) -> None:
    """Leave the console; the page is loaded anew, and asks who comes."""
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Token or API key")).to_be_visible()


async def open_invoice(page: Page, number: str) -> None:
    """Find an invoice in the list and open it."""
    await page.get_by_role("link", name=number, exact=True).click()
    await expect(page.get_by_role("heading", name=f"Invoice {number}")).to_be_visible()


def status_of(page: Page):
    """Where the invoice's sync status stands."""
    return page.locator(".facts div", has_text="Sync Status").locator("dd")


async def press_again(what: Locator) -> None:
    """Press it once more after its answer was lost, unless the page heard meanwhile that it is done."""
    with suppress(PressedInVain):
        await what.click(timeout=AGAIN_MILLISECONDS)


async def shown_draft(page: Page, total: str) -> None:
    """Wait until the draft's total is this one, and all that was typed is kept."""
    await expect(page.locator("#draft-total")).to_have_text(total)
    await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")


async def serious(page):
    """What axe-core calls serious or worse, in short."""
    results = await Axe().run(page)
    return [
        (one["id"], node["html"][:120])
        for one in results.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
