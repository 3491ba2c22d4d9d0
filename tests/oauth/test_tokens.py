"""Access tokens: their claims, the checks on them, and the answer's order."""

import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gatelodge.oauth import id_token, signatures, tokens
from gatelodge.oauth.errors import InvalidToken
from gatelodge.oauth.jose import ACCESS_TOKEN_TYPE, PLAIN_TYPE, KeyRing, SigningKey
from gatelodge.oauth.tokens import AccessClaims, TokenAnswer
from tests.oauth.records import ISSUER, NOW, client, subject

RING = KeyRing(
    {
        "ES256": SigningKey("ec", "ES256", ec.generate_private_key(ec.SECP256R1())),
        "RS256": SigningKey(
            "rsa", "RS256", rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        ),
    }
)
SIGNER = RING.signer("ES256")


def user_claims() -> AccessClaims:
    """Claims of a user's access token."""
    row = tokens.record(client(), subject(), 91, "openid", NOW)
    return tokens.claims_of(row, "key", "jsmith", ISSUER)


def payload(text: str) -> Any:
    """The payload of a JWS of ours, whatever its type."""
    for typ in (ACCESS_TOKEN_TYPE, PLAIN_TYPE):
        try:
            return json.loads(RING.verify(text, typ))
        except InvalidToken:
            continue
    raise AssertionError(text)


def test_a_users_access_token_says_who_and_what() -> None:
    """The claims of RFC 9068 and VBC's, with the ids revocation needs."""
    assert payload(tokens.sign(user_claims(), SIGNER)) == {
        "iss": ISSUER,
        "sub": "jsmith",
        "aud": ISSUER,
        "azp": "key",
        "client_id": "key",
        "aut": "APPLICATION_USER",
        "scope": "openid",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 86_400,
        "jti": "91",
        "uid": "22",
        "fid": "33",
    }


@pytest.mark.parametrize(("longest", "life"), [(86_400, 86_400), (600, 600), (604_800, 86_400)])
def test_a_life_is_capped(longest: int, life: int) -> None:
    """An installation's maximum shortens what a key asks for, and lengthens nothing."""
    row = tokens.record(client(), subject(), 91, "openid", NOW)
    assert tokens.capped(row, longest).expires_at == NOW + life


def test_an_applications_access_token_has_no_user() -> None:
    """Its subject is the consumer key, and it says so."""
    row = tokens.record(client(access_token_lifetime=10), None, 91, "default", NOW)
    claims = tokens.claims_of(row, "key", None, ISSUER)
    found = tokens.verify_jwt(RING, tokens.sign(claims, SIGNER), ISSUER, NOW)
    assert (found.sub, found.aut) == ("key", "APPLICATION")
    assert (found.user_id, found.family_id, found.access_token_id) == (None, None, 91)
    assert found.exp == NOW + 10


@pytest.mark.parametrize("now", [NOW, NOW - tokens.SKEW, NOW + 86_399])
def test_a_living_token_of_ours_is_accepted(now: int) -> None:
    """Also by a node whose clock is half a minute behind."""
    found = tokens.verify_jwt(RING, tokens.sign(user_claims(), SIGNER), ISSUER, now)
    assert found == user_claims()
    assert (found.user_id, found.family_id) == (22, 33)


@pytest.mark.parametrize(
    ("changed", "now"),
    [
        ({}, NOW + 86_400),
        ({}, NOW - tokens.SKEW - 1),
        ({"iss": "https://other.example"}, NOW),
        ({"aud": "https://other.example"}, NOW),
        ({"aud": (ISSUER, "https://other.example")}, NOW),
        ({"aud": ISSUER + ".evil.example"}, NOW),
    ],
)
def test_a_dead_or_foreign_token_is_refused(changed: dict[str, Any], now: int) -> None:
    """Expired, not yet valid, of another issuer or for another audience."""
    claims = msgspec.structs.replace(user_claims(), **changed)
    with pytest.raises(InvalidToken):
        tokens.verify_jwt(RING, tokens.sign(claims, SIGNER), ISSUER, now)


@pytest.mark.parametrize("claims", [b"{}", b"[]", b"x", b"\xff", b'{"exp":"soon"}'])
def test_a_token_without_the_claims_is_refused(claims: bytes) -> None:
    """Even with a good signature."""
    with pytest.raises(InvalidToken):
        tokens.verify_jwt(RING, SIGNER.sign(ACCESS_TOKEN_TYPE, claims), ISSUER, NOW)


