"""Failed sign-ins, counted under a digest of the name: no list of names that people typed."""

from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, update

from gatelodge.identity.sign_in import NONE, Failures
from gatelodge.storage import upserts
from gatelodge.storage.schema import sign_in_failures as table

# Built once: in a storm of sign-ins building them costs more than running them.
_ROW = table.c.digest == bindparam("row_digest")
_SAVE = update(table).where(_ROW)
_CLEAR = delete(table).where(_ROW)
_NEW = msgspec.structs.asdict(NONE)


def lock(conn: Connection, digest: bytes) -> Failures:
    """Return what is remembered of a name, held until the commit so that nobody counts beside."""
    held = conn.execute(_holding(conn.dialect.name), {"digest": digest, **_NEW})
    failures, last_at, locked_until = held.one()
    return Failures(failures=failures, last_at=last_at, locked_until=locked_until)


def save(conn: Connection, digest: bytes, failures: Failures) -> None:
    """Store what is to be remembered of a name that was locked before."""
    conn.execute(_SAVE, {"row_digest": digest, **msgspec.structs.asdict(failures)})


def clear(conn: Connection, digest: bytes) -> None:
    """Forget a name's failures."""
    conn.execute(_CLEAR, {"row_digest": digest})


def forget(conn: Connection, before: int) -> None:
    """Remove the names without an attempt since ``before``."""
    conn.execute(delete(table).where(table.c.last_at < before))


@cache
def _holding(dialect: str) -> Any:
    # One statement: between two, a sign-in that succeeds elsewhere may take the row away.
    adding = upserts.insert_for(dialect, table)
    found = adding.on_conflict_do_update(
        index_elements=[table.c.digest], set_={"digest": table.c.digest}
    )
    return found.returning(table.c.failures, table.c.last_at, table.c.locked_until)
