"""The console when the service is stopped, slow or wrong: it says so, and nothing typed is lost."""

import asyncio
from functools import partial

import pytest
from playwright.async_api import expect

from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import (
    a_page,
    at_invoice,
    chromium,
    open_invoice,
    opened,
    polling,
    serious,
    shown_draft,
    sign_in,
    status_of,
)
from tests.journeys.conftest import Service, key
from tests.journeys.desks import give_way
from tests.journeys.failing import (
    FAILURES,
    Wire,
    alerts,
    answers,
    failing,
    lost,
    silent,
    stopped,
    survives,
)
from tests.journeys.test_bypassed_batch import PIN, batch, bea

__all__ = ["batch", "bea"]

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
    async with at_invoice(service) as page:
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
    async with opened(service) as page:
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


async def test_every_act_on_an_invoice_says_why_it_failed_and_is_done_once(
    service: Service,
) -> None:
    """Each fails, then is done though its answer is lost, then is pressed again."""
    async with opened(service) as page:
        invoice = await service.exported()
        await sign_in(page, service)
        button, dialog = partial(page.get_by_role, "button"), page.get_by_role("dialog")
        async with failing(page, stopped, "businessUnits"):
            await open_invoice(page, "21259")
            await expect(page.locator(".part-details").get_by_role("alert")).to_be_visible()
        await survives(
            page, "businessUnits", button(name="Try again"), page.get_by_label("Summary")
        )
        rows = page.locator(".part-tasks tbody tr:not(.gone)")

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


async def test_what_is_under_way_cannot_be_set_going_twice_and_says_when_it_is_slow(
    service: Service,
) -> None:
    async with opened(service) as page:
        await service.exported()
        await page.clock.install()
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await page.get_by_label("Summary").fill("Typed")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        button = page.get_by_role("button", name="Discard")
        asked = []
        page.on(
            "request", lambda one: asked.append(one) if "discard" in (one.post_data or "") else 0
        )

        async with failing(page, silent, "discardDraft"):
            await button.focus()
            await page.keyboard.press("Enter")
            await expect(button).to_have_attribute("aria-busy", "true")
            await page.keyboard.press("Enter")
            await expect(button).to_be_focused()
            await page.clock.fast_forward(1_100)
            await expect(page.get_by_text("Still waiting for the service")).to_be_visible()
            await page.clock.fast_forward(20_000)
            await expect(page.get_by_role("alert")).to_contain_text("takes too long")
        assert len(asked) == 1
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator(".save-bar")).to_have_count(0)
        await expect(page.get_by_label("Summary")).not_to_have_value("Typed")


async def test_after_whatever_pause_the_page_goes_on_behind_its_cursor(service: Service) -> None:
    """None missed, none twice, each pause told; and what is typed meanwhile stays."""
    async with opened(service) as page:
        invoice = await service.exported()
        wire, version, task = Wire(), iter(range(1, 99)), invoice["tasks"][0]["id"]
        await page.route_web_socket("**/graphql", wire.handle)
        await page.clock.install()
        await sign_in(page, service)
        status, state = page.get_by_role("row", name="21259"), page.locator("#live")
        await expect(state).to_contain_text("Live")

        async def bypass() -> None:
            edit = {"taskId": task, "patch": {"description": f"Version {next(versions)}"}}
            wish = {"invoiceId": invoice["id"], "version": next(version), "idempotencyKey": key()}
            done = await service.mutate("saveAndBypass", **wish, edits={"editTasks": [edit]})
            assert not done["userErrors"]

        versions = iter(range(99))
        expired = {"message": "Gone.", "extensions": {"code": "CURSOR_EXPIRED"}}
        fault = {"message": "A fault.", "extensions": {"code": "INTERNAL", "requestId": "1"}}

        for pause in ("restart", "sleep", "fault", "the end"):
            before = len(wire.told)
            match pause:
                case "restart":
                    await page.clock.pause_at(await page.evaluate("Date.now() + 1000"))
                    await wire.close(1012)
                case "sleep":
                    wire.is_silent = True
                    await page.clock.fast_forward(70_000)
                case "fault":
                    wire.refusal = {"type": "error", "payload": [fault]}
                    await wire.close(1001)
                case "the end":
                    wire.refusal = {"type": "complete"}
                    await wire.close(1001)
            await expect(state, pause).to_contain_text("Connection lost")
            await bypass()
            wire.is_silent = False
            await page.clock.resume()
            await page.clock.fast_forward(20_000)
            await expect(state, pause).to_contain_text("Live")
            await expect(page.get_by_text("Connected again").first, pause).to_be_visible()
            await expect(status).to_contain_text("Bypassed")
            async with asyncio.timeout(20):
                while len(wire.told) == before:
                    await asyncio.sleep(0.05)
            await page.get_by_role("button", name="Close this message").last.click()

        assert wire.told == list(range(wire.told[0], wire.told[0] + len(wire.told)))
        await open_invoice(page, "21259")
        async with failing(page, stopped, "updateInvoiceDetails"):
            await page.get_by_label("Summary").fill("Typed while it was away")
            await expect(page.locator(".save-bar")).to_contain_text("cannot be reached")
            wire.refusal = {"type": "error", "payload": [expired]}
            await wire.close(1001)
            await page.clock.fast_forward(20_000)
            await expect(page.get_by_text("longer than events are kept")).to_be_visible()
            await expect(page.get_by_label("Summary")).to_have_value("Typed while it was away")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")


