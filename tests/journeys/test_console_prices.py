"""The console in a browser: journey G1 step by step, and whom else of the office it meets."""

from decimal import Decimal

import pytest
from playwright.async_api import Page, expect

from domain.access import Permission
from resolvers.people import PermissionWish, set_permission
from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import at_invoice, open_invoice, polling, shown_draft, status_of
from tests.journeys.conftest import Service
from tests.journeys.desks import (
    begin_to_save,
    desks,
    kept,
    mods,
    overtaken,
    save,
    show_invoice,
    synced,
)
from tests.journeys.seeing import assert_sides_agree

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

TUNE_UP, FILTER = "Seasonal tune-up", "Air filter 16x25"
REMINDER = "already sent"
ADMINISTRATOR = "Contact your account administrator (Adam)"


async def test_an_office_manager_and_those_around_her_do_the_whole_of_g1(service: Service) -> None:
    """62.44 becomes 69.47 and then 81.47; Nick may not, Adam is told who edits, and $0 is refused."""
    async with desks(service, "Olga", "Nick", "Adam") as (olga, nick, adam):
        invoice = await service.read((await service.exported())["id"])
        service.bookkeeper.insert_text_line(
            invoice["quickbooks"]["txnId"],
            "Thank you, see warranty",
            after=invoice["tasks"][0]["quickbooksLineId"],
        )

        await nick_is_sent_to_the_administrator(service, nick, invoice)
        await olga_stages_a_price_and_adam_is_told_who_edits(service, olga, adam)
        await the_open_period_asks_first(service, olga, invoice)
        await it_is_saved_and_lands(service, olga, adam)
        await two_bypassed_edits_leave_together(service, olga)
        await a_cost_is_saved_and_not_sent(service, olga)
        assert_sides_agree(service, await service.read(invoice["id"]))
        await a_total_of_zero_is_refused(olga, "Synced")
        await one_more_edit_is_bypassed(olga)
        await a_total_of_zero_is_refused(olga, "Bypassed")

    after = await service.read(invoice["id"])
    assert (after["version"], after["total"], after["syncStatus"]) == (6, "81.47", "BYPASSED")


async def nick_is_sent_to_the_administrator(service: Service, page: Page, invoice: dict) -> None:
    """Step 1: nothing can be typed; and what he typed before he lost the right is not kept."""
    await open_invoice(page, "21259")
    await expect(page.locator(".part-notice")).to_contain_text("This invoice cannot be edited here")
    await expect(page.locator(".part-notice")).to_contain_text(ADMINISTRATOR)
    await expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    await expect(page.get_by_role("textbox")).to_have_count(0)

    await nick_may_edit(service, True)
    await page.get_by_role("button", name="Refresh").click()
    await page.get_by_role("button", name=f"Edit {TUNE_UP}").click()
    await nick_may_edit(service, False)
    await page.get_by_label("Unit price").fill("42.00")

    await expect(page.locator(".part-tasks")).to_contain_text(ADMINISTRATOR)
    await expect(kept(page)).to_have_count(0)
    await page.reload()
    await expect(page.locator(".part-notice")).to_contain_text(ADMINISTRATOR)
    await expect(page.locator(".part-tasks")).to_contain_text("$35.50")
    assert await service.read(invoice["id"]) == invoice


async def nick_may_edit(service: Service, granted: bool) -> None:
    nick = service.office.people["Nick"]
    edit = Permission.EDIT_EXPORTED_TRANSACTIONS
    wish = PermissionWish(employee_id=nick, permission=edit, granted=granted)
    await set_permission(await service.office.as_person("Adam"), wish)


