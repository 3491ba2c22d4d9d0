"""Keys of other issuers and what they signed: joserfc, which we did not write, signs here."""

import json
import warnings
from functools import cache
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from gatelodge.oauth import foreign_keys
from gatelodge.oauth.foreign_keys import BadKeySet, BadSignature, UnknownKey

Key = RSAKey | ECKey | OKPKey
KINDS = {
    "RS256": "rsa", "RS384": "rsa", "RS512": "rsa", "PS256": "rsa", "PS384": "rsa", "PS512": "rsa",
    "ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519",
}  # fmt: skip


@cache
def key(kind: str) -> Key:
    """Make one key of a kind."""
    if kind == "rsa":
        return RSAKey.generate_key(2048, {"kid": "rsa"})
    if kind == "Ed25519":
        return OKPKey.generate_key("Ed25519", {"kid": kind})
    return ECKey.generate_key(kind, {"kid": kind})


def public(one: Key, **changed: Any) -> dict[str, Any]:
    """Return the key's JWK as it is published."""
    return {**one.as_dict(private=False), **changed}


def key_set(*jwks: Any) -> bytes:
    """Return a JWK set."""
    return json.dumps({"keys": list(jwks)}).encode()


def signed(algorithm: str, payload: bytes = b"{}", **header: Any) -> str:
    """Sign a payload."""
    one = key(KINDS[algorithm])
    with warnings.catch_warnings():
        # EdDSA is what providers call it still, RFC 9864 or not.
        warnings.simplefilter("ignore", SecurityWarning)
        return jws.serialize_compact(
            {"alg": algorithm, "kid": one.kid, **header}, payload, one, algorithms=[algorithm]
        )


@pytest.mark.parametrize("algorithm", list(KINDS))
def test_each_algorithm(algorithm: str) -> None:
    """What another library signed is verified, and refused with one bit changed."""
    keys = foreign_keys.read_key_set(key_set(public(key(KINDS[algorithm]))))
    text = signed(algorithm, b'{"a":1}')

    assert foreign_keys.verify(text, keys, {algorithm}) == (algorithm, b'{"a":1}')
    head, payload, signature = text.split(".")
    changed = ("B" if signature[5] == "A" else "A").join([signature[:5], signature[6:]])
    for forged in (f"{head}.{payload}A.{signature}", f"{head}.{payload}.{changed}"):
        with pytest.raises(BadSignature):
            foreign_keys.verify(forged, keys, {algorithm})


def test_a_signature_of_another_length() -> None:
    """An ECDSA signature has its curve's length."""
    keys = foreign_keys.read_key_set(key_set(public(key("P-256"))))
    with pytest.raises(BadSignature, match="wrong"):
        foreign_keys.verify(signed("ES256")[:-4], keys, {"ES256"})


def test_only_listed_algorithms() -> None:
    """An algorithm nobody listed is refused, and one that is no public-key one even if listed."""
    jwk = public(key("rsa"))
    keys = foreign_keys.read_key_set(key_set(jwk))
    with pytest.raises(BadSignature, match="not allowed"):
        foreign_keys.verify(signed("RS256"), keys, {"ES256"})
    oct_key = OctKey.import_key(json.dumps(jwk).encode())
    by_secret = jws.serialize_compact({"alg": "HS256", "kid": "rsa"}, b"{}", oct_key)
    none = "eyJhbGciOiJub25lIn0.e30.AA"
    for text in (by_secret, none):
        with pytest.raises(BadSignature, match="not allowed"):
            foreign_keys.verify(text, keys, {"HS256", "none", "RS256"})


@pytest.mark.parametrize(
    "header", [{"typ": "at+jwt"}, {"typ": "logout+jwt"}, {"crit": ["b64"], "b64": True}]
)
def test_another_kind_of_text(header: dict[str, Any]) -> None:
    """An access token is no id_token, and a header that must be understood is not."""
    keys = foreign_keys.read_key_set(key_set(public(key("rsa"))))
    with pytest.raises(BadSignature, match="another kind"):
        foreign_keys.verify(signed("RS256", **header), keys, {"RS256"})


def test_which_key() -> None:
    """A key is found by its kid, or by its kind where no kid is named; else it is unknown."""
    keys = foreign_keys.read_key_set(key_set(public(key("P-256")), public(key("rsa"))))
    assert foreign_keys.verify(signed("RS256", typ="JWT"), keys, {"RS256"})
    rsa = key("rsa")
    nameless = jws.serialize_compact({"alg": "RS256"}, b"{}", rsa)
    assert foreign_keys.verify(nameless, keys, {"RS256"})
    other = jws.serialize_compact({"alg": "RS256", "kid": "new"}, b"{}", rsa)
    with pytest.raises(UnknownKey):
        foreign_keys.verify(other, keys, {"RS256"})


def test_keys_that_do_not_count() -> None:
    """What is for encryption, of an unknown kind, too weak, too dear or damaged is passed over."""
    rsa = key("rsa")
    jwks = [
        public(rsa, use="enc"),
        public(rsa, alg=5),
        public(rsa, n="!"),
        public(rsa, n=7),
        public(rsa, e="AQAAAAAAAQ"),
        public(rsa, n=public(rsa)["n"][:170]),
        {"kty": "oct", "k": "AAAA"},
        {"kty": "OKP", "crv": "X25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AAAA", "y": "AAAA"},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {},
    ]
    keys = foreign_keys.read_key_set(key_set(*jwks))
    assert [found for found in keys if found.algorithms] == []
    only = foreign_keys.read_key_set(key_set(public(rsa, alg="PS256", kid=3)))
    assert [(found.kid, set(found.algorithms)) for found in only] == [(None, {"PS256"})]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"keys":{}}', b'{"keys":[1]}'])
def test_no_key_set(body: bytes) -> None:
    """What is no JWK set is refused as a whole."""
    with pytest.raises(BadKeySet):
        foreign_keys.read_key_set(body)


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c.d", "é.e30.AA", "e30=.e30.AA", "W10.e30.AA", "..", "A" * 40_000]
)
def test_no_jws(text: str) -> None:
    """What is no compact JWS is refused before a key is looked at."""
    with pytest.raises(BadSignature, match="no compact"):
        foreign_keys.verify(text, [], {"RS256"})
