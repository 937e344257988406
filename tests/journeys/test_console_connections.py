"""The console's connections: added, renamed, disabled, and their light as it changes."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from simulator.web_connector import WebConnector
from tests.chromium import CHROMIUM, MISSING
from tests.journeys.browsing import opened, polling, sign_in
from tests.journeys.conftest import Service

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
