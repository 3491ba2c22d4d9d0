"""All rows of a table that is divided by time, wherever they are."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from gatelodge.storage.rings import Ring


def rows(conn: Connection, ring: Ring) -> Sequence[Row[Any]]:
    """Return every row of a ring's tables."""
    return [row for table in ring.tables for row in conn.execute(select(table))]


def counts(conn: Connection, ring: Ring) -> dict[str, int]:
    """Return how many rows each table has that has any."""
    found = {table.name: len(conn.execute(select(table)).all()) for table in ring.tables}
    return {name: number for name, number in found.items() if number}
