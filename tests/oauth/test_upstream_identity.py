"""The id_token of a provider: everything that has to be right, each wrong on its own."""

import json
from typing import Any

import pytest

from gatelodge.oauth import foreign_keys, signatures, upstream_identity
from gatelodge.oauth.errors import UpstreamProblem
from gatelodge.oauth.upstream import Granted
from gatelodge.oauth.upstream_identity import Identity, KeysChanged
from tests.oauth.test_foreign_keys import key, key_set, public, signed
from tests.oauth.test_upstream import ISSUER, PROVIDER, metadata

NOW = 1_800_000_000
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": PROVIDER.client_id,
    "sub": "subject-1",
    "nonce": "the nonce",
    "iat": NOW,
    "exp": NOW + 300,
}


def check(algorithm: str = "RS256", access_token: str = "at", **changed: Any) -> Identity:
    """Check a good id_token with changes; ``None`` leaves a claim out."""
    claims = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return check_text(signed(algorithm, json.dumps(claims).encode()), access_token)


def check_text(text: str, access_token: str = "at") -> Identity:
    """Check an id_token."""
    keys = foreign_keys.read_key_set(key_set(public(key("rsa")), public(key("Ed25519"))))
    return upstream_identity.check_id_token(
        PROVIDER,
        metadata(id_token_signing_alg_values_supported=["RS256", "RS384", "EdDSA"]),
        keys,
        Granted(id_token=text, access_token=access_token),
        nonce="the nonce",
        now=NOW,
    )


def test_a_good_one() -> None:
    """Issuer and subject say who it is; the rest is optional."""
    assert check() == Identity(issuer=ISSUER, subject="subject-1")
    assert check(aud=[PROVIDER.client_id]).subject == "subject-1"
    assert check(aud=["other", PROVIDER.client_id], azp=PROVIDER.client_id).subject == "subject-1"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://evil.example"}, "another issuer's"),
        ({"iss": None}, "another issuer's"),
        ({"aud": "another client"}, "another client"),
        ({"aud": None}, "another client"),
        ({"aud": []}, "another client"),
        ({"aud": ["other", PROVIDER.client_id]}, "does not say who asked"),
        ({"azp": "another client"}, "asked for by another"),
        ({"nonce": "another"}, "another request"),
        ({"nonce": None}, "another request"),
        ({"nonce": 5}, "another request"),
        ({"exp": None}, "no times"),
        ({"iat": True}, "no times"),
        ({"exp": NOW - 60}, "expired"),
        ({"iat": NOW + 61}, "future"),
        ({"iat": NOW - 661}, "old one"),
        ({"sub": None}, "no subject"),
        ({"sub": ""}, "no subject"),
        ({"sub": 7}, "no subject"),
        ({"sub": "x" * 256}, "no subject"),
        ({"sub": "é"}, "may not have"),
        ({"sub": "a\nb"}, "may not have"),
        ({"at_hash": "AAAA"}, "another access token"),
    ],
)
def test_each_claim(changed: dict[str, Any], reason: str) -> None:
    """One wrong claim is enough."""
    with pytest.raises(UpstreamProblem, match=reason):
        check(**changed)


def test_clocks_may_differ_a_little() -> None:
    """A minute of skew either way is nobody's fault."""
    assert check(exp=NOW - 59, iat=NOW - 600).subject
    assert check(iat=NOW + 60).subject


def test_the_access_token_beside_it() -> None:
    """at_hash, when present, is that of the access token, by the algorithm's own hash."""
    assert check(at_hash=signatures.half_hash("RS256", "at")).subject
    for algorithm, right in (
        ("RS384", "4hulEO2T04y86FsZK2pA8fxDcRCCi6uc"),
        ("EdDSA", "dTR5nNqNrsxqjWP_lCTH2ESWpeTv9f1yZraJ_wsSjjE"),
    ):
        with pytest.raises(UpstreamProblem, match="another access token"):
            check(algorithm, at_hash=signatures.half_hash("RS256", "at"))
        assert check(algorithm, at_hash=right).subject


def test_the_signature() -> None:
    """A wrong signature and a text that is no JSON are refused; an unknown key says so."""
    good = signed("RS256", json.dumps(GOOD).encode())
    with pytest.raises(UpstreamProblem, match="signature"):
        check_text(good[:-8] + "AAAAAAAA")
    with pytest.raises(UpstreamProblem, match="cannot be read"):
        check_text(signed("RS256", b"[]"))
    with pytest.raises(KeysChanged):
        check_text(signed("RS256", json.dumps(GOOD).encode(), kid="rotated"))


@pytest.mark.parametrize(
    ("claims", "email", "verified"),
    [
        ({"email": "A@Example.com", "email_verified": True}, "a@example.com", True),
        ({"email": "a@example.com", "email_verified": "true"}, "a@example.com", True),
        ({"email": "a@example.com", "email_verified": "false"}, "a@example.com", False),
        ({"email": "a@example.com"}, "a@example.com", False),
        ({"email_verified": True}, "", False),
        ({"email": ["a@example.com"], "email_verified": True}, "", False),
        ({"email": "a" * 243 + "@example.com", "email_verified": True}, "", False),
    ],
)
def test_the_address(claims: dict[str, Any], email: str, *, verified: bool) -> None:
    """Only an address that the provider itself calls verified is one."""
    found = check(**claims)
    assert (found.email, found.email_verified) == (email, verified)


@pytest.mark.parametrize(
    ("claims", "several"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
        ({"amr": ["pwd"], "acr": "urn:example:silver"}, False),
        ({"amr": "mfa"}, False),
        ({"acr": ["https://refeds.org/profile/mfa"]}, False),
    ],
)
def test_a_second_factor(claims: dict[str, Any], *, several: bool) -> None:
    """The provider's claim of a second factor is read where it makes one."""
    assert check(**claims).second_factor is several


def test_the_name_is_printable() -> None:
    """A name is shown on a page: no control characters, no length without end."""
    assert check(name=" Ada\u202e\n Lovelace ").name == "Ada Lovelace"
    assert len(check(name="x" * 5_000).name) == 254


def test_userinfo_adds_to_it() -> None:
    """Name and address of the same subject count, another subject's and nonsense do not."""
    plain = Identity(issuer=ISSUER, subject="s")
    told = {"sub": "s", "email": "s@example.com", "email_verified": True, "name": "Ess"}
    found = upstream_identity.with_userinfo(plain, json.dumps(told).encode())
    assert (found.email, found.email_verified, found.name) == ("s@example.com", True, "Ess")
    assert upstream_identity.with_userinfo(found, b'{"sub":"s"}').name == "Ess"
    for other in (json.dumps(told | {"sub": "t"}).encode(), b"[]", b"<html>"):
        assert upstream_identity.with_userinfo(plain, other) == plain
