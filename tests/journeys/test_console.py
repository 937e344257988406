"""The console in a browser: what a person does of the journeys, and what happens when things fail."""

import asyncio

import pytest
from playwright.async_api import Route, expect

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

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

SCREENS = ("", "/issues", "/batches", "/month", "/connections", "/audit")
LARGEST_FIRST_PAINT = 100_000


async def test_an_office_manager_fixes_a_price_and_sees_it_land(service: Service) -> None:
    """Journey G1 as far as a person does it: 62.44 becomes 69.47, then two edits are bypassed."""
    async with at_invoice(service) as page:
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        await page.get_by_label("Unit price").fill("42.00")
        await page.get_by_label("Business unit").select_option(label="Plumbing")
        await shown_draft(page, "$69.47")
        async with polling(service):
            await page.get_by_role("button", name="Save", exact=True).click()
            dialog = page.get_by_role("dialog", name="Transaction is exported")
            await dialog.get_by_text("What will change in QuickBooks").click()
            await expect(dialog.get_by_role("row", name="Unit price")).to_contain_text(
                "will be sent"
            )
            await dialog.get_by_role("button", name="Save & Sync").click()

            await expect(status_of(page)).to_have_text("Synced")
            await expect(page.locator(".facts")).to_contain_text("$69.47")
            await expect(page.locator(".part-copy")).to_contain_text("fields are equal")

        await page.get_by_label("Summary").fill("Fall tune-up, filter x2")
        await shown_draft(page, "$69.47")
        await page.get_by_role("button", name="Save", exact=True).click()
        await page.get_by_role("button", name="Save & Bypass").click()
        await expect(status_of(page)).to_have_text("Bypassed")
        await expect(page.get_by_role("heading", name="Re-Sync Bypassed")).to_be_visible()

        await page.get_by_role("button", name="Re-Sync", exact=True).click()
        await expect(status_of(page)).to_have_text("Syncing")
        async with polling(service):
            await expect(status_of(page)).to_have_text("Synced")

        (invoice,) = service.company.invoices.values()
        assert invoice.memo == "1042 2026-11-20 HVAC - Fall tune-up, filter x2"


async def test_whoever_may_not_edit_is_told_whom_to_ask(service: Service) -> None:
    async with at_invoice(service, "Nick") as page:
        await expect(page.get_by_text("Contact your account administrator")).to_be_visible()
        await expect(page.get_by_role("button", name="Edit Seasonal tune-up")).to_have_count(0)


async def test_nothing_typed_is_lost_while_the_service_is_away(service: Service) -> None:
    async with at_invoice(service) as page:
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()

        await page.route("**/graphql", lambda route: route.abort())
        await page.get_by_label("Unit price").fill("42.00")
        bar = page.locator(".save-bar")
        await expect(bar.get_by_role("alert")).to_contain_text("cannot be reached")
        await expect(page.get_by_label("Unit price")).to_have_value("42.00")

        await page.unroute("**/graphql")
        await bar.get_by_role("button", name="Try again").click()
        await shown_draft(page, "$69.47")
        await expect(bar.get_by_role("alert")).to_have_count(0)


async def test_whoever_is_signed_out_while_typing_signs_in_over_it(service: Service) -> None:
    async with at_invoice(service) as page:
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()

        await page.context.clear_cookies()
        await page.get_by_label("Unit price").fill("42.00")
        again = page.get_by_role("dialog", name="Sign in again")
        await again.get_by_label("Token or API key").fill(service.office.token())
        await again.get_by_role("button", name="Sign in").click()

        await expect(page.get_by_label("Unit price")).to_have_value("42.00")
        await page.get_by_role("button", name="Try again").click()
        await shown_draft(page, "$69.47")


async def test_a_price_that_is_none_is_told_at_its_field(service: Service) -> None:
    async with at_invoice(service) as page:
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()

        await page.get_by_label("Unit price").fill("12,5x")

        await expect(page.locator(".part-tasks")).to_contain_text("Decimal must be")
        await page.get_by_label("Unit price").fill("12.50")
        await expect(page.locator(".part-tasks")).not_to_contain_text("Decimal must be")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_screen_is_usable_by_everybody(service: Service, scheme) -> None:
    """No serious violation of WCAG that axe-core finds, and nothing to scroll sideways at 360 px."""
    async with (
        chromium() as browser,
        a_page(browser, color_scheme=scheme, reduced_motion="reduce") as page,
        service.working(),
    ):
        invoice = await service.exported()
        await sign_in(page, service, "Adam")
        found = {}
        for width in (1280, 360):
            await page.set_viewport_size({"width": width, "height": 800})
            for screen in (*SCREENS, f"/invoices/{invoice['id']}"):
                await page.goto(f"{service.url}/console{screen}")
                await expect(page.locator("#live")).to_contain_text("Live")
                await expect(page.get_by_text("Loading …")).to_have_count(0)
                found[screen, width] = await serious(page)
                await expect(page.locator("html")).to_have_js_property("scrollWidth", width)

        assert {place: what for place, what in found.items() if what} == {}


