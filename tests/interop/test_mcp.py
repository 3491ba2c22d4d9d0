"""PyPI's mcp client finds its way from a 401 at the gateway to a tool behind it."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

from gatelodge.operations import subscriptions
from gatelodge.storage import apis
from gatelodge.storage.connections import Connection
from tests.flows.guide import answers
from tests.flows.signing_in import visit
from tests.security.attacking import API, bearer, part
from tests.security.victims import CALLBACK, Key, Operator
from tests.serving import PROGRAM, Server, free_port

SERVER = Path(__file__).with_name("mcp_server.py")
DOCUMENT = """\
openapi: 3.1.0
info: {title: Adder, version: v1}
paths:
  /mcp:
    post: {responses: {200: {description: An answer}}}
    get: {responses: {200: {description: A stream}}}
    delete: {responses: {200: {description: The end}}}
"""


@contextlib.asynccontextmanager
async def upstream() -> AsyncIterator[int]:
    """Run the server in a process of its own; yields its port."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SERVER), str(port), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await answers(port)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def publish(demo: Server, folder: Path, port: int) -> None:
    """Publish the server as its operator would."""
    document = folder / "openapi.yaml"
    document.write_text(DOCUMENT, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *("apis", "publish", str(document), "--context", "/adder"),
        *("--upstream", f"http://127.0.0.1:{port}", "--plan", "Unlimited"),
        env={**os.environ, "GATELODGE_DATA_DIR": str(demo.data_dir)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()


async def registered(demo: Server) -> Key:
    """Register the client beforehand and subscribe it: there is no dynamic registration."""
    async with Operator.of(demo) as operator:
        key = await operator.register()

        def subscribe(conn: Connection) -> None:
            (adder,) = (api for api in apis.all(conn) if api.name == "Adder")
            target = key.target.application_id
            subscriptions.subscribe(conn, operator.act, target, adder.id, "Unlimited")

        await operator.store.write(subscribe)
        return key


class Storage:
    """What the client remembers: its registration from the start, tokens from then on."""

    def __init__(self, key: Key) -> None:
        self.tokens: OAuthToken | None = None
        self._client = OAuthClientInformationFull(
            client_id=key.consumer_key,
            client_secret=key.consumer_secret,
            redirect_uris=[AnyUrl(CALLBACK)],
            token_endpoint_auth_method="client_secret_basic",
        )

    async def get_tokens(self) -> OAuthToken | None:
        """Return the tokens."""
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keep the tokens."""
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """Return the registration."""
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Take no other registration."""
        raise AssertionError(client_info)


class Person:
    """Goes where the client sends their browser, signs in, agrees."""

    def __init__(self) -> None:
        self.asked = ""

    async def go(self, address: str) -> None:
        """Remember the address."""
        self.asked = address

    async def come_back(self) -> AuthorizationCodeResult:
        """Walk the whole way and hand over what came back."""
        back = parse_qs(urlsplit(await visit(self.asked, CALLBACK)).query)
        return AuthorizationCodeResult(
            code=back["code"][0], state=back["state"][0], iss=back["iss"][0]
        )


def provider(url: str, storage: Storage, person: Person) -> OAuthClientProvider:
    """Return the client's own way to tokens."""
    metadata = OAuthClientMetadata(redirect_uris=[AnyUrl(CALLBACK)], client_name="Assistant")
    return OAuthClientProvider(url, metadata, storage, person.go, person.come_back)


@pytest.mark.parametrize("version", ["", "/v1"])
async def test_from_a_401_to_a_tool(demo: Server, tmp_path: Path, version: str) -> None:
    """Discovery, code with PKCE and resource, a tool's answer; the token opens nothing else."""
    resource = f"{demo.base_url}/t/vbc.prod/adder{version}"
    async with upstream() as port:
        await publish(demo, tmp_path, port)
        storage, person = Storage(await registered(demo)), Person()
        auth = provider(f"{resource}/mcp", storage, person)
        async with (
            httpx2.AsyncClient(auth=auth, timeout=30) as http,
            streamable_http_client(f"{resource}/mcp", http_client=http) as streams,
            ClientSession(*streams) as session,
        ):
            await session.initialize()
            answer = await session.call_tool("add", {"left": 19, "right": 23})
    assert answer.structured_content == {"result": 42}
    asked = parse_qs(urlsplit(person.asked).query)
    assert asked["resource"] == [resource]
    assert asked["code_challenge_method"] == ["S256"]
    assert storage.tokens is not None
    assert part(storage.tokens.access_token, 1)["aud"] == resource
    async with httpx2.AsyncClient(base_url=demo.base_url) as http:
        elsewhere = await http.get(API, headers=bearer(storage.tokens.access_token))
    assert elsewhere.status_code == 401
