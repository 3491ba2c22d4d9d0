"""Failed sign-ins, counted under a digest of the name: no list of names that people typed."""

import msgspec
from sqlalchemy import Connection, delete, update

from gatelodge.identity.sign_in import Failures
from gatelodge.storage import upserts
from gatelodge.storage.schema import sign_in_failures as table

_COUNTS = (table.c.failures, table.c.last_at, table.c.locked_until)


def lock(conn: Connection, digest: bytes) -> Failures:
    """Return what is remembered of a name, held until the commit so that nobody counts beside."""
    fresh = msgspec.structs.asdict(Failures()) | {"digest": digest}
    # One statement: between two, a sign-in that succeeds elsewhere may take the row away.
    held = (
        upserts.insert(conn, table)
        .values(fresh)
        .on_conflict_do_update(index_elements=[table.c.digest], set_={"digest": digest})
        .returning(*_COUNTS)
    )
    return Failures(**conn.execute(held).mappings().one())


def save(conn: Connection, digest: bytes, failures: Failures) -> None:
    """Store what is to be remembered of a name that was locked before."""
    values = msgspec.structs.asdict(failures)
    conn.execute(update(table).where(table.c.digest == digest).values(values))


def clear(conn: Connection, digest: bytes) -> None:
    """Forget a name's failures."""
    conn.execute(delete(table).where(table.c.digest == digest))


def forget(conn: Connection, before: int) -> None:
    """Remove the names without an attempt since ``before``."""
    conn.execute(delete(table).where(table.c.last_at < before))
