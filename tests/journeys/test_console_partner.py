"""The console in a browser: journey G2 as the office sees it, and the choice between connections."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, Page, WebSocket, expect

from app.clock import now
from app.ids import new_id
from domain.lists import BusinessUnit, TaxZone
from resolvers.connections import NewConnection, create_connection
from simulator.faults import CutSession, LoseAnswer
from simulator.troubles import Trouble
from simulator.web_connector import WebConnector
from tests.app.test_outages import Cable, a_cable
from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import at_invoice, open_invoice, polling, shown_draft, status_of
from tests.journeys.conftest import PATIENCE_SECONDS, Service, global_id, key
from tests.journeys.desks import ROUNDS_MILLISECONDS, begin_to_save, desks, kept, save, synced
from tests.journeys.seeing import assert_sides_agree
from tests.journeys.test_bypassed_batch import PIN, batch, bea
from tests.journeys.test_outage import change

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

__all__ = ["batch", "bea"]

TUNE_UP, FILTER = "Seasonal tune-up", "Air filter 16x25"
ALONE = ["N/A", "Syncing", "Synced"]
WATCH = """() => {
  window.said = [];
  const look = () => {
    const facts = [...document.querySelectorAll(".facts div")];
    const fact = facts.find((one) => one.firstChild.textContent === "Sync Status");
    const words = fact?.lastChild.textContent;
    if (words && words !== window.said.at(-1)) window.said.push(words);
  };
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""
INVOICES = "{ invoices(first: 1) { nodes { id } } }"
REFUSED = "{ paymentCounts { refused } }"
EVENTS = "{ syncEvents(first: 100) { nodes { sequence } } }"


async def test_what_happens_meanwhile_needs_nobody_to_decide(service: Service) -> None:
    """Steps 5 to 7: a due date, a lost answer, a lost line; each ends by itself, and in Synced."""
    async with a_cable("127.0.0.1", urlsplit(service.url).port) as cable:
        there = replace(service, url=f"http://127.0.0.1:{cable.port}")
        async with desks(there, "Olga") as (page,):
            invoices = [await service.exported(number) for number in "123"]
            heard = numbers_heard(page)
            await page.reload()

            await a_due_date_changed_in_quickbooks_stays(service, page, invoices[0])
            await a_lost_answer_is_asked_for(service, page, invoices[1])
            await three_syncs_are_shown_though_the_line_was_cut(service, page, cable, invoices)

            nodes = (await service.client().call(EVENTS))["syncEvents"]["nodes"]
            all_ = [node["sequence"] for node in nodes]
            assert heard == all_[all_.index(heard[0]) :]  # in order, none twice
            assert len(heard) > 10


def numbers_heard(page: Page) -> list[int]:
    """The numbers of all events that the page is told, whatever the socket; filled as they come."""
    heard: list[int] = []

    def take(frame: str | bytes) -> None:
        told = json.loads(frame)
        data = told.get("payload", {}).get("data") if told["type"] == "next" else None
        if data and data.get("syncStatusChanged"):
            heard.append(data["syncStatusChanged"]["sequence"])

    def follow(socket: WebSocket) -> None:
        socket.on("framereceived", take)

    page.on("websocket", follow)
    return heard


async def a_due_date_changed_in_quickbooks_stays(
    service: Service, page: Page, invoice: dict[str, Any]
) -> None:
    """Step 5, second half: it is none of ours; nobody is asked."""
    txn_id = invoice["quickbooks"]["txnId"]
    service.bookkeeper.edit_invoice(txn_id, due_date="2026-12-24")
    async with polling(service):
        await sync_price(page, "1")
        await synced(page)
    await expect(page.locator(".part-copy")).to_contain_text("fields are equal")
    await expect(page.get_by_role("radio")).to_have_count(0)

    assert await page.evaluate("window.said") == ALONE
    assert service.company.invoice(txn_id).values["DueDate"] == "2026-12-24"
    assert_sides_agree(service, await service.read(invoice["id"]))


async def a_lost_answer_is_asked_for(service: Service, page: Page, invoice: dict[str, Any]) -> None:
    """Step 6: QuickBooks applied it; the page waits, and nothing is sent a second time."""
    service.faults.add(LoseAnswer(after_write=True))
    await sync_price(page, "2")
    assert (await service.update_once_ready()).outcome == "answer lost"
    service.faults.add(CutSession())  # the next session gets no further than its sign-in
    await service.connector().run_update()
    await expect(page.locator(".panel.busy")).to_contain_text("The answer was lost")
    await expect(status_of(page)).to_have_text("Syncing")
    async with polling(service):
        await synced(page)
    await expect(page.locator(".facts")).to_contain_text("$69.47")

    assert await page.evaluate("window.said") == ALONE
    changes = service.company.journal.requests_named("InvoiceModRq")
    asked_for = [change.find(".//TxnID").text for change in changes]
    assert asked_for.count(invoice["quickbooks"]["txnId"]) == 1
    assert_sides_agree(service, await service.read(invoice["id"]))


async def three_syncs_are_shown_though_the_line_was_cut(
    service: Service, page: Page, cable: Cable, invoices: list[dict[str, Any]]
) -> None:
    """Step 7: the page says that it is cut off, and catches up with all three."""
    service.clock.pass_seconds()
    await page.get_by_role("link", name="Invoices", exact=True).click()
    rows = [page.get_by_role("row").filter(has=link_to(page, n)) for n in "123"]
    await sync_elsewhere(service, invoices[0])
    await expect(rows[0]).to_contain_text("Syncing")
    cable.cut()
    await expect(page.locator("#live")).to_contain_text("Connection lost")
    for invoice in invoices[1:]:
        await sync_elsewhere(service, invoice)
    for invoice in invoices:
        await service.update_until(invoice["id"], syncStatus="SYNCED", total="70.56")
    await expect(rows[0]).to_contain_text("Syncing")
    await cable.mend()

    await expect(page.get_by_text("nothing was missed")).to_be_visible()
    for row in rows:
        await expect(row).to_contain_text("Synced")
        await expect(row).to_contain_text("$70.56")


def link_to(page: Page, number: str) -> Locator:
    return page.get_by_role("link", name=number, exact=True)


async def sync_price(page: Page, number: str) -> None:
    """Save & Sync 42.00 for the tune-up of this invoice; from then on its status is noted."""
    await page.get_by_role("link", name="Invoices", exact=True).click()
    await open_invoice(page, number)
    await page.evaluate(WATCH)
    await page.get_by_role("button", name=f"Edit {TUNE_UP}").click()
    await page.get_by_label("Unit price").fill("42.00")
    await shown_draft(page, "$69.47")
    await save(await begin_to_save(page), "Save & Sync")


async def sync_elsewhere(service: Service, invoice: dict[str, Any]) -> None:
    """Somebody else saves & syncs 43.00 for it."""
    version = (await service.read(invoice["id"]))["version"]
    edit = {"taskId": invoice["tasks"][0]["id"], "patch": {"unitPrice": "43.00"}}
    wish = {"invoiceId": invoice["id"], "version": version, "idempotencyKey": key()}
    saved = await service.mutate("saveAndSync", "Adam", **wish, edits={"editTasks": [edit]})
    assert saved["userErrors"] == []


async def test_each_guard_says_what_is_wrong_and_what_to_do_and_queues_nothing(
    service: Service,
) -> None:
    """Step 9: told while one types and in the dialog; what only hinders sending can be bypassed."""
    async with service.office.open_work() as work:
        zone = TaxZone(new_id(), "Nowhere", None, False, ())
        await work.lists.add(zone, BusinessUnit(new_id(), "Drains", None))
    async with at_invoice(service) as page:
        number, day = page.get_by_label("Invoice #"), page.get_by_label("Invoice date")

        await number.fill("123456789012")
        await refused(page, "QuickBooks holds at most 11", "Shorten it by 1", bypass=False)
        await page.get_by_label("Tax zone").select_option(label="Nowhere")
        await refused(page, "“Nowhere” has no sales tax item", "Or Save & Bypass", bypass=True)
        await page.get_by_role("button", name=f"Edit {TUNE_UP}").click()
        await page.get_by_label("Unit price").fill("-500")
        await refused(page, "The total would change its sign", "adjustment invoice", bypass=False)

        await day.fill("2026-10-15")
        await expect(page.locator(".guards")).to_contain_text("closed the books")
        dialog = await begin_to_save(page)
        asked = dialog.get_by_role("group", name="Confirm before you save")
        await expect(asked).to_contain_text("through 2026-10-31")
        await expect(asked).to_contain_text("Have the QuickBooks administrator re-open the books")
        await dialog.get_by_role("button", name="Save & Sync").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("Confirm what is asked above")
        await expect(dialog.get_by_role("alert")).not_to_contain_text("acknowledge")
        await leave(page, dialog)

        await page.get_by_role("button", name=f"Edit {FILTER}").click()
        unit = page.get_by_role("group", name=FILTER).get_by_label("Business unit")
        await unit.select_option(label="Drains")
        dialog = await refusal(page, "“Drains” has no class", "Have the administrator name")
        assert (await service.connector().run_update()).requests_sent == 0
        await save(dialog, "Save & Bypass")
        await expect(status_of(page)).to_have_text("Bypassed")


async def refused(page: Page, words: str, step: str, *, bypass: bool) -> None:
    """It is told with its way out; it is left then."""
    dialog = await refusal(page, words, step)
    bypassing = dialog.get_by_role("button", name="Save & Bypass")
    await (expect(bypassing).to_be_enabled() if bypass else expect(bypassing).to_be_disabled())
    await leave(page, dialog)


async def refusal(page: Page, words: str, step: str) -> Locator:
    """It is told in the bar and in the dialog, with what to do; nothing can be sent."""
    await expect(page.locator(".guards .error")).to_contain_text(words)
    await expect(kept(page)).to_be_visible()
    dialog = await begin_to_save(page)
    told = dialog.locator(".notice.bad li").filter(has_text=words).first
    await expect(told).to_contain_text(step)
    await expect(dialog.get_by_role("button", name="Save & Sync")).to_be_disabled()
    return dialog


async def leave(page: Page, dialog: Locator) -> None:
    """Cancel, and discard the draft."""
    await dialog.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator(".save-bar")).to_have_count(0)


