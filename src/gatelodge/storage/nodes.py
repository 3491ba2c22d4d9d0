"""Node numbers: each start takes the next one, so identifiers of two nodes never collide."""

import time

from sqlalchemy import Connection, insert

from gatelodge.storage.schema import nodes


def register(conn: Connection) -> int:
    """Return a number for this start, unlike those of the 1,023 starts before it (modulo 1024)."""
    result = conn.execute(insert(nodes).values(started_at=int(time.time())))
    key = result.inserted_primary_key
    return int(key[0]) if key is not None else 0
