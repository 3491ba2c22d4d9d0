"""The client: an application's consumer key as the token endpoint sees it (RFC 6749 section 2)."""

from typing import Literal

import msgspec

from gatelodge.oauth.signatures import Algorithm

Environment = Literal["production", "sandbox"]
ClientType = Literal["confidential", "public"]
AccessTokenFormat = Literal["jwt", "opaque"]

Authentication = Literal["secret", "private_key_jwt"]
"""How a confidential client proves itself: with a secret (Basic or in the body), or by signing."""

LONGEST_LIFETIME = 90 * 86_400
"""The longest lifetime, in seconds, that a consumer key may give any of its tokens."""

GRANT_TYPES = (
    "authorization_code",
    "refresh_token",
    "password",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
)
"""Every grant type a consumer key may be given, in the order pages list them."""


class ClientSecret(msgspec.Struct, frozen=True, kw_only=True):
    """One of a client's secrets; ``digest`` is keyed, ``tail`` its last four characters.

    ``last_used_at`` is written a minute late and not kept up to date in caches.
    """

    id: int
    digest: bytes
    tail: str
    created_at: int
    expires_at: int | None = None
    name: str = ""
    last_used_at: int | None = None

    def alive(self, now: int) -> bool:
        """Say whether this secret may still authenticate at ``now``."""
        return self.expires_at is None or now < self.expires_at


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer key with its settings and secrets; lifetimes are in seconds.

    ``active`` is false while the application is blocked or its developer is disabled.
    """

    id: int
    client_id: str
    application_id: int
    application_name: str
    owner_name: str
    environment: Environment
    type: ClientType = "confidential"
    authentication: Authentication = "secret"
    jwks: str = ""
    jwks_uri: str = ""
    grant_types: frozenset[str]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    require_pkce: bool = True
    access_token_format: AccessTokenFormat = "jwt"  # noqa: S105 - a format's name, no secret
    access_token_algorithm: Algorithm = "ES256"  # noqa: S105 - an algorithm's name
    id_token_algorithm: Algorithm = "RS256"  # noqa: S105 - an algorithm's name
    code_lifetime: int = 60
    access_token_lifetime: int = 86_400
    refresh_token_lifetime: int = 604_800
    sign_in_lifetime: int = 7_776_000
    active: bool = True
    created_at: int
    secrets: tuple[ClientSecret, ...] = ()
