"""A gateway that proxies may ask, before upstreams on sockets of their own."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gatelodge import proxies
from gatelodge.gateway.forward_auth import Faults, ForwardAuth
from gatelodge.gateway.offload.front import Front, front
from gatelodge.settings import Secrets
from gatelodge.storage import apis, subscriptions
from gatelodge.storage.connections import Connection
from gatelodge.web import sealing
from gatelodge.web.from_proxies import from_proxies
from gatelodge.web.http import ASGIApp, Receive, Reply, Scope, Send
from gatelodge.web.middleware import BehindProxies, RequestId
from gatelodge.web.server import running
from tests.gateway.installation import TENANT, Echo, Installation, api, installed, subscription
from tests.serving import free_port

LOOPBACK = proxies.networks("127.0.0.1")
SECRETS = Secrets(b"s" * 32)


@pytest.fixture
async def offloading(tmp_path: Path) -> AsyncIterator[Installation]:
    """A gateway that answers proxies too, and upstreams on sockets of their own."""
    echo = Echo()
    echo.headers += [
        (b"set-cookie", b"theirs=1"),
        (b"ratelimit", b"theirs"),
        (b"access-control-allow-origin", b"https://theirs.example"),
        (b"access-control-allow-credentials", b"true"),
    ]
    async with contextlib.AsyncExitStack() as stack:
        made = await stack.enter_async_context(installed(f"sqlite:///{tmp_path / 'db.sqlite'}"))
        made.forwarder._mounted = {"echo": echo}
        production = await stack.enter_async_context(running(echo, lifespan="off"))
        sandbox = await stack.enter_async_context(running(echo, lifespan="off"))
        dead = f"http://127.0.0.1:{free_port()}"
        await made.store.write(offer, production, sandbox, dead)
        made.served = served(made)
        made.base_url = await stack.enter_async_context(running(made.served, lifespan="off"))
        yield made


def offer(conn: Connection, production: str, sandbox: str, dead: str) -> None:
    """Store the APIs of the table."""
    apis.replace(conn, api(production_upstream=f"{production}/base"))
    further: dict[int, dict[str, Any]] = {
        32: {"context": "/limited", "production_upstream": production},
        33: {"context": "/both", "production_upstream": production, "sandbox_upstream": sandbox},
        34: {"context": "/things-api/inner"},
        35: {"context": "/foreign", "production_upstream": production},
        36: {"context": "/dead", "production_upstream": dead},
    }
    for number, changed in further.items():
        apis.add(conn, api(id=number, name=f"API {number}", **changed), "{}")
        plan = "A plan that is gone" if number == 32 else "Unlimited"
        if number != 35:
            subscriptions.add(conn, subscription(id=number, api_id=number, plan=plan))


def served(made: Installation) -> ASGIApp:
    """Return the gateway with what proxies ask beside it."""

    def seal(reply: Reply) -> str:
        return sealing.seal(SECRETS, "fault", reply, made.now + 60)

    def unseal(text: str) -> Reply:
        try:
            return sealing.unseal(SECRETS, "fault", text, Reply, made.now)
        except sealing.BadSeal as error:
            raise ValueError from error

    check = from_proxies(ForwardAuth(made.gate, seal, lambda: made.now), LOOPBACK)
    fault = from_proxies(Faults(made.gate, unseal, lambda: made.now), LOOPBACK)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        chosen = check if path.startswith("/gate/check") else made.gateway
        await (fault if path == "/gate/fault" else chosen)(scope, receive, send)

    return BehindProxies(RequestId(dispatch, secure=False), LOOPBACK)


async def written(made: Installation) -> Front:
    """Return what a proxy's configuration is made from."""
    known = await made.store.read(apis.all)
    issuer, gatelodge = f"http://api.example:{free_port()}", made.base_url.removeprefix("http://")
    return front(issuer, gatelodge, TENANT, known, "4.x")
