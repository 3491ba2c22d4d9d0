"""PKCE: S256 only, no downgrade."""

import pytest

from gatelodge.oauth import pkce
from gatelodge.oauth.errors import InvalidGrant, InvalidRequest

# RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_rfcs_example_verifies() -> None:
    """The pair of RFC 7636 appendix B is accepted."""
    assert pkce.challenge_of(VERIFIER) == CHALLENGE
    assert pkce.check_challenge(CHALLENGE, "S256", required=True) == CHALLENGE
    pkce.verify(CHALLENGE, VERIFIER)


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        (None, None),
        (None, "S256"),
        (CHALLENGE, None),
        (CHALLENGE, "plain"),
        (CHALLENGE, "s256"),
        (CHALLENGE, "S512"),
        (CHALLENGE[:-1], "S256"),
        (CHALLENGE + "A", "S256"),
        (CHALLENGE[:-1] + "=", "S256"),
        (CHALLENGE[:-1] + "\n", "S256"),
    ],
)
def test_a_bad_challenge_is_refused(challenge: str | None, method: str | None) -> None:
    """Missing, plain, unknown and malformed challenges are invalid_request."""
    with pytest.raises(InvalidRequest):
        pkce.check_challenge(challenge, method, required=True)


def test_pkce_may_be_left_out_where_it_is_not_required() -> None:
    """A key whose switch is off may do without, but a method without challenge is a mistake."""
    assert pkce.check_challenge(None, None, required=False) is None
    with pytest.raises(InvalidRequest):
        pkce.check_challenge(None, "S256", required=False)
    pkce.verify(None, None)


@pytest.mark.parametrize(
    ("challenge", "verifier"),
    [
        (CHALLENGE, None),
        (CHALLENGE, VERIFIER[:-1] + "l"),
        (CHALLENGE, VERIFIER[:42]),
        (CHALLENGE, "a" * 129),
        (CHALLENGE, VERIFIER[:-1] + "!"),
        (CHALLENGE, CHALLENGE),
        (None, VERIFIER),
    ],
)
def test_a_bad_verifier_is_refused(challenge: str | None, verifier: str | None) -> None:
    """Wrong, missing, malformed verifiers and one for a code without challenge are refused."""
    with pytest.raises(InvalidGrant, match="PKCE validation failed"):
        pkce.verify(challenge, verifier)
