"""A revoked family is remembered as long as anything it issued could live."""

from gatelodge.oauth import revocation
from tests.oauth.records import NOW, client, refresh_token


def test_the_longest_lifetime_counts() -> None:
    """That of the key's settings, or of the presented token if settings were longer once."""
    asking = client(access_token_lifetime=10, refresh_token_lifetime=100)
    assert revocation.family_until(asking, NOW) == NOW + 100
    long = refresh_token(issued_at=NOW - 50, expires_at=NOW + 450)
    assert revocation.family_until(asking, NOW, long) == NOW + 500
    assert revocation.family_until(client(access_token_lifetime=10**6), NOW, long) == NOW + 10**6
