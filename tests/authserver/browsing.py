"""A person's browser in front of the authorization server's pages: cookies, links and forms."""

import html
import re
from collections.abc import Mapping
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from gatelodge.authserver import browser
from gatelodge.authserver.site import Site
from gatelodge.identity.errors import PoolFull, SignInRefused
from gatelodge.identity.sign_in import KnownBrowser
from gatelodge.identity.users import User
from gatelodge.settings import Secrets, Settings
from gatelodge.two_step import building
from gatelodge.web.csrf import Csrf
from gatelodge.web.http import ASGIApp, Receive, Scope, Send
from gatelodge.web.middleware import RequestId
from gatelodge.web.pages import Pages
from gatelodge.web.sessions import Sessions
from gatelodge.web.toolbox import Toolbox
from tests.authserver.conftest import PASSWORD, USER, Server, load_user
from tests.oauth.records import CALLBACK, CHALLENGE, ISSUER

SECRETS = Secrets(b"s" * 32)
OTHER_USER = 23
LOGINS = {"jsmith": USER, "ajones": OTHER_USER}

known_browsers: list[KnownBrowser | None] = []
"""What each sign-in was told of its browser, the latest last."""

_INPUT = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


def pages_of(server: Server) -> ASGIApp:
    """Return the server's pages as one application over TLS; users' passwords are not hashed."""
    settings = Settings(base_url=ISSUER, tenant="vbc.prod")
    csrf = Csrf(SECRETS.derive("csrf"), origin=ISSUER, secure=True)
    key = SECRETS.derive("session")
    sessions = Sessions(server.store, key, lambda: server.now, secure=True)
    tools = Toolbox(pages=Pages(settings, csrf), csrf=csrf, sessions=sessions)
    factors = building.build(server.store, SECRETS, settings, tools, lambda: server.now)
    site = Site(pages=tools.pages, csrf=csrf, sessions=sessions, factors=factors)

    async def sign_in(login: str, password: str, now: int, browser: KnownBrowser | None) -> User:
        assert now == server.now
        known_browsers.append(browser)
        if server.pool_full:
            raise PoolFull
        user = await server.store.read(load_user, LOGINS.get(login, 0))
        if user is None or password != PASSWORD:
            raise SignInRefused
        return user

    found = browser.endpoints(server.context, site, SECRETS, sign_in)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        await found[scope["path"]](scope, receive, send)

    return RequestId(route, secure=True)


class Tab:
    """One tab; tabs of one browser share the cookies."""

    def __init__(self, app: ASGIApp, cookies: httpx2.Cookies | None = None) -> None:
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url=ISSUER, cookies=cookies
        )
        self.app = app
        self.page = httpx2.Response(200)

    def another(self) -> Self:
        """Open another tab of the same browser."""
        tab = type(self)(self.app)
        tab.http._cookies = self.http._cookies
        return tab

    async def open(self, address: str) -> Self:
        """Follow a link, and redirects as long as they stay on this site."""
        self.page = await self.http.get(address)
        return await self._settle()

    async def authorize(self, client_id: str, **changed: str | None) -> Self:
        """Follow an application's link to the authorization endpoint."""
        return await self.open(f"/authorize?{urlencode(parameters(client_id, **changed))}")

    async def submit(self, path: str, **form: str) -> Self:
        """Send the page's form with what its hidden fields hold, changed by ``form``."""
        return await self.send(path, self.fields() | form)

    async def send(self, path: str, form: Mapping[str, str], **headers: str) -> Self:
        """Send a form."""
        self.page = await self.http.post(path, data=dict(form), headers=headers)
        return await self._settle()

    async def sign_in(self, username: str = "jsmith", password: str = PASSWORD) -> Self:
        """Fill in the sign-in form."""
        return await self.submit("/signin", username=username, password=password)

    async def decide(self, decision: str = "allow") -> Self:
        """Press a button of the consent page."""
        return await self.submit("/consent", decision=decision)

    def fields(self) -> dict[str, str]:
        """Return the page's hidden fields."""
        found = {}
        for tag in _INPUT.findall(self.page.text):
            attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
            if attributes.get("type") == "hidden":
                found[attributes["name"]] = attributes["value"]
        return found

    @property
    def cookie_header(self) -> str:
        """The cookies as they are sent."""
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    @property
    def at(self) -> str:
        """The path of the page shown."""
        return urlsplit(str(self.page.url)).path

    @property
    def title(self) -> str:
        """The page's heading."""
        found = re.search(r"<h1>(.*?)</h1>", self.page.text)
        return html.unescape(found[1]) if found else ""

    @property
    def back(self) -> dict[str, str]:
        """What the redirect to the application carries; fails if there is none."""
        assert self.page.status_code == 303, self.page.text
        address, _, query = self.page.headers["location"].partition("?")
        assert address == CALLBACK, address
        return {name: values[0] for name, values in parse_qs(query, strict_parsing=True).items()}

    async def _settle(self) -> Self:
        for _ in range(5):
            location = self.page.headers.get("location", "")
            if not location.startswith("/"):
                break
            assert self.page.status_code == 303
            self.page = await self.http.get(location)
        return self


def parameters(client_id: str, **changed: str | None) -> dict[str, str]:
    """Return a good request's parameters with changes; ``None`` leaves one out."""
    good: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "the state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (good | changed).items() if value is not None}
