"""A change on one PostgreSQL node is known on the other at once, and always soon."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from gatelodge.storage import changes, listening, revocations
from gatelodge.storage.connections import writer_engine
from gatelodge.storage.engine import Store
from gatelodge.storage.listening import Announcements, Clock, Feed
from gatelodge.storage.live import Live
from gatelodge.storage.loading import LOADERS

NOW = 1_800_000_000
NEVER = 3_600.0
pytestmark = pytest.mark.postgres


@pytest.fixture
async def node_a(postgres_database: str) -> AsyncIterator[Store]:
    """The node that changes something."""
    store = await Store.open(postgres_database)
    yield store
    await store.close()


@pytest.fixture
async def node_b(postgres_database: str, node_a: Store) -> AsyncIterator[Store]:
    """The node that has to know."""
    store = await Store.open(postgres_database)
    yield store
    await store.close()


async def learns(node_a: Store, live: Live) -> None:
    """Revoke on node A and wait until node B refuses."""
    family = node_a.ids.next()
    refused = asyncio.Event()

    def hear(change: changes.Change) -> None:
        if change.ref == family:
            refused.set()

    live.subscribe(hear)
    await node_a.write(revocations.revoke_family, family, NOW + 60)
    async with asyncio.timeout(60):
        await refused.wait()
    assert live.revoked(access_token_id=1, family_id=family, client_row=1, user_id=None)


async def test_a_revoke_is_announced(
    node_a: Store, node_b: Store, monkeypatch: pytest.MonkeyPatch, postgres_database: str
) -> None:
    """It acts on the other node without a poll, after a broken connection as before."""
    live = Live(node_b, LOADERS)
    await live.start(NOW)
    listener = live._feed
    assert isinstance(listener, Announcements)
    await listener.hearing.wait()
    monkeypatch.setattr(listening, "POLL", NEVER)
    monkeypatch.setattr(listening, "SAFETY_NET", NEVER)
    listener._woken.set()
    await learns(node_a, live)

    listener.hearing.clear()
    async with await psycopg.AsyncConnection.connect(postgres_database, autocommit=True) as conn:
        ended = await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE '%pg_notify($1%' AND pid <> pg_backend_pid()"
        )
        assert ended.rowcount == 1
    await listener.hearing.wait()
    await learns(node_a, live)
    await live.stop()


@pytest.mark.parametrize("broken", [False, True])
async def test_without_announcements_the_log_is_read_anyway(
    node_a: Store, node_b: Store, monkeypatch: pytest.MonkeyPatch, *, broken: bool
) -> None:
    """By choice, and while no connection can be made to listen on."""

    def feed(*, listen: bool) -> Feed:
        assert listen
        return Announcements(make_url("postgresql://lodge@127.0.0.1:1/none"))

    if broken:
        monkeypatch.setattr(node_b, "feed", feed)
    live = Live(node_b, LOADERS, listen=broken)
    await live.start(NOW)
    assert isinstance(live._feed, Announcements if broken else Clock)
    await learns(node_a, live)
    await live.stop()


async def test_a_silent_database_is_found_out(
    node_b: Store, monkeypatch: pytest.MonkeyPatch, postgres_database: str
) -> None:
    """One that takes LISTEN and tells nothing is not relied upon."""
    monkeypatch.setattr(listening, "_HEARTBEAT", 0.5)
    monkeypatch.setattr(listening, "CHANNEL", "nobody")
    listener = Announcements(make_url(postgres_database))
    await listener.hearing.wait()
    # From now on it listens on one channel and notifies another.
    listener._own = "elsewhere"
    while listener.hearing.is_set():
        await listener.wait()
    await listener.stop()


def test_a_database_that_cannot_announce_is_taken(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no pg_notify, nothing is notified and nothing fails."""
    engine = writer_engine(make_url(postgres_database).set(drivername="postgresql+psycopg"))
    assert changes.announced(engine).get_execution_options().get(changes.ANNOUNCED)
    monkeypatch.setattr(listening, "_NOTIFY", text("SELECT no_such_function()"))
    assert changes.announced(engine) is engine
    engine.dispose()
