"""Back-channel logout: which clients take part in a session, and which are still to be told."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, literal, select, update

from gatelodge.storage import upserts
from gatelodge.storage.client_schema import clients
from gatelodge.storage.logout_schema import logout_deliveries as deliveries
from gatelodge.storage.logout_schema import session_clients
from gatelodge.storage.schema import sessions


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A session's end that one client is to be told of; ``attempts`` counts the one under way."""

    id: int
    session_id: int
    client_row: int
    user_id: int
    attempts: int
    next_at: int


def join(conn: Connection, session_id: int, client_row: int) -> None:
    """Remember that a client got a code in a session."""
    row = {"session_id": session_id, "client_row": client_row}
    conn.execute(upserts.insert(conn, session_clients).on_conflict_do_nothing(), row)


def enqueue(conn: Connection, session_ids: Sequence[int], now: int) -> None:
    """Queue what is to be told of sessions that are about to end in this unit of work."""
    if not session_ids:
        return
    told = (
        select(
            session_clients.c.session_id,
            session_clients.c.client_row,
            sessions.c.subject_id,
            literal(0),
            literal(now),
        )
        .join(sessions, sessions.c.id == session_clients.c.session_id)
        .join(clients, clients.c.id == session_clients.c.client_row)
        .where(
            session_clients.c.session_id.in_(session_ids), clients.c.backchannel_logout_uri != ""
        )
    )
    names = ["session_id", "client_row", "user_id", "attempts", "next_at"]
    conn.execute(insert(deliveries).from_select(names, told))
    conn.execute(delete(session_clients).where(session_clients.c.session_id.in_(session_ids)))


def due(conn: Connection, now: int) -> bool:
    """Say whether anything is to be delivered."""
    found = select(deliveries.c.id).where(deliveries.c.next_at <= now).limit(1)
    return conn.execute(found).first() is not None


def claim(conn: Connection, now: int, pauses: Sequence[int], most: int) -> Sequence[Delivery]:
    """Take what is due, so that no other node does before the pause of this attempt is over."""
    rows = conn.execute(
        select(deliveries)
        .where(deliveries.c.next_at <= now)
        .order_by(deliveries.c.next_at, deliveries.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).mappings()
    taken = [
        Delivery(**{**row, "attempts": row["attempts"] + 1, "next_at": now + _pause(row, pauses)})
        for row in rows
    ]
    if taken:
        marks = [{"row": one.id, "count": one.attempts, "at": one.next_at} for one in taken]
        conn.execute(
            update(deliveries)
            .where(deliveries.c.id == bindparam("row"))
            .values(attempts=bindparam("count"), next_at=bindparam("at")),
            marks,
        )
    return taken


def done(conn: Connection, delivery_id: int) -> None:
    """Forget a delivery: it arrived, or was given up."""
    conn.execute(delete(deliveries).where(deliveries.c.id == delivery_id))


def forget(conn: Connection) -> None:
    """Forget who took part in sessions that ran out unnoticed."""
    living = select(sessions.c.id)
    conn.execute(delete(session_clients).where(session_clients.c.session_id.not_in(living)))


def _pause(row: RowMapping, pauses: Sequence[int]) -> int:
    attempts: int = row["attempts"]
    return pauses[min(attempts, len(pauses) - 1)]
