"""A developer or a user, as what concerns both kinds alike sees them."""

import msgspec

from gatelodge.identity.developers import Developer
from gatelodge.identity.sessions import Kind
from gatelodge.identity.users import User


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a password: ``login`` is what they sign in with, ``name`` how they are greeted."""

    kind: Kind
    id: int
    name: str
    login: str
    email: str
    active: bool
    password_hash: str | None

    def __repr__(self) -> str:
        """Show who it is, and nothing that helps to guess the password."""
        return f"Person({self.kind} {self.id})"


def of_developer(developer: Developer) -> Person:
    """Return a developer as a person."""
    return Person(
        kind="developer",
        id=developer.id,
        name=developer.name,
        login=developer.email,
        email=developer.email,
        active=developer.state == "active",
        password_hash=developer.password_hash,
    )


def of_user(user: User) -> Person:
    """Return a user as a person."""
    return Person(
        kind="user",
        id=user.id,
        name=f"{user.first_name} {user.last_name}".strip(),
        login=user.login_name,
        email=user.email,
        active=user.state == "active",
        password_hash=user.password_hash,
    )