async def olga_stages_a_price_and_adam_is_told_who_edits(
    service: Service, olga: Page, adam: Page
) -> None:
    """Steps 2 to 4: 42.00 + 24.00 + 3.47 for her alone; he had the fields open before she began."""
    await open_invoice(adam, "21259")
    await adam.get_by_role("button", name=f"Edit {TUNE_UP}").click()
    await open_invoice(olga, "21259")
    await expect(status_of(olga)).to_have_text("N/A")
    await expect(olga.locator(".facts")).to_contain_text("Exported")
    await expect(olga.locator("#live")).to_contain_text("Live")

    await olga.get_by_role("button", name=f"Edit {TUNE_UP}").click()
    await olga.get_by_label("Unit price").fill("42.00")
    await olga.get_by_label("Business unit").select_option(label="Plumbing")
    await shown_draft(olga, "$69.47")
    await adam.get_by_label("Unit price").fill("1.00")

    await expect(adam.locator(".part-tasks")).to_contain_text("Olga is editing")
    await expect(adam.locator(".part-notice")).to_contain_text("Olga is editing this invoice")
    await expect(adam.locator(".facts")).to_contain_text("$62.44")
    await expect(kept(adam)).to_have_count(0)
    await show_invoice_anew(adam)
    await expect(adam.locator(".part-notice")).to_contain_text("Olga is editing this invoice")
    await expect(adam.locator(".part-tasks")).to_contain_text("$35.50")
    await expect(adam.get_by_role("button", name="Edit")).to_have_count(0)
    await expect(shown_total(olga)).to_have_text("$69.47")


async def the_open_period_asks_first(service: Service, page: Page, invoice: dict) -> None:
    """Steps 5 and 6: nothing is saved or queued without the acknowledgement; both sides are shown."""
    wish = {"accountingPeriodsEnabled": True}
    assert (await service.mutate("updateAccount", "Adam", **wish))["userErrors"] == []
    dialog = await begin_to_save(page)
    await expect(dialog.get_by_role("radio", name="Front desk Online")).to_be_checked()
    await dialog.get_by_text("What will change in QuickBooks").click()
    for name, before, yours in (
        ("Unit price", "$35.50", "$42.00"),
        ("Business unit", "HVAC", "Plumbing"),
    ):
        row = dialog.get_by_role("row", name=name)
        await expect(row).to_contain_text(before)
        await expect(row).to_contain_text(yours)
    await expect(dialog).to_contain_text("Total $62.44 → $69.47, tax $2.94 → $3.47")
    await dialog.get_by_role("button", name="Save & Sync").click()

    await expect(dialog.get_by_role("alert")).not_to_be_empty()
    await expect(dialog.get_by_role("group", name="Confirm before you save")).to_contain_text(
        REMINDER
    )
    assert await service.read(invoice["id"]) == invoice
    assert (await service.connector().run_update()).requests_sent == 0


async def it_is_saved_and_lands(service: Service, olga: Page, adam: Page) -> None:
    """Steps 7 to 9: number 1 in the queue, then proven; Adam sees it land."""
    dialog = olga.get_by_role("dialog", name="Transaction is exported")
    await save(dialog, "Save & Sync", REMINDER)
    for page in (olga, adam):
        await expect(status_of(page)).to_have_text("Syncing")
    await expect(olga.locator(".panel.busy")).to_contain_text("number 1 in the queue")
    async with polling(service):
        await synced(olga, adam)
    for page in (olga, adam):
        await expect(page.locator(".facts")).to_contain_text("$69.47")
    await expect(olga.locator(".part-copy")).to_contain_text(
        "1 line was added there and left alone"
    )
    await expect(olga.locator(".part-copy")).to_contain_text("fields are equal")
    await expect(adam.locator(".part-notice")).not_to_contain_text("is editing")

    (held,) = service.company.invoices.values()
    texts = [line.description for line in held.flat_lines()]
    assert (held.total, texts) == (
        Decimal("69.47"),
        [TUNE_UP, "Thank you, see warranty", FILTER],
    )
    service.clock.pass_seconds()


