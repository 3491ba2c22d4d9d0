"""Invitations: the digest of a one-time link's secret, and whether it was spent."""

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from gatelodge.identity.invites import Invite
from gatelodge.storage.schema import invites


def add(conn: Connection, invite: Invite) -> None:
    """Store a new invitation."""
    conn.execute(insert(invites), msgspec.structs.asdict(invite))


def find(conn: Connection, invite_id: int) -> Invite | None:
    """Return the invitation with this id, a spent one included."""
    row = conn.execute(select(invites).where(invites.c.id == invite_id)).mappings().one_or_none()
    return None if row is None else Invite(**row)


def spend(conn: Connection, invite_id: int, now: int) -> bool:
    """Spend an invitation; true for exactly one of all who try."""
    spent = conn.execute(
        update(invites)
        .where(invites.c.id == invite_id, invites.c.spent_at.is_(None), invites.c.expires_at > now)
        .values(spent_at=now)
    )
    return spent.rowcount == 1


def withdraw(conn: Connection, developer_id: int) -> None:
    """Remove a developer's invitations: their links work no longer."""
    conn.execute(delete(invites).where(invites.c.developer_id == developer_id))
