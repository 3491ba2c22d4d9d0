"""The management API in the process, on a store with two developers and an API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from gatelodge.identity.personal_tokens import SCOPES, Wanted
from gatelodge.management.application import Management
from gatelodge.management.building import build
from gatelodge.oauth import digests
from gatelodge.oauth.clients import Client
from gatelodge.oauth.tokens import TokenAnswer
from gatelodge.operations import personal_tokens
from gatelodge.operations.actor import Act, Actor
from gatelodge.operations.secret_uses import SecretUses
from gatelodge.settings import Secrets
from gatelodge.storage.engine import Store
from tests.operations.conftest import NOW, OTHER, OWNER, fill

ISSUER = "https://gatelodge.example"
SECRETS = Secrets(bytes(32))
EVERYTHING = frozenset(SCOPES)


class Site(msgspec.Struct, kw_only=True):
    """The API, its store and a clock that tests move."""

    api: Management
    store: Store
    uses: SecretUses
    time: Any
    http: httpx2.AsyncClient
    minting: "Minting"

    async def personal(self, developer: int, scopes: frozenset[str] = EVERYTHING) -> str:
        """Make a personal access token and return its text."""
        actor = Actor(kind="developer", id=developer, name="dev@example.com")
        act = Act(actor=actor, now=self.time(), ids=self.store.ids)
        key = SECRETS.derive(digests.PERSONAL_TOKEN)
        wanted = Wanted(name="Test", scopes=scopes)
        made = await self.store.write(personal_tokens.make, act, key, developer, wanted)
        return made.text

    async def call(self, method: str, path: str, /, text: str, **more: Any) -> httpx2.Response:
        """Call the API with a personal access token."""
        headers = {"authorization": f"Bearer {text}", **more.pop("headers", {})}
        return await self.http.request(method, f"/api/v1{path}", headers=headers, **more)


class Time:
    """A clock that tests move."""

    now = NOW

    def __call__(self) -> int:
        """Return the seconds since the epoch."""
        return self.now


class Minting:
    """Stands where the authorization server issues access tokens."""

    before: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, client: Client, scope: str) -> TokenAnswer:
        """Issue one."""
        if self.before is not None:
            await self.before()
        text = f"minted-for-{client.client_id}"
        return TokenAnswer(access_token=text, scope=scope, expires_in=60)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """The API on a store of its own."""
    store = await Store.open(f"sqlite:///{tmp_path / 'management.db'}")
    await store.write(fill)
    uses, time, minting = SecretUses(store), Time(), Minting()
    api = build(store, SECRETS, ISSUER, minting, uses.note_personal, time)
    transport = httpx2.ASGITransport(api)
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield Site(api=api, store=store, uses=uses, time=time, http=http, minting=minting)
    await store.close()


@pytest.fixture
async def owner(site: Site) -> str:
    """A personal access token of the first developer that may do everything."""
    return await site.personal(OWNER)


@pytest.fixture
async def other(site: Site) -> str:
    """One of another developer."""
    return await site.personal(OTHER)


async def application(site: Site, text: str, name: str = "Mine") -> str:
    """Add an application and return its path."""
    answer = await site.call("POST", "/applications", text, json={"name": name})
    assert answer.status_code == 201, answer.text
    return f"/applications/{answer.json()['id']}"


KEYS = {
    "environment": "production",
    "grant_types": ["client_credentials"],
}


async def keys(site: Site, text: str, path: str, **more: Any) -> httpx2.Response:
    """Generate keys for production."""
    return await site.call("POST", f"{path}/keys", text, json=KEYS | more)
