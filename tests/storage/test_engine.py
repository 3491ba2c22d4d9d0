"""The group commit: everybody gets their own answer, and an error is its owner's alone."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, func, insert, select, text

from gatelodge.storage import changes, plans
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreBusy, StoreUnavailable
from gatelodge.storage.schema import plans as table


def add(conn: Connection, name: str) -> str:
    """Write one row and answer with its name."""
    conn.execute(
        insert(table), {"name": name, "position": 1, "calls": 1, "period": 1, "description": ""}
    )
    return name


def count(conn: Connection) -> int:
    """Return how many rows there are."""
    return conn.execute(select(func.count()).select_from(table)).scalar_one()


async def test_each_caller_gets_its_own_answer(store: Store) -> None:
    """Writes that were committed together answer each caller with that caller's value."""
    before = await store.read(count)
    names = [f"plan-{number}" for number in range(200)]

    answers = await asyncio.gather(*(store.write(add, name) for name in names))

    assert names == answers
    assert await store.read(count) == before + 200


async def test_an_error_undoes_its_own_unit_only(store: Store) -> None:
    """A unit that fails in a batch takes nobody else's write with it, and leaves nothing."""
    before = await store.read(count)

    def fails(conn: Connection) -> None:
        add(conn, "never")
        message = "refused by a rule"
        raise LookupError(message)

    answers = await asyncio.gather(
        *(store.write(add, f"kept-{number}") for number in range(20)),
        store.write(fails),
        *(store.write(add, f"more-{number}") for number in range(20)),
        return_exceptions=True,
    )

    assert [type(answer) for answer in answers].count(LookupError) == 1
    assert await store.read(count) == before + 40


@pytest.mark.postgres
async def test_a_batch_whose_connection_is_lost_is_not_run_again(postgres_database: str) -> None:
    """It may have been committed: everybody is told to try again, and the next write works."""
    runs = 0

    def is_cut_off(conn: Connection) -> None:
        nonlocal runs
        runs += 1
        conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    store = await Store.open(postgres_database)
    writes = (store.write(add, "neighbour"), store.write(is_cut_off))
    answers = await asyncio.gather(*writes, return_exceptions=True)
    next_one = await store.write(add, "next")
    await store.close()

    assert [type(answer) for answer in answers] == [StoreUnavailable] * 2
    assert runs == 1
    assert next_one == "next"


async def test_a_set_based_act_sees_the_whole_batch(store: Store) -> None:
    """Callers that wait together are handed to a set-based act in one call."""
    sizes: list[int] = []

    def act(conn: Connection, items: Sequence[int]) -> Sequence[int]:
        assert conn.in_transaction()
        sizes.append(len(items))
        return [item * 2 for item in items]

    assert await asyncio.gather(*(store.act(act, item) for item in range(50))) == list(
        range(0, 100, 2)
    )
    assert sum(sizes) == 50
    assert max(sizes) > 1


async def test_changes_are_heard_before_their_writer_wakes(store: Store) -> None:
    """The listener has taken a change in by the time the write that made it returns."""
    heard: list[changes.Change] = []
    store.listen(heard.extend)

    await store.write(changes.append, "user", 7)

    assert [(change.kind, change.ref) for change in heard] == [("user", 7)]


async def test_a_change_of_an_undone_unit_is_not_heard(store: Store) -> None:
    """A unit that raises after logging a change leaves no trace in the log."""
    heard: list[changes.Change] = []
    store.listen(heard.extend)

    def fails(conn: Connection) -> None:
        changes.append(conn, "user", 7)
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(fails)

    assert heard == []
    assert await store.read(changes.newest) == 0


async def test_a_neighbour_s_error_does_not_silence_a_change(store: Store) -> None:
    """When a batch is replayed, what its good units logged is heard before they are answered."""
    heard: list[int] = []
    store.listen(lambda logged: heard.extend(change.ref for change in logged))

    def fails(conn: Connection) -> None:
        changes.append(conn, "user", 99)
        raise LookupError

    await asyncio.gather(
        store.write(changes.append, "user", 1),
        store.write(fails),
        store.write(changes.append, "user", 2),
        return_exceptions=True,
    )

    assert sorted(heard) == [1, 2]


async def test_a_cancelled_caller_does_not_hold_up_the_others(store: Store) -> None:
    """A caller that went away is skipped when answers are handed out."""
    gone = asyncio.ensure_future(store.write(add, "gone"))
    await asyncio.sleep(0)
    gone.cancel()

    assert await store.write(add, "stays") == "stays"


async def test_what_was_given_up_before_it_began_is_not_run(store: Store) -> None:
    """A caller that has been told to try again does not find it done."""
    begun, may_end = threading.Event(), threading.Event()

    def holds_up(_: Connection) -> None:
        begun.set()
        may_end.wait()

    first = asyncio.create_task(store.write(holds_up))
    await asyncio.to_thread(begun.wait)
    before = await store.read(count)
    given_up = asyncio.create_task(store.write(add, "given-up"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    may_end.set()
    await first

    await store.write(add, "next")
    assert await store.read(count) == before + 1


async def test_a_closed_store_takes_no_write(store: Store) -> None:
    """After ``close`` a write is refused as busy, not lost in silence."""
    await store.close()

    with pytest.raises(StoreBusy):
        await store.write(add, "late")


async def test_an_opened_store_survives_a_second_start(database_url: str) -> None:
    """What one start wrote is there at the next, and the nodes differ."""
    first = await Store.open(database_url)
    await first.write(add, "kept")
    one = first.ids.next()
    await first.close()

    second = await Store.open(database_url)
    assert await second.read(plans.find, "kept") is not None
    assert second.ids.next() != one
    await second.close()


async def test_a_database_that_is_away_is_named_without_its_password() -> None:
    """The error for an unreachable database carries no password."""
    with pytest.raises(StoreUnavailable) as refused:
        await Store.open("postgresql://lodge:hush@127.0.0.1:1/none")

    assert "hush" not in str(refused.value)
    assert "127.0.0.1" in str(refused.value)
