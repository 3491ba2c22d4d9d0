"""Old lines of the activity log go a table at a time, and the rest still proves what it did."""

from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import delete, insert, select, update

from gatelodge.operations import audit_chain, audit_file
from gatelodge.operations.actor import Act, Actor
from gatelodge.operations.audit_chain import Broken, Head
from gatelodge.storage import audit, audit_parts
from gatelodge.storage.audit_schema import audit as ring
from gatelodge.storage.audit_schema import audit_anchors
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.ids import first_at

DAY = 86_400
NOW = 1_800_000_000
KEPT = 720 * DAY
KEY = b"k" * 32
SYSTEM = Actor(kind="system", name="audit")


def line(days_ago: int, number: int = 0) -> audit.Event:
    """Return a line of so many days ago."""
    at = NOW - days_ago * DAY
    return audit.Event(
        id=first_at(at) + number,
        at=at,
        actor_kind="operator",
        actor_id=None,
        actor_name="me",
        address="",
        act="thing.change",
        object_kind="thing",
        object_id=7,
        detail={"days": days_ago},
    )


async def written(store: Store, *days_ago: int) -> Head:
    """Write a line of each age and seal them, in this order."""
    for number, days in enumerate(days_ago):
        await store.write(audit.record, line(days, number))
        head = await store.write(audit_chain.seal_new, KEY)
    return head


async def drop(store: Store, now: int = NOW) -> audit_parts.Anchor | None:
    """Run the job once."""
    act = Act(actor=SYSTEM, now=now, ids=store.ids)
    return await store.write(audit_chain.drop_old, act, KEY, KEPT)


def verified(conn: Connection, kept: Head | None = None) -> Head:
    """Verify what there is."""
    begin = audit_chain.beginning(conn, KEY)
    return audit_chain.verify(KEY, audit.sealed_lines(conn, 2), kept, begin)


def ages(conn: Connection) -> list[int]:
    """Return how old the lines are that are there, the oldest first."""
    return [
        event.detail["days"] for event in audit.newest(conn, 50)[::-1] if event.detail.get("days")
    ]


async def test_whole_tables_go_and_the_rest_is_proven(store: Store) -> None:
    """The log begins after the last line that went; a head from before is still contained."""
    early = await written(store, 800, 790, 600)
    head = await written(store, 200, 1)
    last = await drop(store)
    assert last is not None
    assert (last.number, last.at) == (2, NOW - 790 * DAY)
    assert await store.read(ages) == [600, 200, 1]
    assert await store.read(verified) == head
    assert await store.read(verified, early) == head
    assert await drop(store) is None
    await store.write(audit_chain.seal_new, KEY)
    (told,) = [one for one in await store.read(audit.newest, 9) if one.object_kind == "audit"]
    assert (told.act, told.detail) == ("audit.drop", {"last": 2, "at": NOW - 790 * DAY})
    assert (await store.read(verified)).number == 6


async def test_an_export_begins_where_the_log_does(store: Store) -> None:
    """Its first line is the anchor; without it the first lines are missing."""
    head = await written(store, 800, 600, 1)
    await drop(store)
    anchor = await store.read(audit_parts.anchor)
    assert anchor is not None
    lines = await store.read(audit.sealed_after, 0, 9)
    texts = [audit_file.written(anchor).encode()]
    texts += [audit_file.written(one).encode() for one in lines]
    begin, sealed = audit_file.opened(iter(texts))
    assert audit_chain.verify(KEY, sealed, None, audit_chain.proven(KEY, begin)) == head
    begin, sealed = audit_file.opened(iter(texts[1:]))
    with pytest.raises(Broken):
        audit_chain.verify(KEY, sealed, None, audit_chain.proven(KEY, begin))


async def test_lines_about_a_thing_come_from_every_table(store: Store) -> None:
    """The newest first, page after page."""
    await written(store, 700, 500, 300, 100, 1)
    first = await store.read(audit.of_object, "thing", 7, 3)
    rest = await store.read(audit.of_object, "thing", 7, 3, before=first[-1].id)
    assert [event.detail["days"] for event in (*first, *rest)] == [1, 100, 300, 500, 700]


async def test_a_line_that_was_sealed_late_stays(store: Store) -> None:
    """It is sealed after the first line of the next table: without it the rest proves nothing."""
    head = await written(store, 830, 700, 829, 100)
    last = await drop(store)
    assert last is not None
    assert last.number == 1
    assert await store.read(ages) == [829, 700, 100]
    assert await store.read(verified) == head


async def test_everything_may_be_old(store: Store) -> None:
    """Where nobody did anything for long, the log goes on from what was written down."""
    head = await written(store, 800, 790)
    last = await drop(store)
    assert last is not None
    assert Head(number=last.number, seal=last.seal.hex()) == head
    assert (await store.write(audit_chain.seal_new, KEY, head)).number == 3
    assert (await store.read(verified, head)).number == 3


async def test_what_is_not_sealed_is_not_dropped(store: Store) -> None:
    """A log that no node seals stays whole until somebody has looked at it."""
    await written(store, 800, 1)
    await store.write(audit.record, line(790, 9))
    assert await drop(store) is None
    assert await store.read(ages) == [800, 790, 1]


FORGED: dict[str, Callable[[Connection], object]] = {
    "no anchor": lambda c: c.execute(delete(audit_anchors)),
    "a later one": lambda c: c.execute(update(audit_anchors).values(number=3)),
    "another seal": lambda c: c.execute(update(audit_anchors).values(seal=KEY)),
    "another time": lambda c: c.execute(update(audit_anchors).values(at=1)),
}


@pytest.mark.parametrize("name", FORGED)
async def test_nobody_else_lets_the_log_begin_later(store: Store, name: str) -> None:
    """Who has the database and not the secret cannot take lines away and say they were too old."""
    await written(store, 800, 600, 200)
    await drop(store)
    await store.write(FORGED[name])
    with pytest.raises(Broken):
        await store.read(verified)


async def test_lines_cut_off_at_the_front_are_missed(store: Store) -> None:
    """Also with an anchor made of the last of them, which was sealed by us."""
    await written(store, 800, 600, 200)
    await drop(store)

    def cut(conn: Connection) -> None:
        (first,) = audit.sealed_after(conn, 1, 1)
        table = ring.at(conn, first.event.id)
        anchor = conn.execute(select(audit_anchors)).mappings().one()
        forged = msgspec.structs.replace(
            audit_parts.Anchor(**anchor), number=first.number, seal=first.seal
        )
        conn.execute(delete(table).where(table.c.seal_no == first.number))
        conn.execute(insert(audit_anchors), msgspec.structs.asdict(forged))

    await store.write(cut)
    with pytest.raises(Broken):
        await store.read(verified)
