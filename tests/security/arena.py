"""Where races are run: one process on SQLite, or several on one PostgreSQL that take turns."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
from sqlalchemy import Connection, Row, Table, select

from gatelodge.storage import schema
from tests import serving
from tests.operations.hostile_provider import CLIENT_ID, HostileProvider, hostile_provider
from tests.security import leaks
from tests.security.victims import Operator
from tests.serving import Server, free_port

_PROVIDER = """
[[providers]]
id = "corp"
name = "Corp"
issuer = "{issuer}"
client_id = "{client_id}"
client_secret_env = "CORP_SECRET"
"""

_NAMES = ("password", "repeated", "code", "code_verifier", "client_secret", "client_assertion")
_TYPED = re.compile(r'(?:id="totp-secret">|<li class="value">)([A-Z2-7 -]{19,})<')
PUBLIC = {"demo-user-password", "demo-developer-password"}
"""What the demo prints for everybody."""


class Arena:
    """The nodes of one installation, its operator, a provider and any number of browsers.

    All nodes answer for the first one's address, as behind a balancer.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        operator: Operator,
        provider: HostileProvider,
        settings: Mapping[str, Any],
    ) -> None:
        self.servers = servers
        self.settings = settings
        """How a node is started: the environment and the configuration of ``serving.serving``."""
        self.operator = operator
        self.provider = provider
        self.browsers: list[httpx2.AsyncClient] = []
        self.secrets: set[str] = set()
        """What passed through browsers and nobody recognises by its looks."""

    @property
    def issuer(self) -> str:
        """Where all nodes say that they are."""
        return self.servers[0].base_url

    def turns(self, count: int) -> Sequence[str]:
        """Return the addresses of the nodes in turn."""
        return [self.servers[turn % len(self.servers)].base_url for turn in range(count)]

    def browser(self) -> httpx2.AsyncClient:
        """Return a browser without JavaScript that nobody has used before."""
        limits = httpx2.Limits(max_connections=128, max_keepalive_connections=128)
        hooks: dict[str, list[Callable[..., Any]]] = {
            "request": [self._sent],
            "response": [self._shown],
        }
        made = httpx2.AsyncClient(
            base_url=self.issuer, limits=limits, timeout=60, event_hooks=hooks
        )
        self.browsers.append(made)
        return made

    async def _sent(self, request: httpx2.Request) -> None:
        form = parse_qs(request.content.decode()) if request.method == "POST" else {}
        self.secrets.update(form[name][0] for name in _NAMES if len(form.get(name, ("",))[0]) > 9)

    async def _shown(self, answer: httpx2.Response) -> None:
        await answer.aread()
        if answer.headers.get("content-type", "").startswith("text/html"):
            found = _TYPED.findall(answer.text)
            self.secrets.update(found, (text.replace(" ", "") for text in found))

    async def written(self) -> dict[str, bytes]:
        """Return everything that all nodes have written, a PostgreSQL database included."""
        found: dict[str, bytes] = {}
        for server in self.servers:
            found |= leaks.written(server)
        for table in schema.metadata.sorted_tables:
            rows = await self.operator.store.read(_rows, table)
            values = [value for row in rows for value in row]
            found[table.name] = b"\n".join(
                value if isinstance(value, bytes) else str(value).encode() for value in values
            )
        return found

    async def close_browsers(self) -> None:
        """Close all browsers there are."""
        while self.browsers:
            await self.browsers.pop().aclose()


def _rows(conn: Connection, table: Table) -> Sequence[Row[*tuple[Any, ...]]]:
    return conn.execute(select(table)).all()


@contextlib.asynccontextmanager
async def arena(
    folder: Path, database_url: str = "", nodes: int = 1, **more: str
) -> AsyncIterator[Arena]:
    """Start ``nodes`` demo servers at the same moment on one empty database.

    ``more`` goes into their environment.
    """
    ports = [free_port() for _ in range(nodes)]
    config = folder / "gatelodge.toml"
    environment = {
        "CORP_SECRET": "upstream-client-secret",
        "GATELODGE_BASE_URL": f"http://localhost:{ports[0]}",
        "GATELODGE_DATABASE_URL": database_url,
        **more,
    }
    async with contextlib.AsyncExitStack() as stack:
        provider = await stack.enter_async_context(hostile_provider())
        provider.claims = {"iat": int(time.time()), "exp": int(time.time()) + 3_600}
        config.write_text(_PROVIDER.format(issuer=provider.issuer, client_id=CLIENT_ID))
        settings: dict[str, Any] = {"environment": environment, "config": config}
        starting = [
            serving.serving(folder / "data", "--demo", port=port, **settings) for port in ports
        ]
        servers = await asyncio.gather(*map(stack.enter_async_context, starting))
        operator = await stack.enter_async_context(Operator.of(servers[0], database_url))
        made = Arena(servers, operator, provider, settings)
        stack.push_async_callback(made.close_browsers)
        yield made
