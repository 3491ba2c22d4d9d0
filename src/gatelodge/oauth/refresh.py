"""The refresh token: rotated at each use, with an idempotent grace (RFC 9700 section 4.14)."""

import msgspec


class RefreshToken(msgspec.Struct, frozen=True, kw_only=True):
    """An issued refresh token; ``digest`` is keyed, ``scope`` and ``amr`` are space-separated.

    ``successor_id`` names the token that replaced it, and the access token issued beside that one.
    """

    id: int
    digest: bytes
    family_id: int
    client_row: int
    user_id: int
    scope: str
    auth_time: int
    amr: str
    issued_at: int
    expires_at: int
    rotated_at: int | None = None
    successor_id: int | None = None
