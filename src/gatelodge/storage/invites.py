"""Invitations: the digest of a one-time link's secret, and whether it was spent."""

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

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


def is_open(conn: Connection, developer_id: int, now: int) -> bool:
    """Say whether a developer has an invitation that still works."""
    return conn.execute(select(invites.c.id).where(_open(developer_id, now))).first() is not None


def spend_all(conn: Connection, developer_id: int, now: int) -> bool:
    """Spend a developer's invitations; true for exactly one of all who try."""
    spent = conn.execute(update(invites).where(_open(developer_id, now)).values(spent_at=now))
    return spent.rowcount > 0


def withdraw(conn: Connection, developer_id: int) -> None:
    """Remove a developer's invitations: their links work no longer."""
    conn.execute(delete(invites).where(invites.c.developer_id == developer_id))


def _open(developer_id: int, now: int) -> ColumnElement[bool]:
    table = invites.c
    return and_(
        table.developer_id == developer_id, table.spent_at.is_(None), table.expires_at > now
    )
