"""The console's screens beside the invoice: issues, month end, drift, the audit trail."""

import asyncio
import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from app.settings import Settings
from simulator.troubles import Trouble
from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import (
    a_page,
    chromium,
    opened,
    polling,
    press_again,
    serious,
    shown_draft,
    sign_in,
    status_of,
)
from tests.journeys.conftest import PATIENCE_SECONDS, Service, key
from tests.journeys.failing import told_unless_done
from tests.journeys.test_outage import an_hour_passes_without_work
from tests.journeys.test_partner import NO_CUSTOMER, ready_to_leave

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

TUNE_UP = "Seasonal tune-up"
NEWEST_ACT = """query ($id: ID!) {
  invoice(id: $id) { syncStatus auditTrail(first: 1) { nodes { action reason } } }
}"""
REFUSED = "{ paymentCounts { refused } }"
OPEN_ISSUES = "{ syncIssues { nodes { id } } }"


async def test_a_root_takes_its_dependents_with_it(service: Service) -> None:
    """G2, step 8: an inactive customer, three invoices and a payment; one Re-Sync clears them."""
    async with opened(service) as page:
        await a_missing_customer_holds_up_three_invoices_and_a_payment(service)
        await sign_in(page, service)
        await page.get_by_role("link", name="Issues").click()
        card = page.locator(".issue", has_text="Harriet Doyle")
        await expect(card).to_have_count(1)
        await expect(figure(page, "To solve")).to_have_text("1")
        await expect(figure(page, "Invoices held up")).to_have_text("3")
        await expect(figure(page, "Payments held up")).to_have_text("1")
        await expect(card.get_by_role("heading", level=3)).to_have_text("Customer “Harriet Doyle”")
        await expect(card.locator(".steps")).to_contain_text("Bookkeeper")
        await card.get_by_text("QuickBooks' own words (3140)").click()
        await expect(card.locator(".quote")).to_contain_text("invalid reference")
        tree = card.locator(".tree")
        for number in "123":
            await expect(tree.get_by_role("link", name=f"Invoice {number}")).to_be_visible()
        second = tree.get_by_role("listitem").filter(has_text="Invoice 2").last
        await expect(second).to_contain_text("Payment of $20.00")

        service.bookkeeper.activate("CustomerRef", "Harriet Doyle")
        await card.get_by_role("button", name="Re-Sync").click()
        async with polling(service):
            await expect(page.get_by_text("Nothing is wrong")).to_be_visible()
            for name in ("To solve", "Wait for them", "Invoices held up", "Payments held up"):
                await expect(figure(page, name)).to_have_text("0")
            await page.get_by_role("link", name="Invoices").click()
            await expect(page.get_by_role("row").get_by_text("Synced", exact=True)).to_have_count(3)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not service.company.payments:
                    await asyncio.sleep(0.02)


async def test_the_report_of_what_failed_is_a_file_of_every_piece(service: Service) -> None:
    """It comes in pieces; none of them loses its first row."""
    async with opened(service) as page:
        await a_missing_customer_holds_up_three_invoices_and_a_payment(service)
        await sign_in(page, service)
        await page.get_by_role("link", name="Issues").click()
        await expect(page.locator(".issue")).to_have_count(1)

        async def in_small_pieces(route: Route) -> None:
            asked = route.request.post_data or ""
            await route.continue_(
                post_data=asked.replace("syncIssuesCsv(", "syncIssuesCsv(first: 1, ")
            )

        await page.route("**/graphql", in_small_pieces)
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download as CSV").click()
        file = await download.value

        text = (await asyncio.to_thread(Path(await file.path()).read_bytes)).decode()
        headings, *rows = csv.reader(io.StringIO(text))
        assert file.suggested_filename.endswith(".csv")
        assert len({len(row) for row in (headings, *rows)}) == 1
        assert sorted(row[headings.index("Invoice #")] for row in rows) == ["1", "2", "3"]


async def test_a_list_that_cannot_be_read_says_so_and_tries_again(service: Service) -> None:
    """In the place of the list, on each screen; nothing fails without a word."""
    async with opened(service) as page:
        await service.exported()
        await sign_in(page, service, "Adam")
        for name in ("Issues", "Month end", "Connections", "Audit"):
            await page.route("**/graphql", lambda route: route.abort())
            await page.get_by_role("link", name=name).click()
            await expect(page.get_by_text("cannot be reached").first).to_be_visible()
            await page.unroute("**/graphql")
            while again := await page.get_by_role("button", name="Try again").all():
                await again[0].click()
                await expect(page.get_by_text("Loading …")).to_have_count(0)
            await expect(page.get_by_text("cannot be reached")).to_have_count(0)


