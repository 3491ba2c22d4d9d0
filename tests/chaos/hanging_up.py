"""Callers that hang up while they are still sending, and an upstream that sees what comes of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import msgspec

from gatelodge.operations import apis, openapi_document, subscriptions
from gatelodge.operations.apis import Offer
from tests import raw_http
from tests.security.victims import Key, Operator

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Inbox", "version": "v1"},
    "paths": {"/letters": {"post": {}}},
}
PATH = "/t/vbc.prod/inbox/v1/letters"
HALF = b"x" * 40_000


class Upstream:
    """Takes in what comes; ``halves`` has an entry for each body that began, ``ends`` its end.

    An end is how many bytes of the body had come when the gateway closed the connection.
    """

    def __init__(self) -> None:
        self.address = ""
        self.halves: asyncio.Queue[None] = asyncio.Queue()
        self.ends: asyncio.Queue[int] = asyncio.Queue()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Upstream"]:
        """Serve for the length of the block."""
        async with await asyncio.start_server(self._take, "127.0.0.1") as server:
            self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came = 0
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            while piece := await reader.read(65_536):
                came += len(piece)
                if came == len(HALF):
                    self.halves.put_nowait(None)
        self.ends.put_nowait(came)
        writer.close()

    async def offered(self, operator: Operator) -> Key:
        """Publish it, and return a subscribed application's key."""
        document = openapi_document.read(msgspec.json.encode(DOCUMENT))
        offer = Offer(context="/inbox", upstream=self.address, plans=("Unlimited",))
        done = await operator.store.write(apis.publish, operator.act, document, offer)
        key = await operator.register(grant_types=frozenset({"client_credentials"}))
        wanted = (key.target.application_id, done.api.id, "Unlimited")
        await operator.store.write(subscriptions.subscribe, operator.act, *wanted)
        return key


async def in_the_middle_of_a_form(base_url: str, form: dict[str, str]) -> None:
    """Send all of a form to the token endpoint but its last byte, and hang up."""
    body = urlencode(form).encode()
    async with raw_http.connected(base_url) as (_, writer):
        writer.write(
            b"POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" % len(body)
        )
        writer.write(body[:-1])
        await writer.drain()


async def in_the_middle_of_a_call(base_url: str, access_token: str, upstream: Upstream) -> int:
    """Send half of a letter through the gateway and hang up; return what the upstream got."""
    async with raw_http.connected(base_url) as (_, writer):
        writer.write(
            b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nAuthorization: Bearer %b\r\n\r\n"
            % (PATH.encode(), 2 * len(HALF), access_token.encode())
        )
        writer.write(HALF)
        await upstream.halves.get()
    return await upstream.ends.get()
