"""Acts that look first and write then wait for those of other nodes."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection, text

from gatelodge.operations import invites, signing_keys
from gatelodge.operations.actor import Act, Actor
from gatelodge.settings import Secrets
from gatelodge.storage import locks, plans
from gatelodge.storage import signing_keys as stored
from gatelodge.storage.engine import Store

NOW = 1_800_000_000
PERIOD = 90 * 86_400
SECRETS = Secrets(bytes(32))

pytestmark = pytest.mark.postgres


class Slow:
    """Another node that stays in the middle of such an act until it is told to go on."""

    def __init__(self, store: Store, name: locks.Name) -> None:
        self._name = name
        self.inside = threading.Event()
        self.go_on = threading.Event()
        self._store = store

    def _act(self, conn: Connection) -> None:
        locks.take(conn, self._name)
        self.inside.set()
        assert self.go_on.wait(60)

    async def begin(self) -> asyncio.Task[None]:
        """Get to the middle of the act."""
        task = asyncio.create_task(self._store.write(self._act))
        await asyncio.to_thread(self.inside.wait)
        return task


def _somebody_waits(conn: Connection) -> bool:
    found = conn.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    return bool(found.scalar_one())


async def first_administrator(store: Store) -> None:
    """Ask for the first administrator's link as a start does."""
    act = Act(actor=Actor(kind="system", name="start"), now=NOW, ids=store.ids)
    await store.write(invites.first_administrator, act, b"k" * 32)


async def standard_plans(store: Store) -> None:
    """Make the plans."""
    await store.write(plans.ensure_standard)


async def first_signing_keys(store: Store) -> None:
    """Make the first signing keys."""
    await signing_keys.keep_schedule(store, SECRETS, NOW, PERIOD)


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (first_administrator, "installation"),
        (standard_plans, "installation"),
        (first_signing_keys, "signing_keys"),
    ],
)
async def test_one_node_waits_for_the_other(
    postgres_database: str, act: Callable[[Store], Awaitable[None]], name: locks.Name
) -> None:
    """While another node is inside it stands before the lock; afterwards the act goes on."""
    one, other = [await Store.open(postgres_database) for _ in range(2)]
    slow = Slow(one, name)
    task = await slow.begin()
    waiting = asyncio.ensure_future(act(other))
    while not waiting.done() and not await one.read(_somebody_waits):
        await asyncio.wait({waiting}, timeout=0.05)
    done = waiting.done()
    slow.go_on.set()
    await asyncio.gather(task, waiting)
    assert not done
    for store in (one, other):
        await store.close()


async def test_two_nodes_that_start_at_once(postgres_database: str) -> None:
    """There is one active key of each algorithm, and one link to the first administrator."""
    stores = [await Store.open(postgres_database) for _ in range(2)]
    for act in (first_administrator, standard_plans, first_signing_keys):
        await asyncio.gather(*(act(store) for store in stores))
    keys = await stores[0].read(stored.all_of)
    active = [key.algorithm for key in keys if key.state == "active"]
    assert sorted(active) == sorted(set(active))
    for store in stores:
        await store.close()
