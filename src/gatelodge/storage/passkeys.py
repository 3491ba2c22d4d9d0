"""Passkeys: public keys, counters and names. Nothing here signs anybody in by itself."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from gatelodge.identity.factors import Passkey, Person
from gatelodge.storage import upserts
from gatelodge.storage.factor_schema import passkeys


def add(conn: Connection, passkey: Passkey) -> bool:
    """Store a new passkey; false if its credential is somebody's already."""
    row = msgspec.structs.asdict(passkey)
    added = upserts.insert(conn, passkeys).values(row).on_conflict_do_nothing()
    return conn.execute(added.returning(passkeys.c.id)).first() is not None


def find(conn: Connection, credential_id: bytes) -> Passkey | None:
    """Return the passkey with this credential."""
    wanted = select(passkeys).where(passkeys.c.credential_id == credential_id)
    row = conn.execute(wanted).mappings().one_or_none()
    return None if row is None else Passkey(**row)


def of(conn: Connection, person: Person) -> Sequence[Passkey]:
    """Return a person's passkeys, the oldest first."""
    wanted = select(passkeys).where(_owned(person)).order_by(passkeys.c.id)
    return [Passkey(**row) for row in conn.execute(wanted).mappings()]


def use(conn: Connection, passkey: Passkey, sign_count: int, now: int) -> bool:
    """Write down that a passkey signed; false if its counter has moved past this signature.

    Keys without a counter always say 0 (Web Authentication section 6.1.1).
    """
    moved = or_(
        passkeys.c.sign_count < sign_count,
        and_(passkeys.c.sign_count == 0, passkeys.c.sign_count == sign_count),
    )
    used = conn.execute(
        update(passkeys)
        .where(passkeys.c.id == passkey.id, moved)
        .values(sign_count=sign_count, last_used_at=now)
    )
    return used.rowcount == 1


def rename(conn: Connection, person: Person, passkey_id: int, name: str) -> bool:
    """Give one of the person's passkeys a name; false if it is not theirs."""
    theirs = and_(passkeys.c.id == passkey_id, _owned(person))
    return conn.execute(update(passkeys).where(theirs).values(name=name)).rowcount == 1


def remove(conn: Connection, person: Person, passkey_id: int) -> bool:
    """Remove one of the person's passkeys; false if it is not theirs."""
    theirs = and_(passkeys.c.id == passkey_id, _owned(person))
    return conn.execute(delete(passkeys).where(theirs)).rowcount == 1


def remove_all(conn: Connection, person: Person) -> int:
    """Remove every passkey of a person and say how many there were."""
    return conn.execute(delete(passkeys).where(_owned(person))).rowcount


def _owned(person: Person) -> ColumnElement[bool]:
    return and_(passkeys.c.kind == person.kind, passkeys.c.person_id == person.id)
