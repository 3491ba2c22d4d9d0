"""Every page and state in a real browser: nothing for axe to find, nothing the policy refuses."""

import json

import pytest
from playwright.async_api import Browser, ConsoleMessage

from tests.looking import PHONE, faults, opened
from tests.portal.conftest import Portal
from tests.portal.walking import sign_in, walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


async def test_every_state_is_accessible(browser: Browser, portal: Portal) -> None:
    """No state has a fault in light or in dark, breaks a policy or is wider than the screen."""
    page = await opened(browser)
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refused form's status is told on the console.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            errors.append(message.text)

    page.on("console", note)
    found: list[str] = []
    states: list[str] = []
    async for state in walk(page, portal):
        page.remove_listener("console", note)  # axe itself tries an inline style
        found += await faults(page, state)
        page.on("console", note)
        states.append(state)
    assert found == []
    assert errors == []
    assert len(states) > 45, json.dumps(states)


async def test_the_menu_of_a_phone(browser: Browser, portal: Portal) -> None:
    """The collapsed menu, closed and open, has no fault."""
    page = await opened(browser, width=PHONE)
    await sign_in(page, portal)
    assert await faults(page, "closed") == []
    await page.get_by_text("Menu").click()
    menu = page.get_by_role("navigation", name="Main")
    await menu.get_by_role("link", name="API Directory").click()
    await page.get_by_text("Menu").click()
    assert await faults(page, "open") == []


async def test_the_whole_way_without_javascript(browser: Browser, portal: Portal) -> None:
    """With scripts off every state is reached all the same."""
    page = await opened(browser, script=False)
    states = [state async for state in walk(page, portal)]
    assert "secret shown once" in states
    assert "test token" in states
    assert "keys that sign" in states
