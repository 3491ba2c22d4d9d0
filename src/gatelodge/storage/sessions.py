"""Browser sessions: digests of cookies' secrets, never the secrets."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from gatelodge.identity.sessions import Kind, Session
from gatelodge.storage import logouts
from gatelodge.storage.schema import sessions


def add(conn: Connection, session: Session) -> None:
    """Store a new session."""
    conn.execute(insert(sessions), _row(session))


def replace(conn: Connection, session: Session, before: Session | None) -> None:
    """Store a session in the place of the browser's earlier one, which ends.

    With the same id the row is kept and gets the new values, its secret included.
    """
    row = _row(session)
    if before is not None and before.id == session.id:
        kept = conn.execute(update(sessions).where(sessions.c.id == session.id).values(row))
        if kept.rowcount == 1:
            return
    elif before is not None:
        end(conn, before.id)
    add(conn, session)


def find(conn: Connection, session_id: int) -> Session | None:
    """Return the session with this id, an expired one included."""
    row = conn.execute(select(sessions).where(sessions.c.id == session_id)).mappings().one_or_none()
    return None if row is None else _record(row)


def of_subject(conn: Connection, kind: Kind, subject_id: int) -> Sequence[Session]:
    """Return the sessions of a developer or user, the last seen first, expired ones included."""
    rows = conn.execute(
        select(sessions)
        .where(sessions.c.kind == kind, sessions.c.subject_id == subject_id)
        .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
    )
    return [_record(row) for row in rows.mappings()]


def touch(conn: Connection, session_id: int, now: int) -> None:
    """Write down that a session was seen."""
    conn.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=now))


def end(conn: Connection, session_id: int) -> None:
    """End one session; flash messages go with it."""
    conn.execute(delete(sessions).where(sessions.c.id == session_id))


def end_all(conn: Connection, kind: Kind, subject_id: int, keep: int | None = None) -> int:
    """End every session of a developer or user but the one to ``keep``; return how many."""
    ended = delete(sessions).where(sessions.c.kind == kind, sessions.c.subject_id == subject_id)
    if keep is not None:
        ended = ended.where(sessions.c.id != keep)
    return conn.execute(ended).rowcount


def forget(conn: Connection, now: int) -> None:
    """Remove the sessions that expired before ``now``, and who took part in them."""
    conn.execute(delete(sessions).where(sessions.c.expires_at <= now))
    logouts.forget(conn)


def _record(row: RowMapping) -> Session:
    return Session(**{**row, "amr": tuple(row["amr"])})


def _row(session: Session) -> dict[str, Any]:
    return msgspec.structs.asdict(session) | {"amr": list(session.amr)}
