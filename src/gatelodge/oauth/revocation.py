"""Revocation: what ends with what, and for how long it must be remembered (RFC 7009).

Policy: a refresh token ends its whole family, every access token of it included; so does an
access token that belongs to a family, as at VBC, where both are one thing. An access token of the
application itself ends alone.
"""

from gatelodge.oauth.clients import Client
from gatelodge.oauth.refresh import RefreshToken


def family_until(client: Client, now: int, row: RefreshToken | None = None) -> int:
    """Return when a revoked family may be forgotten: when all it issued has expired.

    Nothing was issued after ``now``, so the longest lifetime from here covers it; the presented
    token tells the lifetime at its time, should the key's settings have changed since.
    """
    longest = max(client.access_token_lifetime, client.refresh_token_lifetime)
    if row is not None:
        longest = max(longest, row.expires_at - row.issued_at)
    return now + longest
