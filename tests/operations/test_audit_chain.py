"""The activity log's seals: every way to falsify a sealed line is found out, and where."""

import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, insert, update

from gatelodge.operations import audit_chain
from gatelodge.operations.actor import Act
from gatelodge.operations.audit_chain import Broken
from gatelodge.storage import audit, audit_head
from gatelodge.storage.audit import Sealed
from gatelodge.storage.audit_schema import audit as ring
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.ids import first_at
from tests.operations.conftest import ADMINISTRATOR, act

KEY = b"k" * 32
table = ring.part(first_at(int(time.time())))
Change = Callable[[Connection], object]


@pytest.fixture
async def sealed(store: Store) -> str:
    """Five sealed lines; the head of their log."""
    for number in range(5):
        await store.write(_note, act(store, ADMINISTRATOR), number)
    assert (await store.write(audit_chain.seal_new, KEY)).number == 5
    assert (await store.write(audit_chain.seal_new, KEY)).number == 5
    return str(await store.read(_verified, KEY))


def _note(conn: Connection, one: Act, number: int) -> None:
    one = one.changing({"b": number, "a": [1]}, {"b": -1, "a": [1]})
    one = msgspec.structs.replace(one, request_id="0123")
    one.record(conn, "thing.change", "thing", number, {"after": {"b": number, "a": [1]}})


def _verified(conn: Connection, key: bytes, kept: str = "") -> audit_chain.Head:
    begin = audit_chain.beginning(conn, key)
    lines = audit.sealed_lines(conn, 2)
    return audit_chain.verify(key, lines, audit_chain.read_head(kept), begin)


def _forged(conn: Connection) -> None:
    row = conn.execute(table.select().where(table.c.seal_no == 5)).mappings().one()
    conn.execute(insert(table), {**row, "id": row["id"] + 1, "seal_no": 6})


def _renumbered(conn: Connection) -> None:
    conn.execute(delete(table).where(table.c.seal_no == 3))
    for number in (4, 5):
        conn.execute(update(table).where(table.c.seal_no == number).values(seal_no=number - 1))


FALSIFIED: dict[str, tuple[Change, int]] = {
    "changed": (lambda c: c.execute(update(table).where(table.c.seal_no == 3).values(act="x")), 3),
    "who": (lambda c: c.execute(update(table).where(table.c.seal_no == 1).values(actor_id=9)), 1),
    "before": (lambda c: c.execute(update(table).values(before={"quota": 1})), 1),
    "request": (lambda c: c.execute(update(table).values(request_id=None)), 1),
    "taken away": (lambda c: c.execute(delete(table).where(table.c.seal_no == 3)), 3),
    "the first": (lambda c: c.execute(delete(table).where(table.c.seal_no == 1)), 1),
    "closed up": (_renumbered, 3),
    "inserted": (_forged, 6),
    "seal": (lambda c: c.execute(update(table).where(table.c.seal_no == 4).values(seal=KEY)), 4),
}


@pytest.mark.parametrize("name", FALSIFIED)
@pytest.mark.usefixtures("sealed")
async def test_what_is_falsified_is_found(store: Store, name: str) -> None:
    """The first line that is wrong is named."""
    change, number = FALSIFIED[name]
    await store.write(change)
    with pytest.raises(Broken) as found:
        await store.read(_verified, KEY)
    assert found.value.number == number


async def test_a_log_that_was_cut_off(store: Store, sealed: str) -> None:
    """Whoever kept the head sees that the end is gone; what came after it is welcome."""
    await store.write(_note, act(store, ADMINISTRATOR), 6)
    await store.write(audit_chain.seal_new, KEY)
    assert (await store.read(_verified, KEY, sealed)).number == 6
    await store.write(lambda conn: conn.execute(delete(table).where(table.c.seal_no >= 5)))
    assert (await store.read(_verified, KEY)).number == 4
    with pytest.raises(Broken) as found:
        await store.read(_verified, KEY, sealed)
    assert found.value.number == 5


async def test_a_log_whose_seals_were_taken_away(store: Store, sealed: str, tmp_path: Path) -> None:
    """Is not sealed anew by a node that has kept its head, whatever was made of its lines."""
    audit_head.keep(tmp_path, sealed)
    assert audit_head.read(tmp_path) == sealed
    kept = audit_chain.read_head(sealed)
    forged = update(table).where(table.c.seal_no >= 3).values(seal_no=None, seal=None, act="x")
    await store.write(lambda conn: conn.execute(forged))
    with pytest.raises(Broken) as found:
        await store.write(audit_chain.seal_new, KEY, kept)
    assert found.value.number == 5
    await store.write(audit_chain.seal_new, KEY)
    with pytest.raises(Broken):
        await store.read(_verified, KEY, sealed)


async def test_without_the_secret_nothing_is_sealed(store: Store, sealed: str) -> None:
    """Somebody who seals a log anew needs the key; a head of another log is none of this one."""
    with pytest.raises(Broken):
        await store.read(_verified, b"x" * 32)
    number, _, seal = sealed.partition(":")
    other = f"{number}:{'0' * len(seal)}"
    with pytest.raises(Broken):
        await store.read(_verified, KEY, other)


def test_lines_from_before_are_encoded_as_they_were() -> None:
    """What an earlier version sealed holds: a line without the newer fields has the same bytes."""
    line = audit.Event(
        id=1,
        at=2,
        actor_kind="developer",
        actor_id=None,
        actor_name="dev",
        address="::1",
        act="thing.change",
        object_kind="thing",
        object_id=4,
        detail={"a": 1},
    )
    text = (
        b'{"id":1,"at":2,"actor_kind":"developer","actor_id":null,"actor_name":"dev",'
        b'"address":"::1","act":"thing.change","object_kind":"thing","object_id":4,'
        b'"detail":{"a":1}}'
    )
    sealed = blake2b((1).to_bytes(8, "big") + bytes(32) + text, key=KEY, digest_size=32).digest()
    lines = [Sealed(number=1, seal=sealed, event=line)]
    assert audit_chain.verify(KEY, lines).number == 1
    newer: dict[str, Any]
    for newer in ({"request_id": "x"}, {"before": {}}, {"after": {"state": "active"}}):
        forged = msgspec.structs.replace(lines[0], event=msgspec.structs.replace(line, **newer))
        with pytest.raises(Broken):
            audit_chain.verify(KEY, [forged])


@pytest.mark.parametrize("text", ["5", "x:00", "5:zz", "5:00"])
def test_what_is_no_head(text: str) -> None:
    """It is refused before the log is read."""
    with pytest.raises(ValueError, match=r"."):
        audit_chain.read_head(text)
