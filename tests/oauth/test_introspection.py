"""Introspection tells a client what its tokens are worth."""

import pytest

from gatelodge.oauth import introspection, tokens
from tests.oauth.records import ISSUER, NOW, client, refresh_token, subject


def test_a_users_access_token() -> None:
    """The members of RFC 7662, with the user's name."""
    row = tokens.record(client(), subject(), 91, "openid", NOW)
    described = introspection.access_token(tokens.claims_of(row, "key", "jsmith", ISSUER))
    assert described == {
        "active": True,
        "scope": "openid",
        "client_id": "key",
        "token_type": "Bearer",
        "exp": NOW + 86_400,
        "iat": NOW,
        "nbf": NOW,
        "sub": "jsmith",
        "aud": ISSUER,
        "iss": ISSUER,
        "jti": "91",
        "aut": "APPLICATION_USER",
        "username": "jsmith",
    }


def test_an_applications_access_token_has_no_user_name() -> None:
    """Nobody stands behind it."""
    row = tokens.record(client(), None, 91, "default", NOW)
    assert "username" not in introspection.access_token(tokens.claims_of(row, "k", None, ISSUER))


def test_a_refresh_token() -> None:
    """It has no token type: it is not to be sent along."""
    described = introspection.refresh_token(refresh_token(), "key", "jsmith", ISSUER)
    assert described["active"] is True
    assert described["username"] == "jsmith"
    assert "token_type" not in described


@pytest.mark.parametrize(
    ("revoked", "rotated_at", "now", "alive"),
    [
        (False, None, NOW, True),
        (True, None, NOW, False),
        (False, NOW, NOW, False),
        (False, None, NOW + 500, False),
    ],
)
def test_a_refresh_token_is_alive_until_used(
    *, revoked: bool, rotated_at: int | None, now: int, alive: bool
) -> None:
    """Neither revoked nor rotated nor expired."""
    row = refresh_token(rotated_at=rotated_at)
    assert introspection.refresh_token_alive(row, revoked=revoked, now=now) is alive
