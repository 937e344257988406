"""The console when somebody signs in or out elsewhere: nothing is done in another one's name."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

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
        await expect(summary).to_have_value("Typed by Olga")
        await bar.get_by_role("button", name="Try again").click()
        await expect(bar).to_contain_text("kept, not saved yet")
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

        await bar.get_by_role("button", name="Try again").click()
        await expect(hands).to_contain_text("It is not sent in Adam's name")
        assert await draft_of(service) is None
        await hands.get_by_role("button", name="again").click()
        await sign_in_again(page, service)
        await bar.get_by_role("button", name="Try again").click()
        await expect(bar).to_contain_text("kept, not saved yet")
        assert await draft_of(service) == {"editor": {"name": "Olga"}, "summary": "Typed by Olga"}


async def test_a_new_token_of_the_same_person_goes_on_where_they_were(service: Service) -> None:
    """In another tab, too; what is asked for in that very moment is asked for again."""
    async with at_invoice(service) as page:
        other = await page.context.new_page()
        await other.goto(f"{service.url}/console")
        await sign_out(other)
        await expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
        await sign_in(other, service)
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.locator("#live")).to_contain_text("Live")

        await page.get_by_label("Summary").fill("Typed after that")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        await expect(other.get_by_role("row", name="21259")).to_be_visible()


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
