"""The steps of a user's browser, taken without one: sign in, consent, come back with a code."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.serving import DEMO_KEY, DEMO_SECRET

USER = "jsmith@vbc.prod"
PASSWORD = "demo-user-password"

_FIELD = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'(\w[\w-]*)="([^"]*)"')
_ACTION = re.compile(r'<form[^>]*action="([^"]+)"')


def hidden_fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's forms."""
    fields = {}
    for tag in _FIELD.findall(page):
        attributes = dict(_ATTRIBUTE.findall(tag))
        if attributes.get("type") == "hidden":
            fields[attributes["name"]] = attributes["value"]
    return fields


async def authorize(
    http: httpx2.AsyncClient, redirect_uri: str, **parameters: str
) -> dict[str, str]:
    """Walk from /authorize to the redirect back; return the parameters that came with it."""
    query = {
        "response_type": "code",
        "client_id": DEMO_KEY,
        "redirect_uri": redirect_uri,
        "scope": "openid",
        **parameters,
    }
    answer = await http.get("/authorize", params=query)
    location = await _back(http, answer, redirect_uri)
    values = parse_qs(urlsplit(location).query)
    return {name: value[0] for name, value in values.items()}


async def visit(address: str, redirect_uri: str) -> str:
    """Walk from an address somebody else made, as a new browser; return where it came back."""
    async with httpx2.AsyncClient() as http:
        return await _back(http, await http.get(address), redirect_uri)


async def _back(http: httpx2.AsyncClient, answer: httpx2.Response, redirect_uri: str) -> str:
    """Follow redirects and fill in forms until one leads to the application."""
    for _ in range(6):
        location = answer.headers.get("location", "")
        if location.startswith(redirect_uri):
            return location
        if answer.status_code == httpx2.codes.SEE_OTHER:
            answer = await http.get(answer.url.join(location))
        else:
            answer = await _submit(http, answer)
    message = f"no redirect back: {answer.status_code} {answer.text[:500]}"
    raise AssertionError(message)


async def _submit(http: httpx2.AsyncClient, page: httpx2.Response) -> httpx2.Response:
    """Fill in the sign-in form, or agree on the consent page."""
    assert page.status_code == httpx2.codes.OK, page.text[:500]
    action = _ACTION.search(page.text)
    assert action is not None, page.text[:500]
    form = hidden_fields(page.text)
    if 'name="password"' in page.text:
        form |= {"username": USER, "password": PASSWORD}
    else:
        form |= {"decision": "allow"}
    target = page.url.join(action.group(1).replace("&amp;", "&"))
    return await http.post(target, data=form)


async def redeem(
    http: httpx2.AsyncClient, code: str, redirect_uri: str, **more: str
) -> httpx2.Response:
    """Exchange a code as VBC's code example does."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        **more,
    }
    return await http.post("/token", data=form, auth=(DEMO_KEY, DEMO_SECRET))


async def by_password(http: httpx2.AsyncClient, **more: str) -> httpx2.Response:
    """Get tokens with the password grant, credentials in the body, as VBC's snippets do."""
    form = {
        "grant_type": "password",
        "username": USER,
        "password": PASSWORD,
        "client_id": DEMO_KEY,
        "client_secret": DEMO_SECRET,
        **more,
    }
    return await http.post("/token", data=form)


async def refresh(http: httpx2.AsyncClient, refresh_token: str) -> httpx2.Response:
    """Use a refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return await http.post("/token", data=form, auth=(DEMO_KEY, DEMO_SECRET))
