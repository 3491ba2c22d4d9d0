"""More work than the database takes: what waits is bounded, and the rest is refused at once."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import Connection, select

from gatelodge.storage import engine
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreBusy

MOST = 20
PATIENCE = 10


class Slow:
    """Work for the database that takes until the gate opens."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.gate = threading.Event()

    def __call__(self, conn: Connection) -> int:
        """Answer 1, in a while."""
        self.begun.release()
        assert self.gate.wait(PATIENCE)
        return int(conn.execute(select(1)).scalar_one())


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """Slow work, in a store whose queues are short."""
    monkeypatch.setattr(engine, "_QUEUE", MOST)
    monkeypatch.setattr(engine, "_READS", MOST)
    work = Slow()
    yield work
    work.gate.set()


@pytest.fixture
async def postgres_store(postgres_database: str) -> AsyncIterator[Store]:
    """A store whose reads go through a pool of connections."""
    store = await Store.open(postgres_database)
    yield store
    await store.close()


async def test_writes_beyond_the_queue_are_refused_at_once(store: Store, slow: Slow) -> None:
    """A full queue of writes turns the next away as busy; all that were taken are done."""
    running = asyncio.ensure_future(store.write(slow))
    assert await asyncio.to_thread(slow.begun.acquire, timeout=PATIENCE)
    queued = [asyncio.ensure_future(store.write(slow)) for _ in range(MOST)]
    await asyncio.sleep(0)
    assert store.waiting == MOST

    with pytest.raises(StoreBusy):
        await store.write(slow)

    slow.gate.set()
    assert await asyncio.gather(running, *queued) == [1] * (MOST + 1)
    assert await store.write(slow) == 1


@pytest.mark.postgres
async def test_reads_beyond_the_bound_are_refused_at_once(
    postgres_store: Store, slow: Slow
) -> None:
    """Reads that wait for a connection are counted, those of callers that went away, too."""
    store = postgres_store
    queued = [asyncio.ensure_future(store.read(slow)) for _ in range(MOST)]
    await asyncio.sleep(0)
    queued.pop().cancel()
    await asyncio.sleep(0)
    assert store.reading == MOST

    with pytest.raises(StoreBusy):
        await store.read(slow)

    slow.gate.set()
    assert await asyncio.gather(*queued) == [1] * (MOST - 1)
    assert await store.read(slow) == 1
    async with asyncio.timeout(20):
        while store.reading:  # noqa: ASYNC110 - nothing says when the one given up has ended
            await asyncio.sleep(0.01)
