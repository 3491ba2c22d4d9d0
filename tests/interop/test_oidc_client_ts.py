"""npm's oidc-client-ts in a browser, in pages of other origins than the server's (CORS)."""

import contextlib
import json
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx2
import msgspec
import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, Route

from tests.flows.signing_in import PASSWORD
from tests.programs import absent
from tests.security.victims import CODE_AND_REFRESH, Key, Operator
from tests.serving import Server

HERE = Path(__file__).parent
LIBRARY = HERE / "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js"
HTML, SCRIPT = "text/html; charset=utf-8", "text/javascript; charset=utf-8"
FILES = {
    "/": (HERE / "oidc_client_ts.html", HTML),
    "/callback": (HERE / "oidc_client_ts.html", HTML),
    "/app.js": (HERE / "oidc_client_ts.js", SCRIPT),
    "/oidc-client-ts.min.js": (LIBRARY, SCRIPT),
}
CHANGED = "C" * 43
pytestmark = pytest.mark.browser


class Files(BaseHTTPRequestHandler):
    """Serves the application's files and nothing else."""

    def do_GET(self) -> None:
        """Answer one request."""
        path, kind = FILES.get(urlsplit(self.path).path, (None, HTML))
        body = b"" if path is None else path.read_bytes()
        self.send_response(404 if path is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextlib.contextmanager
def site() -> Iterator[str]:
    """Serve the application on a port of its own; yields its origin."""
    server = ThreadingHTTPServer(("localhost", 0), Files)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """A single-page application: where it is served, its public key, and who uses it."""

    origin: str
    key: Key
    person: str


@pytest.fixture
async def application(demo: Server) -> AsyncIterator[Application]:
    """An application registered for its callback URL, and a person of the test's own."""
    if not LIBRARY.is_file():
        absent("npm's oidc-client-ts")
    with site() as origin:
        async with Operator.of(demo) as operator:
            key = await operator.register(
                f"{origin}/callback", name="SPA ", type="public", grant_types=CODE_AND_REFRESH
            )
            yield Application(origin=origin, key=key, person=await operator.person())


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser without any cookies yet."""
    opened = await browser.new_context(reduced_motion="reduce")
    yield opened
    await opened.close()


async def open_page(context: BrowserContext, origin: str, demo: Server, key: Key) -> Page:
    """Open the application, told where the server is and which consumer key it has."""
    page = await context.new_page()
    facts = json.dumps({"base": demo.base_url, "key": key.consumer_key})
    await page.goto(origin)
    await page.evaluate("facts => localStorage.setItem('facts', facts)", facts)
    await page.reload()
    return page


async def sign_in(page: Page, application: Application) -> Any:
    """Sign in and agree; return what the application is told when it is back."""
    await page.click("#sign-in")
    await page.fill("[name=username]", application.person)
    await page.fill("[name=password]", PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url(f"{application.origin}/callback?*")
    return await outcome(page)


async def outcome(page: Page) -> Any:
    """Return what the application has written on its page."""
    filled = await page.wait_for_function("() => document.getElementById('outcome')?.textContent")
    return json.loads(await filled.json_value())


async def userinfo(demo: Server, access_token: str) -> int:
    """Return the status userinfo answers with."""
    async with httpx2.AsyncClient(base_url=demo.base_url) as http:
        headers = {"authorization": f"Bearer {access_token}"}
        return (await http.get("/userinfo", headers=headers)).status_code


async def test_sign_in_refresh_and_revocation(
    demo: Server, application: Application, context: BrowserContext
) -> None:
    """Code with PKCE, userinfo, refresh and revocation from a page of another origin."""
    page = await open_page(context, application.origin, demo, application.key)
    user = await sign_in(page, application)
    assert user["scope"] == "openid profile email"
    login = application.person.partition("@")[0]
    assert (user["profile"]["sub"], user["profile"]["preferred_username"]) == (login, login)
    assert user["profile"]["email"], "only userinfo tells the address"

    refreshed = await page.evaluate("application.refresh()")
    assert refreshed["access_token"] != user["access_token"]
    assert refreshed["refresh_token"] != user["refresh_token"]
    assert await userinfo(demo, refreshed["access_token"]) == 200

    await page.evaluate("application.revoke()")
    assert await userinfo(demo, refreshed["access_token"]) == 401


async def test_a_page_of_another_origin_reads_nothing(
    demo: Server, application: Application, context: BrowserContext
) -> None:
    """With the same consumer key and a stolen refresh token it only learns that fetching failed."""
    page = await open_page(context, application.origin, demo, application.key)
    user = await sign_in(page, application)
    with site() as elsewhere:
        thief = await open_page(context, elsewhere, demo, application.key)
        form = urlencode(
            {
                "grant_type": "refresh_token",
                "client_id": application.key.consumer_key,
                "refresh_token": user["refresh_token"],
            }
        )
        refreshing = {
            "method": "POST",
            "body": form,
            "headers": {"content-type": "application/x-www-form-urlencoded"},
        }
        asking = {"headers": {"authorization": f"Bearer {user['access_token']}"}}
        for path, options in (("/token", refreshing), ("/userinfo", asking)):
            with pytest.raises(Error, match="Failed to fetch"):
                await thief.evaluate(
                    "([address, options]) => fetch(address, options).then(a => a.text())",
                    [demo.base_url + path, options],
                )
        await thief.click("#sign-in")
        await thief.wait_for_url(f"{demo.base_url}/authorize?*")
        assert "not one the application has registered" in await thief.inner_text("main")


@pytest.mark.parametrize(
    "changed",
    [
        ("state", "No matching state found in storage"),
        ("nonce", "nonce in id_token does not match"),
        ("code_challenge", "PKCE validation failed"),
    ],
)
async def test_what_was_changed_on_the_way_is_refused(
    demo: Server, application: Application, context: BrowserContext, changed: tuple[str, str]
) -> None:
    """A changed state or nonce by the library, a changed code challenge by the server."""
    name, reason = changed
    page = await open_page(context, application.origin, demo, application.key)

    async def change(route: Route) -> None:
        parts = urlsplit(route.request.url)
        query = parse_qs(parts.query)
        if query[name] == [CHANGED]:
            await route.continue_()
            return
        changed = urlencode({**query, name: [CHANGED]}, doseq=True)
        location = urlunsplit(parts._replace(query=changed))
        await route.fulfill(status=302, headers={"location": location})

    await page.route("**/authorize?*", change)
    refused = await sign_in(page, application)
    assert reason in refused["refused"]
