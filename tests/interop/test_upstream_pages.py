"""The pages of sign-in with a provider in a real browser, with the real provider between them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.flows.users_walk import address
from tests.interop.upstream_provider import demo_with_providers
from tests.looking import faults, opened
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """The demo tenant whose people may sign in with npm's provider."""
    async with demo_with_providers(tmp_path) as started:
        yield started


async def at_the_provider(page: Page, login: str) -> None:
    """Sign in at the provider, and let it tell us who that is."""
    await page.get_by_placeholder("Enter any login").fill(login)
    await page.get_by_placeholder("and password").fill("any")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()


async def walk(page: Page, server: Server) -> AsyncIterator[str]:
    """Yield the name of each state while the browser shows it."""
    async for state in _developer(page, server):
        yield state
    async for state in _user(page, server):
        yield state


async def _developer(page: Page, server: Server) -> AsyncIterator[str]:
    await page.goto(f"{server.base_url}/login?return_to=/account/linked")
    yield "login"
    await page.get_by_role("button", name="Continue with Nobody").click()
    await page.get_by_text("Nobody does not answer at the moment.").wait_for()
    yield "login, provider away"
    await page.get_by_role("button", name="Continue with Corp").click()
    await at_the_provider(page, "a-rather-long-login-of-a-person-with-a-long-name.unverified")
    await page.get_by_role("link", name="Sign in to link it").wait_for()
    yield "unknown developer"
    await page.get_by_role("link", name="Sign in to link it").click()
    await page.get_by_label("E-mail address").fill("dev@example.com")
    await page.get_by_label("Password", exact=True).fill("demo-developer-password")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Link Corp?").wait_for()
    yield "link developer?"
    await page.get_by_role("button", name="Link", exact=True).click()
    await page.get_by_text("You can sign in with Corp").wait_for()
    yield "linked, developer"
    await page.get_by_role("button", name="Unlink").click()
    yield "unlink?"
    await page.get_by_role("dialog").get_by_role("button", name="Unlink").click()
    await page.get_by_text("The account is no longer linked.").wait_for()
    yield "none linked, developer"
    await page.goto(f"{server.base_url}/login/with/npm/callback?code=x&state=y")
    yield "refused"


async def _user(page: Page, server: Server) -> AsyncIterator[str]:
    await page.goto(address(server))
    yield "user's sign-in"
    # The provider remembers who is signed in there, and what they agreed to.
    await page.get_by_role("button", name="Continue with Corp").click()
    await page.get_by_role("link", name="Sign in to link it").wait_for()
    yield "unknown user"
    await page.get_by_role("link", name="Sign in to link it").click()
    await page.get_by_label("User name").fill("jsmith")
    await page.get_by_label("Password", exact=True).fill("demo-user-password")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Link Corp?").wait_for()
    yield "link user?"
    await page.get_by_role("button", name="Link", exact=True).click()
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url("**/callback-demo?**")
    await page.goto(f"{server.base_url}/me/linked")
    yield "linked, user"


async def test_every_state_is_accessible(browser: Browser, server: Server) -> None:
    """Neither axe nor the policy finds anything; nothing is wider than a phone or a desk."""
    page = await opened(browser)
    found: list[str] = []
    states = 0
    async for state in walk(page, server):
        found += await faults(page, state)
        states += 1
    await page.context.close()
    assert found == []
    assert states == 12
