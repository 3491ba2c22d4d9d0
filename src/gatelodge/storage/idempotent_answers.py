"""Answers to requests with an ``Idempotency-Key``: claimed once, stored sealed, forgotten."""

import msgspec
from sqlalchemy import Connection, delete, or_, select, update

from gatelodge.storage import upserts
from gatelodge.storage.personal_schema import idempotent_answers


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One key of one personal access token (``holder``) and the request it belongs to.

    ``key`` and ``request`` are digests; ``sealed`` is the answer once there is one.
    """

    id: int
    holder: int
    key: bytes
    request: bytes
    claimed_at: int
    expires_at: int
    sealed: bytes | None = None


def claim(conn: Connection, wanted: Claim, lapsed: int) -> Claim | None:
    """Claim a key; return whose it is already, ``None`` when it is the caller's now.

    What has expired makes place, and so does a claim of ``lapsed`` or before without an answer.
    """
    table = idempotent_answers.c
    mine = (table.holder == wanted.holder) & (table.key == wanted.key)
    over = or_(
        table.expires_at <= wanted.claimed_at,
        table.sealed.is_(None) & (table.claimed_at <= lapsed),
    )
    conn.execute(delete(idempotent_answers).where(mine, over))
    made = upserts.insert(conn, idempotent_answers).on_conflict_do_nothing()
    row = made.values(msgspec.structs.asdict(wanted)).returning(table.id)
    if conn.execute(row).first() is not None:
        return None
    found = conn.execute(select(idempotent_answers).where(mine)).mappings().one()
    return Claim(**found)


def finish(conn: Connection, claim_id: int, sealed: bytes) -> bool:
    """Store the answer to a claim; false if the claim is gone."""
    table = idempotent_answers.c
    stored = (
        update(idempotent_answers)
        .where(table.id == claim_id, table.sealed.is_(None))
        .values(sealed=sealed)
    )
    return bool(conn.execute(stored).rowcount == 1)


def release(conn: Connection, claim_id: int) -> None:
    """Give a claim without an answer back."""
    table = idempotent_answers.c
    conn.execute(delete(idempotent_answers).where(table.id == claim_id, table.sealed.is_(None)))


def forget(conn: Connection, now: int) -> None:
    """Remove the answers that expired before ``now``."""
    conn.execute(delete(idempotent_answers).where(idempotent_answers.c.expires_at <= now))
