"""Two-step sign-in in a real browser: an app, a passkey as second step and alone; axe looks on."""

import base64

import pytest
from playwright.async_api import Browser, CDPSession, Page

from gatelodge.identity import totp
from tests.portal.conftest import EMAIL, PASSWORD, Portal
from tests.portal.test_accessibility import DESK, PHONE, faults, opened
from tests.portal.walking import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """A virtual authenticator; it touches itself while ``present``."""

    def __init__(self, session: CDPSession, authenticator_id: str) -> None:
        self._session = session
        self._id = authenticator_id

    @classmethod
    async def of(cls, page: Page) -> "Device":
        """Plug one in."""
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable", {"enableUI": False})
        added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        return cls(session, added["authenticatorId"])

    async def present(self, *, enabled: bool) -> None:
        """Say whether somebody is there to touch it."""
        wanted = {"authenticatorId": self._id, "enabled": enabled}
        await self._session.send("WebAuthn.setAutomaticPresenceSimulation", wanted)


async def looks_right(page: Page) -> None:
    """Let axe look, in light and in dark, and the widths of phone and desk be enough."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await faults(page) == []
    for width in (PHONE, DESK):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert await page.evaluate("window.refused") == []


async def set_up_app(page: Page, portal: Portal) -> None:
    """Set the app up, after a wrong code."""
    await page.goto(f"{portal.base_url}/account/two-step")
    await looks_right(page)
    await page.get_by_role("link", name="Set up an app").click()
    text = await page.locator("#totp-secret").inner_text()
    secret = base64.b32decode(text.replace(" ", ""))
    await page.get_by_label("Type the code").fill("000000")
    await page.get_by_role("button", name="Turn on").click()
    await page.get_by_text("This is not the code").wait_for()
    await looks_right(page)
    await page.get_by_label("Type the code").fill(totp.code(secret, portal.time() // totp.STEP))
    await page.get_by_role("button", name="Turn on").click()
    await page.get_by_text("Write these down").wait_for()
    await looks_right(page)
    await page.get_by_role("link", name="I have kept them").click()


async def test_an_app_and_a_passkey(browser: Browser, portal: Portal) -> None:
    """The passkey is the second step after a password, and in a new browser the only one."""
    page = await opened(browser, "light", DESK)
    device = await Device.of(page)
    await sign_in(page, portal)
    await set_up_app(page, portal)
    await page.locator("#passkey-name").fill("My laptop " * 6)
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_text("is added").wait_for()
    await looks_right(page)
    await device.present(enabled=False)
    await page.context.clear_cookies()

    await page.goto(f"{portal.base_url}/login")
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_label("Code", exact=True).fill("123456")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_text("This code is not right").wait_for()
    await looks_right(page)
    await device.present(enabled=True)
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url("**/applications")

    await page.context.clear_cookies()
    await page.goto(f"{portal.base_url}/login")
    # The browser offers the passkey by itself and the device takes the offer: nothing to press.
    await page.wait_for_url("**/applications")
    await page.goto(f"{portal.base_url}/account/two-step")
    assert "last used" in await page.locator(".things").inner_text()
