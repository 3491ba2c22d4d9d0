"""Registered key sets: which keys of them can be used, and what may not be registered."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey

from gatelodge.oauth import client_keys
from gatelodge.oauth.client_keys import BadKeys, of_document, problems, read, uri_objection
from tests.oauth.asserting import CURVE, EDWARDS, RSA, jwk_set

PUBLIC: dict[str, Any] = CURVE.as_dict(private=False)


def algorithms(*jwks: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Return name and algorithm of each usable key."""
    return [(key.kid, key.algorithm) for key in of_document({"keys": list(jwks)}).keys]


def test_each_kind_of_key() -> None:
    """P-256, RSA under both paddings and Ed25519, each under its name."""
    assert algorithms(*json.loads(jwk_set())["keys"]) == [
        ("curve", "ES256"),
        ("rsa", "RS256"),
        ("rsa", "PS256"),
        ("edwards", "EdDSA"),
    ]
    public: dict[str, Any] = RSA.as_dict(private=False)
    assert algorithms(public | {"alg": "PS256"}) == [("rsa", "PS256")]
    assert algorithms(PUBLIC | {"key_ops": ["verify"], "kid": None}) == [(None, "ES256")]


@pytest.mark.parametrize(
    "unusable",
    [
        PUBLIC | {"use": "enc"},
        PUBLIC | {"key_ops": ["encrypt"]},
        PUBLIC | {"key_ops": "verify"},
        PUBLIC | {"kid": 7},
        PUBLIC | {"alg": "ES384"},
        PUBLIC | {"alg": "RS256"},
        PUBLIC | {"crv": "P-384"},
        PUBLIC | {"x": PUBLIC["y"]},
        PUBLIC | {"x": "AA"},
        PUBLIC | {"x": 7},
        PUBLIC | {"x": "A" * 2_000},
        {"kty": "EC"},
        {"kty": "another"},
        {},
        EDWARDS.as_dict(private=False) | {"crv": "X25519"},
        EDWARDS.as_dict(private=False) | {"x": "AA"},
        RSA.as_dict(private=False) | {"e": "A" * 20 + "B"},
        RSA.as_dict(private=False) | {"e": "_" * 20},
        # 1024 bits: the modulus is as odd as any, which is all that is looked at.
        RSA.as_dict(private=False) | {"n": "_" * 171},
        ECKey.generate_key("P-384").as_dict(private=False),
    ],
)
def test_unusable_keys_are_passed_over(unusable: dict[str, Any]) -> None:
    """Keys for other purposes may stand in a set, but do not make one by themselves."""
    assert algorithms(PUBLIC | {"kid": "good"}, unusable) == [("good", "ES256")]
    with pytest.raises(BadKeys, match="no usable key"):
        of_document({"keys": [unusable]})


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "looks like"),
        ({}, "looks like"),
        ({"keys": {}}, "looks like"),
        ({"keys": ["x"]}, "looks like"),
        ({"keys": []}, "no usable key"),
        ({"keys": [PUBLIC] * 21}, "at most 20"),
        ({"keys": [CURVE.as_dict(private=True)]}, "private"),
        ({"keys": [PUBLIC, RSA.as_dict(private=True)]}, "private"),
        ({"keys": [OctKey.generate_key(256).as_dict(private=True)]}, "private"),
    ],
)
def test_what_is_no_key_set(document: object, why: str) -> None:
    """Other documents, and above all private keys, are refused with the reason."""
    with pytest.raises(BadKeys, match=why):
        of_document(document)


def test_texts_that_are_no_key_set() -> None:
    """What is no JSON, or is too long, is refused."""
    for text in ("", "{", "[" * 10_000, " " * 20_001):
        with pytest.raises(BadKeys):
            read(text)


def test_a_confidential_clients_choice() -> None:
    """One of key set and address is needed for signing, neither for a secret."""
    assert problems("secret", "", "") == {}
    assert problems("private_key_jwt", jwk_set(), "") == {}
    assert problems("private_key_jwt", "", "https://a.example/jwks") == {}
    assert list(problems("private_key_jwt", "", "")) == ["jwks"]
    assert list(problems("private_key_jwt", jwk_set(), "https://a.example/")) == ["jwks"]
    assert list(problems("private_key_jwt", "{}", "")) == ["jwks"]
    assert list(problems("private_key_jwt", "", "http://a.example/")) == ["jwks_uri"]
    assert list(problems("client_secret_jwt", "", "")) == ["authentication"]


@pytest.mark.parametrize(
    "uri", ["https://a.example/jwks", "https://a.example:8443/a?b=c", "http://localhost:8080/jwks"]
)
def test_addresses_that_may_be_registered(uri: str) -> None:
    """Https anywhere, http for this machine; where it leads is another question."""
    assert uri_objection(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "https://",
        "ftp://a.example/",
        "http://a.example/",
        "https://user@a.example/",
        "https://a.example/#x",
        "https://a.example/a b",
        "https://a.example:0/",
        "https://a.example:x/",
        "https://[::1",
        "https://ä.example/",
        "https://a.example/\x7f",
        "https://a.example/" + "a" * 2_000,
    ],
)
def test_addresses_that_may_not_be_registered(uri: str) -> None:
    """Whatever could be read in two ways or leaves the machine without TLS."""
    assert uri_objection(uri) is not None


def test_a_set_is_read_once() -> None:
    """A registered set is parsed when it is first used, not at every request."""
    text = jwk_set()
    assert client_keys.read(text) is client_keys.read(text)