@pytest.mark.parametrize("named", ["/t/t/a", "/t/t/a /t/t/b"])
def test_an_access_token_for_resources_of_ours_is_accepted(named: str) -> None:
    """Its audience are these: one as a text, several as an array."""
    urls = [ISSUER + path for path in named.split()]
    row = tokens.record(client(), subject(), 91, "openid", NOW, " ".join(urls))
    text = tokens.sign(tokens.claims_of(row, "key", "jsmith", ISSUER), SIGNER)

    assert payload(text)["aud"] == (urls if len(urls) > 1 else urls[0])
    assert tokens.verify_jwt(RING, text, ISSUER, NOW).audience == tuple(urls)


def test_an_id_token_is_no_access_token() -> None:
    """Its type says otherwise."""
    issue = id_token.Issue(issuer=ISSUER, client_id="key", at=NOW, expires_at=NOW + 10)
    text = id_token.sign(subject(), issue, "access", RING.signer("RS256"))
    with pytest.raises(InvalidToken):
        tokens.verify_jwt(RING, text, ISSUER, NOW)


def test_the_answers_fields_stand_in_vbcs_order() -> None:
    """What is not there is left out."""
    answer = TokenAnswer(
        access_token="a", refresh_token="r", scope="openid", id_token="i", expires_in=5
    )
    assert list(json.loads(msgspec.json.encode(answer))) == [
        "access_token",
        "refresh_token",
        "scope",
        "id_token",
        "token_type",
        "expires_in",
    ]
    short = TokenAnswer(access_token="a", scope="default", expires_in=5)
    assert msgspec.json.encode(short) == (
        b'{"access_token":"a","scope":"default","token_type":"Bearer","expires_in":5}'
    )


def test_an_id_token_tells_who_signed_in() -> None:
    """OpenID's claims and VBC's account number."""
    issue = id_token.Issue(issuer=ISSUER, client_id="key", at=NOW, expires_at=NOW + 10)
    text = id_token.sign(subject(nonce="n", amr="pwd otp"), issue, "access", RING.signer("RS256"))
    claims = payload(text)
    pieces = claims.pop("eClaims")
    assert json.loads(",".join(pieces)) == {"authenticated": True, "accountNumber": "571700"}
    assert claims == {
        "at_hash": signatures.half_hash("RS256", "access"),
        "acr": id_token.PASSWORD_ACR,
        "amr": ["pwd", "otp"],
        "auth_time": NOW - 5,
        "sub": "jsmith",
        "aud": ["key"],
        "eAuthStatus": "true",
        "azp": "key",
        "iss": ISSUER,
        "exp": NOW + 10,
        "iat": NOW,
        "nonce": "n",
    }
    assert "nonce" not in payload(id_token.sign(subject(), issue, "a", RING.signer("RS256")))


@pytest.mark.parametrize(
    ("amr", "acr"),
    [
        ("fed", None),
        ("fed mfa", "urn:gatelodge:acr:mfa"),
        ("pwd otp mfa", "urn:gatelodge:acr:mfa"),
        ("pwd", "urn:gatelodge:acr:password"),
    ],
)
def test_a_context_is_named_for_what_was_proven_only(amr: str, acr: str | None) -> None:
    """A provider's word alone has no name here; several factors have one, whoever checked them."""
    issue = id_token.Issue(issuer=ISSUER, client_id="key", at=NOW, expires_at=NOW + 10)
    claims = payload(id_token.sign(subject(amr=amr), issue, "a", RING.signer("RS256")))
    assert claims["amr"] == amr.split()
    assert claims.get("acr") == acr


def test_a_session_is_named_where_there_is_one() -> None:
    """``sid`` is there for sign-ins in a browser session only (back-channel logout 2.1)."""
    issue = id_token.Issue(
        issuer=ISSUER, client_id="key", at=NOW, expires_at=NOW + 10, sid="the-session"
    )
    claims = payload(id_token.sign(subject(), issue, "a", RING.signer("RS256")))
    assert claims["sid"] == "the-session"
    without = msgspec.structs.replace(issue, sid=None)
    assert "sid" not in payload(id_token.sign(subject(), without, "a", RING.signer("RS256")))


def test_at_hash_is_openids() -> None:
    """The example of OpenID Connect Core appendix A.3."""
    access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    assert signatures.half_hash("RS256", access_token) == "77QmUPtjPfzWtF2AnpK9RQ"


@pytest.mark.parametrize(
    ("amr", "acr"),
    [
        ("pwd", "urn:gatelodge:acr:password"),
        ("pwd otp mfa", "urn:gatelodge:acr:mfa"),
        ("hwk user mfa", "urn:gatelodge:acr:mfa"),
        ("fed", None),
    ],
)
def test_the_authentication_context_is_what_was_proven(amr: str, acr: str | None) -> None:
    """Two factors, a password, or nothing that has a name here: then the claim is left out."""
    issue = id_token.Issue(issuer="https://i", client_id="c", at=1, expires_at=2)
    text = id_token.sign(subject(amr=amr), issue, "access", RING.signer("RS256"))
    assert payload(text).get("acr") == acr