async def test_the_dialogs_are_usable_by_everybody(service: Service) -> None:
    async with opened(service) as page:
        await service.exported()
        await page.goto(f"{service.url}/console")
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await serious(page) == []
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        await page.get_by_label("Unit price").fill("42.00")
        await shown_draft(page, "$69.47")
        assert await serious(page) == []
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await serious(page) == []


async def test_the_first_paint_costs_little(service: Service) -> None:
    async with opened(service) as page:
        await service.exported()
        sizes = {}

        async def weigh(response):
            sizes[response.url] = (await response.request.sizes())["responseBodySize"]

        page.on("response", weigh)
        await sign_in(page, service)
        await expect(page.get_by_role("link", name="21259")).to_be_visible()

        assert len(sizes) > 10
        assert sum(sizes.values()) < LARGEST_FIRST_PAINT


async def test_the_status_opens_its_way_out(service: Service) -> None:
    """In the list, hovered: and the row changes by itself once it is done."""
    async with opened(service) as page:
        invoice = await service.exported()
        edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "42.00"}}
        wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
        await service.mutate("saveAndBypass", **wish, edits={"editTasks": [edit]})
        await sign_in(page, service)

        await page.get_by_role("button", name="Re-Sync Bypassed: 21259").hover()
        way_out = page.get_by_role("group", name="Re-Sync Bypassed")
        await way_out.get_by_role("button", name="Re-Sync", exact=True).click()

        row = page.get_by_role("row", name="21259")
        await expect(row).to_contain_text("Syncing")
        async with polling(service):
            await expect(row).to_contain_text("Synced")


async def test_an_earlier_state_is_staged_again_by_one_click(service: Service) -> None:
    async with opened(service) as page:
        invoice = await service.exported()
        for version, price in ((1, "42.00"), (2, "50.00")):
            edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": price}}
            wish = {"invoiceId": invoice["id"], "version": version, "idempotencyKey": key()}
            await service.mutate("saveAndBypass", **wish, edits={"editTasks": [edit]})
        await sign_in(page, service)
        await open_invoice(page, "21259")

        await page.get_by_role("button", name="Revert to version 2").click()

        await shown_draft(page, "$69.47")
        await expect(page.locator(".part-tasks")).to_contain_text("$42.00")


async def test_what_is_read_anew_while_something_is_staged_hides_nothing(service: Service) -> None:
    """A reading that began before the draft and ends after it would show the invoice without it."""
    async with at_invoice(service) as page:
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        held: asyncio.Queue[Route] = asyncio.Queue()

        async def hold_the_next_reading(route: Route) -> None:
            is_reading = "query ($id: ID!) { invoice" in (route.request.post_data or "")
            if is_reading and held.empty() and not let_go.is_set():
                response = await route.fetch()  # as it stands before the edit
                await held.put(route)
                await let_go.wait()
                await route.fulfill(response=response)
            else:
                await route.continue_()

        let_go = asyncio.Event()
        await page.route("**/graphql", hold_the_next_reading)
        await page.get_by_role("button", name="Refresh").click()
        await held.get()
        await page.get_by_label("Unit price").fill("42.00")
        await shown_draft(page, "$69.47")
        let_go.set()

        await page.wait_for_timeout(500)
        await shown_draft(page, "$69.47")


async def test_a_task_whose_answer_was_lost_is_added_once(service: Service) -> None:
    async with at_invoice(service) as page:
        await page.get_by_role("button", name="Add a task").click()
        await page.get_by_label("Unit price").fill("10.00")

        async def lose_the_answer(route: Route) -> None:
            if "addTask" in (route.request.post_data or ""):
                await route.fetch()
                await route.abort()
            else:
                await route.continue_()

        await page.route("**/graphql", lose_the_answer)
        dialog = page.get_by_role("dialog", name="Add a task")
        await dialog.get_by_role("button", name="Add").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("cannot be reached")
        await page.unroute("**/graphql")
        await dialog.get_by_role("button", name="Add").click()

        await expect(dialog).to_have_count(0)
        await expect(page.locator(".part-tasks tbody tr")).to_have_count(3)


