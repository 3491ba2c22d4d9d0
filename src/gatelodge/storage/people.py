"""What developers and users have in common: their person, and the password's hash."""

from sqlalchemy import Connection, update

from gatelodge.identity import people
from gatelodge.identity.people import Person
from gatelodge.identity.sessions import Kind
from gatelodge.storage import developers, schema, users


def find(conn: Connection, kind: Kind, person_id: int) -> Person | None:
    """Return a person, a disabled one included."""
    if kind == "developer":
        developer = developers.find(conn, person_id)
        return None if developer is None else people.of_developer(developer)
    user = users.find(conn, person_id)
    return None if user is None else people.of_user(user)


def replace_password(conn: Connection, person: Person, password_hash: str) -> bool:
    """Store a new hash unless it is not ``person``'s any more; true for one of all who try."""
    table = schema.developers if person.kind == "developer" else schema.users
    before = table.c.password_hash
    same = before.is_(None) if person.password_hash is None else before == person.password_hash
    changed = conn.execute(
        update(table).where(table.c.id == person.id, same).values(password_hash=password_hash)
    )
    return changed.rowcount == 1
