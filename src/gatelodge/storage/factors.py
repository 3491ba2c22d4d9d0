"""What a person has beside a password: sealed secrets of authenticator apps, recovery codes."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from gatelodge.identity.factors import Factors, Person
from gatelodge.storage import upserts
from gatelodge.storage.factor_schema import passkeys, recovery_codes, totp_secrets


def _of_person(table: Table) -> ColumnElement[bool]:
    """Return the term for the rows of a person whose kind and id come when it is asked."""
    return and_(table.c.kind == bindparam("kind"), table.c.person_id == bindparam("person_id"))


_HAS_ANY = select(exists().where(_of_person(totp_secrets)) | exists().where(_of_person(passkeys)))


class StoredTotp(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed secret; codes of steps up to ``last_step`` are spent."""

    sealed: bytes
    last_step: int
    created_at: int


class RecoveryCode(msgspec.Struct, frozen=True, kw_only=True):
    """A recovery code at rest."""

    id: int
    digest: bytes


def of(conn: Connection, person: Person) -> Factors:
    """Return what the person has."""
    unspent = _count(recovery_codes, person).where(recovery_codes.c.spent_at.is_(None))
    counted = select(
        _count(totp_secrets, person).scalar_subquery(),
        _count(passkeys, person).scalar_subquery(),
        unspent.scalar_subquery(),
    )
    apps, keys, codes = conn.execute(counted).one()
    return Factors(totp=apps > 0, passkeys=keys, recovery_codes=codes)


def has_any(conn: Connection, person: Person) -> bool:
    """Say whether a password alone is not enough for the person."""
    asked = {"kind": person.kind, "person_id": person.id}
    return bool(conn.execute(_HAS_ANY, asked).scalar_one())


def find_totp(conn: Connection, person: Person) -> StoredTotp | None:
    """Return the person's sealed secret."""
    columns = (totp_secrets.c.sealed, totp_secrets.c.last_step, totp_secrets.c.created_at)
    wanted = select(*columns).where(
        totp_secrets.c.kind == person.kind, totp_secrets.c.person_id == person.id
    )
    row = conn.execute(wanted).mappings().one_or_none()
    return None if row is None else StoredTotp(**row)


def add_totp(conn: Connection, person: Person, totp: StoredTotp) -> bool:
    """Store a secret unless the person has one; true if it was stored."""
    row = msgspec.structs.asdict(totp) | {"kind": person.kind, "person_id": person.id}
    added = upserts.insert(conn, totp_secrets).values(row).on_conflict_do_nothing()
    return conn.execute(added.returning(totp_secrets.c.person_id)).first() is not None


def spend_step(conn: Connection, person: Person, step: int) -> bool:
    """Spend a time step's code; true for exactly one of all who try."""
    spent = conn.execute(
        update(totp_secrets)
        .where(
            totp_secrets.c.kind == person.kind,
            totp_secrets.c.person_id == person.id,
            totp_secrets.c.last_step < step,
        )
        .values(last_step=step)
    )
    return spent.rowcount == 1


def remove_totp(conn: Connection, person: Person) -> bool:
    """Remove the person's secret; true if there was one."""
    removed = delete(totp_secrets).where(
        totp_secrets.c.kind == person.kind, totp_secrets.c.person_id == person.id
    )
    return conn.execute(removed).rowcount == 1


def replace_recovery_codes(
    conn: Connection, person: Person, codes: Sequence[RecoveryCode], now: int
) -> None:
    """Store fresh codes; the earlier ones, spent or not, are gone."""
    conn.execute(
        delete(recovery_codes).where(
            recovery_codes.c.kind == person.kind, recovery_codes.c.person_id == person.id
        )
    )
    owner = {"kind": person.kind, "person_id": person.id, "created_at": now}
    rows = [msgspec.structs.asdict(code) | owner for code in codes]
    if rows:
        conn.execute(insert(recovery_codes), rows)


def spend_recovery_code(conn: Connection, person: Person, digest: bytes, now: int) -> bool:
    """Spend a code; true for exactly one of all who try."""
    spent = conn.execute(
        update(recovery_codes)
        .where(
            recovery_codes.c.kind == person.kind,
            recovery_codes.c.person_id == person.id,
            recovery_codes.c.digest == digest,
            recovery_codes.c.spent_at.is_(None),
        )
        .values(spent_at=now)
    )
    return spent.rowcount == 1


def _count(table: Table, person: Person) -> Select[int]:
    return (
        select(func.count())
        .select_from(table)
        .where(table.c.kind == person.kind, table.c.person_id == person.id)
    )
