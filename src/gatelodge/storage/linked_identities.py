"""Linked identities: whose account at a provider belongs to whom here."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, select, update

from gatelodge.identity.linked import LinkedIdentity
from gatelodge.providers import Side
from gatelodge.storage import upserts
from gatelodge.storage.upstream_schema import linked_identities


def add(conn: Connection, link: LinkedIdentity) -> bool:
    """Store a new link; false, and nothing stored, when either side of it is taken."""
    made = upserts.insert(conn, linked_identities).on_conflict_do_nothing()
    # Asked for the row: what PostgreSQL's driver counts for an insert is not to be relied on.
    row = made.values(msgspec.structs.asdict(link)).returning(linked_identities.c.id)
    return conn.execute(row).first() is not None


def find(conn: Connection, side: Side, issuer: str, subject: str) -> LinkedIdentity | None:
    """Return the link of a provider's account."""
    table = linked_identities.c
    wanted = select(linked_identities).where(
        table.side == side, table.issuer == issuer, table.subject == subject
    )
    row = conn.execute(wanted).mappings().one_or_none()
    return None if row is None else LinkedIdentity(**row)


def of_person(conn: Connection, side: Side, person_id: int) -> Sequence[LinkedIdentity]:
    """Return a person's links, the oldest first."""
    table = linked_identities.c
    wanted = select(linked_identities).where(table.side == side, table.person_id == person_id)
    return [LinkedIdentity(**row) for row in conn.execute(wanted.order_by(table.id)).mappings()]


def use(conn: Connection, link_id: int, now: int, label: str) -> None:
    """Write down that somebody signed in with a link, and what the account is called by now."""
    conn.execute(
        update(linked_identities)
        .where(linked_identities.c.id == link_id)
        .values(used_at=now, label=label)
    )


def remove(conn: Connection, side: Side, person_id: int, link_id: int) -> bool:
    """Remove one of a person's links; true if it was there and theirs."""
    table = linked_identities.c
    gone = delete(linked_identities).where(
        table.id == link_id, table.side == side, table.person_id == person_id
    )
    return bool(conn.execute(gone).rowcount == 1)
