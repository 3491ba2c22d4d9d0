"""Developers: the portal's accounts."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from gatelodge.identity.developers import Developer, Role
from gatelodge.storage.schema import developers

_BY_EMAIL = select(developers).where(developers.c.email == bindparam("email"))


def add(conn: Connection, developer: Developer) -> None:
    """Store a new developer; the caller has made sure that the address is free."""
    conn.execute(insert(developers), _row(developer))


def replace(conn: Connection, developer: Developer) -> None:
    """Store a developer's changed values under its id."""
    conn.execute(update(developers).where(developers.c.id == developer.id).values(_row(developer)))


def find(conn: Connection, developer_id: int) -> Developer | None:
    """Return the developer with this id, an invited or disabled one included."""
    found = conn.execute(select(developers).where(developers.c.id == developer_id))
    return _one(found.mappings().one_or_none())


def find_by_email(conn: Connection, email: str) -> Developer | None:
    """Return the developer with this folded address."""
    found = conn.execute(_BY_EMAIL, {"email": email})
    return _one(found.mappings().one_or_none())


def all_of(conn: Connection) -> Sequence[Developer]:
    """Return every developer by address."""
    rows = conn.execute(select(developers).order_by(developers.c.email)).mappings()
    return [_record(row) for row in rows]


def with_role(conn: Connection, role: Role) -> Sequence[Developer]:
    """Return the active developers who have a role."""
    return [one for one in all_of(conn) if one.state == "active" and role in one.roles]


def _row(developer: Developer) -> dict[str, Any]:
    return msgspec.structs.asdict(developer) | {"roles": sorted(developer.roles)}


def _one(row: RowMapping | None) -> Developer | None:
    return None if row is None else _record(row)


def _record(row: RowMapping) -> Developer:
    return Developer(**{**row, "roles": frozenset(row["roles"])})
