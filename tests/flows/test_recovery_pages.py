"""Pages for new passwords in a real browser: accessible, within the screen and the policy."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests import serving
from tests.flows.users_walk import address
from tests.looking import faults, opened
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
NEW = "quiet lamps walk north"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """The demo tenant on SQLite."""
    async with serving.demo(tmp_path / "data") as started:
        yield started


async def fill(page: Page, **fields: str) -> None:
    """Fill in fields by their ids and send the form."""
    for name, text in fields.items():
        await page.locator(f"#{name}").fill(text)
    await page.locator("main form button.btn-primary").click()


async def walk(page: Page, server: Server) -> AsyncIterator[str]:
    """Yield each state while the browser shows it."""
    async for state in _forgotten(page, server):
        yield state
    async for state in _changed(page, server):
        yield state


async def _forgotten(page: Page, server: Server) -> AsyncIterator[str]:
    await page.goto(f"{server.base_url}/outbox")
    yield "outbox, empty"
    await page.goto(address(server))
    await page.get_by_role("link", name="Forgot your password?").click()
    yield "forgot"
    await fill(page, login="   ")
    await page.get_by_text("Enter what you sign in with.").wait_for()
    yield "forgot, refused"
    await fill(page, login="jsmith")
    await page.get_by_role("heading", name="Check your mail").wait_for()
    yield "sent"
    link = page.locator("pre a[href*='/signin/reset']")
    await page.goto(f"{server.base_url}/outbox")
    while not await link.count():
        await page.reload()
    yield "outbox"
    await link.first.click()
    yield "reset"
    await fill(page, password="password123456789", repeated="password123456789")
    await page.get_by_text("That is a common password").wait_for()
    yield "reset, refused"
    await fill(page, password=NEW, repeated=NEW)
    await page.get_by_role("heading", name="Your password was changed").wait_for()
    yield "done"
    await page.get_by_role("link", name="Sign in and go on").click()
    await fill(page, username="jsmith", password=NEW)
    await page.get_by_role("button", name="Allow").wait_for()
    await page.goto(f"{server.base_url}/signin/reset?link=glpr_{'x' * 59}")
    await page.get_by_text("This link was used already").wait_for()
    yield "dead link"


async def _changed(page: Page, server: Server) -> AsyncIterator[str]:
    await page.goto(f"{server.base_url}/me/password")
    yield "user's password"
    await fill(page, current="wrong", password=f"{NEW}s", repeated=f"{NEW}s")
    await page.get_by_text("This is not your current password").wait_for()
    yield "user's password, refused"
    await page.goto(f"{server.base_url}/account/password")
    await fill(page, email="admin@example.com", password="demo-admin-password")
    await page.get_by_role("heading", name="Change your password").wait_for()
    yield "developer's password"
    await fill(page, current="demo-admin-password", password=NEW, repeated=NEW)
    await page.get_by_text("Your password was changed.").wait_for()
    yield "developer's password, changed"


async def test_every_state_is_accessible(browser: Browser, server: Server) -> None:
    """From the forgotten password to the changed one, on a phone and on a desk."""
    page = await opened(browser)
    found: list[str] = []
    async for state in walk(page, server):
        found += await faults(page, state)
    await page.context.close()
    assert found == []
