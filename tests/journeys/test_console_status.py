"""The console's way out of every status, on a bad day too: nothing is sent, bypassed or decided twice."""

from decimal import Decimal
from functools import partial

import pytest
from playwright.async_api import expect

from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import (
    open_invoice,
    opened,
    polling,
    shown_draft,
    sign_in,
    status_of,
)
from tests.journeys.conftest import Service, key
from tests.journeys.failing import Wire, answers, failing, lost, stopped, survives

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)


async def a_conflict(service: Service, invoice: dict) -> None:
    """Let the bookkeeper make the first task 40.00 and the office 42.00."""
    line = invoice["tasks"][0]["quickbooksLineId"]
    service.bookkeeper.change_line(invoice["quickbooks"]["txnId"], line, rate=Decimal("40.00"))
    edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
    wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
    done = await service.mutate("saveAndSync", **wish, edits={"editTasks": [edit]})
    assert not done["userErrors"]


async def test_a_conflict_is_found_read_and_decided_though_everything_fails_once(
    service: Service,
) -> None:
    async with opened(service) as page:
        invoice = await service.exported()
        await sign_in(page, service)
        button = partial(page.get_by_role, "button")
        await a_conflict(service, invoice)
        async with polling(service):
            await expect(page.get_by_role("row", name="21259")).to_contain_text("Action Required")

            async with failing(page, stopped, "invoiceNumberPrefix"):
                await page.get_by_label("Invoice #").fill("212")
                alert = page.get_by_role("alert").filter(has_text="cannot be reached")
                await expect(alert).to_be_visible()
            await button(name="Try again").click()
            await expect(page.get_by_role("row", name="21259")).to_be_visible()
            await expect(page.get_by_label("Invoice #")).to_have_value("212")

            pop = page.get_by_role("group", name="Re-Sync Failed")
            async with failing(page, answers(500), "invoice(id"):
                await button(name="Re-Sync Failed: 21259").click()
                await expect(pop.get_by_role("alert")).to_contain_text("answered with status 500")
            await pop.get_by_role("button", name="Try again").click()
            await expect(pop.get_by_role("row", name="Unit price").first).to_contain_text("40")
            await page.keyboard.press("Escape")
            await expect(pop).to_be_hidden()

            await open_invoice(page, "21259")
            panel = page.locator(".part-status")
            for choice in await panel.get_by_role("radio").all():
                if await choice.get_attribute("value") == "OURS":
                    await choice.check()
            decide = panel.get_by_role("button", name="Resolve the conflict")
            await survives(page, "resolveConflict", decide, panel.locator(".panel.bad"), gone=True)
            await expect(status_of(page)).to_have_text("Synced")
        (booked,) = service.company.invoices.values()
        assert booked.lines[0].rate == Decimal("42.00")
        refused, decided = service.company.journal.requests_named("InvoiceModRq")
        assert refused.findtext(".//EditSequence") != decided.findtext(".//EditSequence")


async def test_bypassing_what_quickbooks_refused_is_done_once(service: Service) -> None:
    """The note stays in its field until the service has it; QuickBooks keeps what it has."""
    async with opened(service) as page:
        invoice = await service.exported()
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await a_conflict(service, invoice)
        async with polling(service):
            await expect(status_of(page)).to_contain_text("Action Required")
        panel = page.locator(".part-status")
        await panel.get_by_label("Note on the bypass").fill("Bea keeps 40.00")

        press = panel.get_by_role("button", name="Bypass", exact=True)
        await survives(page, "saveAndBypass", press, panel.locator(".panel.warn"))

        await expect(status_of(page)).to_have_text("Bypassed")
        trail = await service.client("Adam").call(
            "query ($id: ID!) { invoice(id: $id) { auditTrail { nodes { reason } } } }",
            id=invoice["id"],
        )
        reasons = [one["reason"] for one in trail["invoice"]["auditTrail"]["nodes"]]
        assert [reason for reason in reasons if reason] == ["Bea keeps 40.00"]
        (booked,) = service.company.invoices.values()
        assert booked.lines[0].rate == Decimal("40.00")


async def test_a_batch_is_exported_once_though_the_answer_is_lost(service: Service) -> None:
    async with opened(service) as page:
        await service.office.new_invoice("7")
        await sign_in(page, service, "Adam")
        await open_invoice(page, "7")
        panel = page.locator(".part-status")

        press = panel.get_by_role("button", name="Export", exact=True)
        await survives(page, "exportInvoices", press, panel.locator(".panel.busy"))
        async with polling(service):
            await expect(page.locator(".facts")).to_contain_text("Exported")

        assert len(service.company.invoices) == 1


