"""People as commands print them: no password hash ever gets here."""

import msgspec

from gatelodge.identity.developers import Developer
from gatelodge.identity.users import User


class ShownDeveloper(msgspec.Struct, frozen=True, kw_only=True):
    """A developer of the portal."""

    id: int
    email: str
    name: str
    roles: list[str]
    state: str


class ShownUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the directory."""

    id: int
    account_id: int
    login_name: str
    email: str
    role: str
    state: str
    has_password: bool


def shown_developer(developer: Developer) -> ShownDeveloper:
    """Return what may be printed of a developer."""
    return ShownDeveloper(
        id=developer.id,
        email=developer.email,
        name=developer.name,
        roles=sorted(developer.roles),
        state=developer.state,
    )


def shown_user(user: User) -> ShownUser:
    """Return what may be printed of a user."""
    return ShownUser(
        id=user.id,
        account_id=user.account_id,
        login_name=user.login_name,
        email=user.email,
        role=user.role,
        state=user.state,
        has_password=user.password_hash is not None,
    )
