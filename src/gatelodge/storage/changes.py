"""The change log: what caches of every node must forget, and which tokens are dead.

A row without ``until`` only invalidates; a revocation says that tokens whose identifier is at most
``stamp`` are refused, and may be forgotten at ``until``.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, insert, or_, select
from sqlalchemy.exc import DBAPIError

from gatelodge.storage import listening
from gatelodge.storage.schema import changes

Kind = Literal[
    "application",
    "api",
    "user",
    "developer",
    "directory",
    "signing_key",
    "token",
    "family",
    "revoke_user",
    "revoke_client",
    "revoke_consent",
    "restore",
]


_PENDING = "changes"
ANNOUNCED = "gatelodge_announced"
"""The execution option of an engine whose changes wake listeners."""

# Built once: every node asks ten times a second, and mostly there is nothing.
_LATER = changes.c.id > bindparam("last")
_IN_ORDER = select(changes).order_by(changes.c.id)
_SINCE = _IN_ORDER.where(_LATER)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the log; ``client_row`` is told where a user's tokens of one client end."""

    id: int
    kind: str
    ref: int
    stamp: int
    until: int
    client_row: int = 0


def announced(engine: Engine) -> Engine:
    """Return the engine so that what it logs wakes listeners, where its database can do that."""
    if engine.dialect.name != "postgresql":
        return engine
    try:
        with engine.begin() as conn:
            listening.notify(conn)
    except DBAPIError:
        return engine
    return engine.execution_options(**{ANNOUNCED: True})


def append(
    conn: Connection, kind: Kind, ref: int, stamp: int = 0, until: int = 0, *, client_row: int = 0
) -> None:
    """Log one change; this node takes it in as soon as the unit of work is committed."""
    row: dict[str, Any] = {
        "kind": kind,
        "ref": ref,
        "client_row": client_row,
        "stamp": stamp,
        "until": until,
    }
    number = conn.execute(insert(changes).returning(changes.c.id), row).scalar_one()
    pending = conn.info.setdefault(_PENDING, [])
    if not pending and conn.get_execution_options().get(ANNOUNCED):
        # Once for each transaction: listeners are woken, what there is to know they read.
        listening.notify(conn)
    pending.append(Change(id=number, **row))


def committed(conn: Connection) -> list[Change]:
    """Return what the transaction that was just committed has logged."""
    logged: list[Change] = conn.info.pop(_PENDING, [])
    return logged


def discarded(conn: Connection) -> None:
    """Forget what the transaction that was just undone had logged."""
    conn.info.pop(_PENDING, None)


def since(conn: Connection, last: int, missing: Sequence[int] = ()) -> Sequence[Change]:
    """Return what was logged after row ``last``, and those of the ``missing`` rows that came."""
    wanted, asked = _SINCE, {"last": last}
    if missing:
        wanted = _IN_ORDER.where(or_(_LATER, changes.c.id.in_(missing)))
    rows = conn.execute(wanted, asked)
    return [Change(**row) for row in rows.mappings()]


def standing(conn: Connection, now: int) -> Sequence[Change]:
    """Return the revocations that still matter at ``now``, for a node that starts."""
    rows = conn.execute(select(changes).where(changes.c.until > now).order_by(changes.c.id))
    return [Change(**row) for row in rows.mappings()]


def newest(conn: Connection) -> int:
    """Return the last row's number, 0 when nothing was logged yet."""
    found = conn.execute(select(changes.c.id).order_by(changes.c.id.desc()).limit(1)).scalar()
    return found or 0


def forget(conn: Connection, now: int, last: int) -> None:
    """Remove rows up to number ``last`` that nobody needs: read by every node, and run out."""
    conn.execute(delete(changes).where(changes.c.id <= last, changes.c.until <= now))