async def test_whoever_has_two_connections_chooses_one_by_its_light(service: Service) -> None:
    """“Please select a connection”: to export and to sync; it goes through the chosen one alone."""
    adam = await service.office.as_person("Adam")
    front = service.office.connection.connection
    wish = NewConnection(
        company_file_id=front.company_file_id, company_file_name=None, name="Back office"
    )
    back = await create_connection(adam, wish)
    credentials = (back.connection.user_name, back.password)
    at_the_back = WebConnector(f"{service.url}/qbwc", *credentials, service.company)
    await service.office.new_invoice("7")
    async with desks(service, "Olga") as (page,):
        await at_the_back.run_update()  # heard: its light is green
        await open_invoice(page, "7")
        export = page.get_by_role("button", name="Export", exact=True)
        await export.click()
        await chosen(page.locator(".acts"), "Back office Online")
        await export.click()
        await expect(page.locator(".panel.busy")).to_contain_text("Through Back office")
        assert (await service.connector().run_update()).requests_sent == 0
        await until_synced(at_the_back, page.locator(".facts"), "Exported")
        await change(service, "connection", last_contact_at=now() - timedelta(minutes=10))
        await service.connector().run_update()  # the other one sleeps

        await page.get_by_role("button", name="Refresh").click()
        await page.get_by_label("Summary").fill("Fall tune-up, later")
        await expect(kept(page)).to_be_visible()
        dialog = await begin_to_save(page)
        await expect(dialog.get_by_role("radio", checked=True)).to_have_count(0)
        sync = dialog.get_by_role("button", name="Save & Sync")
        await sync.click()
        await expect(dialog.get_by_role("alert")).to_contain_text("Please select a connection")
        assert await lights(dialog) == {"Front desk": "light green", "Back office": "light red"}
        await chosen(dialog, "Front desk Online")
        await sync.click()
        await expect(page.locator(".panel.busy")).to_contain_text("Through Front desk")
        assert (await at_the_back.run_update()).requests_sent == 0
        await until_synced(service.connector(), status_of(page), "Synced")


