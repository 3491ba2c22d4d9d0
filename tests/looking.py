"""Looking at pages as people do: on phone, tablet and desk, in light and in dark, and with axe."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

PHONE, TABLET, DESK = 390, 768, 1440

# The policy's refusals of the page at hand; installed before any script of the page runs.
_WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""
# What colours and width can change; the words and roles are the same on every screen.
_LOOKS = {"runOnly": ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]}
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def opened(browser: Browser, *, width: int = DESK, script: bool = True) -> Page:
    """Return a page of a fresh browser context."""
    context = await browser.new_context(
        color_scheme="light",
        reduced_motion="reduce",
        java_script_enabled=script,
        viewport={"width": width, "height": 900},
    )
    if script:
        await context.add_init_script(_WATCH)
    page = await context.new_page()
    page.set_default_timeout(15_000)
    return page


async def faults(page: Page, state: str) -> list[str]:
    """Return what is wrong with the page shown, one line each; it is left as it was.

    What the policy refused; where it is wider than the screen; what axe finds on a desk in the
    light, and on a phone in the dark with the rules that look at colours and sizes.
    """
    size = page.viewport_size
    assert size is not None
    found = [f"{state}: refused {each}" for each in await page.evaluate("window.refused")]
    for width, scheme in ((TABLET, None), (PHONE, "dark"), (DESK, "light")):
        await page.set_viewport_size({"width": width, "height": size["height"]})
        over = await page.evaluate(_SIDEWAYS)
        found += [f"{state}: {over} px too wide at {width}"] * (over > 0)
        if scheme == "dark":
            await page.emulate_media(color_scheme="dark")
            found += await _axe(page, f"{state}, dark phone", _LOOKS)
            await page.emulate_media(color_scheme="light")
        elif scheme == "light":
            found += await _axe(page, f"{state}, light desk", {})
    await page.set_viewport_size(size)
    return found


async def _axe(page: Page, state: str, options: dict[str, Any]) -> list[str]:
    found = await Axe().run(page, options=options)
    return [
        f"{state}: {violation['id']} {node['target']} {node['html'][:120]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]
