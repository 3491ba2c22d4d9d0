"""Grants an application can use by itself, without anybody at a screen."""

from typing import Protocol

import msgspec

from gatelodge_client.secret import Secret
from gatelodge_client.settings import Settings


class Grant(Protocol):
    """A way to tokens that needs no person: what goes to the token endpoint."""

    def form(self, settings: Settings) -> dict[str, str]:
        """Return the fields that make up the grant."""

    def user(self, settings: Settings) -> str:
        """Return whose tokens they are; part of the key they are kept under."""


class ClientCredentials(msgspec.Struct, frozen=True):
    """The application signs in as itself (RFC 6749 section 4.4)."""

    def form(self, settings: Settings) -> dict[str, str]:
        """Return the grant's fields."""
        return {"grant_type": "client_credentials", "scope": settings.scope}

    def user(self, settings: Settings) -> str:
        """Return the application's mark: no user's key looks like it."""
        return f"application:{settings.client_id}"


class Password(msgspec.Struct, frozen=True):
    """A user's name and password (RFC 6749 section 4.3): VBC's way for server programs.

    The tenant is appended to the name unless it is there: a login may itself be an e-mail address.
    """

    username: str
    password: Secret | str

    def __post_init__(self) -> None:
        if isinstance(self.password, str):
            msgspec.structs.force_setattr(self, "password", Secret(self.password))

    def form(self, settings: Settings) -> dict[str, str]:
        """Return the grant's fields."""
        held = self.password
        return {
            "grant_type": "password",
            "username": self.user(settings),
            "password": held.reveal() if isinstance(held, Secret) else held,
            "scope": settings.scope,
        }

    def user(self, settings: Settings) -> str:
        """Return the user name as the server knows it."""
        return with_tenant(self.username, settings.tenant)


def with_tenant(username: str, tenant: str) -> str:
    """Append ``@tenant`` exactly when the name does not end with it."""
    suffix = f"@{tenant}"
    return username if not tenant or username.endswith(suffix) else username + suffix