async def chosen(place: Locator, name: str) -> None:
    """Choose the connection of this name and state."""
    group = place.get_by_role("group", name="Please select a connection")
    await group.get_by_role("radio", name=name).check()


async def lights(dialog: Locator) -> dict[str, str]:
    """Every connection that can be chosen, with its light."""
    labels = dialog.get_by_role("group", name="Please select a connection").locator("label")
    return {
        (await one.locator("span").first.inner_text()): await one.locator(".light").get_attribute(
            "class"
        )
        or ""
        for one in await labels.all()
    }


async def until_synced(connector: WebConnector, place: Locator, words: str) -> None:
    """Let this connector run until these words stand in the place."""
    async with asyncio.timeout(ROUNDS_MILLISECONDS / 1000):
        while words not in await place.inner_text():
            await connector.run_update()
            await asyncio.sleep(0.05)


async def test_with_books_of_two_companies_nothing_that_is_sent_comes_to_a_dead_end(
    service: Service, batch, bea
) -> None:
    """To unlock, to export a batch, to send a payment again: each asks which connection to take."""
    adam = await service.office.as_person("Adam")
    wish = NewConnection(company_file_id=None, company_file_name="Branch", name="Branch office")
    await create_connection(adam, wish)
    async with desks(service, bea) as (page,):
        dialog = page.get_by_role("dialog", name="Unlock what was bypassed")
        await page.get_by_role("link", name="Batches").click()
        await page.get_by_role("button", name=f"Unlock batch {batch['number']}").click()
        await chosen(dialog, "Front desk · CF-1 Never connected")
        await dialog.get_by_role("button", name="Ask QuickBooks").click()
        await expect(dialog).to_contain_text("QuickBooks is being asked")
        async with polling(service):
            await expect(dialog).to_contain_text("QuickBooks holds none of them")
        await dialog.get_by_role("checkbox").check()
        await dialog.get_by_label("The administrator's PIN").fill(PIN)
        await dialog.get_by_role("button", name="Unlock").click()
        await expect(dialog).to_have_count(0)

        export = page.get_by_role("button", name=f"Export batch {batch['number']}")
        await export.click()
        await chosen(page.locator("main"), "Front desk · CF-1 Online")
        await export.click()
        async with polling(service):
            await page.get_by_role("link", name="Invoices", exact=True).click()
            exported = page.get_by_role("row").get_by_text("Exported", exact=True)
            await expect(exported).to_have_count(9, timeout=ROUNDS_MILLISECONDS)

        await a_payment_is_refused(service)
        await page.get_by_role("link", name="Issues").click()
        again = page.get_by_role("button", name="Send it again")
        await again.click()
        await chosen(page.locator("main"), "Front desk · CF-1 Online")
        await again.click()
        await expect(page.get_by_text("Payments that somebody has to look at")).to_have_count(0)
    async with service.working(), polling(service), asyncio.timeout(PATIENCE_SECONDS):
        while not service.company.payments:
            await asyncio.sleep(0.02)


async def a_payment_is_refused(service: Service) -> None:
    """Of the first invoice; QuickBooks finds it too much."""
    refusal = "The amount of the payment is more than the amount due."
    service.company.troubles.order(Trouble("ReceivePaymentAddRq", 3210, refusal))
    nodes = (await service.client().call(INVOICES))["invoices"]["nodes"]
    wish = {"amount": "20.00", "receivedOn": "2026-11-20", "idempotencyKey": key()}
    paid = await service.mutate("recordPayment", invoiceId=nodes[0]["id"], **wish)
    sent = {"paymentIds": [paid["payment"]["id"]], "idempotencyKey": key()}
    front = global_id("Connection", service.office.connection.connection.id)
    done = await service.mutate("exportPayments", connectionId=front, **sent)
    assert done["userErrors"] == []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await service.client().call(REFUSED))["paymentCounts"]["refused"] == 0:
            await service.connector().run_update()
            await asyncio.sleep(0.02)
