"""What attackers aim at: applications of others, browsers of others, and what these were given."""

import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from html import unescape
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec
from sqlalchemy import update

from gatelodge.catalog.applications import Draft
from gatelodge.catalog.credentials import KeySettings
from gatelodge.cli.installation import now, opened
from gatelodge.identity.developers import Role
from gatelodge.oauth import digests, opaque, pkce
from gatelodge.operations import applications, credentials, invites, resets, users
from gatelodge.operations.actor import Act, command_line
from gatelodge.operations.credentials import Target
from gatelodge.settings import Secrets, Settings
from gatelodge.storage import developers, people, token_schema
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.rings import Ring
from tests.flows.signing_in import PASSWORD, USER, hidden_fields
from tests.serving import Server

CALLBACK = "https://app.example/cb"
VERIFIER = "v" * 64
CHALLENGE = pkce.challenge_of(VERIFIER)
CODE_AND_REFRESH = frozenset({"authorization_code", "refresh_token"})
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EVERY_GRANT = frozenset({*CODE_AND_REFRESH, "password"})
ALL_GRANTS = EVERY_GRANT | {"client_credentials", DEVICE}

_numbers = itertools.count(1)
_persons = itertools.count(1101)  # users of the demo whom nobody else signs in as


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A victim's application: its consumer key, and its secret unless it is a public one."""

    target: Target
    consumer_key: str
    consumer_secret: str | None

    def form(self, **fields: str) -> dict[str, str]:
        """Return a form with the client's credentials in it."""
        secret = {} if self.consumer_secret is None else {"client_secret": self.consumer_secret}
        return {"client_id": self.consumer_key, **secret, **fields}


class Operator:
    """The person with the database: registers applications, disables people, turns time on."""

    def __init__(self, store: Store, secrets: Secrets) -> None:
        self.store = store
        self._secrets = secrets

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, demo: Server, database_url: str = "") -> AsyncIterator[Self]:
        """Work beside a running server, as the commands do, once it has seeded its database."""
        async with httpx2.AsyncClient(base_url=demo.base_url, timeout=30) as http:
            assert (await http.get("/health/ready")).status_code == httpx2.codes.OK
        settings = Settings(data_dir=demo.data_dir, database_url=database_url)
        async with opened(settings) as found:
            yield cls(found.store, found.secrets)

    @property
    def act(self) -> Act:
        """A new act of the operator's."""
        return Act(actor=command_line("root"), now=now(), ids=self.store.ids)

    async def register(self, *redirect_uris: str, name: str = "", **settings: Any) -> Key:
        """Register an application with keys for these redirect URIs (default ``CALLBACK``)."""
        name = f"{name}Victim {next(_numbers)}"
        wanted = KeySettings(redirect_uris=redirect_uris or (CALLBACK,), **settings)
        digest_key = self._secrets.derive(digests.CONSUMER_SECRET)

        def work(conn: Connection, act: Act) -> Key:
            owner = developers.find_by_email(conn, "dev@example.com")
            assert owner is not None
            draft = Draft(name=name, description="", quota="Unlimited")
            made = applications.create(conn, act, owner.id, draft)
            target = Target(application_id=made.id, environment="production")
            issued = credentials.generate(conn, act, digest_key, target, wanted)
            return Key(
                target=target,
                consumer_key=issued.client.client_id,
                consumer_secret=issued.consumer_secret,
            )

        return await self.store.write(work, self.act)

    async def move(self, key: Key, *redirect_uris: str, **settings: Any) -> None:
        """Register other redirect URIs and settings in the place of a key's."""
        wanted = KeySettings(redirect_uris=redirect_uris, **settings)
        await self.store.write(credentials.change_settings, self.act, key.target, wanted)

    async def person(self) -> str:
        """Return the user name of a person no other test signs in as, who has ``PASSWORD``."""

        def work(conn: Connection, act: Act) -> str:
            known = users.find(conn, USER.partition("@")[0])
            assert known.password_hash is not None
            return users.set_password(conn, act, next(_persons), known.password_hash).login_name

        return f"{await self.store.write(work, self.act)}@vbc.prod"

    async def take_password(self, username: str) -> None:
        """Give a user a password that nobody knows."""

        def work(conn: Connection, act: Act) -> None:
            found = users.find(conn, username.partition("@")[0])
            users.set_password(conn, act, found.id, "of nobody")

        await self.store.write(work, self.act)

    async def invite(self, email: str) -> str:
        """Invite a developer and return the secret part of the link."""
        digest_key = self._secrets.derive(invites.DIGEST)
        roles: frozenset[Role] = frozenset({"developer"})
        return (await self.store.write(invites.invite, self.act, digest_key, email, roles)).text

    async def reset_link(self, username: str) -> str:
        """Return the secret part of a link to a new password of a user's."""
        digest_key = self._secrets.derive(resets.DIGEST)

        def work(conn: Connection, act: Act) -> str:
            found = users.find(conn, username.partition("@")[0])
            person = people.find(conn, "user", found.id)
            assert person is not None
            return resets.make_link(conn, act, digest_key, person)

        return await self.store.write(work, self.act)

    async def expire(self, text: str, prefix: str) -> None:
        """Turn time on for one code or refresh token: it ended a second ago."""
        presented = opaque.read(prefix, text)
        assert presented is not None
        rings = {
            opaque.CODE: token_schema.codes,
            opaque.REFRESH_TOKEN: token_schema.refresh_tokens,
        }
        await self._change(rings[prefix], presented.row_id, expires_at=now() - 1)

    async def rotated(self, refresh_token: str, seconds_ago: int) -> None:
        """Turn time on for a rotated refresh token."""
        presented = opaque.read(opaque.REFRESH_TOKEN, refresh_token)
        assert presented is not None
        row = presented.row_id
        await self._change(token_schema.refresh_tokens, row, rotated_at=now() - seconds_ago)

    async def _change(self, ring: Ring, row: int, **values: int) -> None:
        def work(conn: Connection) -> None:
            table = ring.at(conn, row)
            conn.execute(update(table).where(table.c.id == row).values(values))

        await self.store.write(work)