async def two_bypassed_edits_leave_together(service: Service, page: Page) -> None:
    """Step 10: nothing leaves until Re-Sync, and then both in one request."""
    before = mods(service)
    await page.get_by_label("Summary").fill("Fall tune-up, filter x2")
    await shown_draft(page, "$69.47")
    await save(await begin_to_save(page), "Save & Bypass", REMINDER)
    await expect(status_of(page)).to_have_text("Bypassed")
    await page.get_by_role("button", name=f"Edit {FILTER}").click()
    await page.get_by_role("group", name=FILTER).get_by_label("Quantity").fill("3")
    await shown_draft(page, "$81.47")
    await save(await begin_to_save(page), "Save & Bypass", REMINDER)
    await expect(page.locator(".facts")).to_contain_text("$81.47")
    await expect(status_of(page)).to_have_text("Bypassed")
    await expect(page.locator(".part-copy")).to_contain_text("fields differ")
    assert (await service.connector().run_update()).requests_sent == 0

    resync = page.locator(".part-status").get_by_role("button", name="Re-Sync", exact=True)
    await resync.click()
    await expect(status_of(page)).to_have_text("Syncing")
    async with polling(service):
        await synced(page)
    await expect(page.locator(".part-copy")).to_contain_text("fields are equal")

    (held,) = service.company.invoices.values()
    assert mods(service) == before + 1
    assert held.memo == "1042 2026-11-20 HVAC - Fall tune-up, filter x2"
    assert [line.quantity for line in held.flat_lines()][-1] == 3
    service.clock.pass_seconds()


async def a_cost_is_saved_and_not_sent(service: Service, page: Page) -> None:
    """Step 12: the page says so before and after; QuickBooks is asked for nothing."""
    before = mods(service)
    await page.get_by_role("button", name=f"Edit {FILTER}").click()
    cost = page.get_by_role("group", name=FILTER).get_by_label("Cost")
    await expect(cost).to_have_accessible_description("Not sent to QuickBooks")
    await cost.fill("4.10")
    await shown_draft(page, "$81.47")
    dialog = await begin_to_save(page)
    await dialog.get_by_text("What will change in QuickBooks").click()
    await expect(dialog.locator("details")).to_contain_text("Cost is not sent")
    await save(dialog, "Save & Sync", REMINDER)

    await expect(page.locator(".panel.good")).to_contain_text("Cost stays here")
    await expect(status_of(page)).to_have_text("Synced")
    assert (await service.connector().run_update()).requests_sent == 0
    assert mods(service) == before


async def a_total_of_zero_is_refused(page: Page, status: str) -> None:
    """Step 11: it names the last task, leaves both ways of saving shut, and changes nothing."""
    await page.get_by_role("button", name=f"Remove {TUNE_UP}").click()
    await shown_draft(page, "$36.00")
    await page.get_by_role("button", name=f"Remove {FILTER}").click()
    await shown_draft(page, "$0.00")
    refusal = page.locator(".guards .error")
    await expect(refusal).to_contain_text("would be $0.00")
    await expect(refusal).to_contain_text(FILTER)
    dialog = await begin_to_save(page)
    await expect(dialog).to_contain_text("This cannot be saved yet.")
    await expect(dialog).to_contain_text(FILTER)
    for words in ("Save & Sync", "Save & Bypass"):
        await expect(dialog.get_by_role("button", name=words)).to_be_disabled()

    await dialog.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Discard").click()
    await expect(page.get_by_role("button", name=f"Remove {TUNE_UP}")).to_be_visible()
    await expect(page.locator(".facts")).to_contain_text("$81.47")
    await expect(status_of(page)).to_have_text(status)


async def one_more_edit_is_bypassed(page: Page) -> None:
    await page.get_by_label("Summary").fill("Fall tune-up, three filters")
    await shown_draft(page, "$81.47")
    await save(await begin_to_save(page), "Save & Bypass", REMINDER)
    await expect(status_of(page)).to_have_text("Bypassed")


async def show_invoice_anew(page: Page) -> None:
    """Leave what could not be kept, and open the invoice again."""
    page.once("dialog", lambda asked: asked.accept())
    await show_invoice(page, "21259")


def shown_total(page: Page):
    return page.locator("#draft-total")


async def test_an_older_reading_never_hides_a_newer_one(service: Service) -> None:
    """Two events follow each other closely, and the answer to the first comes after the second's."""
    async with at_invoice(service) as page:
        await page.get_by_label("Summary").fill("Fall tune-up, later")
        await expect(kept(page)).to_be_visible()
        await save(await begin_to_save(page), "Save & Sync")
        await expect(status_of(page)).to_have_text("Syncing")
        refresh = page.get_by_role("button", name="Refresh")
        async with overtaken(page, refresh, "query ($id: ID!) { invoice"), polling(service):
            await synced(page)

        await expect(status_of(page)).to_have_text("Synced", timeout=1)
