"""The console in a browser: the list of invoices, however long, and what happens meanwhile."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import opened, sign_in
from tests.journeys.conftest import Service, key
from tests.journeys.failing import failing

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

MANY, PAGE = 110, 50


async def test_the_list_goes_on_for_as_long_as_one_scrolls(service: Service) -> None:
    """On a screen so tall that a page ends within sight, too; each invoice once."""
    for number in range(MANY):
        await service.office.new_invoice(f"7{number:03}")
    async with opened(service) as page:
        await page.set_viewport_size({"width": 1280, "height": 4000})
        await sign_in(page, service)
        rows = page.locator("table.list tbody tr")
        await expect(rows).to_have_count(2 * PAGE)
        await page.mouse.wheel(0, 10_000)

        await expect(page.get_by_text("That is all.")).to_be_visible()
        await expect(rows).to_have_count(MANY)
        numbers = await rows.evaluate_all("rows => rows.map(row => row.dataset.number)")
        assert len(set(numbers)) == MANY


async def test_whatever_comes_to_fit_the_filter_comes_into_the_list(service: Service) -> None:
    """And what is bypassed elsewhere is in the list of the bypassed at once."""
    async with opened(service) as page:
        invoice = await service.exported()
        await sign_in(page, service)
        await page.get_by_label("Sync status").select_option(label="Bypassed")
        await expect(page.get_by_text("No invoice fits.")).to_be_visible()
        await expect(page.locator("#live")).to_contain_text("Live")

        edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
        wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
        await service.mutate("saveAndBypass", **wish, edits={"editTasks": [edit]})

        await expect(page.get_by_role("row", name="21259")).to_contain_text("$69.47")


async def test_what_is_told_while_the_list_is_read_is_newer_than_what_was_read(
    service: Service,
) -> None:
    """The slow page brings the invoice as it was; a new filter leaves open what still fits it."""
    async with opened(service) as page:
        invoice = await service.exported()
        await sign_in(page, service)
        row = page.get_by_role("row", name="21259")
        held, going = asyncio.Event(), asyncio.Event()

        async def slow(route: Route) -> None:
            answer = await route.fetch()
            held.set()
            await going.wait()
            await route.fulfill(response=answer)

        async with failing(page, slow, "invoiceNumberPrefix"):
            await page.get_by_label("Invoice #").fill("21")
            await held.wait()
            edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
            wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
            await service.mutate("saveAndBypass", **wish, edits={"editTasks": [edit]})
            await expect(row).to_contain_text("Bypassed")
            await expect(page.locator("table.list tbody")).to_have_attribute("aria-busy", "true")
            going.set()
        await expect(page.locator("table.list tbody")).not_to_have_attribute("aria-busy", "true")
        await expect(row).to_contain_text("Bypassed")

        await page.get_by_role("button", name="Re-Sync Bypassed: 21259").click()
        pop = page.get_by_role("group", name="Re-Sync Bypassed")
        await expect(pop).to_contain_text("QuickBooks still holds the earlier state")
        async with page.expect_response(lambda one: "invoiceNumberPrefix" in one.request.post_data):
            await page.get_by_label("Invoice #").fill("212")
        await expect(row).to_be_visible()
        await page.get_by_label("Invoice #").fill("3")
        await expect(row).to_have_count(0)
        await expect(page.get_by_text("No invoice fits.")).to_be_visible()
