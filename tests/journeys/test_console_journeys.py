"""The console in a browser: what people do of the journeys G2 and G3."""

from decimal import Decimal

import pytest
from playwright.async_api import expect

from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import (
    at_invoice,
    open_invoice,
    opened,
    polling,
    serious,
    sign_in,
    status_of,
)
from tests.journeys.conftest import Service, global_id, key
from tests.journeys.test_bypassed_batch import PIN, WRONG, batch, bea

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

__all__ = ["batch", "bea"]


async def test_a_batch_bypassed_by_mistake_is_unlocked_with_evidence_consent_and_pin(
    service: Service, batch, bea
) -> None:
    """G3, steps 7 to 9: eight are absent, one was entered by hand; the PIN is an administrator's."""
    service.bookkeeper.enter_invoice("Harriet Doyle", "SVC-TUNE", Decimal("62.44"), number="5")
    async with opened(service) as page:
        await sign_in(page, service, bea)
        await page.get_by_role("link", name="Batches").click()
        await page.get_by_role("button", name=f"Unlock batch {batch['number']}").click()
        dialog = page.get_by_role("dialog", name="Unlock what was bypassed")
        await expect(dialog).to_contain_text("by hand")
        async with polling(service):
            await expect(dialog).to_contain_text("QuickBooks holds some of them")
            await expect(dialog.get_by_role("row", name="5 Harriet")).to_contain_text(
                "in QuickBooks"
            )
            await dialog.get_by_role("button", name="Ask again without those").click()
            await expect(dialog).to_contain_text("QuickBooks holds none of them")

        assert await serious(page) == []
        await dialog.get_by_role("checkbox").check()
        await dialog.get_by_label("The administrator's PIN").fill(WRONG)
        await dialog.get_by_role("button", name="Unlock").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("PIN")
        await dialog.get_by_label("The administrator's PIN").fill(PIN)
        await dialog.get_by_role("button", name="Unlock").click()
        await expect(dialog).to_have_count(0)

        await page.get_by_role("button", name=f"Export batch {batch['number']}").click()
        async with polling(service):
            await page.get_by_role("link", name="Invoices").click()
            await expect(page.get_by_text("Exported", exact=True)).to_have_count(9)


async def test_a_conflict_shows_three_values_and_is_decided_field_by_field(
    service: Service,
) -> None:
    """G2, steps 4 and 5: the bookkeeper was first."""
    async with opened(service) as page:
        invoice = await service.exported()
        txn_id, line = invoice["quickbooks"]["txnId"], invoice["tasks"][0]["quickbooksLineId"]
        service.bookkeeper.change_line(txn_id, line, rate=Decimal("40.00"))
        edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
        wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
        await service.mutate("saveAndSync", **wish, edits={"editTasks": [edit]})
        await sign_in(page, service)
        await open_invoice(page, "21259")
        async with polling(service):
            await expect(status_of(page)).to_contain_text("Action Required")
            row = page.get_by_role("row", name="Unit price").first
            await expect(row).to_contain_text("35.5")
            await expect(row).to_contain_text("40")
            for width in (1280, 360):
                await page.set_viewport_size({"width": width, "height": 800})
                assert await serious(page) == []
            for choice in await page.get_by_role("radio").all():
                if await choice.get_attribute("value") == "OURS":
                    await choice.check()
            await page.get_by_role("button", name="Resolve the conflict").click()
            await expect(status_of(page)).to_have_text("Synced")

        shown = await service.read(invoice["id"])
        sides = [one for one in shown["quickbooks"]["fields"] if one["path"].endswith("unitPrice")]
        assert all(one["equal"] for one in sides)
        assert "42" in [one["quickbooks"] for one in sides]


async def test_an_outage_of_the_connector_is_told_with_what_to_do(service: Service) -> None:
    """G3, steps 1 and 2: the edit waits, and that is no error."""
    async with at_invoice(service) as page:
        await page.get_by_label("Summary").fill("Fall tune-up, later")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        await page.get_by_role("button", name="Save", exact=True).click()
        await page.get_by_role("button", name="Save & Sync").click()

        await expect(status_of(page)).to_have_text("Syncing")
        await expect(page.locator(".panel.busy")).to_contain_text("Waiting for the Web Connector")
        await page.goto(f"{service.url}/console/connections")
        await expect(page.get_by_role("heading", name="Front desk")).to_be_visible()
        await expect(page.locator(".connection")).to_contain_text("1 invoice")


async def test_bypassing_a_batch_is_asked_for_with_a_reason(service: Service) -> None:
    async with opened(service) as page:
        invoice = await service.office.new_invoice("7")
        exported = await service.office.export(invoice)
        await sign_in(page, service, "Adam")
        await page.get_by_role("link", name="Batches").click()
        await page.get_by_role("button", name=f"Bypass batch {exported.batch.number}").click()
        await page.get_by_label("Reason").fill("Entered by hand")
        await page.get_by_role("button", name="Bypass the batch").click()

        await expect(page.locator(".card .badge").first).to_have_text("Bypassed")
        await page.get_by_role("link", name="Audit").click()
        await expect(page.locator("main")).to_contain_text("Entered by hand")
        shown = await service.client("Adam").call(
            "query ($id: ID!) { invoice(id: $id) { exportOrigin } }",
            id=global_id("Invoice", invoice.id),
        )
        assert shown["invoice"] == {"exportOrigin": "BYPASSED"}
