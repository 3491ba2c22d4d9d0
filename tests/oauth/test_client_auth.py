"""Client authentication: the right secret and nothing else."""

import pytest

from gatelodge.oauth.client_auth import authenticate
from gatelodge.oauth.errors import InvalidClient
from gatelodge.oauth.parameters import Credentials
from tests.oauth.records import KEY, NOW, SECRET, client, client_secret


def credentials(*secrets: str, client_id: str = "TheConsumerKeyOfTheTestsXX_a") -> Credentials:
    """Credentials with these readings of the secret."""
    return Credentials(
        method="client_secret_basic" if secrets else "none",
        client_id=client_id,
        secrets=tuple(secret.encode() for secret in secrets),
    )


def test_the_right_secret_is_accepted() -> None:
    """In any of its readings."""
    found = client()
    assert authenticate(found, credentials(SECRET), KEY, NOW).client is found
    assert authenticate(found, credentials("other reading", SECRET), KEY, NOW).client is found


@pytest.mark.parametrize("secrets", [(), ("wrong",), (SECRET + "x",), (SECRET[:-1],)])
def test_a_wrong_secret_is_refused(secrets: tuple[str, ...]) -> None:
    """Missing, wrong, longer and shorter ones alike."""
    with pytest.raises(InvalidClient, match=r"Client Authentication failed\."):
        authenticate(client(), credentials(*secrets), KEY, NOW)


def test_a_stored_digest_is_no_secret() -> None:
    """Who has read the database cannot authenticate with what stands there."""
    stored = client_secret().digest
    presented = Credentials(method="client_secret_post", client_id="x", secrets=(stored,))
    with pytest.raises(InvalidClient):
        authenticate(client(), presented, KEY, NOW)
    with pytest.raises(InvalidClient):
        authenticate(client(secrets=()), presented, KEY, NOW)


def test_two_secrets_overlap() -> None:
    """Old and new are good until the old one's end, exactly."""
    rotating = client(
        secrets=(client_secret("new"), client_secret("old", expires_at=NOW + 10)),
    )
    for secret in ("new", "old"):
        assert authenticate(rotating, credentials(secret), KEY, NOW + 9).client is rotating
    with pytest.raises(InvalidClient):
        authenticate(rotating, credentials("old"), KEY, NOW + 10)


def test_an_unknown_client_is_named_only_if_it_looks_like_one() -> None:
    """VBC's text, but nothing unusual is echoed."""
    with pytest.raises(InvalidClient, match="could not be found for client_id: nobody"):
        authenticate(None, credentials("x", client_id="nobody"), KEY, NOW)
    with pytest.raises(InvalidClient) as refused:
        authenticate(None, credentials("x", client_id="<script>"), KEY, NOW)
    assert refused.value.description.endswith("client_id: ?")


def test_a_public_client_has_no_secret() -> None:
    """It is known by its id alone, and refused if it sends a secret."""
    public = client(type="public", secrets=())
    assert authenticate(public, credentials(), KEY, NOW).client is public
    with pytest.raises(InvalidClient, match="public client"):
        authenticate(public, credentials("anything"), KEY, NOW)


def test_an_inactive_client_is_refused_once_it_has_proven_itself() -> None:
    """Nobody else learns that it is blocked."""
    blocked = client(active=False)
    with pytest.raises(InvalidClient, match="not in active state"):
        authenticate(blocked, credentials(SECRET), KEY, NOW)
    with pytest.raises(InvalidClient, match="Client Authentication failed"):
        authenticate(blocked, credentials("wrong"), KEY, NOW)
