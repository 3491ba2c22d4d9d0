"""Sign-in and consent in a real browser: accessible, refused nothing by their policy, no script."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests import serving
from tests.flows.users_walk import address, walk
from tests.looking import faults, opened
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """The demo tenant on SQLite."""
    async with serving.demo(tmp_path / "data") as started:
        yield started


async def test_every_state_is_accessible(browser: Browser, server: Server) -> None:
    """Neither axe nor the policy finds anything; no page is wider than phone, tablet or desk."""
    page = await opened(browser)
    found: list[str] = []
    states: list[str] = []
    async for state in walk(page, server):
        found += await faults(page, state)
        states.append(state)
    await page.context.close()
    assert found == []
    assert states[-1] == "back with a code after a passkey alone"


async def test_the_whole_way_without_javascript(browser: Browser, server: Server) -> None:
    """With scripts off every state is reached all the same, passkeys excepted."""
    page = await opened(browser, script=False)
    states = [state async for state in walk(page, server, script=False)]
    await page.context.close()
    assert "recovery codes" in states
    assert states[-1] == "second step refused"


async def test_a_wrong_password_leaves_the_field_ready(browser: Browser, server: Server) -> None:
    """After a refusal the password can be typed again at once."""
    page = await opened(browser)
    await page.goto(address(server))
    await page.get_by_label("User name").fill("jsmith")
    await page.get_by_label("Password", exact=True).fill("wrong")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()
    assert await page.evaluate("document.activeElement.id") == "password"
    await page.context.close()


async def test_it_works_without_javascript_and_by_keyboard(
    browser: Browser, server: Server
) -> None:
    """The whole way to the code and back with keys alone, and no script at all."""
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address(server))
    await page.keyboard.type("jsmith")
    await page.keyboard.press("Tab")
    await page.keyboard.type("demo-user-password")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Allow").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/callback-demo?**")
    assert "code=glac_" in page.url
    assert "iss=" in page.url
    await context.close()


async def test_the_policy_lets_the_browser_return_to_another_origin(
    browser: Browser, server: Server
) -> None:
    """The redirect that follows a form reaches an application on another origin."""
    context = await browser.new_context(reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(address(server).replace("//localhost:", "//127.0.0.1:", 1))
    await page.get_by_label("User name").fill("jsmith")
    await page.get_by_label("Password", exact=True).fill("demo-user-password")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url(f"{server.base_url}/callback-demo?**")
    assert "code=glac_" in page.url
    await page.goto(address(server, prompt="login").replace("//localhost:", "//127.0.0.1:", 1))
    await page.get_by_label("Password", exact=True).fill("demo-user-password")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{server.base_url}/callback-demo?**")
    await context.close()
