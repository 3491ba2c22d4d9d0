"""An authorization server on a real store, both databases, with a clock the test moves."""

import itertools
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from sqlalchemy import insert, select, update

from gatelodge.authserver.client_keys import ClientKeySource
from gatelodge.authserver.context import Context, DigestKeys
from gatelodge.authserver.endpoints import endpoints
from gatelodge.catalog.apis import Api
from gatelodge.catalog.applications import Application
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.identity.errors import PoolFull, SignInRefused
from gatelodge.identity.sessions import Session
from gatelodge.identity.users import User
from gatelodge.oauth import digests, opaque
from gatelodge.oauth.clients import Client, ClientSecret
from gatelodge.oauth.codes import Code
from gatelodge.oauth.jose import KeyRing, SigningKey
from gatelodge.settings import Secrets
from gatelodge.storage import (
    apis,
    applications,
    changes,
    clients,
    codes,
    plans,
    schema,
    sessions,
    spent,
    subscriptions,
)
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.live import ApplicationView, Live, Loaders
from gatelodge.web.fetching import Fetcher
from gatelodge.web.http import ASGIApp
from tests.authserver.asgi import Answer, call, post
from tests.oauth.records import CALLBACK, CHALLENGE, ISSUER, NOW, VERIFIER, client

SECRET = "TheConsumerSecretOfTheTests_a"
PASSWORD = "jsmith's password"
USER = 22
KEYS = DigestKeys.of(Secrets(b"s" * 32))
RING = KeyRing(
    {
        "ES256": SigningKey("ec", "ES256", ec.generate_private_key(ec.SECP256R1())),
        "RS256": SigningKey("rsa", "RS256", rsa.generate_private_key(65_537, 2048)),
        "PS256": SigningKey("pss", "PS256", rsa.generate_private_key(65_537, 2048)),
        "EdDSA": SigningKey("ed", "EdDSA", ed25519.Ed25519PrivateKey.generate()),
    }
)
_names = itertools.count(1)


class Server:
    """The endpoints, and what a test does to the world around them."""

    def __init__(self, store: Store, live: Live) -> None:
        self.now = NOW
        self.store = store
        self.live = live
        self.pool_full = False
        self.secrets_used: dict[int, int] = {}
        self.context = Context(
            issuer=ISSUER,
            tenant="vbc.prod",
            store=store,
            live=live,
            signing_keys=lambda: RING,
            digest_keys=KEYS,
            client_keys=ClientKeySource(Fetcher(), "loopback"),
            spend_assertion=lambda one: store.write(spent.spend, one.digest, one.until),
            note_secret=self.secrets_used.__setitem__,
            longest_access_token=604_800,
            clock=lambda: self.now,
        )
        self.endpoints: Mapping[str, ASGIApp] = endpoints(self.context, self._sign_in)

    async def _sign_in(self, login: str, password: str, now: int) -> User:
        assert now == self.now
        if self.pool_full:
            raise PoolFull
        user = await self.store.read(load_user, USER)
        if user is None or (login, password) != (user.login_name, PASSWORD):
            raise SignInRefused
        return user

    async def client(self, **changed: Any) -> Client:
        """Register another application with a client that has SECRET."""
        number = next(_names)
        secret = ClientSecret(
            id=self.store.ids.next(),
            digest=digests.digest(KEYS.consumer_secret, SECRET.encode()),
            tail=SECRET[-4:],
            created_at=NOW,
        )
        public = changed.get("type") == "public"
        made = client(
            id=self.store.ids.next(),
            client_id=f"Key{number}_a",
            application_id=self.store.ids.next(),
            application_name=f"Application {number}",
            secrets=() if public else (secret,),
            **changed,
        )
        await self.store.write(add_client, made)
        return made

    async def code(self, owner: Client, **changed: Any) -> str:
        """Issue a code for the user to a client, as the consent page would."""
        row_id, secret = self.store.ids.next(), secrets.token_bytes(32)
        fields: dict[str, Any] = {
            "id": row_id,
            "digest": digests.digest(KEYS.code, secret),
            "client_row": owner.id,
            "user_id": USER,
            "family_id": self.store.ids.next(),
            "redirect_uri": CALLBACK,
            "redirect_uri_sent": True,
            "scope": "openid",
            "code_challenge": CHALLENGE,
            "nonce": "n",
            "auth_time": self.now - 5,
            "amr": "pwd",
            "session_id": 44,
            "issued_at": self.now,
            "expires_at": self.now + owner.code_lifetime,
        }
        await self.store.act(codes.save, Code(**(fields | changed)))
        return opaque.write(opaque.CODE, row_id, secret)

    async def post(self, path: str, owner: Client | None, **form: str) -> Answer:
        """POST a form as this client."""
        if owner is not None and owner.type == "public":
            return await post(self.endpoints[path], {"client_id": owner.client_id, **form})
        auth = None if owner is None else (owner.client_id, SECRET)
        return await post(self.endpoints[path], form, auth=auth)

    async def redeem(self, owner: Client, code: str, **changed: str) -> Answer:
        """Exchange a code."""
        form = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER} | changed
        return await self.post("/token", owner, grant_type="authorization_code", **form)

    async def refresh(self, owner: Client, refresh_token: str, **more: str) -> Answer:
        """Use a refresh token."""
        form = {"refresh_token": refresh_token, **more}
        return await self.post("/token", owner, grant_type="refresh_token", **form)

    async def issued(self, owner: Client, **code: Any) -> dict[str, Any]:
        """Return the tokens of a fresh code."""
        answer = await self.redeem(owner, await self.code(owner, **code))
        assert answer.status == 200, answer.body
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def userinfo(self, access_token: str) -> Answer:
        """Ask who an access token stands for."""
        headers: dict[str, str | bytes] = {"authorization": f"Bearer {access_token}"}
        return await call(self.endpoints["/userinfo"], "GET", headers=headers)

    async def active(self, owner: Client, text: str) -> bool:
        """Ask whether an access or refresh token is alive."""
        answer = await self.post("/introspect", owner, token=text)
        return bool(answer.json()["active"])

    async def disable_user(self) -> None:
        """Disable the user, as the operator would."""
        await self.store.write(set_user_state, "disabled")


