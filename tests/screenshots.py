"""`make screenshots`: every screen of the console, light and dark, as `make demo` shows it."""

import asyncio
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, expect

from tests.chromium import CHROMIUM
from tests.journeys.browsing import a_page, chromium

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".instep" / "screenshots"
#: What README shows: name of the screenshot, in light or dark.
SHOWN = ("invoice-light", "issues-dark")
README_FOLDER = ROOT / "docs" / "images"
_WIDTH, _HEIGHT, _NARROW = 1280, 860, 360
_START_SECONDS = 180


async def take() -> None:
    """Start the demo, take every screenshot, and put README's two in their place."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    async with demo() as url, chromium() as browser:
        for scheme in ("light", "dark"):
            for width in (_WIDTH, _NARROW):
                size = {"width": width, "height": _HEIGHT}
                async with a_page(browser, color_scheme=scheme, viewport=size) as page:
                    await tour(page, url, scheme if width == _WIDTH else f"{scheme}-narrow")
    README_FOLDER.mkdir(parents=True, exist_ok=True)
    for name in SHOWN:
        shutil.copyfile(FOLDER / f"{name}.png", README_FOLDER / f"{name}.png")
    sys.stdout.write(f"{len(list(FOLDER.iterdir()))} screenshots are in {FOLDER}\n")


@asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """Run `make demo` until it stays up; give the address of its service."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "demo"), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            told = ""
            while "Everything stays up" not in told:
                line = await process.stdout.readline()
                if not line:
                    raise SystemExit(f"The demo ended:\n{told}")
                told += line.decode()
        yield re.search(r"Console\s+(http://\S+)/console", told).group(1)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def tour(page: Page, url: str, suffix: str) -> None:
    """Go through all screens and dialogs; nothing is saved on the way."""

    async def shoot(name: str) -> None:
        await expect(page.get_by_text("Loading …")).to_have_count(0)
        await page.screenshot(path=FOLDER / f"{name}-{suffix}.png")

    await page.goto(f"{url}/console")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await shoot("sign-in")
    await page.get_by_role("button", name="Try the demo account").click()
    await expect(page.locator("table.list tbody tr").first).to_be_visible()
    await shoot("invoices")
    for name, number, visit in _INVOICES:
        await page.goto(f"{url}/console")
        await page.get_by_role("link", name=number, exact=True).click()
        await expect(page.locator(".part-tasks table")).to_be_visible()
        await visit(page, shoot, name)
    for name in ("issues", "month", "batches", "connections", "audit"):
        await page.goto(f"{url}/console/{name}")
        await expect(page.locator("main h1:not(.hidden)")).to_be_visible()
        await shoot(name)
    await _unlock(page, url, shoot)


Shoot = Callable[[str], Awaitable[None]]


async def _as_it_is(_: Page, shoot: Shoot, name: str) -> None:
    await shoot(name)


async def _edit(page: Page, shoot: Shoot, name: str) -> None:
    await page.get_by_role("button", name=re.compile("^Edit ")).first.click()
    await page.get_by_label("Unit price").fill("42.00")
    await page.get_by_label("Summary").fill("Fall tune-up, as agreed by telephone")
    await expect(page.locator(".save-bar")).to_contain_text("kept, not saved yet")
    await shoot(name)
    await page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Transaction is exported")
    await dialog.get_by_text("What will change in QuickBooks").click()
    await expect(dialog).to_contain_text("will be sent")
    await shoot("save")
    await dialog.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator(".save-bar:visible")).to_have_count(0)


async def _unlock(page: Page, url: str, shoot: Shoot) -> None:
    await page.goto(f"{url}/console/batches")
    await page.get_by_role("button", name=re.compile("^Unlock batch")).first.click()
    dialog = page.get_by_role("dialog", name="Unlock what was bypassed")
    await expect(dialog).to_contain_text("QuickBooks holds some of them")
    await shoot("unlock")


_INVOICES = (
    ("invoice", "21237", _edit),
    ("conflict", "21236", _as_it_is),
    ("bypassed", "21234", _as_it_is),
    ("syncing", "21238", _as_it_is),
    ("export-failed", "21199", _as_it_is),
    ("somebody-edits", "21235", _as_it_is),
    ("synced", "21232", _as_it_is),
)


if __name__ == "__main__":
    if CHROMIUM is None:
        raise SystemExit(
            "Install Debian's package chromium first: the screenshots are taken in it."
        )
    asyncio.run(take())
