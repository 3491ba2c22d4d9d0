"""The refresh token: rotated at each use, with an idempotent grace (RFC 9700 section 4.14)."""

import msgspec

from gatelodge.oauth.errors import InvalidGrant, RefreshTokenReplayed

GRACE = 30
"""For so many seconds a rotated token still returns the very same successor: a lost answer may be
asked for again, and parallel requests do not sign the user out."""


class RefreshToken(msgspec.Struct, frozen=True, kw_only=True):
    """An issued refresh token; ``digest`` is keyed, ``scope`` and ``amr`` are space-separated.

    ``expires_at`` is what it lives unless used, and never later than ``family_expires_at``.
    ``session_id`` names the browser session it began in, which it outlives.
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
    family_expires_at: int | None = None
    session_id: int | None = None
    resources: str = ""
    rotated_at: int | None = None
    successor_id: int | None = None


def family_end(row: RefreshToken, sign_in_lifetime: int) -> int:
    """Return when the token's family ends for good, however often it is refreshed.

    A token from before this was written down counts from its own issue.
    """
    recorded = row.family_expires_at
    return row.issued_at + sign_in_lifetime if recorded is None else recorded


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """A presented token's row as it stands *after* the attempt to rotate it, and its fate.

    ``row`` is ``None`` when the client has no such token.
    """

    row: RefreshToken | None
    revoked: bool
    successor_used: bool


class Succession(msgspec.Struct, frozen=True, kw_only=True):
    """A token that was rotated, now or within the grace: ``at`` and by which successor."""

    parent: RefreshToken
    successor_id: int
    at: int


def judge(result: Presented, now: int) -> Succession:
    """Return the succession a presented token has a right to.

    Raises ``InvalidGrant``, and ``RefreshTokenReplayed`` for a token replaced longer ago than the
    grace, or whose successor has been used: that is two generations old, and somebody else has it.
    """
    row = result.row
    if row is None:
        raise InvalidGrant("Persisted access token data not found")
    if result.revoked:
        raise InvalidGrant("Invalid refresh token state")
    if row.rotated_at is None or row.successor_id is None:
        # A living token would have been rotated just now.
        raise InvalidGrant("Refresh token is expired.")
    if result.successor_used or now - row.rotated_at > GRACE:
        raise RefreshTokenReplayed
    return Succession(parent=row, successor_id=row.successor_id, at=row.rotated_at)
