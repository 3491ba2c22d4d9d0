"""Every page and state that users see, reached in a real browser as a person would reach it."""

import base64
import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx2
from playwright.async_api import Page

from gatelodge.oauth.device import GRANT_TYPE
from tests.flows.two_step import code_of
from tests.passkeys import Device
from tests.portal.browsing import KEY_FIELDS, submit
from tests.portal.browsing import sign_in as developer_signs_in
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

PASSWORD = "demo-user-password"


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


async def prepare(server: Server) -> None:
    """Let the demo's application sign devices in, and its users out."""
    async with httpx2.AsyncClient(base_url=server.base_url, timeout=60) as http:
        await developer_signs_in(http, "dev@example.com", "demo-developer-password")
        found = re.search(r"/applications/\d+", (await http.get("/applications")).text)
        assert found is not None
        keys = f"{found[0]}/keys/production"
        fields = [
            *(field for field in KEY_FIELDS if field[0] != "require_pkce"),
            ("grant_types", GRANT_TYPE),
            ("redirect_uris", f"{server.base_url}/callback-demo"),
            ("post_logout_redirect_uris", f"{server.base_url}/callback-demo"),
        ]
        saved = await submit(http, keys, f"{keys}/settings", fields)
        assert saved.status_code == 303, saved.text[:3000]


async def walk(page: Page, server: Server, *, script: bool = True) -> AsyncIterator[str]:
    """Yield the name of each state while the browser shows it."""
    await prepare(server)
    async for state in _authorize(page, server):
        yield state
    async for state in _own(page, server):
        yield state
    async for state in _applications(page, server):
        yield state
    async for state in _device(page, server):
        yield state
    async for state in _sign_out(page, server):
        yield state
    async for state in _two_step(page, server, script=script):
        yield state


async def _password(page: Page, password: str = PASSWORD) -> None:
    await page.get_by_label("User name").fill("jsmith")
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def _authorize(page: Page, server: Server) -> AsyncIterator[str]:
    await page.goto(address(server))
    yield "sign-in"
    await _password(page, "wrong")
    await page.get_by_role("alert").wait_for()
    yield "sign-in refused"
    await _password(page)
    await page.get_by_role("button", name="Allow").wait_for()
    yield "consent"
    await page.goto(address(server, prompt="select_account"))
    yield "choice of account"
    await page.goto(f"{server.base_url}/authorize?client_id=unknown")
    yield "error"


async def _own(page: Page, server: Server) -> AsyncIterator[str]:
    await page.goto(f"{server.base_url}/me")
    yield "profile"
    await page.get_by_role("link", name="Sessions").click()
    yield "sessions"
    await page.get_by_role("button", name="Sign out everywhere else").first.click()
    yield "sign out everywhere?"
    await page.keyboard.press("Escape")


async def _applications(page: Page, server: Server) -> AsyncIterator[str]:
    await page.goto(f"{server.base_url}/me/applications")
    yield "no applications"
    await page.goto(address(server))
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url("**/callback-demo?**")
    yield "the demo's callback page"
    await page.goto(f"{server.base_url}/me/applications")
    yield "applications"
    await page.get_by_role("button", name="Withdraw").first.click()
    yield "withdraw?"
    await page.locator(":popover-open").get_by_role("button", name="Withdraw").click()
    await page.get_by_text("has no access any more").wait_for()
    yield "withdrawn"


async def _device(page: Page, server: Server) -> AsyncIterator[str]:
    async with httpx2.AsyncClient(base_url=server.base_url, timeout=60) as device:
        asking = await device.post(
            "/device_authorization",
            data={"scope": "openid profile email"},
            auth=(DEMO_KEY, DEMO_SECRET),
            headers={"User-Agent": "a television with a very long name/" + "1" * 200},
        )
    await page.goto(f"{server.base_url}/device")
    yield "device code"
    await page.get_by_label("Code").fill("wrong")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_text("This code is not valid").wait_for()
    yield "wrong device code"
    await page.goto(asking.json()["verification_uri_complete"])
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Deny").wait_for()
    yield "device question"
    question = page.url
    await page.get_by_role("button", name="Allow").click()
    await page.get_by_text("Go back to your device").wait_for()
    yield "device allowed"
    await page.goto(question)
    yield "device question answered"
    await page.goto(f"{server.base_url}/device/denied")
    yield "device denied"


async def _sign_out(page: Page, server: Server) -> AsyncIterator[str]:
    await page.goto(f"{server.base_url}/signout")
    yield "sign out?"
    asked = {"client_id": DEMO_KEY, "post_logout_redirect_uri": f"{server.base_url}/callback-demo"}
    await page.goto(f"{server.base_url}/endsession?{urlencode(asked)}")
    await page.get_by_text("asks to sign you out").wait_for()
    yield "an application asks to sign out"
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/callback-demo")
    await page.goto(f"{server.base_url}/endsession?{urlencode(asked)}")
    await page.get_by_role("link", name="Return to Demo Application").wait_for()
    yield "signed out, with a way back"
    await page.get_by_role("link", name="Sign in to your account").click()
    yield "sign-in to one's own account"


async def _two_step(page: Page, server: Server, *, script: bool) -> AsyncIterator[str]:
    await page.goto(f"{server.base_url}/me/two-step")
    await _password(page)
    await page.get_by_role("link", name="Set up an app").wait_for()
    yield "two-step sign-in off"
    device = await Device.of(page) if script else None
    if device is not None:
        await page.locator("#passkey-name").fill("My laptop " * 6)
        await page.get_by_role("button", name="Add a passkey").click()
        await page.get_by_role("link", name="I have kept them").click()
        await device.present(enabled=False)
        yield "a passkey"
    async for state in _app(page):
        yield state
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_text("You are signed out").wait_for()
    yield "signed out"
    await page.goto(address(server))
    await _password(page)
    await page.get_by_label("Code", exact=True).fill("123456")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_text("This code is not right").wait_for()
    yield "second step refused"
    if device is not None:
        async for state in _passkey(page, server, device):
            yield state


async def _app(page: Page) -> AsyncIterator[str]:
    await page.get_by_role("link", name="Set up an app").click()
    yield "a new app"
    text = await page.locator("#totp-secret").inner_text()
    await page.get_by_label("Type the code").fill("000000")
    await page.get_by_role("button", name="Turn on").click()
    await page.get_by_text("This is not the code").wait_for()
    yield "wrong code for a new app"
    await page.get_by_label("Type the code").fill(code_of(base64.b32decode(text.replace(" ", ""))))
    await page.get_by_role("button", name="Turn on").click()
    kept = page.get_by_role("link", name="I have kept them")
    await kept.or_(page.get_by_role("button", name="Remove the app")).wait_for()
    if await kept.count():  # the first factor there is comes with recovery codes
        yield "recovery codes"
        await kept.click()
    await page.get_by_role("button", name="Remove the app").wait_for()
    yield "two-step sign-in on"


async def _passkey(page: Page, server: Server, device: Device) -> AsyncIterator[str]:
    await device.present(enabled=True)
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url("**/callback-demo?**")
    await page.context.clear_cookies()
    await page.goto(address(server))
    # The browser offers the passkey by itself and the device takes the offer: nothing to press.
    await page.wait_for_url("**/callback-demo?**")
    yield "back with a code after a passkey alone"