def question(key: Key, **changed: str | None) -> dict[str, str]:
    """Return the parameters of a good authorization request; ``None`` leaves one out."""
    good: dict[str, str | None] = {
        "response_type": "code",
        "client_id": key.consumer_key,
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "the state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


async def ask(http: httpx2.AsyncClient, key: Key, **changed: str | None) -> httpx2.Response:
    """Send an authorization request and return the answer itself."""
    return await http.get("/authorize", params=question(key, **changed))


async def shown(http: httpx2.AsyncClient, answer: httpx2.Response) -> httpx2.Response:
    """Follow redirects as long as they stay on the server."""
    while answer.headers.get("location", "").startswith("/"):
        answer = await http.get(answer.headers["location"])
    return answer


async def sign_in(
    http: httpx2.AsyncClient, page: httpx2.Response, username: str = USER
) -> httpx2.Response:
    """Fill in the sign-in form and return the page or redirect that follows."""
    assert 'name="password"' in page.text, page.text[:500]
    form = hidden_fields(page.text) | {"username": username, "password": PASSWORD}
    return await shown(http, await http.post("/signin", data=form))


async def decide(
    http: httpx2.AsyncClient, page: httpx2.Response, decision: str = "allow"
) -> httpx2.Response:
    """Press a button of the consent page and return the answer itself."""
    form = hidden_fields(page.text) | {"decision": decision}
    return await http.post("/consent", data=form)


async def consent_page(
    http: httpx2.AsyncClient, key: Key, username: str = USER, **changed: str | None
) -> httpx2.Response:
    """Walk to the consent page, signing in where nobody is."""
    page = await shown(http, await ask(http, key, **changed))
    if 'name="password"' in page.text:
        page = await sign_in(http, page, username)
    return page


async def agreed(
    http: httpx2.AsyncClient, key: Key, username: str = USER, **changed: str | None
) -> dict[str, str]:
    """Walk to the redirect back; return what it carries."""
    page = await consent_page(http, key, username, **changed)
    return back(await decide(http, page) if page.status_code == httpx2.codes.OK else page)


def back(answer: httpx2.Response) -> dict[str, str]:
    """Return what a redirect to the application carries."""
    assert answer.status_code == httpx2.codes.SEE_OTHER, answer.text[:500]
    pairs = parse_qs(urlsplit(answer.headers["location"]).query, strict_parsing=True)
    return {name: values[0] for name, values in pairs.items()}


async def redeem(
    http: httpx2.AsyncClient, key: Key, code: str, **changed: str | None
) -> httpx2.Response:
    """Exchange a code; ``None`` leaves a parameter out."""
    good: dict[str, str | None] = {
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    fields = {name: value for name, value in (good | changed).items() if value is not None}
    return await http.post("/token", data=key.form(grant_type="authorization_code", **fields))


async def refresh(
    http: httpx2.AsyncClient, key: Key, refresh_token: str, **more: str
) -> httpx2.Response:
    """Use a refresh token."""
    fields = {"refresh_token": refresh_token, **more}
    return await http.post("/token", data=key.form(grant_type="refresh_token", **fields))


async def tokens(
    http: httpx2.AsyncClient, key: Key, username: str = USER, **changed: str
) -> dict[str, Any]:
    """Walk the whole way to tokens."""
    code = (await agreed(http, key, username, **changed))["code"]
    answer = await redeem(http, key, code)
    assert answer.status_code == httpx2.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def by_device(http: httpx2.AsyncClient, key: Key, username: str) -> httpx2.Response:
    """Allow a device of the key's, signing in where nobody is, and return its last poll."""
    return await http.post("/token", data=await allowed_device(http, key, username))


async def allowed_device(http: httpx2.AsyncClient, key: Key, username: str) -> Mapping[str, str]:
    """Allow a device of the key's, signing in where nobody is, and return the form of its poll."""
    codes = (await http.post("/device_authorization", data=key.form())).json()
    page = await shown(http, await http.get("/device"))
    if 'name="password"' in page.text:
        page = await sign_in(http, page, username)
    typed = hidden_fields(page.text) | {"user_code": codes["user_code"]}
    page = await shown(http, await http.post("/device", data=typed))
    decided = hidden_fields(page.text) | {"decision": "allow"}
    await http.post("/device/confirm", data=decided)
    return key.form(grant_type=DEVICE, device_code=codes["device_code"])


async def userinfo(http: httpx2.AsyncClient, access_token: str) -> int:
    """Return the status userinfo answers an access token with."""
    headers = {"Authorization": f"Bearer {access_token}"}
    return (await http.get("/userinfo", headers=headers)).status_code


async def introspected(http: httpx2.AsyncClient, key: Key, text: str) -> bool:
    """Say whether introspection calls a token active."""
    answer = await http.post("/introspect", data=key.form(token=text))
    active: bool = answer.json()["active"]
    return active


def error(answer: httpx2.Response) -> tuple[int, str]:
    """Return status and error code of the token endpoint's answer."""
    return answer.status_code, answer.json()["error"]


def is_page(answer: httpx2.Response) -> bool:
    """Say whether an answer is an error page that leads nowhere."""
    return (
        answer.status_code == httpx2.codes.BAD_REQUEST
        and "location" not in answer.headers
        and answer.headers["content-type"].startswith("text/html")
        and "http-equiv" not in unescape(answer.text)
    )
