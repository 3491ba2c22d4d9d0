"""One node at a time: a named lock for the length of a unit of work.

It is a row's lock and not PostgreSQL's advisory one, which CockroachDB does not have and poolers of
connections lose. On SQLite every writing transaction is alone anyway.
"""

from typing import Literal

from sqlalchemy import Connection, select

from gatelodge.storage import upserts
from gatelodge.storage.node_schema import locks

Name = Literal["nodes", "signing_keys", "installation", "audit"]


def take(conn: Connection, name: Name) -> None:
    """Wait until no other unit of work holds ``name``; it is held until this one ends."""
    if conn.dialect.name == "sqlite":
        return
    conn.execute(upserts.insert(conn, locks).values(name=name).on_conflict_do_nothing())
    conn.execute(select(locks).where(locks.c.name == name).with_for_update())
