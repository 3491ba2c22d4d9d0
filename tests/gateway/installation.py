"""A gateway on a real store and real sockets, before an upstream that says what it was asked."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from gatelodge.catalog.apis import Api, Operation
from gatelodge.catalog.applications import Application
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.gateway.forward import Forwarder
from gatelodge.gateway.gate import Gate
from gatelodge.gateway.parts import GateParts
from gatelodge.gateway.pipeline import Gateway
from gatelodge.gateway.shared_limits import Counter, OwnLimits
from gatelodge.gateway.usage import Usage
from gatelodge.identity.developers import Developer
from gatelodge.oauth import digests, opaque, tokens
from gatelodge.oauth.access import AccessToken
from gatelodge.oauth.clients import Client
from gatelodge.oauth.jose import KeyRing, SigningKey
from gatelodge.operations.presented_tokens import AccessTokenReader
from gatelodge.storage import (
    access_tokens,
    apis,
    applications,
    changes,
    clients,
    developers,
    directory_rows,
    plans,
    subscriptions,
)
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.live import Live
from gatelodge.storage.loading import LOADERS
from gatelodge.web.http import ASGIApp, Receive, Scope, Send
from gatelodge.web.middleware import RequestId
from gatelodge.web.server import running
from tests.raw_http import talk

NOW = 1_800_000_000
ISSUER = "http://gateway.example"
TENANT = "vbc.prod"
API, APPLICATION, SUBSCRIPTION, CLIENT, SANDBOX_CLIENT, USER = 31, 41, 51, 61, 62, 71
KEY, SANDBOX_KEY = "TheConsumerKeyOfTheGateway_a", "TheSandboxKeyOfTheGateway__a"
DIGEST_KEY = b"d" * 32
SIGNING_KEY = SigningKey("ec", "ES256", ec.generate_private_key(ec.SECP256R1()))

OPERATIONS = (
    Operation(method="GET", path="/things/{id}"),
    Operation(method="POST", path="/things"),
    Operation(method="GET", path="/secrets", scopes=frozenset({"secrets"})),
    Operation(method="GET", path="/mine", audience="user"),
    Operation(method="GET", path="/open", audience="none"),
)


def api(**changed: Any) -> Api:
    """Return a published API whose upstream is mounted."""
    fields: dict[str, Any] = {
        "id": API,
        "name": "Things",
        "version": "v1",
        "context": "/things-api",
        "description": "",
        "state": "published",
        "default_version": True,
        "production_upstream": "app:echo",
        "sandbox_upstream": None,
        "plans": ("Unlimited",),
        "operations": OPERATIONS,
        "scopes": {},
        "created_at": NOW,
    }
    return Api(**(fields | changed))


def client(**changed: Any) -> Client:
    """Return the application's client."""
    fields: dict[str, Any] = {
        "id": CLIENT,
        "client_id": KEY,
        "application_id": APPLICATION,
        "application_name": "Tests",
        "owner_name": "Dev",
        "environment": "production",
        "grant_types": frozenset({"client_credentials"}),
        "redirect_uris": (),
        "created_at": NOW,
    }
    return Client(**(fields | changed))


def fill(conn: Connection) -> None:
    """Store a developer, an application with two keys, a user, an API and the subscription."""
    plans.ensure_standard(conn)
    developers.add(
        conn,
        Developer(
            id=1,
            email="dev@example.com",
            name="Dev",
            roles=frozenset(),
            state="active",
            password_hash=None,
            created_at=NOW,
        ),
    )
    applications.add(conn, application())
    clients.add(conn, client())
    clients.add(conn, client(id=SANDBOX_CLIENT, client_id=SANDBOX_KEY, environment="sandbox"))
    lines = ("address_1", "address_2", "country", "state", "city", "postal_code")
    address = dict.fromkeys(lines, "US")
    account = {"id": 571700, "name": "Vonage", "status": "ACTIVE", "address": address}
    directory_rows.add(conn, "account", [account])
    person = {
        "id": USER,
        "account_id": 571700,
        "login_name": "jsmith",
        "email": "jsmith@example.com",
        "first_name": "John",
        "last_name": "Smith",
        "contact_numbers": [],
        "role": "member",
        "state": "active",
    }
    directory_rows.add(conn, "user", [person])
    apis.add(conn, api(), "{}")
    subscriptions.add(conn, subscription())


