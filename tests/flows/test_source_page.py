"""The story of the page this product was asked from, walked in a browser and with an HTTP client.

Each step leaves a screenshot in ``screenshots/`` (or where ``GATELODGE_SCREENSHOTS`` says).
"""

import base64
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from playwright.async_api import Browser, Locator, Page, Route

from tests import serving
from tests.serving import Server

pytestmark = pytest.mark.browser

NAME = "MyTestApp"
CALLBACK = "http://localhost"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-in-all"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
ACCOUNT = "/t/vbc.prod/provisioning/v1/api/accounts/self"
PICTURES = Path(os.environ.get("GATELODGE_SCREENSHOTS", "screenshots"))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """The demo, as ``make serve`` starts it."""
    async with serving.demo(tmp_path / "data") as running:
        yield running


@pytest.fixture
async def page(browser: Browser, server: Server) -> AsyncIterator[Page]:
    """A tab of a fresh browser; what the callback URL receives is answered without a server."""
    context = await browser.new_context(
        base_url=server.base_url,
        viewport={"width": 1280, "height": 800},
        reduced_motion="reduce",
    )
    tab = await context.new_page()

    async def receive(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/plain", body="The application.")

    await context.route(lambda url: urlsplit(url).netloc == "localhost", receive)
    yield tab
    await context.close()


def grant(page: Page, value: str) -> Locator:
    """Return a grant type's check box."""
    return page.locator(f'input[name="grant_types"][value="{value}"]')


async def picture(page: Page, name: str) -> None:
    """Keep what the page looks like."""
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


async def test_the_source_page_step_by_step(page: Page, server: Server) -> None:
    """From "Log into" to a protected call: every step of the page works as it is written."""
    await sign_in(page)
    await add_application(page)
    await open_production_keys(page)
    consumer_key, consumer_secret = await generate_keys(page)
    await read_examples(page, consumer_key, server)
    await subscribe(page)
    code = await authorize(page, consumer_key, server)

    async with httpx2.AsyncClient(
        base_url=server.base_url, auth=(consumer_key, consumer_secret), timeout=30
    ) as client:
        by_code = await tokens(
            client,
            grant_type="authorization_code",
            code=code,
            redirect_uri=CALLBACK,
            code_verifier=VERIFIER,
        )
        by_password = await tokens(
            client,
            grant_type="password",
            username="jsmith@vbc.prod",
            password="demo-user-password",
            scope="openid",
        )
        renewed = await tokens(
            client, grant_type="refresh_token", refresh_token=by_code["refresh_token"]
        )
        alone = await tokens(client, grant_type="client_credentials")

    assert list(by_code) == [
        "access_token",
        "refresh_token",
        "scope",
        "id_token",
        "token_type",
        "expires_in",
    ]
    assert (by_code["scope"], by_code["token_type"], by_code["expires_in"]) == (
        "openid",
        "Bearer",
        86_400,
    )
    assert "refresh_token" not in alone
    await read_directory(server, by_code["access_token"])
    await use_up_the_quota(server, by_password["access_token"], renewed["access_token"])


async def sign_in(page: Page) -> None:
    """Step 1: log into the portal."""
    await page.goto("/")
    await picture(page, "01-landing")
    await page.get_by_role("link", name="Sign in to start").click()
    await page.get_by_label("E-mail address").fill("dev@example.com")
    await page.get_by_label("Password", exact=True).fill("demo-developer-password")
    await picture(page, "02-sign-in")
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()


async def add_application(page: Page) -> None:
    """Step 2: "My Applications" in the left-hand menu, and an application in it."""
    await (
        page.get_by_role("navigation", name="Main")
        .get_by_role("link", name="My Applications")
        .click()
    )
    await picture(page, "03-my-applications")
    await page.get_by_role("link", name="Add Application").click()
    await page.get_by_label("Name").fill(NAME)
    assert await page.get_by_label("Per Token Quota").input_value() == "10PerMin"
    await picture(page, "04-add-application")
    await page.get_by_role("button", name="Add", exact=True).click()


async def open_production_keys(page: Page) -> None:
    """Steps 3 and 4: "View" in the Actions column, then the tab "Production Keys"."""
    await page.goto("/applications")
    row = page.get_by_role("row", name=NAME)
    await row.get_by_role("link", name="View").click()
    await picture(page, "05-details")
    await page.get_by_role("link", name="Production Keys", exact=True).click()
    await page.get_by_text("No Keys Found").wait_for()
    assert await grant(page, "authorization_code").is_checked()
    assert await grant(page, "refresh_token").is_checked()
    assert not await grant(page, "password").is_checked()
    assert not await grant(page, "client_credentials").is_checked()


async def generate_keys(page: Page) -> tuple[str, str]:
    """Steps 5 and 6: the callback URL, then "Generate keys"; the secret is shown once."""
    await grant(page, "password").check()
    await grant(page, "client_credentials").check()
    await page.get_by_role("textbox", name="Callback URL 1").fill(CALLBACK)
    await picture(page, "06-production-keys")
    await page.get_by_role("button", name="Generate keys").click()
    consumer_key = await page.locator("#consumer-key").inner_text()
    consumer_secret = await page.locator("#consumer-secret").inner_text()
    await picture(page, "07-keys-generated")
    assert len(consumer_key) == 28
    await page.reload()
    assert await page.locator("#consumer-secret").count() == 0
    return consumer_key, consumer_secret


async def read_examples(page: Page, consumer_key: str, server: Server) -> None:
    """Step 7: the samples carry this application's key and this server's address."""
    examples = page.get_by_role("region", name="Endpoint Examples")
    text = await examples.inner_text()
    assert f"{server.base_url}/authorize" in text
    assert f"{server.base_url}/token" in text
    assert consumer_key in text
    generating = await page.get_by_role("region", name="Generating Access Tokens").inner_text()
    assert "grant_type=password" in generating
    assert "grant_type=client_credentials" in generating
    assert "curl -k" not in text + generating


async def subscribe(page: Page) -> None:
    """The last sentence: subscribe to the Provisioning API."""
    await (
        page.get_by_role("navigation", name="Main")
        .get_by_role("link", name="API Directory")
        .click()
    )
    await picture(page, "08-api-directory")
    await page.get_by_role("link", name="Provisioning").first.click()
    await page.get_by_label("My Applications").select_option(label=NAME)
    await page.get_by_label("Plan", exact=True).select_option(value="Standard")
    await picture(page, "09-subscribe")
    await page.get_by_role("button", name="Subscribe").click()
    await page.get_by_role("row", name="Provisioning").get_by_text("Standard").first.wait_for()


async def authorize(page: Page, consumer_key: str, server: Server) -> str:
    """Get a code the way the endpoint example shows: sign in, agree, come back."""
    query = {
        "scope": "openid",
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "client_id": consumer_key,
        "state": "a state & more",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    await page.goto(f"/authorize?{urlencode(query)}")
    await page.get_by_label("User name").fill("jsmith@vbc.prod")
    await page.get_by_label("Password", exact=True).fill("demo-user-password")
    await picture(page, "10-user-sign-in")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name=f"Allow {NAME}?").wait_for()
    await picture(page, "11-consent")
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url(lambda url: urlsplit(url).netloc == "localhost")
    answer = parse_qs(urlsplit(page.url).query)
    assert answer["state"] == ["a state & more"]
    assert answer["iss"] == [server.base_url]
    return answer["code"][0]


async def tokens(client: httpx2.AsyncClient, **form: str) -> dict[str, Any]:
    """Ask the token endpoint."""
    answer = await client.post("/token", data=form)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


async def read_directory(server: Server, access_token: str) -> None:
    """Read accounts, locations, extensions and users with an access token."""
    headers = {"Authorization": f"Bearer {access_token}"}
    async with httpx2.AsyncClient(base_url=server.base_url, headers=headers) as client:
        account = (await client.get(ACCOUNT)).json()["_embedded"]["account"]
        locations = (await client.get(f"{ACCOUNT}/locations")).json()["_embedded"]["locations"]
        users = (await client.get(f"{ACCOUNT}/users", params={"page_size": "1"})).json()
        answer = await client.get(f"{ACCOUNT}/extensions", params={"page_size": "1"})
    assert (account["id"], account["name"], len(locations)) == (571_700, "Vonage", 3)
    assert users["total_items"] == 250
    assert answer.json()["total_items"] == 300
    assert '"quota";q=10;w=60' in answer.headers["ratelimit-policy"]


async def use_up_the_quota(server: Server, *access_tokens: str) -> None:
    """The user's access tokens share ten calls a minute, four of which are used; not one more."""
    async with httpx2.AsyncClient(base_url=server.base_url) as client:
        answers = [
            await client.get(ACCOUNT, headers={"Authorization": f"Bearer {access_token}"})
            for access_token in access_tokens * 4
        ]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
    assert answers[-1].json()["code"] == "900803"
    assert "retry-after" in answers[-1].headers
