"""A browser without JavaScript for tests: keeps cookies, fills forms, follows redirects."""

import re
from collections.abc import Sequence
from html import unescape

import httpx2

Fields = Sequence[tuple[str, str]]
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAG = re.compile(r"<[^>]+>")


def text_of(page: httpx2.Response) -> str:
    """Return what of a page is text, with single spaces."""
    return " ".join(unescape(_TAG.sub(" ", page.text)).split())


async def submit(
    client: httpx2.AsyncClient, page: str, action: str, fields: Fields = ()
) -> httpx2.Response:
    """Send a form of ``page`` to ``action`` and return the answer itself."""
    shown = await client.get(page)
    found = _CSRF.search(shown.text)
    assert found is not None, f"no form on {page}"
    body = httpx2.QueryParams([("csrf_token", found[1]), *fields])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await client.post(action, content=str(body), headers=headers)


async def follow(client: httpx2.AsyncClient, answer: httpx2.Response) -> httpx2.Response:
    """Return the page a 303 leads to."""
    assert answer.status_code == 303, text_of(answer)
    return await client.get(answer.headers["location"])


async def sign_in(client: httpx2.AsyncClient, email: str, password: str) -> httpx2.Response:
    """Sign in and return the answer."""
    return await submit(client, "/login", "/login", [("email", email), ("password", password)])


async def add_application(client: httpx2.AsyncClient, name: str = "MyTestApp") -> str:
    """Add an application and return its address."""
    answer = await submit(
        client,
        "/applications/new",
        "/applications/new",
        [("name", name), ("quota", "10PerMin"), ("description", "")],
    )
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["location"].removesuffix("/keys/production")


KEY_FIELDS: Fields = (
    ("act", "save"),
    ("grant_types", "authorization_code"),
    ("grant_types", "refresh_token"),
    ("redirect_uris", "http://localhost"),
    ("require_pkce", "yes"),
    ("code_lifetime", "60"),
    ("access_token_lifetime", "86400"),
    ("refresh_token_lifetime", "604800"),
)


async def generate_keys(
    client: httpx2.AsyncClient, application: str, *more: tuple[str, str]
) -> httpx2.Response:
    """Generate production keys and return the page that shows them."""
    keys = f"{application}/keys/production"
    answer = await submit(client, keys, keys, [*KEY_FIELDS, *more])
    return await follow(client, answer)


async def personal_token(base_url: str, *wanted: str) -> str:
    """Make a personal access token as the demo's developer, with these scopes or with all."""
    page = "/account/access-tokens"
    async with httpx2.AsyncClient(base_url=base_url, timeout=30) as http:
        await sign_in(http, "dev@example.com", "demo-developer-password")
        scopes = wanted or re.findall(r'name="scopes" value="([^"]+)"', (await http.get(page)).text)
        fields = [("name", "Program"), ("life", "30"), *(("scopes", one) for one in scopes)]
        done = await submit(http, page, page, fields)
        assert done.status_code == 303, text_of(done)
        found = re.search(r">(glpt_[^<]+)<", (await http.get(page)).text)
        assert found is not None
        return found[1]
