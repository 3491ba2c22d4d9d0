"""npm's oidc-provider as a process, a Gatelodge whose people may sign in with it, and a browser."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx2

from tests import serving
from tests.flows.signing_in import hidden_fields
from tests.interop import node
from tests.programs import absent
from tests.serving import Server, free_port

SECONDS = 30
SETTINGS = """
[[providers]]
id = "npm"
name = "Corp"
issuer = "http://localhost:{port}"
client_id = "gatelodge"
client_secret_env = "CORP_SECRET"
email_domains = ["corp.example"]
unknown_developers = "create"

[[providers]]
id = "away"
name = "Nobody"
issuer = "http://localhost:{nobody}"
client_id = "gatelodge"
client_secret_env = "CORP_SECRET"
"""
_ACTION = re.compile(r'<form[^>]*action="([^"]+)"')


@contextlib.asynccontextmanager
async def provider(port: int, *redirect_uris: str) -> AsyncIterator[None]:
    """Run the provider until the block ends; yields once it answers."""
    if not (node.HERE / "node_modules" / "oidc-provider").is_dir():
        absent("npm's oidc-provider")
    process = await asyncio.create_subprocess_exec(
        str(node.node_path()),
        "oidc_provider.mjs",
        str(port),
        *redirect_uris,
        cwd=node.HERE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(SECONDS):
            assert await process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def demo_with_providers(folder: Path) -> AsyncIterator[Server]:
    """Run the demo tenant with two providers: the real one, and one that is away."""
    port, own = free_port(), free_port()
    config = folder / "gatelodge.toml"
    config.write_text(SETTINGS.format(port=port, nobody=free_port()))
    callbacks = [f"http://localhost:{own}/{side}/with/npm/callback" for side in ("login", "signin")]
    environment = {"CORP_SECRET": "upstream-client-secret"}
    async with (
        provider(port, *callbacks),
        serving.serving(
            folder / "data", "--demo", port=own, environment=environment, config=config
        ) as server,
    ):
        yield server


class Person:
    """Somebody with a browser without JavaScript, known as ``login`` at the provider."""

    def __init__(self, server: Server, login: str) -> None:
        self.http = httpx2.AsyncClient(base_url=server.base_url, timeout=SECONDS)
        self.login = login
        self.server = server
        self.page = httpx2.Response(200)

    async def open(self, address: str) -> str:
        """Go to an address and wherever it leads; return the text of the page."""
        return await self._settle(await self.http.get(address))

    async def send(self, action: str, **fields: str) -> str:
        """Send the page's form that leads to ``action``."""
        form = re.search(
            rf'<form[^>]*action="{re.escape(action)}".*?</form>', self.page.text, re.DOTALL
        )
        assert form is not None, self.page.text
        body = {k: unescape(v) for k, v in hidden_fields(form[0]).items()} | fields
        return await self._settle(await self.http.post(action, data=body))

    @property
    def at(self) -> str:
        """The path of the page shown."""
        return self.page.url.path

    async def _settle(self, answer: httpx2.Response) -> str:
        """Follow redirects, here and at the provider, whose two forms are filled in."""
        for _ in range(20):
            if answer.is_redirect:
                where = answer.url.join(answer.headers["location"])
                if where.path == "/callback-demo":
                    self.page = httpx2.Response(200, request=httpx2.Request("GET", where))
                    return ""
                answer = await self.http.get(where)
            elif "/interaction/" in answer.url.path:
                answer = await self._interact(answer)
            else:
                break
        self.page = answer
        return " ".join(re.sub(r"<[^>]+>", " ", unescape(answer.text)).split())

    async def _interact(self, page: httpx2.Response) -> httpx2.Response:
        action = _ACTION.search(page.text)
        assert action is not None, page.text
        form = hidden_fields(page.text) | {"login": self.login, "password": "any"}
        return await self.http.post(page.url.join(unescape(action[1])), data=form)

    async def sign_in_with_password(self, email: str, password: str) -> str:
        """Fill in the developers' form that is shown."""
        return await self.send("/login", email=email, password=password)

    async def end(self) -> None:
        """Close the browser."""
        await self.http.aclose()
