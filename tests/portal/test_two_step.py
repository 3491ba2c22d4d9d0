"""Two-step sign-in in a real browser: an app, a passkey as second step and alone; axe looks on."""

import base64

import pytest
from playwright.async_api import Browser, Page

from gatelodge.identity import totp
from tests.looking import faults, opened
from tests.passkeys import Device
from tests.portal.conftest import EMAIL, PASSWORD, Portal
from tests.portal.walking import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def set_up_app(page: Page, portal: Portal) -> None:
    """Set the app up, after a wrong code."""
    await page.goto(f"{portal.base_url}/account/two-step")
    assert await faults(page, "off") == []
    await page.get_by_role("link", name="Set up an app").click()
    text = await page.locator("#totp-secret").inner_text()
    secret = base64.b32decode(text.replace(" ", ""))
    await page.get_by_label("Type the code").fill("000000")
    await page.get_by_role("button", name="Turn on").click()
    await page.get_by_text("This is not the code").wait_for()
    assert await faults(page, "wrong code for a new app") == []
    await page.get_by_label("Type the code").fill(totp.code(secret, portal.time() // totp.STEP))
    await page.get_by_role("button", name="Turn on").click()
    await page.get_by_text("Write these down").wait_for()
    assert await faults(page, "codes") == []
    await page.get_by_role("link", name="I have kept them").click()


async def test_an_app_and_a_passkey(browser: Browser, portal: Portal) -> None:
    """The passkey is the second step after a password, and in a new browser the only one."""
    page = await opened(browser)
    device = await Device.of(page)
    await sign_in(page, portal)
    await set_up_app(page, portal)
    await page.locator("#passkey-name").fill("My laptop " * 6)
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_text("is added").wait_for()
    assert await faults(page, "app and passkey") == []
    await device.present(enabled=False)
    await page.context.clear_cookies()

    await page.goto(f"{portal.base_url}/login")
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_label("Code", exact=True).fill("123456")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_text("This code is not right").wait_for()
    assert await faults(page, "second step refused") == []
    await device.present(enabled=True)
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url("**/applications")

    await page.context.clear_cookies()
    await page.goto(f"{portal.base_url}/login")
    # The browser offers the passkey by itself and the device takes the offer: nothing to press.
    await page.wait_for_url("**/applications")
    await page.goto(f"{portal.base_url}/account/two-step")
    assert "last used" in await page.locator(".things").inner_text()
