"""What a copy of an installation keeps, and what ends with a restore."""

from sqlalchemy import insert, select

from gatelodge.storage import copies, migrate
from gatelodge.storage.connections import Connection
from gatelodge.storage.copies import Part
from gatelodge.storage.engine import Store
from gatelodge.storage.schema import metadata


def test_every_table_is_kept_or_ends() -> None:
    """A new table is in one of the lists: somebody has thought about it."""
    assert migrate.FILES
    assert {*copies.KEPT, *copies.ENDED} == metadata.tables.keys()
    assert not copies.ENDED.intersection(copies.KEPT)


def test_what_is_kept_refers_to_what_is_kept() -> None:
    """Each table comes after those it refers to, and to none that ends."""
    known: set[str] = set()
    for name in copies.KEPT:
        referred = {key.column.table.name for key in metadata.tables[name].foreign_keys}
        assert referred <= known, name
        known.add(name)


async def test_codes_from_before_count_as_used(store: Store) -> None:
    """An app's codes count from the restore on; whoever was further already stays there."""
    rows = [
        {"kind": "user", "person_id": n, "sealed": b"x", "last_step": step, "created_at": 1}
        for n, step in ((1, 50), (2, 150))
    ]

    def restored(conn: Connection) -> list[int]:
        copies.write(conn, [Part(table="totp_secrets", rows=rows)], 100)
        table = metadata.tables["totp_secrets"]
        return list(conn.scalars(select(table.c.last_step).order_by(table.c.person_id)))

    assert await store.write(restored) == [100, 150]


async def test_an_installation_in_use_is_not_empty(store: Store) -> None:
    """One row of what people make is enough; what a first start writes does not count."""
    assert await store.read(copies.is_empty)
    account = {"id": 1, "name": "A", "status": "ACTIVE", "address": {}}
    await store.write(lambda conn: conn.execute(insert(metadata.tables["accounts"]), account))
    assert not await store.read(copies.is_empty)
