"""Sign-ins on their way to a provider: each comes back once or never."""

import msgspec
from sqlalchemy import Connection, delete, insert

from gatelodge.providers import Side
from gatelodge.storage.upstream_schema import upstream_attempts


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One way there and back; only digests of its state and of its browser are stored.

    ``back`` is where the browser goes afterwards, ``person_id`` who wants to link, if that is what
    it is for.
    """

    id: int
    digest: bytes
    browser: bytes
    provider: str
    side: Side
    back: str
    person_id: int | None
    expires_at: int


def add(conn: Connection, attempt: Attempt) -> None:
    """Store an attempt before the browser leaves."""
    conn.execute(insert(upstream_attempts), msgspec.structs.asdict(attempt))


def spend(conn: Connection, attempt_id: int, digest: bytes, now: int) -> Attempt | None:
    """Take an attempt away; exactly one of all who bring its state gets it.

    The digest is compared by the database: whoever finds a wrong one by its timing has learned a
    keyed digest's first bytes, from which no state can be made.
    """
    table = upstream_attempts.c
    spent = delete(upstream_attempts).where(table.id == attempt_id, table.digest == digest)
    row = conn.execute(spent.returning(*table)).mappings().one_or_none()
    attempt = None if row is None else Attempt(**row)
    return attempt if attempt is not None and now < attempt.expires_at else None


def forget(conn: Connection, now: int) -> None:
    """Remove the attempts that expired before ``now``."""
    conn.execute(delete(upstream_attempts).where(upstream_attempts.c.expires_at <= now))
