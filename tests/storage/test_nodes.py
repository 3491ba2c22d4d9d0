"""Nodes that run never share a number, and do one at a time what only one may do."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine, insert

from gatelodge.storage import migrate, nodes, plans
from gatelodge.storage.connections import parse, writer_engine
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import TooManyNodes
from gatelodge.storage.ids import NODES
from gatelodge.storage.node_schema import nodes as table

NOW = 1_800_000_000
AT_ONCE = 6

T = TypeVar("T")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with its schema."""
    made = writer_engine(parse(database_url))
    migrate.upgrade(made)
    yield made
    made.dispose()


def together(database_url: str, work: Callable[[Connection], T]) -> list[T]:
    """Do the same on several connections at once."""
    barrier = Barrier(AT_ONCE)

    def one(_: int) -> T:
        engine = writer_engine(parse(database_url))
        try:
            with engine.connect() as conn:
                barrier.wait()
                with conn.begin():
                    return work(conn)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_nodes_that_start_together_have_different_numbers(
    engine: Engine, database_url: str
) -> None:
    """Whoever comes at the same moment waits and takes the next one."""
    taken = together(database_url, lambda conn: nodes.register(conn, NOW).number)

    assert sorted(taken) == list(range(1, AT_ONCE + 1))


def test_nodes_that_start_together_prepare_the_store_once(
    engine: Engine, database_url: str
) -> None:
    """The standard plans are there once, and no start fails because another was first."""
    together(database_url, plans.ensure_standard)

    with engine.begin() as conn:
        assert len(plans.all(conn)) == len({plan.name for plan in plans.all(conn)}) > 0


def test_a_number_is_free_when_its_node_ends_or_is_not_seen(engine: Engine) -> None:
    """Numbers go round; those of nodes that run are passed over, others are taken again."""
    with engine.begin() as conn:
        steady = nodes.register(conn, NOW)
        ended = nodes.register(conn, NOW)
        killed = nodes.register(conn, NOW)
        nodes.release(conn, ended)
        # As after a thousand starts: the next number is the first one again.
        conn.execute(insert(table), {"started_at": NOW, "seen_at": 0, "number": NODES})
        assert nodes.register(conn, NOW + 1).number not in {steady.number, killed.number}
        conn.execute(insert(table), {"started_at": NOW, "seen_at": 0, "number": NODES})
        assert nodes.renew(conn, steady, NOW + nodes.LEASE - 1) == steady
        later = [nodes.register(conn, NOW + nodes.LEASE + 1).number for _ in range(2)]
        assert later == [ended.number, killed.number]


def test_a_node_that_was_away_too_long_gets_another_number(engine: Engine) -> None:
    """Its old one may be somebody else's by now."""
    with engine.begin() as conn:
        away = nodes.register(conn, NOW)
        other = nodes.register(conn, NOW + nodes.LEASE)
        back = nodes.renew(conn, away, NOW + nodes.LEASE)
        assert len({away.number, other.number, back.number}) == 3


def test_a_node_of_before_leases_keeps_its_number(engine: Engine) -> None:
    """While the previous version still runs its row has no number but its id."""
    with engine.begin() as conn:
        conn.execute(insert(table), [{"started_at": NOW}, {"started_at": NOW}])
        conn.execute(insert(table), {"started_at": NOW, "seen_at": 0, "number": 0})
        assert nodes.register(conn, NOW).number == 3


def test_there_are_only_so_many(engine: Engine) -> None:
    """One more than there are numbers is refused."""
    rows = [{"started_at": NOW, "seen_at": NOW, "number": number} for number in range(NODES)]
    with engine.begin() as conn:
        conn.execute(insert(table), rows)
        with pytest.raises(TooManyNodes):
            nodes.register(conn, NOW)


async def test_identifiers_follow_the_lease(store: Store) -> None:
    """A running store renews its lease, and goes on under the number it gets."""
    before = store.ids.next() >> 12 & (NODES - 1)
    await store.renew(NOW * 2)
    assert store.ids.next() >> 12 & (NODES - 1) != before
