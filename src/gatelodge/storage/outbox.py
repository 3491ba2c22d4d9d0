"""The outbox: letters that wait for the mail server, each claimed by one node at a time."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from gatelodge.identity.letters import Letter
from gatelodge.storage.mail_schema import outbox


def add(conn: Connection, letter: Letter) -> None:
    """Put a letter in; it becomes durable with the act it tells of."""
    conn.execute(insert(outbox), msgspec.structs.asdict(letter))


def due(conn: Connection, now: int, limit: int) -> Sequence[Letter]:
    """Return letters to be sent, the longest due first."""
    rows = conn.execute(
        select(outbox)
        .where(outbox.c.next_at <= now)
        .order_by(outbox.c.next_at, outbox.c.id)
        .limit(limit)
    )
    return [Letter(**row) for row in rows.mappings()]


def claim(conn: Connection, letter: Letter, until: int) -> bool:
    """Take a due letter until a moment; true for one of all nodes that try."""
    taken = conn.execute(
        update(outbox)
        .where(outbox.c.id == letter.id, outbox.c.next_at == letter.next_at)
        .values(next_at=until, attempts=outbox.c.attempts + 1)
    )
    return taken.rowcount == 1


def put_off(conn: Connection, letter_id: int, until: int) -> None:
    """Let a letter wait until a moment."""
    conn.execute(update(outbox).where(outbox.c.id == letter_id).values(next_at=until))


def remove(conn: Connection, letter_id: int) -> None:
    """Take a letter out: it was sent, or is no use any more."""
    conn.execute(delete(outbox).where(outbox.c.id == letter_id))
