"""Puts the demo's developer and administrator into the store."""

from gatelodge.demo import credentials
from gatelodge.demo.start import Start
from gatelodge.identity.developers import Developer, Role
from gatelodge.storage import developers
from gatelodge.storage.connections import Connection


def ensure(conn: Connection, start: Start) -> int:
    """Add both, each unless the address is taken, and return the developer's id."""
    _one(
        conn,
        start,
        (credentials.ADMINISTRATOR_EMAIL, "Demo Administrator", credentials.ADMINISTRATOR_HASH),
        frozenset({"developer", "publisher", "administrator"}),
    )
    return _one(
        conn,
        start,
        (credentials.DEVELOPER_EMAIL, "Demo Developer", credentials.DEVELOPER_HASH),
        frozenset({"developer"}),
    )


def _one(
    conn: Connection, start: Start, person: tuple[str, str, str], roles: frozenset[Role]
) -> int:
    email, name, password_hash = person
    found = developers.find_by_email(conn, email)
    if found is not None:
        return found.id
    developer = Developer(
        id=start.ids.next(),
        email=email,
        name=name,
        roles=roles,
        state="active",
        password_hash=password_hash,
        created_at=start.now,
    )
    developers.add(conn, developer)
    return developer.id