def load_user(conn: Connection, user_id: int) -> User | None:
    """Read the user."""
    names = list(User.__struct_fields__)
    columns = [schema.users.c[name] for name in names]
    row = conn.execute(select(*columns).where(schema.users.c.id == user_id)).mappings().first()
    return None if row is None else User(**row)


def load_application(conn: Connection, application_id: int) -> ApplicationView | None:
    """Read an application with its subscriptions."""
    found = applications.find(conn, application_id)
    if found is None:
        return None
    own = subscriptions.of_application(conn, application_id)
    return ApplicationView(application=found, subscriptions={one.api_id: one for one in own})


def set_user_state(conn: Connection, state: str) -> None:
    """Change the user's state."""
    conn.execute(update(schema.users).where(schema.users.c.id == USER).values(state=state))
    changes.append(conn, "user", USER)


def add_client(conn: Connection, made: Client) -> None:
    """Store a client with its application."""
    application = Application(
        id=made.application_id,
        owner_id=1,
        name=made.application_name,
        description="",
        quota="Unlimited",
        state="active",
        created_at=NOW,
        updated_at=NOW,
    )
    applications.add(conn, application)
    clients.add(conn, made)


def subscribe(conn: Connection, subscription: Subscription) -> None:
    """Store a subscription."""
    subscriptions.add(conn, subscription)
    changes.append(conn, "application", subscription.application_id)


def fill(conn: Connection) -> None:
    """Put a developer, a signed-in user and an API with a scope into the store."""
    developer = {
        "id": 1,
        "email": "dev@example.com",
        "name": "Dev",
        "roles": ["developer"],
        "state": "active",
        "created_at": NOW,
    }
    conn.execute(insert(schema.developers), developer)
    account = {"id": 571_700, "name": "Vonage", "status": "ACTIVE", "address": {}}
    conn.execute(insert(schema.accounts), account)
    user = {
        "id": USER,
        "account_id": 571_700,
        "login_name": "jsmith",
        "email": "jsmith@example.com",
        "first_name": "John",
        "last_name": "Smith",
        "contact_numbers": [],
        "role": "member",
        "state": "active",
    }
    conn.execute(insert(schema.users), user)
    session = Session(
        id=44,
        digest=b"d" * 32,
        kind="user",
        subject_id=USER,
        auth_time=NOW - 5,
        amr=("pwd",),
        created_at=NOW - 5,
        seen_at=NOW,
        expires_at=NOW + 1000,
        address="127.0.0.1",
        user_agent="",
    )
    sessions.add(conn, session)
    plans.ensure_standard(conn)
    api = Api(
        id=9,
        name="Calls",
        version="v1",
        context="/calls",
        description="",
        state="published",
        default_version=True,
        production_upstream="http://localhost:1",
        sandbox_upstream=None,
        plans=("Standard",),
        operations=(),
        scopes={"calls:read": "Read calls"},
        created_at=NOW,
    )
    apis.add(conn, api, "{}")


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[Server]:
    """A server on an empty database with the fixed people."""
    store = await Store.open(database_url)
    await store.write(fill)
    loaders = Loaders(
        client=clients.find_by_client_id,
        application=load_application,
        user=load_user,
        apis=apis.all,
        plans=plans.all,
    )
    live = Live(store, loaders)
    await live.start(NOW)
    yield Server(store, live)
    await live.stop()
    await store.close()
