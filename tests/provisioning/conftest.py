"""The application over a store that holds the demo's directory, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection

from gatelodge.demo import people
from gatelodge.provisioning.application import build
from gatelodge.storage import directory_rows
from gatelodge.storage.engine import Store
from gatelodge.storage.live import Live, Loaders
from gatelodge.web.http import ASGIApp, Message

ROOT = "/t/vbc.prod/provisioning"
BASE = "https://api.example"


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return msgspec.json.decode(self.body)


Get = Callable[..., Awaitable[Answer]]


def fill(conn: Connection) -> None:
    """Store the demo's directory."""
    directory_rows.add(conn, "account", [directory_rows.columns(r) for r in people.accounts()])
    directory_rows.add(conn, "location", [directory_rows.columns(r) for r in people.locations()])
    directory_rows.add(conn, "user", [directory_rows.columns(r) for r in people.users("x")])
    extensions = [directory_rows.columns(row) for row in people.extensions()]
    numbered = [{"id": n, **row} for n, row in enumerate(extensions, 1)]
    directory_rows.add(conn, "extension", numbered)


def _nothing(*_arguments: object) -> None:
    return None


def _none(*_arguments: object) -> tuple[()]:
    return ()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store with the demo's directory."""
    opened = await Store.open(database_url)
    await opened.write(fill)
    yield opened
    await opened.close()


@pytest.fixture
async def application(store: Store) -> AsyncIterator[ASGIApp]:
    """The application, its cache following the store's changes."""
    loaders = Loaders(client=_nothing, application=_nothing, user=_nothing, apis=_none, plans=_none)
    live = Live(store, loaders)
    await live.start(0)
    yield build(store, live, BASE)
    await live.stop()


@pytest.fixture
def get(application: ASGIApp) -> Get:
    """Ask the application as the gateway would, for a user of an account."""

    async def ask(
        path: str,
        query: str = "",
        account: int | str | None = people.VONAGE,
        method: str = "GET",
        root: str = ROOT,
    ) -> Answer:
        headers = [(b"accept", b"application/json"), (b"x-gatelodge-user-id", b"1001")]
        if account is not None:
            headers.append((b"x-gatelodge-user-account", str(account).encode()))
        scope = {
            "type": "http",
            "method": method,
            "path": root + path,
            "root_path": root,
            "query_string": query.encode(),
            "headers": headers,
        }
        sent: list[Message] = []

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        await application(scope, receive, send)
        start, body = sent
        fields = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], fields, body["body"])

    return ask
