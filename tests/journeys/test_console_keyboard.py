"""The console by the keyboard alone."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import opened, polling, shown_draft, status_of
from tests.journeys.conftest import Service

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

STOP = """() => {
  const at = document.activeElement;
  const box = at.getBoundingClientRect();
  const style = getComputedStyle(at);
  const bar = document.querySelector(".save-bar");
  const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    name: (at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent).trim(),
    tag: at.localName,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    hidden: !(at.contains(seen) || seen?.contains(at)) && Boolean(bar?.contains(seen)),
    small: at.localName === "button" && (box.width < 24 || box.height < 24),
  };
}"""


async def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until this is where one stands; each stop on the way can be seen and hit."""
    for _ in range(60):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        stop = await page.evaluate(STOP)
        if stop["tag"] != "body":
            assert (stop["outlined"], stop["hidden"], stop["small"]) == (True, False, False), stop
        if stop["name"] == name:
            return
    raise AssertionError(f"Tab never comes to {name}.")


async def test_the_journey_is_done_with_the_keyboard_alone(service: Service) -> None:
    """G1: edit, save and sync, bypass, re-sync; the focus is seen and never lost."""
    small = {"width": 1280, "height": 600}  # so that the save bar lies over what is below
    async with opened(service, viewport=small) as page:
        await service.exported()
        await page.goto(f"{service.url}/console")
        await expect(page.get_by_label("Token or API key")).to_be_focused()
        await page.keyboard.insert_text(service.office.token())
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="21259")).to_be_visible()
        await tab_to(page, "21259")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Invoice 21259")).to_be_focused()
        await expect(page).to_have_title(re.compile("Invoice 21259"))

        await tab_to(page, "Edit Seasonal tune-up")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Description")).to_be_focused()
        await tab_to(page, "Unit price")
        await page.keyboard.press("Control+a")
        await page.keyboard.type("42.00")
        await shown_draft(page, "$69.47")
        await expect(page.get_by_label("Unit price")).to_be_focused()
        await tab_to(page, "Done")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Edit Seasonal tune-up")).to_be_focused()
        await tab_to(page, "Save")
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Transaction is exported")
        await expect(dialog).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        save = page.get_by_role("button", name="Save", exact=True)
        await expect(save).to_be_focused()
        await expect(save).not_to_have_attribute("aria-busy", "true")
        await page.keyboard.press("Enter")
        await expect(dialog).to_be_visible()
        await tab_to(page, "Save & Sync")
        async with polling(service):
            await page.keyboard.press("Space")
            await expect(status_of(page)).to_have_text("Synced")
        await expect(page.locator("#screen :focus")).to_have_count(1)

        await tab_to(page, "Summary")
        await page.keyboard.insert_text("Fall tune-up")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        await tab_to(page, "Save", back=True)
        await page.keyboard.press("Enter")
        await expect(dialog).to_be_visible()
        await tab_to(page, "Save & Bypass")
        await page.keyboard.press("Enter")
        await expect(status_of(page)).to_contain_text("Bypassed")
        await expect(page.locator("#screen :focus")).to_have_count(1)
        await tab_to(page, "Re-Sync Bypassed: 21259")
        way_out = page.get_by_role("group", name="Re-Sync Bypassed")
        await expect(way_out.get_by_role("button", name="Re-Sync", exact=True)).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(way_out).to_have_count(0)
        await expect(page.get_by_role("button", name="Re-Sync Bypassed")).to_be_focused()
        await page.keyboard.press("Enter")
        await tab_to(page, "Re-Sync")
        await page.keyboard.press("Enter")
        await expect(status_of(page)).to_contain_text("Syncing")
        await expect(page.locator("#screen :focus")).to_have_count(1)
        async with polling(service):
            await expect(status_of(page)).to_have_text("Synced")
