"""People of the office at their desks: each with a browser of their own, signed in, a worker behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from playwright.async_api import Locator, Page, Route, expect

from tests.journeys.browsing import a_page, chromium, open_invoice, sign_in, status_of
from tests.journeys.conftest import PATIENCE_SECONDS, Service, local_id

#: Asking QuickBooks, sending and asking again: each is a round of worker and Web Connector.
ROUNDS_MILLISECONDS = 60_000


@asynccontextmanager
async def desks(service: Service, *people: str) -> AsyncIterator[list[Page]]:
    """A page for each of these people, at the list of invoices."""
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(chromium())
        pages = [await stack.enter_async_context(a_page(browser)) for _ in people]
        await stack.enter_async_context(service.working())
        for page, person in zip(pages, people, strict=True):
            await sign_in(page, service, person)
        yield pages


async def show_invoice(page: Page, number: str) -> None:
    """Go from whatever screen to this invoice."""
    await page.get_by_role("link", name="Invoices", exact=True).click()
    await open_invoice(page, number)


async def begin_to_save(page: Page) -> Locator:
    """Press Save; give the dialog that asks how."""
    await page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Transaction is exported")
    await expect(dialog).to_be_visible()
    return dialog


async def save(dialog: Locator, how: str, *confirm: str) -> None:
    """Save in this way, once what is asked for is confirmed by these words."""
    for words in confirm:
        await dialog.get_by_role("checkbox", name=words).check()
    await dialog.get_by_role("button", name=how).click()
    await expect(dialog).to_have_count(0)


async def synced(*pages: Page) -> None:
    """Wait until the invoice before each of these people is Synced."""
    for page in pages:
        await expect(status_of(page)).to_have_text("Synced", timeout=ROUNDS_MILLISECONDS)


@asynccontextmanager
async def overtaken(page: Page, button: Locator, about: str) -> AsyncIterator[None]:
    """Press it: the answer to what speaks of this is given at once, and comes when the block is over."""
    is_taken = False
    given, let_go, come = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        nonlocal is_taken
        if is_taken or about not in (route.request.post_data or ""):
            await route.continue_()
            return
        is_taken = True
        response = await route.fetch()
        given.set()
        await let_go.wait()
        await route.fulfill(response=response)
        come.set()

    await page.route("**/graphql", hold)
    await button.click()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await given.wait()
    yield
    let_go.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await come.wait()
    for _ in range(3):  # what came late is drawn by then, if it is
        await page.evaluate("() => new Promise((drawn) => requestAnimationFrame(drawn))")
    await page.unroute("**/graphql", hold)


def kept(page: Page) -> Locator:
    """Where it is told that all that was typed is in the draft."""
    return page.locator(".save-bar").get_by_text("kept, not saved yet")


def mods(service: Service) -> int:
    """How often QuickBooks was asked to change an invoice."""
    return len(service.company.journal.requests_named("InvoiceModRq"))


async def give_way(service: Service, invoice_id: str) -> None:
    """Let the draft lie untouched for more than an hour."""
    async with service.office.open_work() as work:
        draft = await work.drafts.get(local_id(invoice_id))
        earlier = draft.touched_at - timedelta(hours=2)
        await work.drafts.save(replace(draft, touched_at=earlier))
