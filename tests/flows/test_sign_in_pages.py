"""Sign-in and consent in a real browser: accessible, refused nothing by their policy, no script."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import httpx2
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests import serving
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

pytestmark = [pytest.mark.browser]
Scheme = Literal["light", "dark"]
_COLLECT = """
window.refusals = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refusals.push(event.violatedDirective + " " + event.blockedURI);
});
"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """The demo tenant on SQLite."""
    async with serving.demo(tmp_path / "data") as started:
        yield started


def address(server: Server, **changed: str) -> str:
    """Return an application's link to the authorization endpoint."""
    query = {
        "response_type": "code",
        "client_id": DEMO_KEY,
        "redirect_uri": f"{server.base_url}/callback-demo",
        "scope": "openid profile email",
        "state": "the state",
    }
    return f"{server.base_url}/authorize?{urlencode(query | changed)}"


async def inspect(page: Page, state: str) -> list[str]:
    """Return what is wrong with the page shown: policy, width, axe."""
    refused: list[str] = await page.evaluate("window.refusals ?? []")
    wide = await page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    found = await Axe().run(page)
    rules = [
        f"{state}: {violation['id']} {violation['nodes'][0]['html'][:100]}"
        for violation in found.response["violations"]
    ]
    return [f"{state}: refused {each}" for each in refused] + rules + [f"{state}: wide"] * wide


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1440, "light")])
async def test_every_state_is_accessible(
    browser: Browser, server: Server, width: int, scheme: Scheme
) -> None:
    """Neither axe nor the policy finds anything, on a phone and on a desk, light and dark."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    await context.add_init_script(_COLLECT)
    page = await context.new_page()
    found = []
    await page.goto(address(server))
    found += await inspect(page, "sign-in")
    await page.get_by_label("User name").fill("jsmith")
    await page.get_by_label("Password", exact=True).fill("wrong")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("alert").wait_for()
    assert await page.evaluate("document.activeElement.id") == "password"
    found += await inspect(page, "refused")
    await page.get_by_label("Password", exact=True).fill("demo-user-password")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Allow").wait_for()
    found += await inspect(page, "consent")
    await page.goto(address(server, prompt="select_account"))
    found += await inspect(page, "choice of account")
    await page.goto(f"{server.base_url}/authorize?client_id=unknown")
    found += await inspect(page, "error")
    await page.goto(f"{server.base_url}/me")
    found += await inspect(page, "own profile")
    await page.get_by_role("link", name="Sessions").click()
    found += await inspect(page, "own sessions")
    await page.get_by_role("button", name="Sign out everywhere else").first.click()
    found += await inspect(page, "sign out everywhere?")
    found += await _applications(page, server)
    found += await walk_device(page, server)
    await page.goto(f"{server.base_url}/signout")
    found += await inspect(page, "sign-out")
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_text("You are signed out").wait_for()
    found += await inspect(page, "signed out")
    await context.close()
    assert found == []


async def _applications(page: Page, server: Server) -> list[str]:
    """Look at the applications with access: none, one, and the question before it is withdrawn."""
    place = f"{server.base_url}/me/applications"
    await page.goto(place)
    found = await inspect(page, "no applications")
    await page.goto(address(server))
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url("**/callback-demo?**")
    await page.goto(place)
    found += await inspect(page, "applications")
    await page.get_by_role("button", name="Withdraw").first.click()
    found += await inspect(page, "withdraw?")
    await page.locator(":popover-open").get_by_role("button", name="Withdraw").click()
    await page.get_by_text("has no access any more").wait_for()
    return found


async def walk_device(page: Page, server: Server) -> list[str]:
    """Walk the pages that sign a device in, in every state."""
    async with httpx2.AsyncClient(base_url=server.base_url) as device:
        asking = await device.post(
            "/device_authorization",
            data={"scope": "openid profile email"},
            auth=(DEMO_KEY, DEMO_SECRET),
            headers={"User-Agent": "a television with a very long name/" + "1" * 200},
        )
    found = []
    await page.goto(f"{server.base_url}/device")
    found += await inspect(page, "device code")
    await page.get_by_label("Code").fill("wrong")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_text("This code is not valid").wait_for()
    found += await inspect(page, "wrong device code")
    await page.goto(asking.json()["verification_uri_complete"])
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Deny").wait_for()
    found += await inspect(page, "device question")
    question = page.url
    await page.get_by_role("button", name="Allow").click()
    await page.get_by_text("Go back to your device").wait_for()
    found += await inspect(page, "device allowed")
    await page.goto(question)
    found += await inspect(page, "device question answered")
    await page.goto(f"{server.base_url}/device/denied")
    return found + await inspect(page, "device denied")


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
