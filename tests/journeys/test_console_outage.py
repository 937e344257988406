"""The console in a browser: journey G3, an outage with six edits, and a PIN that somebody guesses."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from app.clock import now
from simulator.faults import CutSession, LoseAnswer, OtherCompanyOpen
from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import open_invoice, polling, serious, shown_draft, status_of
from tests.journeys.conftest import Service, empty_company, key
from tests.journeys.desks import (
    ROUNDS_MILLISECONDS,
    begin_to_save,
    desks,
    save,
    show_invoice,
    synced,
)
from tests.journeys.seeing import assert_sides_agree
from tests.journeys.test_bypassed_batch import PIN, WRONG, batch, bea, numbers_in_quickbooks
from tests.journeys.test_outage import (
    bea_joins_the_office,
    change,
    six_exported,
    the_books_are_closed_through_october,
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

__all__ = ["batch", "bea"]

TUNE_UP = "Seasonal tune-up"
NOTE = "Corrected in QuickBooks by hand"


async def test_six_edits_of_an_outage_are_followed_to_their_ends(service: Service) -> None:
    """Steps 1 to 6 and 11: what three people see of it, each on a page of their own."""
    await bea_joins_the_office(service)
    async with desks(service, "Olga", "Adam", "Bea") as (olga, adam, bea_page):
        invoices = await six_exported(service)
        await the_books_are_closed_through_october(service)

        await a_sleeping_connector_is_told_with_what_to_do(service, adam)
        await six_saves_wait_in_their_places(olga)
        await another_company_file_gets_nothing(service, adam, olga)
        await a_session_dies_with_all_six(service, olga, invoices)
        await each_finds_its_end(service, olga, invoices)
        await the_month_tells_what_it_lacks(service, bea_page, invoices)
        await the_trail_tells_every_step(adam)


async def go_to(page: Page, screen: str) -> None:
    await page.get_by_role("link", name=screen, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def a_sleeping_connector_is_told_with_what_to_do(service: Service, page: Page) -> None:
    """Step 1: red, and how to wake it and keep it awake."""
    await go_to(page, "Connections")
    card = page.locator(".connection", has_text="Front desk")
    await expect(card.locator(".light")).to_have_class("light green")
    await change(service, "connection", last_contact_at=now() - timedelta(minutes=10))
    await page.get_by_role("button", name="Refresh").click()

    await expect(card.locator(".light")).to_have_class("light red")
    await expect(card.locator(".light")).to_have_text("Offline")
    for words in ("QBWC", "Run as administrator", "sleep"):
        await expect(card.locator(".steps")).to_contain_text(words)


async def six_saves_wait_in_their_places(page: Page) -> None:
    """Step 2: each is saved and no error; number 4 is warned of the closed books, and confirmed."""
    for number in range(1, 7):
        await show_invoice(page, str(number))
        await page.get_by_role("button", name=f"Edit {TUNE_UP}").click()
        await page.get_by_label("Unit price").fill("40.00")
        await shown_draft(page, "$67.30")
        dialog = await begin_to_save(page)
        if number == 4:
            await expect(dialog).to_contain_text("through 2026-10-31")
        await save(dialog, "Save & Sync", *(["closed the books"] if number == 4 else []))

        waiting = page.locator(".panel.busy")
        await expect(waiting).to_contain_text("Waiting for the Web Connector")
        await expect(waiting).to_contain_text(f"number {number} in the queue")
        await expect(waiting).to_contain_text("it goes by itself once Front desk is online")
        await expect(waiting).not_to_contain_text("any moment")
        await expect(waiting).to_contain_text("Through Front desk Offline")
        await expect(waiting.locator(".steps")).to_contain_text("QBWC")
        await expect(status_of(page)).to_have_text("Syncing")
        await expect(page.locator(".facts")).to_contain_text("$67.30")


async def another_company_file_gets_nothing(service: Service, adam: Page, olga: Page) -> None:
    """Step 3: both pages say so by themselves, and what to do; all six go on waiting."""
    other = empty_company(service.clock)
    other.name, other.path = "Somebody Else Inc.", r"C:\QuickBooks\else.qbw"
    service.faults.add(OtherCompanyOpen(other))
    assert (await service.connector().run_update()).requests_sent == 0

    card = adam.locator(".connection", has_text="Front desk")
    await expect(card.locator(".light")).to_have_text("Another company file is open")
    await expect(card.locator(".notice.bad")).to_contain_text("else.qbw")
    await expect(card.locator(".steps")).to_contain_text("once the right company file is open")
    await expect(card).to_contain_text("6 invoices")
    await expect(olga.locator(".panel.busy")).to_contain_text("Another company file is open")
    await expect(status_of(olga)).to_have_text("Syncing")
    await go_to(olga, "Invoices")
    await expect(olga.get_by_role("row").get_by_text("Syncing", exact=True)).to_have_count(6)
    assert other.journal.requests_named("InvoiceModRq") == []


async def a_session_dies_with_all_six(
    service: Service, page: Page, invoices: list[dict[str, Any]]
) -> None:
    """Step 5: the right file is open; QuickBooks ran the set and its answer was lost."""
    service.bookkeeper.open_record(invoices[2]["quickbooks"]["txnId"])
    await open_invoice(page, "6")
    service.faults.add(LoseAnswer(after_write=True))
    assert (await service.update_once_ready()).outcome == "answer lost"
    service.faults.add(CutSession())  # the next session gets no further than its sign-in
    await service.connector().run_update()

    await expect(page.locator(".panel.busy")).to_contain_text("The answer was lost")
    await expect(status_of(page)).to_have_text("Syncing")


async def each_finds_its_end(service: Service, page: Page, invoices: list[dict[str, Any]]) -> None:
    """Steps 3 to 5: 3 waits for a window, 4 is refused with four ways out; the rest go past them."""
    third = invoices[2]["quickbooks"]["txnId"]
    async with polling(service):
        await synced(page)
        await go_to(page, "Invoices")
        for number in "1256":
            await expect(row(page, number)).to_contain_text("Synced")
        await expect(row(page, "4")).to_contain_text("Action Required")
        await expect(row(page, "3")).to_contain_text("Syncing")
        await open_invoice(page, "3")
        await expect(page.locator(".panel.busy")).to_contain_text("it is tried again")
        service.bookkeeper.close_record(third)
        service.clock.pass_seconds()
        await synced(page)
    await show_invoice(page, "4")
    refused = page.locator(".panel.bad")
    await expect(refused).to_contain_text("2026-10-31")
    await expect(refused.locator(".steps li")).to_have_count(4)

    changes = service.company.journal.requests_named("InvoiceModRq")
    asked_for = [change.find(".//TxnID").text for change in changes]
    for n in (0, 1, 4, 5):
        assert asked_for.count(invoices[n]["quickbooks"]["txnId"]) == 1
    for n in (0, 1, 2, 4, 5):
        assert_sides_agree(service, await service.read(invoices[n]["id"]))


def row(page: Page, number: str) -> Locator:
    link = page.get_by_role("link", name=number, exact=True)
    return page.get_by_role("row").filter(has=link)


async def the_month_tells_what_it_lacks(
    service: Service, page: Page, invoices: list[dict[str, Any]]
) -> None:
    """Step 6: two bypassed by 65.60 each, one refused; she bypasses that too, and the debt is 3."""
    for invoice in invoices[:2]:
        filters = {"taskId": invoice["tasks"][1]["id"], "patch": {"unitPrice": "44.80"}}
        wish = {"invoiceId": invoice["id"], "version": 2, "idempotencyKey": key()}
        await service.mutate("saveAndBypass", **wish, edits={"editTasks": [filters]})

    await go_to(page, "Month end")
    await page.get_by_label("Month", exact=True).fill("2026-11")
    await expect(page.locator(".verdict")).to_contain_text("November 2026 cannot be closed yet")
    bypassed = page.locator(".edge", has=page.get_by_role("heading", name="Bypassed", level=2))
    await expect(bypassed).to_contain_text("2 in all · the books differ by $131.20")
    await expect(page.get_by_role("heading", name="Unverified")).to_have_count(0)
    await page.get_by_role("button", name="The month before").click()
    await expect(page.locator(".verdict")).to_contain_text("October 2026 cannot be closed yet")
    await expect(page.get_by_role("heading", name="Action required")).to_be_visible()

    await page.get_by_role("button", name="Re-Sync Failed: 4").first.click()
    way_out = page.get_by_role("group", name="Re-Sync Failed").filter(visible=True)
    await expect(way_out).to_contain_text("2026-10-31")
    await way_out.get_by_label("Note on the bypass").fill(NOTE)
    await way_out.get_by_role("button", name="Bypass").click()
    await expect(page.get_by_role("heading", name="Action required")).to_have_count(0)
    await expect(figure(page, "Invoices")).to_have_text("3")
    october, november = page.locator(".debt").first, page.locator(".debt").last
    await expect(november).to_contain_text("November 2026")
    await expect(november).to_contain_text("2 invoices · $131.20")
    await october.get_by_text("October 2026").click()
    await expect(october.get_by_role("heading", name="Bypassed")).to_be_visible()
    await expect(october.get_by_role("link", name="Invoice 4")).to_be_visible()


def figure(page: Page, name: str) -> Locator:
    """A number above the bypass debt."""
    here = page.locator("section").filter(
        has=page.get_by_role("heading", name="What the two books")
    )
    return here.locator(".figures div").filter(has=page.get_by_text(name, exact=True)).locator("dd")


async def the_trail_tells_every_step(page: Page) -> None:
    """Step 11: who saved what and when, with what stood there before and after."""
    await go_to(page, "Audit")
    trail = page.locator(".trail > li")
    for what, count, who in (("Saved & synced", 6, "Olga"), ("Saved & bypassed", 3, "Bea")):
        await page.get_by_label("What").select_option(label=what)
        await expect(trail).to_have_count(count)
        await expect(trail.first.locator(".by")).to_contain_text(who)
    await expect(trail.first).to_contain_text(f"“{NOTE}”")
    await expect(trail.nth(1).locator(".by")).to_contain_text("Olga")
    await expect(trail.nth(1).locator("ins")).to_have_text("after: $44.80")

    await page.get_by_label("What").select_option(label="Anything")
    await page.get_by_label("Invoice #").fill("4")
    await expect(page.get_by_text("What was done to Invoice 4")).to_be_visible()
    synced = trail.filter(has_text="Saved & synced")
    await expect(synced.locator(".by time")).to_be_visible()
    await expect(synced.locator("del")).to_have_text("before: $35.50")
    await expect(synced.locator("ins")).to_have_text(
        ["after: $40.00", "after: QuickBooks closing date"]  # the second is what she confirmed
    )
    acts = await trail.locator("strong").all_inner_texts()
    assert acts == ["Saved & bypassed", "Saved & synced", "Exported", "Invoice created"]


async def test_a_guessed_pin_is_locked_for_a_while_and_an_exported_batch_stays_locked(
    service: Service, batch, bea
) -> None:
    """Steps 9 to 11: told and audited; then the right PIN, and what an old page still offers."""
    name = f"batch {batch['number']}"
    async with desks(service, bea, "Adam") as (nick, adam):
        await go_to(adam, "Batches")
        await expect(adam.get_by_role("button", name=f"Unlock {name}")).to_be_visible()
        await go_to(nick, "Batches")
        await nick.get_by_role("button", name=f"Unlock {name}").click()
        dialog = nick.get_by_role("dialog", name="Unlock what was bypassed")
        async with polling(service):
            await expect(dialog).to_contain_text("QuickBooks holds none of them")
        await expect(dialog.get_by_label("Administrator", exact=True)).to_contain_text("Adam")
        await dialog.get_by_role("checkbox").check()
        for told in ("2 more tries", "1 more", "locked until"):
            await try_pin(dialog, WRONG, told)
        await try_pin(dialog, PIN, "locked until")  # nor is the right one looked at
        await change(service, "pin_try", tried_at=now() - timedelta(minutes=16))
        await dialog.get_by_label("The administrator's PIN").fill(PIN)
        await dialog.get_by_role("button", name="Unlock").click()
        await expect(dialog).to_have_count(0)
        await expect(nick.locator(".card .badge").first).to_have_text("Unlocked")

        await nick.get_by_role("button", name=f"Export {name}").click()
        async with polling(service):
            await go_to(nick, "Invoices")
            exported = nick.get_by_role("row").get_by_text("Exported", exact=True)
            await expect(exported).to_have_count(9, timeout=ROUNDS_MILLISECONDS)
        assert numbers_in_quickbooks(service) == [str(n) for n in range(1, 10)]
        await an_exported_batch_is_not_unlocked(adam, nick, name)
        await the_other_way_frees_a_single_invoice(adam, name)
        await the_guesses_are_in_the_trail(adam)


async def try_pin(dialog: Locator, pin: str, told: str) -> None:
    await dialog.get_by_label("The administrator's PIN").fill(pin)
    await dialog.get_by_role("button", name="Unlock").click()
    await expect(dialog.get_by_role("alert")).to_contain_text(told)


async def an_exported_batch_is_not_unlocked(old: Page, new: Page, name: str) -> None:
    """Step 10: a page of before is refused and told the other way; a new one does not offer it."""
    await old.get_by_role("button", name=f"Unlock {name}").click()
    dialog = old.get_by_role("dialog", name="Unlock what was bypassed")
    refusal = dialog.get_by_role("alert")
    await expect(refusal).to_contain_text("exported batches are not unlocked")
    await expect(refusal).to_contain_text("bypass the export of that invoice")
    await dialog.get_by_role("button", name="Close").click()
    await go_to(new, "Batches")
    await expect(new.locator(".card .badge").first).to_have_text("Exported")
    await expect(new.get_by_role("button", name=f"Unlock {name}")).to_have_count(0)


async def the_other_way_frees_a_single_invoice(page: Page, name: str) -> None:
    """Step 10: its export is bypassed, with a reason; then the batch can be unlocked for it."""
    await show_invoice(page, "7")
    await page.get_by_role("button", name="QuickBooks no longer holds it").click()
    dialog = page.get_by_role("dialog", name="Does QuickBooks no longer hold invoice 7?")
    await dialog.get_by_label("Reason").fill("Deleted in QuickBooks")
    assert await serious(page) == []
    await dialog.get_by_role("button", name="Bypass its export").click()
    await expect(page.locator(".facts")).to_contain_text("Exported (bypassed)")
    await expect(page.get_by_role("button", name="QuickBooks no longer holds it")).to_have_count(0)
    await go_to(page, "Batches")
    await expect(page.get_by_role("button", name=f"Unlock {name}")).to_be_visible()


async def the_guesses_are_in_the_trail(page: Page) -> None:
    """Who guessed, and with whose consent it was unlocked in the end."""
    await go_to(page, "Audit")
    trail = page.locator(".trail > li")
    await page.get_by_label("What").select_option(label="PIN refused")
    await expect(trail).to_have_count(3)
    for n in range(3):
        await expect(trail.nth(n).locator(".by")).to_contain_text("Nick")
    await page.get_by_label("What").select_option(label="Unlocked")
    await expect(trail.first.locator(".by")).to_contain_text("Nick")
    await expect(trail.first).to_contain_text("Adam")
