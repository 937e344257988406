"""The console's connections: added, renamed, disabled, and their light as it changes."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from simulator.web_connector import WebConnector
from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import opened, polling, serious, sign_in
from tests.journeys.conftest import Service
from tests.journeys.desks import overtaken
from tests.journeys.failing import Wire

TURN = "mutation ($input: UpdateConnectionInput!) { updateConnection(input: $input) { userErrors { message } } }"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)


async def test_a_connection_whose_answer_was_lost_is_added_once(service: Service) -> None:
    """And the password shown is the one that holds."""
    async with opened(service) as page:
        await sign_in(page, service, "Adam")
        await page.get_by_role("link", name="Connections").click()
        await page.get_by_role("button", name="Add a connection").click()
        dialog = page.get_by_role("dialog")
        name = dialog.get_by_role("textbox", name="Connection")
        await name.fill(" ")
        await dialog.get_by_role("button", name="Add", exact=True).click()
        await expect(name).to_have_attribute("aria-invalid", "true")
        await name.fill("Back office")

        async def lose_the_answer(route: Route) -> None:
            if "createConnection" in (route.request.post_data or ""):
                await route.fetch()
                await route.abort()
            else:
                await route.continue_()

        await page.route("**/graphql", lose_the_answer)
        await dialog.get_by_role("button", name="Add", exact=True).click()
        await expect(dialog.get_by_role("alert")).to_contain_text("cannot be reached")
        await page.unroute("**/graphql")
        await dialog.get_by_role("button", name="Add", exact=True).click()

        secret = dialog.locator(".secret")
        await expect(secret).to_be_visible()
        async with page.expect_download() as download:
            await dialog.get_by_role("link", name="Download the .qwc file").click()
        file = await download.value
        written = (await asyncio.to_thread(Path(await file.path()).read_bytes)).decode()
        user = written.split("<UserName>")[1].split("</UserName>")[0]
        connector = WebConnector(
            f"{service.url}/qbwc", user, await secret.inner_text(), service.company
        )
        await connector.run_update()
        await dialog.get_by_role("button", name="I have noted the password").click()
        await expect(page.get_by_role("heading", name="Back office")).to_have_count(1)
        light = page.locator(".connection", has_text="Back office").locator(".light")
        await expect(light).to_have_class("light green")


async def test_a_connection_is_renamed_disabled_and_given_a_new_password(
    service: Service,
) -> None:
    async with opened(service) as page:
        await sign_in(page, service, "Adam")
        await page.get_by_role("link", name="Connections").click()
        card = page.locator(".connection", has_text="Front desk")
        await expect(card).to_contain_text("Never connected")
        async with polling(service):
            await expect(card.locator(".light")).to_have_class("light green")  # by itself

        await page.get_by_role("button", name="Disable Front desk").click()
        await expect(card).to_contain_text("Disabled")
        await page.get_by_role("button", name="Enable Front desk").click()
        await expect(page.get_by_role("button", name="Disable Front desk")).to_be_visible()

        await page.get_by_role("button", name="New password for Front desk").click()
        await page.get_by_role("button", name="Give a new password").click()
        await expect(page.locator(".secret")).to_be_visible()
        assert await page.locator(".secret").inner_text() != service.office.connection.password
        await page.get_by_role("button", name="I have noted the password").click()

        await page.get_by_role("button", name="Rename Front desk").click()
        await page.get_by_label("Name", exact=True).fill("Reception")
        await page.get_by_role("button", name="Rename", exact=True).click()
        await expect(page.get_by_role("heading", name="Reception")).to_be_visible()


async def test_what_is_read_goes_before_what_was_heard_earlier(service: Service) -> None:
    """It was enabled again while the page could not hear: the very state that it showed at first."""
    wire = Wire()
    async with opened(service) as page:
        await page.route_web_socket("**/graphql", wire.handle)
        await sign_in(page, service, "Adam")
        await page.get_by_role("link", name="Connections").click()
        card = page.locator(".connection", has_text="Front desk")
        await expect(card).to_contain_text("Never connected")
        await expect(page.locator("#live")).to_contain_text("Live")
        await turn(service, disabled=True)
        await expect(card).to_contain_text("Disabled")

        wire.is_silent = True
        await turn(service, disabled=False)
        await page.get_by_role("button", name="Refresh").click()
        await expect(card).to_contain_text("Never connected")
        await expect(page.get_by_role("button", name="Disable Front desk")).to_be_visible()


async def test_a_queue_is_opened_and_followed_until_all_of_it_left(service: Service) -> None:
    """What comes into it comes into the open list, and whoever stands in it goes on standing there."""
    async with opened(service) as page:
        for number in ("21259", "21260"):
            await service.office.export(await service.office.new_invoice(number))
        await sign_in(page, service, "Adam")
        await page.get_by_role("link", name="Connections").click()
        card = page.locator(".connection", has_text="Front desk")
        waiting, rows = card.locator("summary"), card.locator("tbody tr")
        await expect(card).to_contain_text("2 invoices")
        await expect(rows).to_have_count(0)

        await waiting.press("Enter")
        await expect(rows).to_have_count(2)
        for place, number in enumerate(("21259", "21260"), start=1):
            row = card.get_by_role("row", name=number)
            await expect(row.locator("td").nth(1)).to_have_text(str(place))
            await expect(row).to_contain_text("Harriet Doyle")
            await expect(row).to_contain_text("Waiting for the Web Connector")
        await service.office.export(await service.office.new_invoice("21261"))
        await expect(card.get_by_role("row", name="21261")).to_be_visible()
        await expect(card).to_contain_text("3 invoices")
        await expect(waiting).to_be_focused()
        assert await serious(page) == []

        async with polling(service):
            await expect(card.locator("dl")).to_contain_text("nothing", timeout=60_000)
            await expect(rows).to_have_count(0)


async def test_what_is_held_up_behind_a_problem_says_so_in_the_queue(service: Service) -> None:
    """The one that QuickBooks refused has left; the next one of its customer waits for it."""
    async with opened(service) as page:
        service.bookkeeper.deactivate("CustomerRef", "Harriet Doyle")
        await service.office.export(await service.office.new_invoice("21259"))
        await sign_in(page, service, "Adam")
        async with polling(service):
            await expect(page.get_by_role("row", name="21259")).to_contain_text("Export failed")
            await service.office.export(await service.office.new_invoice("21260"))
            await page.get_by_role("link", name="Connections").click()
            card = page.locator(".connection", has_text="Front desk")
            await card.locator("summary").click()
            row = card.get_by_role("row", name="21260")
            await expect(row).to_contain_text("Held up by a problem")
        await expect(row).to_contain_text("Harriet Doyle” is missing in QuickBooks, inactive there")
        await expect(card.get_by_role("row", name="21259")).to_have_count(0)


async def test_what_is_heard_goes_before_what_was_read_earlier(service: Service) -> None:
    """It was disabled after the service had read it, and before that answer came."""
    async with opened(service) as page:
        await sign_in(page, service, "Adam")
        await page.get_by_role("link", name="Connections").click()
        card = page.locator(".connection", has_text="Front desk")
        await expect(card).to_contain_text("Never connected")
        await expect(page.locator("#live")).to_contain_text("Live")

        refresh = page.get_by_role("button", name="Refresh")
        async with overtaken(page, refresh, "companyFiles"):
            await turn(service, disabled=True)
            await expect(card).to_contain_text("Disabled")
        await expect(refresh).not_to_have_attribute("aria-busy", "true")
        await expect(card).to_contain_text("Disabled", timeout=1)


async def test_more_is_shown_though_the_list_is_being_read_anew(service: Service) -> None:
    """A page holds twenty."""
    async with opened(service) as page:
        made = [await service.office.new_invoice(str(number)) for number in range(22000, 22021)]
        await service.office.export(*made)
        await sign_in(page, service, "Adam")
        await page.get_by_role("link", name="Connections").click()
        card = page.locator(".connection", has_text="Front desk")
        rows, refresh = card.locator("tbody tr"), page.get_by_role("button", name="Refresh")
        await card.locator("summary").click()
        await expect(rows).to_have_count(20)

        async with overtaken(page, refresh, "syncQueue"):
            await card.get_by_role("button", name="Show more").click()
        await expect(rows).to_have_count(21)
        await expect(card.get_by_role("button", name="Show more")).to_have_count(0)


async def turn(service: Service, *, disabled: bool) -> None:
    """Let an administrator do it elsewhere."""
    adam = service.client("Adam")
    found = await adam.call("{ companyFiles { connections { id } } }")
    wish = {"connectionId": found["companyFiles"][0]["connections"][0]["id"], "disabled": disabled}
    done = await adam.call(TURN, input=wish)
    assert done["updateConnection"]["userErrors"] == []
