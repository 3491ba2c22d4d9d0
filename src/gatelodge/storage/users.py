"""Users as sign-in knows them; ``directory_users`` reads the rest of the same rows."""

from sqlalchemy import Connection, RowMapping, bindparam, select, update

from gatelodge.identity.users import User, UserState
from gatelodge.storage.directory_lists import same
from gatelodge.storage.schema import users

_USER = select(
    users.c.id,
    users.c.account_id,
    users.c.login_name,
    users.c.email,
    users.c.first_name,
    users.c.last_name,
    users.c.role,
    users.c.state,
    users.c.password_hash,
)
# Built once: building costs as much again, for a caller the gateway does not know or a sign-in.
_FIND = _USER.where(users.c.id == bindparam("row_id"))
_BY_LOGIN = _USER.where(same(users.c.login_name, bindparam("login")))
_BY_EMAIL = _USER.where(same(users.c.email, bindparam("login"))).limit(2)


def find(conn: Connection, user_id: int) -> User | None:
    """Return the user with this id, a disabled one included."""
    return _one(conn.execute(_FIND, {"row_id": user_id}).mappings().one_or_none())


def find_by_login(conn: Connection, login: str) -> User | None:
    """Return the user with this login name or, failing that, with this e-mail address.

    Letters' case does not matter. An address that several users share is nobody's login.
    """
    typed = {"login": login}
    found = conn.execute(_BY_LOGIN, typed).mappings().one_or_none()
    if found is None and "@" in login:
        rows = conn.execute(_BY_EMAIL, typed).mappings().all()
        found = rows[0] if len(rows) == 1 else None
    return _one(found)


def set_password(conn: Connection, user_id: int, password_hash: str) -> None:
    """Store a new password's hash."""
    conn.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))


def set_state(conn: Connection, user_id: int, state: UserState) -> None:
    """Store whether a user may sign in."""
    conn.execute(update(users).where(users.c.id == user_id).values(state=state))


def _one(row: RowMapping | None) -> User | None:
    return None if row is None else User(**row)