async def test_what_was_typed_last_is_in_what_is_saved(service: Service) -> None:
    """Save pressed in the very moment after a key: nothing may wait for the end of typing."""
    async with opened(service) as page:
        invoice = await service.exported()
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()

        await page.get_by_label("Unit price").fill("42.00")
        await page.get_by_label("Summary").fill("Fall tune-up, as agreed")
        await page.get_by_role("button", name="Save", exact=True).click()
        dialog = page.get_by_role("dialog", name="Transaction is exported")
        await expect(dialog).to_contain_text("$62.44 → $69.47")
        await dialog.get_by_role("button", name="Save & Bypass").click()

        await expect(status_of(page)).to_have_text("Bypassed")
        saved = await service.read(invoice["id"])
        assert (saved["total"], saved["summary"]) == ("69.47", "Fall tune-up, as agreed")


async def test_what_is_marked_as_wrong_is_never_left_out_of_a_save(service: Service) -> None:
    async with at_invoice(service) as page:
        await page.get_by_label("Summary").fill("Fall tune-up, later")
        await page.get_by_role("button", name="Edit Seasonal tune-up").click()
        await page.get_by_label("Unit price").fill("forty-two")
        await page.get_by_role("button", name="Save", exact=True).click()

        await expect(page.get_by_label("Unit price")).to_be_focused()
        await expect(page.locator(".part-tasks")).to_contain_text("Decimal must be")
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_every_field_of_the_article_can_be_edited(service: Service) -> None:
    """Requirements 17 to 29: a cost stays here, and says so."""
    async with opened(service) as page:
        invoice = await service.exported()
        await sign_in(page, service)
        await open_invoice(page, "21259")
        await page.get_by_role("button", name="Edit Air filter 16x25").click()

        task = page.get_by_role("group", name="Air filter 16x25")
        await task.get_by_label("Description").fill("Air filter 16x25, pleated")
        await task.get_by_label("Inventory location").select_option(label="Warehouse")
        await task.get_by_label("Quantity").fill("3")
        await task.get_by_label("Cost").fill("4.10")
        await task.get_by_label("Taxable").check()
        await page.get_by_label("Tax zone").select_option(label="Flat 8.25 %")
        await page.get_by_label("Invoice #").fill("21259-A")
        await page.get_by_label("Invoice date").fill("2026-11-19")
        await page.get_by_role("button", name="Save", exact=True).click()
        await page.get_by_role("button", name="Save & Sync").click()
        async with polling(service):
            await expect(page.locator(".panel.good")).to_contain_text("Cost stays here")

        saved = await service.read(invoice["id"])
        changed = saved["tasks"][1]
        assert (changed["description"], changed["quantity"], changed["taxable"]) == (
            "Air filter 16x25, pleated",
            "3",
            True,
        )
        assert (saved["invoiceNumber"], saved["invoiceDate"]) == ("21259-A", "2026-11-19")
        assert all(one["equal"] for one in saved["quickbooks"]["fields"])


async def test_a_refused_export_says_so_and_goes_again(service: Service) -> None:
    """The list and the invoice say that QuickBooks did not take it; once mended, one click is enough."""
    async with opened(service) as page:
        service.bookkeeper.deactivate("CustomerRef", "Harriet Doyle")
        await service.office.new_invoice("7")
        await sign_in(page, service)
        await page.get_by_role("link", name="7", exact=True).click()
        async with polling(service):
            await page.get_by_role("button", name="Export", exact=True).click()
            await expect(page.get_by_role("heading", name="Export Failed")).to_be_visible()
            failed = page.get_by_text("Failed objects:").locator("..")
            await expect(failed).to_contain_text("Customer “Harriet Doyle”")
            await page.get_by_role("link", name="← Invoices").click()
            await expect(page.get_by_role("row", name="Harriet")).to_contain_text("Export failed")

            service.bookkeeper.activate("CustomerRef", "Harriet Doyle")
            await page.get_by_role("button", name="Export Failed: 7").click()
            await page.get_by_role("button", name="Export again").click()
            await expect(page.get_by_role("row", name="Harriet")).to_contain_text("Exported")

        assert [one.ref_number for one in service.company.invoices.values()] == ["7"]
