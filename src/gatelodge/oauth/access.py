"""The access token as it is stored: opaque ones only, a JWT carries its own facts (RFC 9068)."""

import msgspec


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """An issued opaque access token; without a user it stands for the application itself.

    ``resources`` are what it is for, separated by spaces; empty for everything.
    """

    id: int
    digest: bytes
    family_id: int | None
    client_row: int
    user_id: int | None
    scope: str
    issued_at: int
    expires_at: int
    resources: str = ""
