"""The console when somebody signs in or out elsewhere: nothing is done in another one's name."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Route, expect

from tests.app.test_outages import a_cable
from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import a_page, at_invoice, chromium, open_invoice, sign_in, sign_out
from tests.journeys.conftest import Service
from tests.journeys.failing import failing, stopped

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)


async def test_whoever_signs_out_or_in_elsewhere_leaves_what_is_typed_here(
    service: Service,
) -> None:
    """The cookie is every tab's: what one person typed is never sent in another one's name."""
    port = urlsplit(service.url).port
    async with (
        chromium() as browser,
        a_page(browser) as page,
        service.working(),
        a_cable("127.0.0.1", port) as cable,
    ):
        await service.exported()
        there = replace(service, url=f"http://127.0.0.1:{cable.port}")
        summary, bar = page.get_by_label("Summary"), page.locator(".save-bar")
        await sign_in(page, there)
        await open_invoice(page, "21259")
        await expect(page.locator("#live")).to_contain_text("Live")
        await expect(summary).to_be_visible()

        cable.cut()
        await expect(page.locator("#live")).to_contain_text("Connection lost")
        await summary.fill("Typed while the network was cut")
        await expect(bar).to_contain_text("cannot be reached")
        await cable.mend()
        await expect(bar).to_contain_text("kept, not saved yet")
        await expect(page.get_by_text("Connected again")).to_be_visible()

        other = await page.context.new_page()
        await other.goto(f"{there.url}/console")
        again = page.get_by_role("dialog", name="Sign in again")
        async with failing(page, stopped, "updateInvoiceDetails"):
            await summary.fill("Typed by Olga")
            await expect(bar).to_contain_text("cannot be reached")
            await sign_out(other)
            await expect(again).to_be_visible()
            await sign_in(other, there, "Adam")
        hands = page.get_by_role("dialog", name="You are signed in as Adam")
        await expect(hands).to_contain_text("Olga")
        await page.keyboard.press("Escape")
        await hands.get_by_role("button", name="again").click()
        await sign_in_again(page, service)
        await expect(bar).to_contain_text("kept, not saved yet")
        await expect(summary).to_have_value("Typed by Olga")
        await expect(other.get_by_text("Olga", exact=True)).to_be_visible()


async def test_while_it_is_not_known_who_signed_in_nothing_is_staged_in_their_name(
    service: Service,
) -> None:
    """Adam signed in in another tab, which Olga's page could not find out yet."""
    async with at_invoice(service) as page:
        summary, bar = page.get_by_label("Summary"), page.locator(".save-bar")
        hands = page.get_by_role("dialog", name="You are signed in as Adam")
        other = await page.context.new_page()
        await other.goto(f"{service.url}/console")
        async with failing(page, stopped, "viewer {"):
            async with failing(page, stopped, "updateInvoiceDetails"):
                await summary.fill("Typed by Olga")
                await expect(bar).to_contain_text("cannot be reached")
            await sign_out(other)
            await expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
            await sign_in(other, service, "Adam")
            await expect(page.get_by_role("dialog")).to_have_count(0)
            await bar.get_by_role("button", name="Try again").click()
            await expect(bar).to_contain_text("The sign-in is another one now")
            await expect(summary).to_have_value("Typed by Olga")
            assert await draft_of(service) is None

        await expect(hands).to_contain_text("It is not sent in Adam's name")
        assert await draft_of(service) is None
        await hands.get_by_role("button", name="again").click()
        await sign_in_again(page, service)
        await expect(bar).to_contain_text("kept, not saved yet")
        assert await draft_of(service) == {"editor": {"name": "Olga"}, "summary": "Typed by Olga"}


async def test_a_new_token_of_the_same_person_goes_on_where_they_were(service: Service) -> None:
    """Signed in in another tab, too; what is asked for in that very moment is done nevertheless."""
    async with at_invoice(service) as page:
        bar, known = page.locator(".save-bar"), asyncio.Event()
        other = await page.context.new_page()
        await other.goto(f"{service.url}/console")

        async def slow(route: Route) -> None:
            await known.wait()
            await route.continue_()

        async with failing(page, slow, "viewer {"):
            await sign_out(other)
            await expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
            await sign_in(other, service, lifetime=timedelta(hours=2))
            await expect(page.get_by_role("dialog")).to_have_count(0)
            await page.get_by_label("Summary").fill("Typed in that very moment")
            await expect(bar).to_contain_text("keeping what you type")
            known.set()

        await expect(bar).to_contain_text("kept, not saved yet")
        await expect(page.locator("#live")).to_contain_text("Live")
        await expect(other.get_by_role("row", name="21259")).to_be_visible()


async def test_whoever_is_signed_in_again_elsewhere_is_not_taken_for_another(
    service: Service,
) -> None:
    """Adam came and went while her page asked what is to become of Olga's words: they are kept."""
    async with at_invoice(service) as page:
        bar = page.locator(".save-bar")
        hands = page.get_by_role("dialog", name="You are signed in as Adam")
        other = await page.context.new_page()
        await other.goto(f"{service.url}/console")
        async with failing(page, stopped, "updateInvoiceDetails"):
            await page.get_by_label("Summary").fill("Typed by Olga")
            await expect(bar).to_contain_text("cannot be reached")
        await sign_out(other)
        await sign_in(other, service, "Adam")
        await expect(hands).to_be_visible()

        await sign_out(other)
        await expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
        await expect(hands).to_have_count(0)
        await sign_in(other, service, lifetime=timedelta(hours=2))
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(bar).to_contain_text("kept, not saved yet")
        assert await draft_of(service) == {"editor": {"name": "Olga"}, "summary": "Typed by Olga"}


async def test_whoever_signs_out_signs_nobody_else_out(service: Service) -> None:
    """Her page does not know yet that he signed in in another tab."""
    async with at_invoice(service) as page:
        other = await page.context.new_page()
        await other.goto(f"{service.url}/console")
        async with failing(page, stopped, "viewer {"):
            await sign_out(other)
            await expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
            await sign_in(other, service, "Adam")
            await expect(page.get_by_role("dialog")).to_have_count(0)
            await page.get_by_role("button", name="Sign out").click()
            await expect(page.get_by_text("they are not signed out from here")).to_be_visible()

        await expect(page.get_by_text("Adam", exact=True)).to_be_visible()
        await other.get_by_role("link", name="21259", exact=True).click()
        await expect(other.get_by_role("heading", name="Invoice 21259")).to_be_visible()


async def sign_in_again(page: Page, service: Service) -> None:
    dialog = page.get_by_role("dialog", name="Sign in again")
    await dialog.get_by_label("Token or API key").fill(service.office.token())
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog).to_have_count(0)


async def draft_of(service: Service) -> dict | None:
    found = await service.client().call(
        "{ invoices { nodes { draft { editor { name } summary } } } }"
    )
    return found["invoices"]["nodes"][0]["draft"]
