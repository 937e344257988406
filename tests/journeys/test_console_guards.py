"""The console in a browser: what guards ask and refuse, and what QuickBooks answers meanwhile."""

from datetime import date

import pytest
from playwright.async_api import expect

from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import open_invoice, opened, polling, shown_draft, sign_in, status_of
from tests.journeys.conftest import Service, global_id, key

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

NOVEMBER = {"firstDay": "2026-11-01", "lastDay": "2026-11-30", "closed": False}


async def test_a_reminder_is_confirmed_before_anything_is_queued(service: Service) -> None:
    """G1, step 5: the accounting period is open, and the record may need updating there."""
    async with opened(service) as page:
        invoice = await service.exported()
        await service.mutate("setAccountingPeriod", "Adam", **NOVEMBER)
        await service.mutate("updateAccount", "Adam", accountingPeriodsEnabled=True)
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        await page.get_by_label("Unit price").fill("42.00")
        await shown_draft(page, "$69.47")
        await expect(page.locator(".guards")).to_contain_text("already sent")
        await page.get_by_role("button", name="Save", exact=True).click()
        dialog = page.get_by_role("dialog", name="Transaction is exported")
        await expect(dialog.locator(".difference")).to_contain_text("$35.50 → $42.00")

        await dialog.get_by_role("button", name="Save & Sync").click()
        await expect(dialog.get_by_role("alert")).not_to_be_empty()
        assert (await service.read(invoice["id"]))["version"] == 1
        await dialog.get_by_role("checkbox", name="already sent").check()
        await dialog.get_by_role("button", name="Save & Sync").click()
        async with polling(service):
            await expect(status_of(page)).to_have_text("Synced")


async def test_nothing_that_brings_the_total_to_zero_can_be_saved(service: Service) -> None:
    """G1, step 11: it is told while the draft is made, and neither way of saving is offered."""
    async with opened(service) as page:
        invoice = await service.exported()
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await page.get_by_role("button", name="Remove Seasonal tune-up").click()
        await expect(page.locator("tr.gone")).to_contain_text("Seasonal tune-up")
        await page.get_by_role("button", name="Remove Air filter 16x25").click()
        await shown_draft(page, "$0.00")
        await expect(page.locator(".guards .error")).to_contain_text("$0")

        await page.get_by_role("button", name="Save", exact=True).click()
        dialog = page.get_by_role("dialog", name="Transaction is exported")
        await expect(dialog).to_contain_text("cannot be saved yet")
        await expect(dialog.get_by_role("button", name="Save & Sync")).to_be_disabled()
        await expect(dialog.get_by_role("button", name="Save & Bypass")).to_be_disabled()
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Discard").click()
        await expect(page.get_by_role("button", name="Remove Seasonal tune-up")).to_be_visible()
        assert (await service.read(invoice["id"]))["total"] == "62.44"


async def test_an_application_for_payment_names_the_other_way(service: Service) -> None:
    """G2, step 2: it is outside the workflow, and says so instead of offering fields."""
    async with opened(service) as page:
        invoice = await service.office.new_invoice("30", is_application_for_payment=True)
        await service.office.export(invoice)
        await service.update_until(global_id("Invoice", invoice.id), exportStatus="EXPORTED")
        await sign_in(page, service)
        await open_invoice(page, "30")

        await expect(page.locator(".part-notice")).to_contain_text("Application for Payment")
        await expect(page.locator(".part-notice")).to_contain_text("adjustment invoice")
        await expect(page.get_by_role("button", name="Edit")).to_have_count(0)


async def test_a_window_open_in_quickbooks_is_a_wait_and_no_failure(service: Service) -> None:
    """G3, step 4: 3175 is tried again, and goes through once the bookkeeper closes the window."""
    async with opened(service) as page:
        invoice = await service.exported()
        txn_id = invoice["quickbooks"]["txnId"]
        service.bookkeeper.open_record(txn_id)
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await page.get_by_label("Summary").fill("Fall tune-up, later")
        await page.get_by_role("button", name="Save", exact=True).click()
        async with polling(service):
            await page.get_by_role("button", name="Save & Sync").click()
            await expect(page.locator(".panel.busy")).to_contain_text("it is tried again")
            await expect(status_of(page)).to_have_text("Syncing")
            service.bookkeeper.close_record(txn_id)
            await expect(status_of(page)).to_have_text("Synced")


async def test_a_closed_period_in_quickbooks_names_its_date_and_the_ways_out(
    service: Service,
) -> None:
    """G3, steps 4 and 6: 3171, and the edit is bypassed with a note from where it is told."""
    async with opened(service) as page:
        invoice = await service.exported()
        service.company.preferences.closing_date = date(2026, 11, 30)
        edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
        wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
        await service.mutate("saveAndSync", **wish, edits={"editTasks": [edit]})
        await sign_in(page, service)
        await open_invoice(page, "21259")
        async with polling(service):
            await expect(status_of(page)).to_contain_text("Action Required")
        panel = page.locator(".panel.bad")
        await expect(panel).to_contain_text("2026-11-30")
        await expect(panel.locator(".steps li")).to_have_count(4)

        await panel.get_by_label("Note on the bypass").fill("Corrected by hand")
        await panel.get_by_role("button", name="Bypass", exact=True).click()
        await expect(status_of(page)).to_have_text("Bypassed")
