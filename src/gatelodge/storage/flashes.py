"""Messages for a session's next page: stored sealed, read once, gone."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select

from gatelodge.storage.schema import flashes


class StoredFlash(msgspec.Struct, frozen=True, kw_only=True):
    """A message at rest; only its owner can open it."""

    id: int
    session_id: int
    sealed: bytes
    expires_at: int


def add(conn: Connection, flash: StoredFlash) -> None:
    """Leave a message for the session's next page."""
    conn.execute(insert(flashes), msgspec.structs.asdict(flash))


def take(conn: Connection, session_id: int, now: int) -> Sequence[bytes]:
    """Remove a session's messages and return those that have not expired, the oldest first."""
    removed = delete(flashes).where(flashes.c.session_id == session_id)
    rows = conn.execute(removed.returning(flashes.c.id, flashes.c.sealed, flashes.c.expires_at))
    return [row.sealed for row in sorted(rows, key=lambda row: row.id) if row.expires_at > now]


def waiting(conn: Connection, session_id: int) -> bool:
    """Say whether there is a message, so that a page without one writes nothing."""
    found = conn.execute(select(flashes.c.id).where(flashes.c.session_id == session_id).limit(1))
    return found.first() is not None


def forget(conn: Connection, now: int) -> None:
    """Remove the messages that expired before ``now``."""
    conn.execute(delete(flashes).where(flashes.c.expires_at <= now))
