"""Acts on a person's factors: add, rename, remove, fresh recovery codes, the operator's reset.

Who gets a first factor gets recovery codes with it; they go with the last one.
"""

import os
from collections.abc import Callable, Mapping, Sequence

import msgspec

from gatelodge.identity import factors as rules
from gatelodge.identity import recovery_codes, totp
from gatelodge.identity.errors import AlreadyHas, Invalid, Unknown
from gatelodge.identity.factors import Factors, Passkey, Person
from gatelodge.identity.sessions import Session
from gatelodge.operations import signing_out
from gatelodge.operations.actor import Act
from gatelodge.operations.sealed_totp import sealed
from gatelodge.operations.second_step import recovery_digest
from gatelodge.settings import Secrets
from gatelodge.storage import factors, passkeys
from gatelodge.storage.connections import Connection
from gatelodge.storage.factors import RecoveryCode, StoredTotp

Codes = Sequence[str]
"""Recovery codes to be shown now and never again; none if the person keeps those they have."""


def add_totp(
    conn: Connection, act: Act, secrets: Secrets, person: Person, secret: bytes, typed: str
) -> Codes:
    """Take an authenticator app that has shown a right code, which is spent with it.

    Raises ``Invalid`` and ``AlreadyHas``.
    """
    step = totp.matching_step(secret, typed, act.now, last_step=0)
    if step is None:
        raise Invalid({"code": "This is not the code the app shows now. Type the newest one."})
    before = factors.of(conn, person)
    stored = StoredTotp(sealed=sealed(secrets, person, secret), last_step=step, created_at=act.now)
    if not factors.add_totp(conn, person, stored):
        raise AlreadyHas("An authenticator app")
    _record(conn, act, person, before, "totp-add")
    return () if before.any else _renew(conn, act, secrets, person)


def add(
    conn: Connection, act: Act, keep: Session, adding: Callable[..., Codes], *values: object
) -> Codes:
    """Take a factor by ``adding``; with the first one every session but ``keep`` ends.

    They were signed in without it: whoever has the password and came before the factor would stay,
    and could take it away again.
    """
    codes = adding(conn, act, *values)
    if codes:
        signing_out.sessions_but(conn, act, keep.kind, keep.subject_id, keep.id)
    return codes


def remove_totp(conn: Connection, act: Act, person: Person) -> None:
    """Take the authenticator app away. Raises ``Unknown``."""
    before = factors.of(conn, person)
    if not factors.remove_totp(conn, person):
        raise Unknown("authenticator app")
    _after_removal(conn, act, person)
    _record(conn, act, person, before, "totp-remove")


def add_passkey(conn: Connection, act: Act, secrets: Secrets, passkey: Passkey) -> Codes:
    """Take a passkey. Raises ``Invalid`` and ``AlreadyHas``."""
    person = passkey.person
    _check_name(passkey.name)
    before = factors.of(conn, person)
    if before.passkeys >= rules.MOST_PASSKEYS:
        most = f"There are {rules.MOST_PASSKEYS} passkeys already. Remove one first."
        raise Invalid({"name": most})
    if not passkeys.add(conn, passkey):
        raise AlreadyHas("This passkey")
    detail = {"passkey": passkey.id, "name": passkey.name}
    _record(conn, act, person, before, "passkey-add", detail)
    return () if before.any else _renew(conn, act, secrets, person)


def rename_passkey(conn: Connection, act: Act, person: Person, passkey_id: int, name: str) -> None:
    """Give a passkey another name. Raises ``Invalid`` and ``Unknown``."""
    _check_name(name)
    found = [one for one in passkeys.of(conn, person) if one.id == passkey_id]
    if not found or not passkeys.rename(conn, person, passkey_id, name):
        raise Unknown("passkey")
    detail = {"passkey": passkey_id, "name": name}
    changing = act.changing({"name": found[0].name}, {"name": name})
    changing.record(conn, f"{person.kind}.passkey-rename", person.kind, person.id, detail)


def remove_passkey(conn: Connection, act: Act, person: Person, passkey_id: int) -> None:
    """Take a passkey away. Raises ``Unknown``."""
    before = factors.of(conn, person)
    if not passkeys.remove(conn, person, passkey_id):
        raise Unknown("passkey")
    _after_removal(conn, act, person)
    _record(conn, act, person, before, "passkey-remove", {"passkey": passkey_id})


def renew_recovery_codes(conn: Connection, act: Act, secrets: Secrets, person: Person) -> Codes:
    """Give fresh recovery codes; the earlier ones are good no longer. Raises ``Unknown``."""
    if not factors.of(conn, person).any:
        raise Unknown("second factor that recovery codes could stand in for")
    return _renew(conn, act, secrets, person)


def reset(conn: Connection, act: Act, person: Person) -> None:
    """Take every factor of somebody who has lost them away; the password alone counts again.

    Whoever holds what was lost is signed out with it: sessions end, and a user's tokens.
    Raises ``NotAllowed``.
    """
    act.actor.require("administrator")
    before = factors.of(conn, person)
    factors.remove_totp(conn, person)
    passkeys.remove_all(conn, person)
    factors.replace_recovery_codes(conn, person, (), act.now)
    everywhere = (
        signing_out.user_everywhere if person.kind == "user" else signing_out.developer_everywhere
    )
    everywhere(conn, act, person.id)
    _record(conn, act, person, before, "reset-factors", msgspec.structs.asdict(before))


def _after_removal(conn: Connection, act: Act, person: Person) -> None:
    if not factors.of(conn, person).any:
        factors.replace_recovery_codes(conn, person, (), act.now)


def _renew(conn: Connection, act: Act, secrets: Secrets, person: Person) -> Codes:
    before = factors.of(conn, person)
    codes = recovery_codes.fresh(os.urandom(recovery_codes.COUNT * recovery_codes.RANDOM_BYTES))
    stored = [
        RecoveryCode(id=act.ids.next(), digest=recovery_digest(secrets, code)) for code in codes
    ]
    factors.replace_recovery_codes(conn, person, stored, act.now)
    _record(conn, act, person, before, "recovery-codes")
    return codes


def _record(
    conn: Connection,
    act: Act,
    person: Person,
    before: Factors,
    name: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    changing = act.changing(before, factors.of(conn, person))
    changing.record(conn, f"{person.kind}.{name}", person.kind, person.id, detail)


def _check_name(name: str) -> None:
    objection = rules.passkey_name_objection(name)
    if objection is not None:
        raise Invalid({"name": objection})