async def test_a_refused_payment_is_sent_again_from_the_issues(service: Service) -> None:
    async with opened(service) as page:
        invoice = await service.exported()
        refusal = "The amount of the payment is more than the amount due."
        service.company.troubles.order(Trouble("ReceivePaymentAddRq", 3210, refusal))
        await pay(service, invoice, "20.00")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await service.client().call(REFUSED))["paymentCounts"]["refused"] == 0:
                await service.connector().run_update()
                await asyncio.sleep(0.02)
        await sign_in(page, service)
        await page.get_by_role("link", name="Issues").click()
        card = page.locator(".issue", has_text="Payment of $20.00")
        await expect(figure(page, "Payments held up")).to_have_text("1")
        await expect(card.locator(".steps li").first).to_be_visible()

        await card.get_by_role("button", name="Send it again").click()

        await expect(page.get_by_text("Payments that somebody has to look at")).to_have_count(0)
        async with polling(service), asyncio.timeout(PATIENCE_SECONDS):
            while not service.company.payments:
                await asyncio.sleep(0.02)


async def test_long_lists_go_on_page_by_page(service: Service) -> None:
    """As if a page held one: nothing is left out, and nothing comes twice."""
    async with opened(service) as page:
        await a_month_with_three_left_over(service)
        asked: list[str] = []

        async def one_by_one(route: Route) -> None:
            asked.append(route.request.post_data or "")
            few = re.sub(r"\b(invoices|auditTrail)\(first: [0-9]+", r"\1(first: 1", asked[-1])
            await route.continue_(post_data=few)

        await sign_in(page, service, "Adam")
        await page.route("**/graphql", one_by_one)
        await page.get_by_role("link", name="Month end").click()
        await page.get_by_label("Month", exact=True).fill("2026-11")
        bypassed = page.locator(".edge", has=page.get_by_role("heading", name="Bypassed", level=2))
        rows = bypassed.locator("tbody tr")
        await expect(rows).to_have_count(1)
        await bypassed.get_by_role("button", name="Show more").click()
        await expect(rows).to_have_count(2)
        assert len(set(await rows.get_by_role("link").all_inner_texts())) == 2

        await page.get_by_role("link", name="Audit").click()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await page.get_by_text("That is all.").count():
                await page.mouse.wheel(0, 2000)
                await page.wait_for_timeout(50)
        trail = await page.locator(".trail > li .small").all_inner_texts()
        assert len(trail) >= 9


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_full_screens_are_usable_by_everybody(service: Service, scheme: str) -> None:
    """With problems, drift, debt and a trail on them: axe-core, and 360 px without scrolling sideways."""
    screens = ("/issues", "/month?month=2026-11", "/connections", "/audit")
    async with (
        chromium() as browser,
        a_page(browser, color_scheme=scheme, reduced_motion="reduce") as page,
        service.working(),
    ):
        changed = await service.exported("9")
        await a_line_is_lowered_in_quickbooks(service, changed, "30.00")
        await a_missing_customer_holds_up_three_invoices_and_a_payment(service)
        await sign_in(page, service, "Adam")
        found = {}
        for width in (1280, 360):
            await page.set_viewport_size({"width": width, "height": 800})
            for screen in screens:
                await page.goto(f"{service.url}/console{screen}")
                await expect(page.locator("#live")).to_contain_text("Live")
                await expect(page.get_by_text("Loading …")).to_have_count(0)
                found[screen, width] = await serious(page)
                await expect(page.locator("html")).to_have_js_property("scrollWidth", width)
            await page.goto(f"{service.url}/console/connections")
            await page.get_by_role("button", name="Add a connection").click()
            found["add", width] = await serious(page)

        assert {place: what for place, what in found.items() if what} == {}


async def test_the_month_tells_what_it_lacks_and_a_bypass_raises_the_debt(
    service: Service,
) -> None:
    """G3, step 6: one refused, two bypassed by 65.60 each; the refused one is bypassed, with a note."""
    async with opened(service) as page:
        refused = await a_month_with_three_left_over(service)
        await sign_in(page, service)
        await page.get_by_role("link", name="Month end").click()
        await page.get_by_label("Month", exact=True).fill("2026-11")
        await expect(page.locator(".verdict")).to_contain_text("November 2026 cannot be closed yet")
        for name, count in (("Bypassed", "2"), ("Action required", "1")):
            await expect(figure(page, name)).to_have_text(count)
        bypassed = page.locator(".edge", has=page.get_by_role("heading", name="Bypassed", level=2))
        await expect(bypassed).to_contain_text("the books differ by $131.20")
        await expect(bypassed.get_by_role("row")).to_have_count(3)  # with the headings
        await expect(figure(page, "The books differ by")).to_have_text("$138.23")

        await page.get_by_role("button", name="Re-Sync Failed: 3").first.click()
        way_out = page.get_by_role("group", name="Re-Sync Failed").filter(visible=True)
        await way_out.get_by_label("Note on the bypass").fill("Corrected there by hand")
        await way_out.get_by_role("button", name="Bypass").click()

        await expect(figure(page, "Bypassed")).to_have_text("3")
        await expect(page.get_by_role("heading", name="Action required")).to_have_count(0)
        await expect(bypassed).to_contain_text("the books differ by $138.23")
        await expect(bypassed.get_by_role("link", name="Invoice 3")).to_be_visible()
        after = (await service.client().call(NEWEST_ACT, id=refused["id"]))["invoice"]
        assert after["syncStatus"] == "BYPASSED"
        assert after["auditTrail"]["nodes"] == [
            {"action": "SAVED_AND_BYPASSED", "reason": "Corrected there by hand"}
        ]


