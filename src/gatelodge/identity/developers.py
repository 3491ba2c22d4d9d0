"""The developer: a portal account that registers applications."""

from typing import Literal

import msgspec

Role = Literal["developer", "publisher", "administrator"]
AccountState = Literal["invited", "active", "disabled"]


class Developer(msgspec.Struct, frozen=True, kw_only=True):
    """A portal account; ``password_hash``: Argon2, ``None`` until an invite is taken up."""

    id: int
    email: str
    name: str
    roles: frozenset[Role]
    state: AccountState
    password_hash: str | None
    created_at: int

    def __repr__(self) -> str:
        """Show who it is, and nothing that helps to guess the password."""
        return f"Developer({self.id}, {self.email!r})"
