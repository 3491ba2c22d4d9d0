"""A consumer secret lives until its end."""

from tests.oauth.records import NOW, client_secret


def test_a_secret_without_end_lives() -> None:
    """One with an end lives until then, exactly."""
    assert client_secret().alive(NOW)
    assert client_secret(expires_at=NOW + 1).alive(NOW)
    assert not client_secret(expires_at=NOW).alive(NOW)
