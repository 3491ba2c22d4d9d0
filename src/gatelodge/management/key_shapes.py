"""Consumer keys and secrets as this API reads and writes them.

What is read follows ``catalog.credentials.KeySettings`` by itself, so that a setting added there
can be chosen here as well.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from gatelodge.catalog.credentials import KeySettings, NewSecret
from gatelodge.management.shown import maybe, moment, row
from gatelodge.oauth.clients import Client, ClientSecret

_SETTINGS = [field.name for field in msgspec.structs.fields(KeySettings)]
# The type of a key never changes (operations.credentials.change_settings).
_CHANGED = [field for field in msgspec.structs.fields(KeySettings) if field.name != "type"]


class NewKeys(KeySettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The environment that keys are generated for, and their settings; lifetimes in seconds."""

    environment: str


KeyChange = msgspec.defstruct(
    "KeyChange",
    [(field.name, field.type | msgspec.UnsetType, msgspec.UNSET) for field in _CHANGED],
    namespace={"__doc__": "What is to change of a key's settings; what is left out stays."},
    module=__name__,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
)


class SecretWanted(NewSecret, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a further secret is called, how long it and those there are go on working."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which scopes a test token is asked for, separated by spaces; others are left out."""

    scope: str = ""


class KeyShown(KeySettings, frozen=True, kw_only=True):
    """A consumer key with its settings; lifetimes in seconds."""

    consumer_key: str
    environment: str
    application_id: str
    created_at: datetime


class SecretShown(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer secret, known by its last letters."""

    id: str
    tail: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class KeysMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new key and its consumer secret: it is in this answer and in no other."""

    key: KeyShown
    consumer_secret: str | None


class SecretMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new secret and its text: it is in this answer and in no other."""

    secret: SecretShown
    consumer_secret: str | None


class TestToken(msgspec.Struct, frozen=True, kw_only=True):
    """An access token that stands for the application itself."""

    access_token: str
    token_type: str
    scope: str
    expires_in: int


def settings(client: Client) -> dict[str, Any]:
    """Return a key's settings by name."""
    return {name: getattr(client, name) for name in _SETTINGS}


def shown(client: Client) -> KeyShown:
    """Return a key as it is answered."""
    values = settings(client) | {"grant_types": sorted(client.grant_types)}
    return KeyShown(
        **values,
        consumer_key=client.client_id,
        environment=client.environment,
        application_id=row(client.application_id),
        created_at=moment(client.created_at),
    )


def secret_shown(secret: ClientSecret) -> SecretShown:
    """Return a secret as it is answered."""
    return SecretShown(
        id=row(secret.id),
        tail=secret.tail,
        name=secret.name,
        created_at=moment(secret.created_at),
        expires_at=maybe(secret.expires_at),
        last_used_at=maybe(secret.last_used_at),
    )


def secrets_shown(secrets: Sequence[ClientSecret]) -> Sequence[SecretShown]:
    """Return secrets, the newest first."""
    return [secret_shown(one) for one in secrets]