@pytest.mark.parametrize("side", ["QuickBooks'", "Ours"])
async def test_what_was_changed_in_quickbooks_is_shown_and_decided(
    service: Service, side: str
) -> None:
    """G3, step 7: a line lowered there; both values, and the choice between them."""
    async with opened(service) as page:
        invoice = await service.exported()
        await a_line_is_lowered_in_quickbooks(service, invoice, "30.00")
        await sign_in(page, service)
        await page.get_by_role("link", name="Issues").click()
        card = page.locator(".drift")
        await expect(card.get_by_role("row", name="Unit price")).to_contain_text(TUNE_UP)
        await card.get_by_role("link", name="Invoice 21259").click()
        await expect(page.get_by_role("heading", name="Changed in QuickBooks")).to_be_visible()
        row = page.locator(".drift").get_by_role("row", name="Unit price")
        for value in ("$35.50", "$30.00"):
            await expect(row).to_contain_text(value)
        await row.get_by_label(side).check()
        asked: list[str] = []

        async def lose_the_answer(route: Route) -> None:
            if "resolveDrift" in (route.request.post_data or ""):
                asked.append(route.request.post_data)
                if len(asked) == 1:
                    await route.fetch()
                    await route.abort()
                    return
            await route.continue_()

        await page.route("**/graphql", lose_the_answer)
        take = page.get_by_role("button", name="Take what is chosen")
        await take.click()
        alert = page.locator(".drift").get_by_role("alert").filter(has_text="reached")
        await told_unless_done(alert, page.locator(".drift"), gone=True)
        await press_again(take)
        async with polling(service):
            await expect(page.locator(".drift")).to_have_count(0)
            await expect(status_of(page)).to_have_text("Synced")
            await expect(page.locator(".part-copy")).to_contain_text("fields are equal")

    kept = "30" if side == "QuickBooks'" else "35.5"
    after = await service.read(invoice["id"])
    assert [one["quickbooks"] for one in after["quickbooks"]["fields"]].count(kept) > 0
    assert after["version"] == (2 if side == "QuickBooks'" else 1)
    assert len(set(asked)) == 1  # however often


async def test_the_history_of_one_invoice_is_found_and_read(service: Service) -> None:
    """By its number, by person, act and day; what was stands struck through before what is."""
    async with opened(service) as page:
        first, second = [await service.exported(number) for number in ("21259", "21260")]
        for invoice, price in ((first, "42.00"), (second, "50.00")):
            edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": price}}
            wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
            reason = f"Agreed on {price}"
            edits = {"editTasks": [edit]}
            await service.mutate("saveAndBypass", **wish, edits=edits, reason=reason)
        await sign_in(page, service, "Adam")
        await page.get_by_role("link", name="Audit").click()
        trail = page.locator(".trail > li")
        await expect(trail.filter(has_text="Agreed on")).to_have_count(2)

        await page.get_by_label("Invoice #").fill("21259")
        await expect(page.get_by_text("What was done to Invoice 21259")).to_be_visible()
        await expect(trail).to_have_count(3)
        saved = trail.filter(has_text="Saved & bypassed")
        await expect(saved.locator("del")).to_contain_text("$35.50")
        await expect(saved.locator("ins")).to_contain_text("$42.00")
        await expect(saved).to_contain_text(TUNE_UP)
        await expect(saved).to_contain_text("“Agreed on 42.00”")

        await page.get_by_role("button", name="Show everything").click()
        await page.get_by_label("What").select_option(label="Saved & bypassed")
        await expect(trail).to_have_count(2)
        await page.get_by_label("Who").select_option(label="Nick")
        await expect(page.get_by_text("Nothing of this kind was done")).to_be_visible()
        await page.get_by_label("Who").select_option(label="Olga")
        await page.get_by_label("To", exact=True).fill("2020-01-01")
        await expect(page.get_by_text("Nothing of this kind was done")).to_be_visible()
        await page.get_by_label("To", exact=True).fill("")
        await expect(trail).to_have_count(2)

        await trail.get_by_role("link", name="Invoice 21260").click()
        await page.get_by_role("link", name="Everything that was done to it").click()
        await expect(page.get_by_text("What was done to Invoice 21260")).to_be_visible()
        await expect(trail.filter(has_text="“Agreed on 50.00”")).to_have_count(1)

        await page.get_by_text("Its versions, and going back").click()
        versions = page.locator(".history > li")
        await expect(versions.first).to_contain_text("Version 2")
        assert await serious(page) == []
        await page.get_by_role("button", name="Revert to version 1").click()
        await expect(page.get_by_role("heading", name="Invoice 21260")).to_be_visible()
        await shown_draft(page, "$62.44")
        assert (await service.read(second["id"]))["version"] == 2