async def test_what_others_do_is_shown_at_once_and_takes_no_word_away(service: Service) -> None:
    """Somebody holds the draft; one's own gives way, is read in another tab, or is behind."""
    async with opened(service) as page:
        invoice = await service.exported()
        wish = {"invoiceId": invoice["id"], "version": 1}
        summary, notice = page.get_by_label("Summary"), page.locator(".part-notice")
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await expect(summary).to_be_enabled()

        await service.mutate("updateInvoiceDetails", "Adam", **wish, patch={"summary": "Adam's"})
        await expect(notice).to_contain_text("is editing this invoice")
        await expect(summary).to_have_count(0)
        await service.mutate("discardDraft", "Adam", invoiceId=invoice["id"])
        await expect(notice).not_to_contain_text("is editing this invoice")

        await summary.fill("Olga's, first")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        await page.get_by_role("heading", level=1).click()
        await service.mutate("updateInvoiceDetails", **wish, patch={"summary": "Another tab's"})
        await expect(summary).to_have_value("Another tab's")
        await expect(page.get_by_text("changed elsewhere")).to_be_visible()

        await give_way(service, invoice["id"])
        edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
        saved = {**wish, "idempotencyKey": key(), "edits": {"editTasks": [edit]}}
        done = await service.mutate("saveAndBypass", "Adam", **saved)
        assert not done["userErrors"]
        await expect(notice).to_contain_text("saved version 2 of this invoice meanwhile")
        await expect(notice).to_contain_text("unit price")
        await expect(notice).to_contain_text("Another tab's")
        assert await serious(page) == []
        await page.get_by_role("button", name="Put my changes in again").click()
        await shown_draft(page, "$69.47")
        await expect(summary).to_have_value("Another tab's")
        await expect(notice).not_to_contain_text("meanwhile")


