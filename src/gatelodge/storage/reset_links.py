"""Links to choose a new password: the digest of the secret, and whether it was spent."""

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from gatelodge.identity.resets import ResetLink
from gatelodge.storage.mail_schema import reset_links


def add(conn: Connection, link: ResetLink) -> None:
    """Store a new link."""
    conn.execute(insert(reset_links), msgspec.structs.asdict(link))


def find(conn: Connection, link_id: int) -> ResetLink | None:
    """Return the link with this id, a spent one included."""
    found = conn.execute(select(reset_links).where(reset_links.c.id == link_id))
    row = found.mappings().one_or_none()
    return None if row is None else ResetLink(**row)


def spend(conn: Connection, link_id: int, now: int) -> bool:
    """Spend a link; true for exactly one of all who try."""
    table = reset_links
    spent = conn.execute(
        update(table)
        .where(table.c.id == link_id, table.c.spent_at.is_(None), table.c.expires_at > now)
        .values(spent_at=now)
    )
    return spent.rowcount == 1


def forget(conn: Connection, now: int) -> None:
    """Remove the links that expired before ``now``."""
    conn.execute(delete(reset_links).where(reset_links.c.expires_at <= now))
