"""Acts on users: give a new password, disable, enable. All of them end what was signed in."""

from gatelodge.identity import people
from gatelodge.identity.errors import Unknown
from gatelodge.identity.users import User
from gatelodge.operations import new_passwords, signing_out
from gatelodge.operations.actor import Act
from gatelodge.storage import changes, users
from gatelodge.storage.connections import Connection


def find(conn: Connection, login: str) -> User:
    """Return the user with this login or e-mail address. Raises ``Unknown``."""
    found = users.find_by_login(conn, login)
    if found is None:
        raise Unknown("user")
    return found


def set_password(conn: Connection, act: Act, user_id: int, password_hash: str) -> User:
    """Give a user a new password; sessions and tokens got with the old one end.

    Raises ``NotAllowed`` and ``Unknown``.
    """
    act.actor.require("administrator")
    before = _of(conn, user_id)
    users.set_password(conn, user_id, password_hash)
    signing_out.user_everywhere(conn, act, user_id)
    new_passwords.record(conn, act, people.of_user(before), "set-password")
    after = _of(conn, user_id)
    new_passwords.tell(conn, act, people.of_user(after))
    return after


def disable(conn: Connection, act: Act, user_id: int) -> User:
    """Shut a user out: sessions, codes and tokens end with the commit."""
    act.actor.require("administrator")
    before = _of(conn, user_id)
    users.set_state(conn, user_id, "disabled")
    signing_out.user_everywhere(conn, act, user_id)
    return _changed(conn, act, before, "user.disable")


def enable(conn: Connection, act: Act, user_id: int) -> User:
    """Let a disabled user sign in again; what was revoked stays revoked."""
    act.actor.require("administrator")
    before = _of(conn, user_id)
    users.set_state(conn, user_id, "active")
    changes.append(conn, "user", user_id)
    return _changed(conn, act, before, "user.enable")


def _changed(conn: Connection, act: Act, before: User, name: str) -> User:
    after = _of(conn, before.id)
    act.changing(before, after).record(conn, name, "user", before.id)
    return after


def _of(conn: Connection, user_id: int) -> User:
    found = users.find(conn, user_id)
    if found is None:
        raise Unknown("user")
    return found
