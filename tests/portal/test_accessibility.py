"""Every page and state in a real browser: nothing for axe to find, nothing the policy refuses."""

import json
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page

from tests.portal.conftest import Portal
from tests.portal.walking import sign_in, walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Scheme = Literal["light", "dark"]
PHONE, TABLET, DESK = 390, 768, 1440

# The policy's refusals of the page at hand; installed before any script of the page runs.
_WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


async def opened(browser: Browser, scheme: Scheme, width: int, *, script: bool = True) -> Page:
    """Return a page of a fresh browser context."""
    context = await browser.new_context(
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=script,
        viewport={"width": width, "height": 900},
    )
    if script:
        await context.add_init_script(_WATCH)
    page = await context.new_page()
    page.set_default_timeout(15_000)
    return page


async def faults(page: Page) -> list[str]:
    """Return what axe finds on the page, one line each."""
    found = await Axe().run(page)
    return [
        f"{violation['id']}: {node['target']} {node['html'][:120]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(browser: Browser, portal: Portal, scheme: Scheme) -> None:
    """Every page and state has no fault in light and in dark, and breaks no policy."""
    page = await opened(browser, scheme, DESK)
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refused form's status is told on the console; axe itself tries an inline style.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            errors.append(message.text)

    found: dict[str, list[str]] = {}
    async for state in walk(page, portal):
        page.on("console", note)
        refused = await page.evaluate("window.refused")
        page.remove_listener("console", note)
        found[state] = [*refused, *await faults(page)]
    faulty = [f"{state}: {line}" for state, lines in found.items() for line in lines]
    assert faulty == []
    assert errors == []
    assert len(found) > 30, json.dumps(list(found))


async def test_no_page_is_wider_than_the_screen(browser: Browser, portal: Portal) -> None:
    """On phone, tablet and desk nothing scrolls sideways but tables and code in their frames."""
    page = await opened(browser, "light", DESK)
    wider = []
    async for state in walk(page, portal):
        for width in (PHONE, TABLET, DESK):
            await page.set_viewport_size({"width": width, "height": 900})
            over = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if over > 0:
                wider.append(f"{state}: {over} px at {width}")
    assert wider == []


async def test_axe_finds_nothing_on_a_phone(browser: Browser, portal: Portal) -> None:
    """The collapsed menu, closed and open, has no fault."""
    page = await opened(browser, "light", PHONE)
    await sign_in(page, portal)
    assert await faults(page) == []
    await page.get_by_text("Menu").click()
    menu = page.get_by_role("navigation", name="Main")
    await menu.get_by_role("link", name="API Directory").click()
    await page.get_by_text("Menu").click()
    assert await faults(page) == []


async def test_the_whole_way_without_javascript(browser: Browser, portal: Portal) -> None:
    """With scripts off every state is reached all the same."""
    page = await opened(browser, "light", DESK, script=False)
    states = [state async for state in walk(page, portal)]
    assert "secret shown once" in states
    assert "test token" in states
