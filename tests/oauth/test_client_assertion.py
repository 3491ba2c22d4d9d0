"""Client assertions: read, checked, verified, and what of them is spent."""

import contextlib
import json
from typing import Any

import pytest

from gatelodge.oauth import client_assertion, client_auth, client_keys, signatures
from gatelodge.oauth.errors import InvalidClient, InvalidRequest
from gatelodge.oauth.parameters import Credentials, read_credentials
from tests.oauth.asserting import (
    CURVE,
    EDWARDS,
    KEYS,
    OTHER_CURVE,
    RSA,
    claims,
    jwk_set,
    proof,
    signed,
)
from tests.oauth.records import ISSUER, KEY, NOW, SECRET, client

THUMBPRINT: dict[str, Any] = {"x5t#S256": "abc"}
CLIENT = "TheConsumerKeyOfTheTestsXX_a"
ALL = client_keys.read(jwk_set())


def good(**changed: Any) -> dict[str, Any]:
    """Return good claims."""
    return claims(CLIENT, ISSUER, NOW, **changed)


def believed(text: str, now: int = NOW, keys: client_keys.ClientKeys = ALL) -> None:
    """Read, check and verify an assertion."""
    assertion = client_assertion.read(text)
    client_assertion.check(assertion, CLIENT, ISSUER, now)
    client_assertion.verify(assertion, keys)


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_each_algorithm_is_verified(algorithm: str) -> None:
    """What another library signs is believed, with each type that names a client's assertion."""
    for typ in (None, "JWT", "jwt", "client-authentication+jwt"):
        believed(signed(good(), algorithm, typ=typ))


def test_what_nobody_needs_to_say() -> None:
    """Thumbprints in the header, nbf, no iat and claims that nobody knows are all right."""
    believed(signed(good(iat=None, nbf=NOW, x=[1]), x5t="abc", **THUMBPRINT))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "another"},
        {"sub": "another"},
        {"iss": None},
        {"sub": None},
        {"aud": None},
        {"aud": [ISSUER]},
        {"aud": f"{ISSUER}/"},
        {"aud": f"{ISSUER}/token"},
        {"aud": "https://other.example"},
        {"exp": None},
        {"exp": str(NOW + 60)},
        {"exp": NOW - 30},
        {"exp": NOW + 3_631},
        {"exp": 10**400},
        {"nbf": NOW + 31},
        {"iat": NOW + 31},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "j" * 257},
    ],
)
def test_wrong_claims_are_refused(changed: dict[str, Any]) -> None:
    """Missing, of another kind, for another server, over, too far ahead or not yet valid."""
    with pytest.raises(InvalidClient, match="The client assertion is refused"):
        believed(signed(good(**changed)))


def test_clocks_may_differ_by_half_a_minute() -> None:
    """Up to 30 seconds after its end and before its beginning an assertion is believed."""
    believed(signed(good(exp=NOW - 29)))
    believed(signed(good(exp=NOW + 3_630, nbf=NOW + 30, iat=NOW + 30)))


@pytest.mark.parametrize(
    ("changed", "believable"),
    [
        ({}, False),
        ({"iat": None}, False),
        ({"iat": None, "nbf": NOW - 31}, False),
        ({"iat": NOW}, False),
        ({"iat": NOW + 1}, True),
        ({"iat": None, "nbf": NOW + 1}, True),
        ({"iat": None, "exp": NOW + 3_600}, False),
        ({"iat": None, "exp": NOW + 3_601}, True),
    ],
)
def test_what_may_have_been_used_before_a_restore(
    changed: dict[str, Any], *, believable: bool
) -> None:
    """Only what is younger than the restore, 30 seconds ago, or would have been refused then."""
    assertion = client_assertion.read(signed(good(**changed)))
    refused = pytest.raises(InvalidClient, match="before this server was restored")
    with contextlib.nullcontext() if believable else refused:
        client_assertion.check(assertion, CLIENT, ISSUER, NOW, NOW - 30)


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": EDWARDS.as_dict(private=False)},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/x5u"},
        {"x5c": ["abc"]},
        {"crit": ["exp"]},
        {"b64": False},
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
        {"kid": 7},
    ],
)
def test_headers_that_could_change_the_meaning_are_refused(header: dict[str, Any]) -> None:
    """No key comes along, nothing is critical, and no other kind of JWT is taken for this one."""
    kind = {"alg": "ES256", "kid": "curve"} | header
    body, signature = signed(good()).split(".")[1:]
    head = client_assertion_part(kind)
    with pytest.raises(InvalidClient):
        believed(f"{head}.{body}.{signature}")


