"""Tables divided by time: a row's identifier says in which of a few tables it is.

Rows of some days share a table; the tables are used in turn, and one whose rows are all too old to
matter is emptied whole before its turn comes again. What a row costs to remove does not depend on
how many there are, and there is nothing to create while a server runs (decision 035).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Engine, String, Table, func, insert, select, text

from gatelodge.storage.ids import first_at
from gatelodge.storage.schema import Id, metadata

T = TypeVar("T")

_DAY = 86_400
_DIVIDED_SINCE = "gatelodge_divided_since"
_PATIENCE = "SET LOCAL lock_timeout = '1s'"

divisions = Table(
    "divisions",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("first_id", Id, nullable=False),
)
"""Since which identifier rows are divided, by a ring's division; none where they always were."""


class Ring:
    """Tables of one kind of row: ``parts`` take turns, ``days`` each; ``before`` is older.

    ``before`` holds what was written while processes ran that knew no parts; until when that is, is
    the same for all rings of a ``division``.
    """

    def __init__(
        self, define: Callable[[str], Table], name: str, *, division: str, parts: int, days: int
    ) -> None:
        self._division = division
        self._span = days * _DAY * 1000 << 22
        self.before = define(name)
        self.parts = tuple(define(f"{name}_{number}") for number in range(parts))
        self.tables = (self.before, *self.parts)

    def at(self, conn: Connection, id_: int) -> Table:
        """Return the table of the row with this identifier, whether there is such a row or not."""
        since: Mapping[str, int] = conn.get_execution_options().get(_DIVIDED_SINCE, {})
        return self.before if id_ < since.get(self._division, 0) else self.part(id_)

    def part(self, id_: int) -> Table:
        """Return the table of a row that was made after rows were divided."""
        return self.parts[id_ // self._span % len(self.parts)]

    def divide(
        self, conn: Connection, items: Iterable[T], id_of: Callable[[T], int] = attrgetter("id")
    ) -> Sequence[tuple[Table, list[T]]]:
        """Return items by their table; in one order everywhere, as their rows may be locked."""
        found: dict[Table, list[T]] = {}
        for item in items:
            found.setdefault(self.at(conn, id_of(item)), []).append(item)
        return [(table, found[table]) for table in self.tables if table in found]

    def insert(self, conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows, each into its table."""
        for table, own in self.divide(conn, rows, lambda row: int(row["id"])):
            conn.execute(insert(table), own)

    def old(self, conn: Connection, now: int, kept: int) -> Sequence[Table]:
        """Return the tables whose rows all were made more than ``kept`` seconds ago.

        A table whose turn it is, or will be within a day by some node's clock, is none of them:
        a row may come into it at any moment.
        """
        in_use = {self.at(conn, first_at(now + by)) for by in (-_DAY, 0, _DAY)}
        edge = first_at(now - kept)
        return [
            table
            for table in self.tables
            if table not in in_use
            and (newest := _newest(conn, table)) is not None
            and newest < edge
        ]

    def drop(self, conn: Connection, now: int, kept: int) -> None:
        """Remove rows made more than ``kept`` seconds ago, once a whole table has only such."""
        for table in self.old(conn, now, kept):
            empty(conn, table)


def empty(conn: Connection, table: Table) -> None:
    """Remove every row of a table at once, not one by one.

    PostgreSQL's TRUNCATE waits for whoever reads the table, as a dump does: not for long, as every
    write of this node waits with it.
    """
    if conn.dialect.name == "sqlite":
        conn.execute(table.delete())
        return
    conn.execute(text(_PATIENCE))
    conn.execute(text(f'TRUNCATE "{table.name}"'))


def divided(conn: Connection, *engines: Engine) -> Sequence[Engine]:
    """Return the engines of a database so that they know since when its rows are divided."""
    since = {row.name: row.first_id for row in conn.execute(select(divisions))}
    return [engine.execution_options(**{_DIVIDED_SINCE: since}) for engine in engines]


def _newest(conn: Connection, table: Table) -> int | None:
    newest: int | None = conn.scalar(select(func.max(table.c.id)))
    return newest