def application(**changed: Any) -> Application:
    """Return the application of the tests."""
    fields: dict[str, Any] = {
        "id": APPLICATION,
        "owner_id": 1,
        "name": "Tests",
        "description": "",
        "quota": "Unlimited",
        "state": "active",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Application(**(fields | changed))


def subscription(**changed: Any) -> Subscription:
    """Return its subscription."""
    fields: dict[str, Any] = {
        "id": SUBSCRIPTION,
        "application_id": APPLICATION,
        "api_id": API,
        "plan": "Unlimited",
        "state": "active",
        "created_at": NOW,
    }
    return Subscription(**(fields | changed))


class Answer(msgspec.Struct, frozen=True):
    """What came back over the socket; header names are lower-case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header that came at most once."""
        found = [value for key, value in self.headers if key == name]
        assert len(found) <= 1, found
        return found[0] if found else None

    def json(self) -> Any:
        """Return the body, which says that it is JSON."""
        assert self.header("content-type") == "application/json"
        return msgspec.json.decode(self.body)


class Echo:
    """An upstream that answers with what it was asked; ``calls`` counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.headers = [(b"content-type", b"application/json")]
        self.error: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        self.calls += 1
        if self.error is not None:
            raise self.error
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        asked = {
            "method": scope["method"],
            "path": scope["raw_path"].decode(),
            "root": scope["root_path"],
            "query": scope["query_string"].decode(),
            "headers": [[n.decode("latin-1"), v.decode("latin-1")] for n, v in scope["headers"]],
            "body": body.decode(),
        }
        answer = msgspec.json.encode(asked)
        headers = [*self.headers, (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


class Installation:
    """A running gateway and what a test does to the world around it."""

    def __init__(
        self,
        store: Store,
        live: Live,
        fault_format: Any = "4.x",
        counter: Counter | None = None,
    ) -> None:
        self.now = NOW
        self.store = store
        self.live = live
        self.echo = Echo()
        self.usage = Usage(store)
        self.ring = KeyRing({"ES256": SIGNING_KEY})
        self.forwarder = Forwarder({"echo": self.echo})
        self.gate = Gate(
            GateParts(
                tenant=TENANT,
                fault_format=fault_format,
                live=live,
                reader=AccessTokenReader(
                    issuer=ISSUER,
                    store=store,
                    live=live,
                    signing_keys=lambda: self.ring,
                    digest_key=DIGEST_KEY,
                ),
                usage=self.usage,
                clock=lambda: self.now,
                counter=counter or OwnLimits(),
            )
        )
        self.gateway = Gateway(self.gate, self.forwarder, lambda: self.now)
        self.base_url = ""
        self.served: ASGIApp = RequestId(self.gateway, secure=False)

    def row(
        self, *, user: bool = False, scope: str = "", lifetime: int = 3600, resources: str = ""
    ) -> AccessToken:
        """Return the facts of a fresh access token."""
        return AccessToken(
            id=self.store.ids.next(),
            digest=b"",
            family_id=self.store.ids.next() if user else None,
            client_row=CLIENT,
            user_id=USER if user else None,
            scope=scope,
            issued_at=self.now,
            expires_at=self.now + lifetime,
            resources=resources,
        )

    def sign(self, row: AccessToken, consumer_key: str = KEY) -> str:
        """Return the JWT of these facts."""
        login_name = None if row.user_id is None else "jsmith"
        return tokens.sign(tokens.claims_of(row, consumer_key, login_name, ISSUER), SIGNING_KEY)

    async def stored(self, row: AccessToken) -> str:
        """Store these facts and return the opaque access token."""
        secret = secrets.token_bytes(32)
        digest = digests.digest(DIGEST_KEY, secret)
        await self.store.act(access_tokens.save, msgspec.structs.replace(row, digest=digest))
        return opaque.write(opaque.ACCESS_TOKEN, row.id, secret)

    async def change(self, kind: changes.Kind, fn: Any, *arguments: object) -> None:
        """Change something and say so, in one unit of work."""

        def unit(conn: Connection) -> None:
            fn(conn, *arguments)
            changes.append(conn, kind, APPLICATION if kind == "application" else USER)

        await self.store.write(unit)

    async def call(
        self,
        path: str = "/things/1",
        access_token: str | None = None,
        *,
        method: str = "GET",
        headers: tuple[str, ...] = (),
        body: bytes = b"",
        below: str = f"/t/{TENANT}/things-api",
    ) -> Answer:
        """Call a path of the API, or one below elsewhere, over a socket of its own."""
        target = path if path.startswith("/t/") else below + path
        lines = [f"{method} {target} HTTP/1.1", "Host: api.example", "Connection: close", *headers]
        if access_token is not None:
            lines.append(f"Authorization: Bearer {access_token}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return parse(await talk(self.base_url, head + body))


def parse(raw: bytes) -> Answer:
    """Read an answer with a length or without a body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = [line.partition(": ") for line in lines]
    return Answer(int(status.split(" ")[1]), [(n.lower(), v) for n, _, v in headers], body)


@contextlib.asynccontextmanager
async def installed(
    database_url: str, fault_format: str = "4.x", counter: Counter | None = None
) -> AsyncIterator[Installation]:
    """Run a gateway on a filled store; a second one on the same database joins the first."""
    async with contextlib.AsyncExitStack() as stack:
        store = await Store.open(database_url)
        stack.push_async_callback(store.close)
        if not await store.read(apis.all):
            await store.write(fill)
        live = Live(store, LOADERS)
        await live.start(NOW)
        stack.push_async_callback(live.stop)
        made = Installation(store, live, fault_format, counter)
        stack.push_async_callback(made.forwarder.close)
        made.base_url = await stack.enter_async_context(running(made.served, lifespan="off"))
        assert urlsplit(made.base_url).port
        yield made