def client_assertion_part(content: object) -> str:
    """Return JSON in base64url."""
    return signatures.encode64(json.dumps(content).encode())


@pytest.mark.parametrize(
    "text",
    ["", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", "e30.e30.e30", "x" * 9_000, "W10.W10.W10"],
)
def test_what_is_no_jwt_is_refused(text: str) -> None:
    """Neither one, two nor four parts, no empty, giant or unreadable one."""
    with pytest.raises(InvalidClient):
        client_assertion.read(text)


def test_other_keys_are_refused() -> None:
    """Another key of that name, another algorithm's key, another name, a changed payload."""
    head, _, signature = signed(good()).split(".")
    other = client_assertion_part(good(jti="changed"))
    for text in (
        signed(good(), key=OTHER_CURVE),
        signed(good(), kid="rsa"),
        signed(good(), kid="unknown"),
        f"{head}.{other}.{signature}",
        f"{client_assertion_part({'alg': 'none', 'kid': 'curve'})}.{other}.{signature}",
        f"{client_assertion_part({'alg': 'HS256', 'kid': 'curve'})}.{other}.{signature}",
        f"{client_assertion_part({'alg': 'RS256', 'kid': 'curve'})}.{other}.{signature}",
    ):
        with pytest.raises(InvalidClient, match="none of the client's keys"):
            believed(text)


def test_without_a_name_only_an_unmistakable_key_is_taken() -> None:
    """A missing kid is all right with one fitting key and refused with two."""
    believed(signed(good(), kid=None))
    believed(signed(good(), "RS256", kid=None))
    two = client_keys.read(jwk_set(CURVE, OTHER_CURVE, RSA))
    with pytest.raises(InvalidClient):
        believed(signed(good(), kid=None), keys=two)


def test_a_jti_is_spent_for_one_client() -> None:
    """The same jti of another client is another one; it is kept past the assertion's end."""
    one = client_assertion.read(signed(good()))
    other = client_assertion.read(signed(good(jti="another", exp=NOW + 61)))
    spent = client_assertion.spending(one, 11)
    assert spent == client_assertion.spending(client_assertion.read(signed(good())), 11)
    assert spent.digest != client_assertion.spending(one, 12).digest
    assert spent.digest != client_assertion.spending(other, 11).digest
    assert spent.until > NOW + 60 + client_assertion.SKEW
    assert "before" in str(client_assertion.replayed())
    assert "once" not in repr(one)


def test_credentials_name_the_client() -> None:
    """The assertion names the client; a client_id beside it may only say the same."""
    text = signed(good())
    for form in (proof(text), proof(text) | {"client_id": CLIENT}):
        found = read_credentials(form, None)
        assert (found.method, found.client_id) == ("private_key_jwt", CLIENT)
        assert found.assertion is not None
    for wrong in (
        proof(text) | {"client_id": "another"},
        proof(signed(good(sub="a\0b"))),
        proof(text) | {"client_assertion_type": "urn:another"},
        {"client_assertion": text},
        {"client_assertion_type": client_assertion.TYPE},
    ):
        with pytest.raises(InvalidClient):
            read_credentials(wrong, None)


def test_no_second_method_beside_it() -> None:
    """An assertion and a secret, in the body or the header, are two methods."""
    form = proof(signed(good()))
    with pytest.raises(InvalidRequest, match="more than one"):
        read_credentials(form | {"client_secret": "x"}, None)
    with pytest.raises(InvalidRequest, match="more than one"):
        read_credentials(form, b"Basic eDp5")


def test_each_client_has_one_way() -> None:
    """A secret is refused where an assertion is registered, and the other way round."""
    asserting = client(authentication="private_key_jwt", jwks=jwk_set())
    assert client_auth.asserting(asserting, CLIENT) is asserting
    sent = Credentials(method="client_secret_post", client_id=CLIENT, secrets=(SECRET.encode(),))
    with pytest.raises(InvalidClient, match="private_key_jwt only"):
        client_auth.authenticate(asserting, sent, KEY, NOW)
    for other in (client(), client(type="public", secrets=())):
        with pytest.raises(InvalidClient, match="does not prove"):
            client_auth.asserting(other, CLIENT)
    with pytest.raises(InvalidClient, match="could not be found"):
        client_auth.asserting(None, CLIENT)
    blocked = client(authentication="private_key_jwt", active=False)
    with pytest.raises(InvalidClient, match="not in active state"):
        client_auth.asserting(blocked, CLIENT)
