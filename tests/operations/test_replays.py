"""What may be used once is used once, whatever Valkey forgets and whichever of the two is away."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gatelodge.operations.replays import Replays
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.storage.valkey import Valkey
from tests.valkey_server import ValkeyServer, running

UNTIL = 4_000_000_000


@pytest.fixture
async def server(
    valkey: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ValkeyServer]:
    """An empty Valkey."""
    async with running(valkey, tmp_path, monkeypatch) as started:
        yield started


@pytest.fixture
async def replays(server: ValkeyServer, tmp_path: Path) -> AsyncIterator[Replays]:
    """A node's memory on a database of its own."""
    store = await Store.open(f"sqlite:///{tmp_path / 'lodge.db'}")
    line = Valkey(server.url, "test")
    yield Replays(store, line)
    await line.close()
    await store.close()


async def test_a_replay_costs_no_write(replays: Replays, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first use is written down; the database is not asked about the next."""
    assert await replays.spend(b"a", UNTIL)

    async def away(*_: Any) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(replays._store, "write", away)
    assert not await replays.spend(b"a", UNTIL)


async def test_the_database_remembers_what_valkey_forgets(
    replays: Replays, server: ValkeyServer
) -> None:
    """Neither while Valkey is away nor after it came back empty is anything good twice."""
    assert await replays.spend(b"a", UNTIL)
    await server.kill()
    assert not await replays.spend(b"a", UNTIL)
    assert await replays.spend(b"b", UNTIL)
    await server.start()
    valkey = replays._valkey
    assert valkey is not None
    assert valkey._recovering is not None
    await valkey._recovering
    assert not await replays.spend(b"a", UNTIL)
    assert not await replays.spend(b"b", UNTIL)
    assert await replays.spend(b"c", UNTIL)


async def test_what_could_not_be_written_is_not_spent(
    replays: Replays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller was told to try again, so trying again works."""

    async def away(*_: Any) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(replays._store, "write", away)
        with pytest.raises(StoreUnavailable):
            await replays.spend(b"a", UNTIL)
    assert await replays.spend(b"a", UNTIL)
    assert not await replays.spend(b"a", UNTIL)
