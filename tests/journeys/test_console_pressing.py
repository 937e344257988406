"""The console while somebody presses: what is read anew does not take the button from under the finger."""

import asyncio

import pytest
from playwright.async_api import Locator, Page, expect

from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import at_invoice, opened, shown_draft, sign_in, status_of
from tests.journeys.conftest import PATIENCE_SECONDS, Service, key
from tests.journeys.desks import overtaken
from tests.journeys.failing import Wire

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

READING = "query ($id: ID!) { invoice"


async def press(page: Page, what: Locator) -> None:
    """Press it and do not let go."""
    await what.scroll_into_view_if_needed()
    box = await what.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.down()


async def bypassed_elsewhere(service: Service, invoice: dict) -> None:
    edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
    wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
    done = await service.mutate("saveAndBypass", **wish, edits={"editTasks": [edit]})
    assert not done["userErrors"]


async def test_a_press_counts_though_the_screen_is_read_anew_before_one_lets_go(
    service: Service,
) -> None:
    """With the mouse, and with the space bar."""
    async with at_invoice(service) as page:
        refresh = page.get_by_role("button", name="Refresh")
        remove = page.get_by_role("button", name="Remove Seasonal tune-up")
        async with overtaken(page, refresh, READING):
            await press(page, remove)
        await page.mouse.up()
        await shown_draft(page, "$24.00")

        discard = page.get_by_role("button", name="Discard")
        remove = page.get_by_role("button", name="Remove Air filter 16x25")
        async with overtaken(page, refresh, READING):
            await remove.focus()
            await page.keyboard.down(" ")
        await page.keyboard.up(" ")
        await shown_draft(page, "$0.00")
        await discard.click()
        await expect(discard).to_have_count(0)


async def test_a_link_opens_though_its_row_was_told_of_while_it_was_pressed(
    service: Service,
) -> None:
    async with opened(service) as page:
        wire = Wire()
        await page.route_web_socket("**/graphql", wire.handle)
        invoice = await service.exported()
        await sign_in(page, service)
        await expect(page.locator("#live")).to_contain_text("Live")
        link = page.get_by_role("link", name="21259", exact=True)
        told = len(wire.told)
        await press(page, link)
        await bypassed_elsewhere(service, invoice)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(wire.told) == told:
                await asyncio.sleep(0.02)
        for _ in range(3):
            await page.evaluate("() => new Promise((drawn) => requestAnimationFrame(drawn))")
        await page.mouse.up()

        await expect(page.get_by_role("heading", name="Invoice 21259")).to_be_visible()
        await expect(status_of(page)).to_have_text("Bypassed")


async def test_whoever_never_lets_go_sees_what_comes_all_the_same(service: Service) -> None:
    """A pointer that was let go elsewhere, of which the page never hears."""
    async with at_invoice(service) as page:
        found = await service.client().call("{ invoices { nodes { id tasks { id } } } }")
        await press(page, page.get_by_role("heading", name="Tasks"))
        await bypassed_elsewhere(service, found["invoices"]["nodes"][0])

        await expect(status_of(page)).to_have_text("Bypassed")
        await page.mouse.up()
