"""What a copy of an installation keeps, and what ends with a restore."""

from gatelodge.storage import copies, migrate
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
