"""The console before several people, or several tabs: nobody writes over what they did not see."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import at_invoice, opened, shown_draft, sign_in
from tests.journeys.conftest import Service, key
from tests.journeys.desks import give_way
from tests.journeys.failing import alerts, answers, failing, lost, stopped

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)


async def saved_by_adam(service: Service, invoice: dict, version: int, summary: str) -> None:
    done = await service.mutate(
        "saveAndBypass",
        "Adam",
        invoiceId=invoice["id"],
        version=version,
        idempotencyKey=key(),
        edits={"details": {"summary": summary}},
    )
    assert not done["userErrors"]


async def the_invoice(service: Service) -> dict:
    found = await service.client().call("{ invoices { nodes { id draft { expiresAt } } } }")
    return found["invoices"]["nodes"][0]


async def draft_of(service: Service) -> dict | None:
    return (await the_invoice(service))["draft"]


async def test_a_field_that_only_has_the_focus_shows_what_another_saved(service: Service) -> None:
    """The next word goes on from theirs."""
    async with at_invoice(service) as page:
        invoice = await the_invoice(service)
        summary = page.get_by_label("Summary")
        await summary.click()
        await saved_by_adam(service, invoice, 1, "Gate code 4711")

        await expect(summary).to_have_value("Gate code 4711")
        await expect(summary).to_be_focused()
        await page.keyboard.press("End")
        await page.keyboard.type(", ring twice")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        await page.get_by_role("button", name="Save", exact=True).click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Gate code 4711, ring twice")


async def test_a_number_that_is_half_typed_stays_as_it_is_typed(service: Service) -> None:
    """It is staged while its author pauses; reading the invoice anew must not write it differently."""
    async with at_invoice(service) as page:
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        price = page.get_by_label("Unit price")
        await price.press("Control+a")
        await page.keyboard.type("42.0")
        await shown_draft(page, "$69.47")
        async with page.expect_response(lambda one: "editEligibility" in one.request.post_data):
            await page.evaluate("document.querySelector('.part-head button').click()")
        await expect(page.get_by_role("button", name="Refresh")).not_to_have_attribute(
            "aria-busy", "true"
        )
        await expect(price).to_be_focused()
        await expect(price).to_have_value("42.0")
        await page.keyboard.type("5")
        await shown_draft(page, "$69.52")
        await expect(price).to_have_value("42.05")


async def test_what_was_typed_before_another_saved_is_not_put_over_it_unseen(
    service: Service,
) -> None:
    """The service was away while she typed, and he saved the same field meanwhile."""
    async with at_invoice(service) as page:
        invoice = await the_invoice(service)
        async with failing(page, stopped, "updateInvoiceDetails"):
            await page.get_by_label("Summary").fill("Olga's words")
            await expect(page.locator(".save-bar")).to_contain_text("cannot be reached")
            await saved_by_adam(service, invoice, 1, "Gate code 4711")
            await expect(page.locator(".part-history")).to_contain_text("Gate code 4711")
        await page.locator(".save-bar").get_by_role("button", name="Try again").click()

        await expect(page.locator(".part-details .field-error").last).not_to_be_empty()
        await expect(page.get_by_label("Summary")).to_have_value("Olga's words")
        assert await draft_of(service) is None
        await page.locator(".save-bar").get_by_role("button", name="Try again").click()
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("dialog")).to_contain_text("Gate code 4711")


async def test_changes_that_cannot_be_put_in_again_stay_on_the_page(service: Service) -> None:
    async with at_invoice(service) as page:
        invoice = await the_invoice(service)
        await page.get_by_label("Summary").fill("Olga's words")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        await page.get_by_role("heading", level=1).click()
        await give_way(service, invoice["id"])
        await saved_by_adam(service, invoice, 1, "Adam's first")
        await saved_by_adam(service, invoice, 2, "Adam's second")
        notice = page.locator(".part-notice")
        await expect(notice).to_contain_text("saved version 2")
        await expect(notice).to_contain_text("saved version 3")
        again = page.get_by_role("button", name="Put my changes in again")

        wish = {"invoiceId": invoice["id"], "version": 3, "patch": {"summary": "Adam's third"}}
        async with failing(
            page,
            held_until(lambda: service.mutate("updateInvoiceDetails", "Adam", **wish)),
            "updateInvoiceDetails",
        ):
            await again.click()
            await expect(page.get_by_text("is editing").first).to_be_visible()
        await expect(notice).to_contain_text("Olga's words")
        await service.mutate("discardDraft", "Adam", invoiceId=invoice["id"])
        await again.click()
        await expect(page.get_by_label("Summary")).to_have_value("Olga's words")
        await expect(notice).not_to_contain_text("What you had changed")


def held_until(act):
    """Let another one act just before this request arrives."""

    async def play(route: Route) -> None:
        await act()
        await route.continue_()

    return play


async def test_only_what_the_dialog_shows_is_saved(service: Service) -> None:
    """Another tab of the same person stages more while it is open, also after a try that failed."""
    async with at_invoice(service) as page:
        invoice = await the_invoice(service)
        await page.get_by_label("Summary").fill("Olga's words")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        await page.get_by_role("button", name="Save", exact=True).click()
        dialog = page.get_by_role("dialog")
        async with failing(page, answers(500), "saveAndBypass"):
            await dialog.get_by_role("button", name="Save & Bypass").click()
            await expect(dialog.get_by_role("alert")).to_contain_text("status 500")
        task = (await service.read(invoice["id"]))["tasks"][0]["id"]
        wish = {"invoiceId": invoice["id"], "version": 1, "taskId": task}
        await service.mutate("editTask", **wish, patch={"unitPrice": "43.00"})

        await dialog.get_by_role("button", name="Save & Bypass").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("in another tab")
        await dialog.get_by_role("button", name="Cancel").click()
        await shown_draft(page, "$70.56")
        assert (await service.read(invoice["id"]))["version"] == 1
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(dialog).to_contain_text("$43.00")
        await dialog.get_by_role("button", name="Save & Bypass").click()
        await expect(dialog).to_have_count(0)
        assert (await service.read(invoice["id"]))["version"] == 2


async def test_a_draft_without_changes_can_be_discarded(service: Service) -> None:
    """Typed and taken back: else it would keep others from editing, and oneself from other invoices."""
    async with at_invoice(service) as page:
        summary = page.get_by_label("Summary")
        before = await summary.input_value()
        await summary.fill("Typed")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        await summary.fill(before)
        await expect(page.locator(".save-bar")).to_contain_text("nothing is changed")
        await expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()

        await page.get_by_role("button", name="Discard").click()
        await expect(page.locator(".save-bar")).to_have_count(0)
        assert await draft_of(service) is None


async def test_a_draft_that_its_author_discarded_is_not_told_as_lost(service: Service) -> None:
    """The answer never came; what the page then sees is what was wished."""
    async with at_invoice(service) as page:
        await page.get_by_role("button", name="Remove Air filter 16x25").click()
        await shown_draft(page, "$38.44")
        async with failing(page, lost, "discardDraft"):
            await page.get_by_role("button", name="Discard").click()
            await expect(page.locator(".save-bar")).to_have_count(0)

        await expect(page.get_by_role("button", name="Remove Air filter 16x25")).to_be_visible()
        await expect(alerts(page)).to_have_text([])


async def test_a_refusal_is_told_until_it_is_done_after_all(service: Service) -> None:
    async with at_invoice(service) as page:
        remove = page.get_by_role("button", name="Remove Air filter 16x25")
        async with failing(page, answers(413), "removeTask"):
            await remove.click()
            await expect(alerts(page)).to_contain_text("Shorten it")
        await remove.click()

        await shown_draft(page, "$38.44")
        await expect(alerts(page)).to_have_text([])


async def test_going_back_over_what_is_staged_asks_first(service: Service) -> None:
    async with at_invoice(service) as page:
        invoice = await the_invoice(service)
        await saved_by_adam(service, invoice, 1, "Adam's words")
        summary = page.get_by_label("Summary")
        await expect(summary).to_have_value("Adam's words")
        await summary.fill("Olga's words")
        await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
        asked = []

        async def answer(dialog, *, yes: bool) -> None:
            asked.append(dialog.message)
            await (dialog.accept() if yes else dialog.dismiss())

        page.once("dialog", lambda dialog: asyncio.create_task(answer(dialog, yes=False)))
        await page.get_by_role("button", name="Revert to version 1").click()
        await expect(summary).to_have_value("Olga's words")
        page.once("dialog", lambda dialog: asyncio.create_task(answer(dialog, yes=True)))
        await page.get_by_role("button", name="Revert to version 1").click()
        await expect(summary).to_have_value("Fall tune-up")
        assert len(asked) == 2


async def test_skipping_to_the_content_and_going_back_under_a_dialog_leave_the_screen_as_it_is(
    service: Service,
) -> None:
    async with at_invoice(service) as page:
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        await page.locator(".skip").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#screen")).to_be_focused()
        await expect(page.get_by_label("Unit price")).to_be_visible()

        await page.get_by_role("button", name="Add a task").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Unit price").fill("10.00")
        await page.evaluate("history.back()")
        await page.evaluate("history.back()")
        await expect(dialog.get_by_label("Unit price")).to_have_value("10.00")
        await expect(page.locator("h1")).to_have_text("Invoice 21259")


async def test_the_month_that_was_chosen_last_is_shown_however_late_another_answers(
    service: Service,
) -> None:
    async with opened(service) as page:
        await sign_in(page, service, "Adam")
        await page.goto(f"{service.url}/console/month?month=2026-11")
        verdict = page.locator(".verdict")
        await expect(verdict).to_contain_text("November 2026")
        going = asyncio.Event()

        async def slow(route: Route) -> None:
            answer = await route.fetch()
            await going.wait()
            await route.fulfill(response=answer)

        async with failing(page, slow, '"2026-10"'):
            await page.get_by_role("button", name="The month before").click()
            await page.get_by_label("Month", exact=True).fill("2026-09")
            await page.get_by_label("Month", exact=True).press("Tab")
            await expect(verdict).to_contain_text("September 2026")
            async with page.expect_response(lambda one: "2026-10" in one.request.post_data):
                going.set()
        await expect(verdict).to_contain_text("September 2026")


async def test_a_filter_is_not_taken_back_by_scrolling(service: Service) -> None:
    """The page below comes first, of a list that is no longer asked for."""
    for number in range(60):
        await service.office.new_invoice(f"7{number:03}")
    await service.office.new_invoice("9001")
    async with opened(service) as page:
        await sign_in(page, service)
        rows = page.locator("table.list tbody tr")
        await expect(rows).to_have_count(50)
        going = asyncio.Event()

        async def slow(route: Route) -> None:
            await going.wait()
            await route.continue_()

        async with failing(page, slow, "invoiceNumberPrefix"):
            async with page.expect_request(lambda one: "invoiceNumberPrefix" in one.post_data):
                await page.get_by_label("Invoice #").fill("9")
            await page.mouse.move(600, 500)
            await page.mouse.wheel(0, 10_000)
            await expect(page.locator("table.list tbody")).to_have_attribute("aria-busy", "true")
            going.set()
        await expect(rows).to_have_count(1)
        await expect(page.get_by_role("link", name="9001")).to_be_visible()


async def test_an_address_that_names_nothing_says_so(service: Service) -> None:
    async with opened(service) as page:
        await sign_in(page, service)
        for address in ("invoices/%E0", "invoices/nothing", "nowhere"):
            await page.goto(f"{service.url}/console/{address}")
            await expect(page.get_by_text("Loading …")).to_have_count(0)
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await expect(page.locator("main")).to_contain_text("There is no such")
