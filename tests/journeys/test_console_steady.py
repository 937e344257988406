"""The console when the service is stopped, slow or wrong: it says so, and nothing typed is lost."""

import re
from functools import partial
from itertools import cycle

import pytest
from playwright.async_api import Locator, Page, expect

from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import (
    a_page,
    chromium,
    open_invoice,
    polling,
    shown_draft,
    sign_in,
    status_of,
)
from tests.journeys.conftest import Service
from tests.journeys.failing import FAILURES, answers, failing, lost, stopped

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

SCREENS = {
    "Invoices": "",
    "Issues": "/issues",
    "Batches": "/batches",
    "Month end": "/month",
    "Connections": "/connections",
    "Audit": "/audit",
}


async def test_whatever_fails_is_told_where_one_types_and_the_words_stay(service: Service) -> None:
    """Each failure in turn at a price that is typed; then the same words are kept after all."""
    async with chromium() as browser, a_page(browser) as page, service.working():
        await service.exported()
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        price = page.get_by_label("Unit price")

        for name, (play, words) in FAILURES.items():
            async with failing(page, play, "editTask"):
                await price.fill("42.00")
                told = page.get_by_role("alert").or_(page.locator(".field-error"))
                await expect(told.filter(has_text=words), name).to_be_visible()
                await expect(price, name).to_have_value("42.00")
                await expect(page.locator(".save-bar"), name).to_be_visible()
            await price.fill("43.00")
            await shown_draft(page, "$70.56")
            await expect(page.get_by_role("alert").filter(has_text=words), name).to_have_count(0)


async def test_a_screen_that_cannot_be_read_says_so_and_is_read_again(service: Service) -> None:
    async with chromium() as browser, a_page(browser) as page, service.working():
        await service.exported()
        await sign_in(page, service, "Adam")
        plays = list(FAILURES.values())

        for n, name in enumerate(SCREENS):
            play, words = plays[n]
            async with failing(page, play):
                await page.get_by_role("link", name=name, exact=True).click()
                alert = page.get_by_role("alert").filter(has_text=words)
                await expect(alert.first, name).to_be_visible()
            again = page.get_by_role("button", name="Try again")
            for _ in range(await again.count()):
                await again.first.click()
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await expect(alert, name).to_have_count(0)
            await expect(page.get_by_text("Loading …")).to_have_count(0)


PLAYS = cycle(FAILURES.values())


async def survives(page: Page, about: str, press: Locator, done: Locator, gone: bool = False):
    """Let an act fail in two ways and then go through: pressed each time where it stood."""
    for play, words in (next(PLAYS), (lost, "cannot be reached")):
        alert = page.get_by_role("alert").filter(has_text=words)
        async with failing(page, play, about):
            await press.click()
            await expect(alert.last, f"{about}: {words}").to_be_visible()
    await press.click()
    await expect(done, about).to_have_count(0) if gone else await expect(
        done, about
    ).to_be_visible()
    told = page.get_by_role("alert").filter(has_text=re.compile(r"\S"))
    await expect(told, about).to_have_count(0)


async def test_every_act_on_an_invoice_says_why_it_failed_and_is_done_once(
    service: Service,
) -> None:
    """Each fails, then is done though its answer is lost, then is pressed again."""
    async with chromium() as browser, a_page(browser) as page, service.working():
        invoice = await service.exported()
        await sign_in(page, service)
        button, dialog = partial(page.get_by_role, "button"), page.get_by_role("dialog")
        async with failing(page, stopped, "businessUnits"):
            await open_invoice(page, "21259")
            await expect(page.locator(".part-details").get_by_role("alert")).to_be_visible()
        await survives(
            page, "businessUnits", button(name="Try again"), page.get_by_label("Summary")
        )
        rows = page.locator(".part-tasks tbody tr")

        await survives(
            page, "removeTask", button(name="Remove Seasonal tune-up"), rows.nth(1), gone=True
        )
        await survives(page, "discardDraft", button(name="Discard"), rows.nth(1))
        await button(name="Add a task").click()
        await dialog.get_by_label("Unit price").fill("10.00")
        await survives(page, "addTask", dialog.get_by_role("button", name="Add"), rows.nth(2))
        await button(name="Save", exact=True).click()
        await dialog.get_by_label("Reason").fill("A part was forgotten")
        preview = dialog.get_by_text("What will change in QuickBooks")
        async with failing(page, answers(500), "previewSync"):
            await preview.click()
            await expect(dialog).to_contain_text("answered with status 500")
        await dialog.get_by_role("button", name="Try again").click()
        await expect(dialog).to_contain_text("will be sent")
        await survives(page, "saveAndBypass", button(name="Save & Bypass"), dialog, gone=True)
        await expect(status_of(page)).to_have_text("Bypassed")
        resync = page.locator(".part-status").get_by_role("button", name="Re-Sync", exact=True)
        await survives(page, "resync", resync, page.locator(".panel.busy"))
        async with polling(service):
            await expect(status_of(page)).to_have_text("Synced")

        await page.get_by_label("Summary").fill("Twice pressed, saved once")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        await button(name="Save", exact=True).click()
        await survives(page, "saveAndSync", button(name="Save & Sync"), dialog, gone=True)
        async with polling(service):
            await expect(status_of(page)).to_have_text("Synced")

        await survives(
            page, "revertTo", button(name="Revert to version 2"), page.locator(".save-bar")
        )
        await button(name="Discard").click()
        await expect(page.locator(".save-bar")).to_have_count(0)

        shown = await service.read(invoice["id"])
        assert shown["version"] == 3
        (booked,) = service.company.invoices.values()
        assert booked.memo.endswith("Twice pressed, saved once")
