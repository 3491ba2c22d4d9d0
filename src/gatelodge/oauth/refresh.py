"""The refresh token: rotated at each use, with an idempotent grace (RFC 9700 section 4.14)."""

import msgspec

from gatelodge.oauth.errors import InvalidGrant, RefreshTokenReplayed

GRACE = 30
"""For so many seconds a rotated token still returns the very same successor: a lost answer may be
asked for again, and parallel requests do not sign the user out."""


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


class Succession(msgspec.Struct, frozen=True, kw_only=True):
    """A token that was rotated, now or within the grace: ``at`` and by which successor."""

    parent: RefreshToken
    successor_id: int
    at: int


def judge(row: RefreshToken | None, *, revoked: bool, now: int) -> Succession:
    """Return the succession a presented token has a right to, from its row *after* the rotation.

    A living token has just been rotated, so a row that was not must have expired. Raises
    ``InvalidGrant``, and ``RefreshTokenReplayed`` for a token that was replaced longer ago than
    the grace.
    """
    if row is None:
        raise InvalidGrant("Persisted access token data not found")
    if revoked:
        raise InvalidGrant("Invalid refresh token state")
    if row.rotated_at is None or row.successor_id is None:
        raise InvalidGrant("Refresh token is expired.")
    if now - row.rotated_at > GRACE:
        raise RefreshTokenReplayed
    return Succession(parent=row, successor_id=row.successor_id, at=row.rotated_at)
