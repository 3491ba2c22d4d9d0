"""What may be used once and is stored nowhere before: remembered from its use to its expiry."""

from sqlalchemy import Connection, delete

from gatelodge.storage import upserts
from gatelodge.storage.factor_schema import spent_once


def spend(conn: Connection, digest: bytes, expires_at: int) -> bool:
    """Spend it; true for exactly one of all who try before it expires."""
    row = {"digest": digest, "expires_at": expires_at}
    added = upserts.insert(conn, spent_once).values(row).on_conflict_do_nothing()
    return conn.execute(added.returning(spent_once.c.digest)).first() is not None


def forget(conn: Connection, now: int) -> None:
    """Remove what has expired before ``now``: nobody takes it any more anyway."""
    conn.execute(delete(spent_once).where(spent_once.c.expires_at < now))
