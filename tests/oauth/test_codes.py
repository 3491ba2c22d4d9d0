"""Codes: what is checked before tokens are issued, and in which order."""

import pytest

from gatelodge.oauth import codes
from gatelodge.oauth.authorization import AuthorizationRequest
from gatelodge.oauth.codes import Fresh, Redemption, SignIn
from gatelodge.oauth.errors import CodeReplayed, InvalidGrant, InvalidTarget
from tests.oauth.records import CALLBACK, CHALLENGE, NOW, VERIFIER, client, code

GOOD = Redemption(redirect_uri=CALLBACK, code_verifier=VERIFIER)


def test_a_code_carries_what_was_agreed_to() -> None:
    """It is bound to client, user, redirect URI, scope, challenge and nonce, for its lifetime."""
    request = AuthorizationRequest(
        client_id="id",
        redirect_uri=CALLBACK,
        redirect_uri_sent=True,
        scope="openid",
        state=b"s",
        nonce="n",
        prompt=frozenset(),
        max_age=None,
        login_hint=None,
        code_challenge=CHALLENGE,
    )
    sign_in = SignIn(user_id=22, session_id=44, auth_time=NOW - 5, amr="pwd")
    fresh = Fresh(code_id=71, family_id=33, digest=b"d" * 32)
    issued = codes.issue(request, client(), sign_in, fresh, NOW)
    assert issued == code(nonce="n", issued_at=NOW, expires_at=NOW + 60)
    assert codes.redeem(issued, GOOD, first=True, now=NOW + 59) is issued


def test_an_unknown_code_is_refused() -> None:
    """Unknown and foreign codes look alike."""
    with pytest.raises(InvalidGrant, match="Invalid authorization code"):
        codes.redeem(None, GOOD, first=False, now=NOW)


def test_an_expired_code_is_refused() -> None:
    """Exactly at its end."""
    with pytest.raises(InvalidGrant, match="Expired or Revoked"):
        codes.redeem(code(), GOOD, first=True, now=code().expires_at)


@pytest.mark.parametrize(
    ("sent", "challenge", "presented", "good"),
    [
        (True, CHALLENGE, CALLBACK, True),
        (True, CHALLENGE, None, True),
        (True, CHALLENGE, CALLBACK + "/", False),
        (True, None, CALLBACK, True),
        (True, None, None, False),
        (False, None, None, True),
        (False, None, CALLBACK, True),
        (False, None, "https://other.example/", False),
    ],
)
def test_the_redirect_uri_must_be_the_same(
    *, sent: bool, challenge: str | None, presented: str | None, good: bool
) -> None:
    """It may be left out with PKCE, or if the authorization request left it out too."""
    issued = code(redirect_uri_sent=sent, code_challenge=challenge)
    redemption = Redemption(redirect_uri=presented, code_verifier=VERIFIER if challenge else None)
    if good:
        assert codes.redeem(issued, redemption, first=True, now=NOW) is issued
    else:
        with pytest.raises(InvalidGrant, match="Callback url mismatch"):
            codes.redeem(issued, redemption, first=True, now=NOW)


def test_a_valid_replay_is_told_apart() -> None:
    """Spent before and everything right, even if expired by now: its tokens must go."""
    with pytest.raises(CodeReplayed):
        codes.redeem(code(), GOOD, first=False, now=NOW)
    with pytest.raises(CodeReplayed):
        codes.redeem(code(), GOOD, first=False, now=NOW + 1000)


@pytest.mark.parametrize(
    "redemption",
    [
        Redemption(redirect_uri=CALLBACK, code_verifier="w" * 43),
        Redemption(redirect_uri=CALLBACK, code_verifier=None),
        Redemption(redirect_uri="https://other.example/", code_verifier=VERIFIER),
    ],
)
def test_a_replay_that_proves_nothing_ends_nothing(redemption: Redemption) -> None:
    """A wrong verifier or redirect URI is refused without being taken for a replay."""
    with pytest.raises(InvalidGrant) as refused:
        codes.redeem(code(), redemption, first=False, now=NOW)
    assert not isinstance(refused.value, CodeReplayed)


def test_a_code_bounds_what_its_tokens_are_for() -> None:
    """A part may be asked for, nothing wider."""
    bound = code(resources="https://a https://b")
    assert codes.reach(bound, "https://b").granted == "https://a https://b"
    with pytest.raises(InvalidTarget):
        codes.reach(bound, "https://c")
