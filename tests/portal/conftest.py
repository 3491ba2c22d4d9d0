"""The portal on a store of its own, served on a real port, with a developer signed in or not."""

import asyncio
import functools
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
import uvicorn
from argon2 import PasswordHasher
from sqlalchemy import Connection
from starlette.routing import Mount, Router
from starlette.staticfiles import StaticFiles

from gatelodge.catalog.apis import Api, Operation
from gatelodge.identity.developers import Developer
from gatelodge.oauth.clients import Client
from gatelodge.oauth.tokens import TokenAnswer
from gatelodge.operations.passwords import PasswordPool
from gatelodge.operations.sign_in import SignIn
from gatelodge.portal import site
from gatelodge.portal.desk import Desk, Parts
from gatelodge.portal.flash import Flashes
from gatelodge.settings import Secrets, Settings
from gatelodge.storage import apis, developers, plans
from gatelodge.storage.engine import Store
from gatelodge.two_step import building
from gatelodge.web.csrf import Csrf
from gatelodge.web.errors import ErrorPages
from gatelodge.web.middleware import RequestId
from gatelodge.web.pages import STATIC, Pages
from gatelodge.web.sessions import Sessions
from gatelodge.web.toolbox import Toolbox

NOW = 1_800_000_000
EMAIL, PASSWORD = "dev@example.com", "demo-developer-password"
TEST_TOKEN = (
    "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9."
    "eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0IiwiY2xpZW50X2lkIjoiYWJjIiwiZXhwIjoxfQ.c2lnbmF0dXJl"
)
DOCUMENT = Path(__file__).parents[2] / "src/gatelodge/provisioning/openapi.json"

PROVISIONING = Api(
    id=10,
    name="Provisioning",
    version="v1",
    context="/provisioning",
    description="Accounts, extensions and users of a business phone system.",
    state="published",
    default_version=True,
    production_upstream="app:provisioning",
    sandbox_upstream="app:provisioning",
    plans=("Standard", "Bronze", "Silver", "Gold", "Unlimited"),
    operations=(Operation(method="GET", path="/api/accounts/{account_id}"),),
    scopes={"openid": "Sign in", "provisioning.read": "Read accounts, extensions and users"},
    created_at=NOW,
)
WEATHER = msgspec.structs.replace(
    PROVISIONING,
    id=11,
    name="Weather",
    context="/weather",
    description="Weather by town.",
    state="deprecated",
    sandbox_upstream=None,
    plans=("Gold",),
    scopes={},
)
HIDDEN = msgspec.structs.replace(PROVISIONING, id=12, name="Secret", context="/x", state="created")


@functools.cache
def password_hash() -> str:
    """Return a hash of everybody's password, cheap to check."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        """Return the seconds since the epoch."""
        return self.now


class Portal(msgspec.Struct, frozen=True, kw_only=True):
    """The running portal."""

    base_url: str
    store: Store
    time: Time
    settings: Settings

    async def developer(
        self, id_: int, email: str, roles: tuple[str, ...] = ("developer",)
    ) -> None:
        """Make a further developer with the usual password."""
        values: Any = frozenset(roles or ("developer",))
        person = Developer(
            id=id_,
            email=email,
            name=email.partition("@")[0].title(),
            roles=values,
            state="active",
            password_hash=password_hash(),
            created_at=NOW,
        )
        await self.store.write(developers.add, person)


def seed(conn: Connection) -> None:
    """Store plans and APIs."""
    plans.ensure_standard(conn)
    text = DOCUMENT.read_text(encoding="utf-8")
    apis.add(conn, PROVISIONING, text)
    apis.add(conn, WEATHER, json.dumps({"openapi": "3.1.0"}))
    apis.add(conn, HIDDEN, text)


async def mint(client: Client, scope: str) -> TokenAnswer:
    """Stand where the authorization server issues tokens."""
    assert "client_credentials" in client.grant_types
    return TokenAnswer(access_token=TEST_TOKEN, scope=scope, expires_in=3600)


def application(store: Store, settings: Settings, time: Time, pool: PasswordPool) -> RequestId:
    """Return the portal as an application of its own."""
    secrets = Secrets(bytes(32))
    csrf = Csrf(secrets.derive("csrf"), origin=settings.issuer, secure=settings.secure)
    pages = Pages(settings, csrf, site.FUNCTIONS)
    sessions = Sessions(store, secrets.derive("session"), time, secure=settings.secure)
    tools = Toolbox(pages=pages, csrf=csrf, sessions=sessions)
    desk = Desk(
        Parts(
            settings=settings,
            store=store,
            tools=tools,
            factors=building.build(store, secrets, settings, tools, time),
            flashes=Flashes(store, secrets, time),
            clock=time,
        )
    )
    routes = site.routes(desk, SignIn(store, pool, secrets), secrets, mint)
    router = Router([*routes, Mount("/static", StaticFiles(directory=STATIC))])
    guarded = ErrorPages(router, pages.render, settings.issuer)
    return RequestId(guarded, secure=settings.secure)


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    """The portal with one developer and two APIs, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        settings = Settings(port=port, tenant="vbc.prod", data_dir=tmp_path)
        store = await Store.open(f"sqlite:///{tmp_path / 'portal.db'}")
        await store.write(seed)
        pool, time = PasswordPool(), Time()
        config = uvicorn.Config(
            application(store, settings, time, pool), log_config=None, lifespan="off", ws="none"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        found = Portal(base_url=settings.issuer, store=store, time=time, settings=settings)
        await found.developer(1, EMAIL)
        yield found
        server.should_exit = True
        await serving
        pool.close()
        await store.close()


@pytest.fixture
async def visitor(portal: Portal) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser without JavaScript that nobody is signed in with."""
    async with httpx2.AsyncClient(base_url=portal.base_url, follow_redirects=False) as client:
        yield client
