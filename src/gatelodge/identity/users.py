"""The user (resource owner): who signs in as ``login@tenant`` at the authorization server."""

from typing import Literal

import msgspec

UserRole = Literal["administrator", "member"]
UserState = Literal["active", "disabled"]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A resource owner's identity; the directory holds the rest of what is known of the person."""

    id: int
    account_id: int
    login_name: str
    email: str
    first_name: str
    last_name: str
    role: UserRole
    state: UserState
    password_hash: str | None

    def __repr__(self) -> str:
        """Show who it is, and nothing that helps to guess the password."""
        return f"User({self.id}, {self.login_name!r})"