async def test_the_age_of_a_contact_goes_on_by_itself(service: Service) -> None:
    async with opened(service) as page:
        await service.exported()
        await page.clock.install()
        await sign_in(page, service)
        await page.get_by_role("link", name="Connections").click()
        contact = page.locator(".connection .facts div", has_text="Last contact").locator("dd")
        await expect(contact).to_contain_text("ago")
        before = await contact.inner_text()

        async with failing(page, stopped, "companyFiles"):
            await page.clock.fast_forward(600_000)

            await expect(contact).not_to_have_text(before)
            await expect(contact).to_contain_text("10 min ago")


async def test_a_popover_that_was_left_stays_closed(service: Service) -> None:
    """By Escape from within it, or because another one was opened; the focus is where it came from."""
    async with opened(service) as page:
        first, second = await service.exported("7"), await service.exported("8")
        for invoice in (first, second):
            edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
            wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
            await service.mutate("saveAndBypass", **wish, edits={"editTasks": [edit]})
        await sign_in(page, service)
        statuses = [
            page.get_by_role("button", name=f"Re-Sync Bypassed: {n}", exact=True) for n in (7, 8)
        ]
        pops = page.locator(".pop:popover-open")
        way_out = pops.get_by_role("button", name="Re-Sync", exact=True)

        await statuses[0].focus()
        await page.keyboard.press("Enter")
        await expect(way_out).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(way_out).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(statuses[0]).to_be_focused()
        await expect(pops).to_have_count(0)

        await page.keyboard.press("Enter")
        await expect(way_out).to_be_visible()
        await page.keyboard.press("Tab")
        await statuses[1].dispatch_event("click")
        await expect(statuses[1]).to_have_attribute("aria-expanded", "true")
        await expect(statuses[0]).to_have_attribute("aria-expanded", "false")
        await expect(pops).to_have_count(1)


async def test_what_was_opened_by_hand_stays_though_the_pointer_passes(service: Service) -> None:
    """By a key or by a click; what only came under the pointer goes with it."""
    async with opened(service) as page:
        invoice = await service.exported("7")
        edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
        wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
        await service.mutate("saveAndBypass", **wish, edits={"editTasks": [edit]})
        await sign_in(page, service)
        status = page.get_by_role("button", name="Re-Sync Bypassed: 7", exact=True)
        pop = page.locator(".pop:popover-open")
        heading = page.get_by_role("heading", name="Invoices")

        async def pass_over() -> None:
            await status.hover()
            await page.wait_for_timeout(400)
            await heading.hover()
            await page.wait_for_timeout(600)

        await heading.hover()
        await status.press("Enter")
        await expect(pop).to_be_visible()
        await pass_over()
        await expect(pop).to_be_visible(timeout=1)
        await page.keyboard.press("Escape")
        await expect(pop).to_have_count(0)
        await status.click()
        await pass_over()
        await expect(pop).to_be_visible(timeout=1)
        await page.keyboard.press("Escape")
        await expect(pop).to_have_count(0)
        await status.hover()
        await expect(pop).to_be_visible()
        await heading.hover()
        await expect(pop).to_have_count(0)


async def test_whoever_missed_the_answer_to_a_save_types_on_and_loses_and_doubles_nothing(
    service: Service,
) -> None:
    """The page hears nothing live either: it reads what became of the save once the dialog closes."""
    async with opened(service) as page:
        invoice = await service.exported()
        wire = Wire()
        await page.route_web_socket("**/graphql", wire.handle)
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        await page.get_by_label("Unit price").fill("42.00")
        await shown_draft(page, "$69.47")
        await page.get_by_role("button", name="Save", exact=True).click()
        dialog = page.get_by_role("dialog")
        wire.is_silent = True
        async with failing(page, lost, "saveAndSync"):
            await dialog.get_by_role("button", name="Save & Sync").click()
            await expect(dialog.get_by_role("alert")).to_contain_text("cannot be reached")

        await dialog.get_by_role("button", name="Cancel").click()
        await expect(status_of(page)).to_have_text("Syncing")
        await expect(page.locator(".part-notice")).not_to_contain_text("meanwhile")
        await page.get_by_label("Summary").fill("Typed after it")
        await shown_draft(page, "$69.47")
        await page.get_by_role("button", name="Save", exact=True).click()
        await dialog.get_by_role("button", name="Save & Sync").click()
        await expect(dialog).to_have_count(0)
        wire.is_silent = False
        await wire.close(1001)
        async with polling(service):
            await expect(status_of(page)).to_have_text("Synced")

        shown = await service.read(invoice["id"])
        assert shown["version"] == 3
        (booked,) = service.company.invoices.values()
        assert booked.lines[0].rate == Decimal("42.00")
        assert booked.memo.endswith("Typed after it")
