"""Introspection answers (RFC 7662): what a client may learn about its own access tokens."""

from gatelodge.oauth.refresh import RefreshToken
from gatelodge.oauth.tokens import AccessClaims

INACTIVE: dict[str, object] = {"active": False}
"""The whole answer for anything unknown, expired, revoked or another client's (section 2.2)."""


def access_token(claims: AccessClaims) -> dict[str, object]:
    """Describe an active access token."""
    described: dict[str, object] = {
        "active": True,
        "scope": claims.scope,
        "client_id": claims.client_id,
        "token_type": "Bearer",
        "exp": claims.exp,
        "iat": claims.iat,
        "nbf": claims.nbf,
        "sub": claims.sub,
        "aud": claims.aud,
        "iss": claims.iss,
        "jti": claims.jti,
        "aut": claims.aut,
    }
    if claims.uid is not None:
        described["username"] = claims.sub
    return described


def refresh_token(
    row: RefreshToken, client_id: str, login_name: str, issuer: str
) -> dict[str, object]:
    """Describe an active refresh token; without ``token_type``, for it is none to send along."""
    return {
        "active": True,
        "scope": row.scope,
        "client_id": client_id,
        "username": login_name,
        "exp": row.expires_at,
        "iat": row.issued_at,
        "sub": login_name,
        "iss": issuer,
    }


def refresh_token_alive(row: RefreshToken, *, revoked: bool, now: int) -> bool:
    """Say whether a refresh token could still be used: neither rotated, expired nor revoked."""
    return not revoked and row.rotated_at is None and now < row.expires_at