async def test_every_act_on_batches_and_connections_says_why_it_failed(
    service: Service, batch, bea
) -> None:
    """As on an invoice: each fails, is done though its answer is lost, and is pressed again."""
    async with opened(service) as page:
        await sign_in(page, service, "Adam")
        button, dialog = partial(page.get_by_role, "button"), page.get_by_role("dialog")
        await page.get_by_role("link", name="Batches").click()

        await button(name=f"Unlock batch {batch['number']}").click()
        again = dialog.get_by_role("button", name="Try again")
        await expect(dialog).to_contain_text("QuickBooks is being asked")
        await dialog.get_by_role("button", name="Close").click()
        async with failing(page, lost, "requestUnlock"):
            await button(name=f"Unlock batch {batch['number']}").click()
            await expect(dialog.get_by_role("alert")).to_contain_text("cannot be reached")
        async with failing(page, answers(500), "unlockRequest"):
            await again.click()
            await expect(dialog.get_by_role("alert")).to_contain_text("status 500")
        await again.click()
        async with polling(service):
            await expect(dialog).to_contain_text("QuickBooks holds none of them")
        await dialog.get_by_role("checkbox").check()
        await dialog.get_by_label("The administrator's PIN").fill(PIN)
        unlock = dialog.get_by_role("button", name="Unlock")
        await survives(page, "confirmUnlock", unlock, dialog, gone=True)

        await page.get_by_text("9 invoices").click()
        async with failing(page, stopped, "query ($id: ID!"):
            await page.get_by_text("9 invoices").click()
            await page.get_by_text("9 invoices").click()
            await expect(alerts(page).last).to_contain_text("cannot be reached")
        await button(name="Try again").click()
        await expect(page.get_by_role("link", name="7", exact=True)).to_be_visible()

        await button(name=f"Bypass batch {batch['number']}").click()
        await dialog.get_by_label("Reason").fill("Typed once")
        bypass = dialog.get_by_role("button", name="Bypass the batch")
        await survives(page, "bypassBatch", bypass, dialog, gone=True)
        await expect(page.locator(".card .badge").first).to_have_text("Bypassed")

        await page.get_by_role("link", name="Issues").click()
        await expect(page.get_by_text("Loading …")).to_have_count(0)
        async with failing(page, answers(503, Retry_After="7"), "syncIssuesCsv"):
            await button(name="Download as CSV").click()
            await expect(page.get_by_role("alert")).to_contain_text("try again in 7 seconds")
        async with page.expect_download():
            await button(name="Download as CSV").click()

        await page.route("**/console/session", stopped)
        await button(name="Sign out").click()
        await expect(alerts(page).last).to_contain_text("cannot be reached")
        await page.unroute("**/console/session")
        await page.get_by_role("link", name="Batches").click()
        await button(name="Sign out").click()
        await expect(dialog.get_by_label("Token or API key")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await expect(dialog.get_by_label("Token or API key")).to_be_visible()
        await page.route("**/console/session", answers(502))
        await dialog.get_by_label("Token or API key").fill(service.office.token("Adam"))
        await dialog.get_by_role("button", name="Sign in").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("status 502")
        await page.unroute("**/console/session")
        await dialog.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Invoices")).to_be_visible()


async def test_narrow_enlarged_or_in_forced_colors_its_errors_can_be_read(service: Service) -> None:
    """320 px is 1280 px at 400 %: nothing scrolls sideways, and axe-core finds nothing serious."""
    narrow = {"width": 320, "height": 640}
    async with (
        chromium() as browser,
        a_page(browser, viewport=narrow, forced_colors="active", contrast="more") as page,
        service.working(),
    ):
        await service.exported()
        found = {}

        async def look(state: str) -> None:
            width = await page.evaluate("document.documentElement.scrollWidth")
            found[state] = (width, await serious(page))

        await sign_in(page, service)
        async with failing(page, stopped):
            await page.get_by_role("link", name="Batches").click()
            await expect(alerts(page)).to_be_visible()
            await look("a screen that failed")
        await page.get_by_role("link", name="Invoices", exact=True).click()
        await open_invoice(page, "21259")
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        await page.get_by_label("Unit price").fill("12,5x")
        await expect(page.locator(".field-error").filter(has_text="Decimal")).to_be_visible()
        await expect(page.get_by_label("Unit price")).to_have_attribute("aria-invalid", "true")
        await look("a field that was refused")
        await page.get_by_role("button", name="Done").click()
        await expect(page.get_by_label("Unit price")).to_be_focused()
        await page.get_by_label("Unit price").fill("42.00")
        await shown_draft(page, "$69.47")
        async with failing(page, answers(500), "saveAndSync"):
            await page.get_by_role("button", name="Save", exact=True).click()
            await page.get_by_role("button", name="Save & Sync").click()
            await expect(alerts(page)).to_contain_text("status 500")
            await look("a save that failed")

    assert found == dict.fromkeys(found, (320, []))