async def test_whoever_may_not_read_the_whole_trail_reads_that_of_an_invoice(
    service: Service,
) -> None:
    async with opened(service) as page:
        await service.exported()
        await sign_in(page, service)
        await page.get_by_role("link", name="Audit").click()
        await expect(page.get_by_text("type its number above")).to_be_visible()

        await page.get_by_label("Invoice #").fill("2125")
        await expect(page.get_by_text("No invoice has the number 2125.")).to_be_visible()
        await page.get_by_label("Invoice #").fill("21259")
        await expect(page.locator(".trail > li")).to_have_count(2)


def figure(page: Page, name: str):
    """A number that stands above a list."""
    return page.locator(".figures div", has_text=name).locator("dd")


async def a_missing_customer_holds_up_three_invoices_and_a_payment(service: Service) -> None:
    invoices = [await service.exported(number) for number in "123"]
    service.bookkeeper.deactivate("CustomerRef", "Harriet Doyle")
    refusals = (Trouble("InvoiceModRq", 3140, NO_CUSTOMER, nth=n) for n in (1, 2, 3))
    service.company.troubles.order(*refusals)
    for invoice in invoices:
        await change_price(service, invoice, "42.00")
    for invoice in invoices:
        await ready_to_leave(service, invoice["id"])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len((await service.client().call(OPEN_ISSUES))["syncIssues"]["nodes"]) < 3:
            await service.connector().run_update()
            await asyncio.sleep(0.02)
    await pay(service, invoices[1], "20.00")
    await service.connector().run_update()


async def pay(service: Service, invoice: dict, amount: str) -> None:
    """Record a payment of the invoice, and ask for its export."""
    wish = {"amount": amount, "receivedOn": "2026-11-20", "idempotencyKey": key()}
    kept = await service.mutate("recordPayment", invoiceId=invoice["id"], **wish)
    payments = [kept["payment"]["id"]]
    await service.mutate("exportPayments", paymentIds=payments, idempotencyKey=key())


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """QuickBooks is asked once an hour what was changed there."""
    return settings.model_copy(update={"drift_minutes": 60})


async def a_line_is_lowered_in_quickbooks(service: Service, invoice: dict, rate: str) -> None:
    """And the next idle read finds it."""
    service.clock.pass_seconds()
    txn_id, line = invoice["quickbooks"]["txnId"], invoice["tasks"][0]["quickbooksLineId"]
    service.bookkeeper.change_line(txn_id, line, rate=Decimal(rate))
    await an_hour_passes_without_work(service)
    await service.connector().run_update()


async def a_month_with_three_left_over(service: Service) -> dict:
    """Invoices 1 and 2 were bypassed, 3 was refused; give that one."""
    first, second, third = [await service.exported(number) for number in "123"]
    for invoice in (first, second):
        filters = {"taskId": invoice["tasks"][1]["id"], "patch": {"unitPrice": "44.80"}}
        wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
        saved = await service.mutate("saveAndBypass", **wish, edits={"editTasks": [filters]})
        assert saved["userErrors"] == []
    service.company.preferences.closing_date = date(2026, 11, 30)
    await change_price(service, third, "42.00", acknowledge=["QUICKBOOKS_CLOSING_DATE"])
    await service.update_until(third["id"], syncStatus="ACTION_REQUIRED")
    return third


async def change_price(service: Service, invoice: dict, price: str, **more: Any) -> None:
    """Save & Sync another price of the first task."""
    edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": price}}
    wish = {"invoiceId": invoice["id"], "version": 1, "idempotencyKey": key()}
    saved = await service.mutate("saveAndSync", **wish, edits={"editTasks": [edit]}, **more)
    assert saved["userErrors"] == []
