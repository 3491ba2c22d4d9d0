"""The public keys a client registers to prove itself with, as a JWK Set (RFC 7517)."""

import functools
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gatelodge.oauth import signatures
from gatelodge.oauth.signatures import ALGORITHMS, Algorithm, PublicKeyObject, Verify

LONGEST = 20_000
MOST_KEYS = 20

_LONGEST_URI = 2_000
_LONGEST_NUMBER = 1_366  # characters of base64url: 8192 bits
_LARGEST_EXPONENT = 1 << 32
_COORDINATE = 32
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class BadKeys(ValueError):
    """A JWK Set cannot be used; the text says why, for people."""


class ClientKey(msgspec.Struct, frozen=True):
    """One public key under one algorithm; ``kid`` is ``None`` when the set gives it no name."""

    kid: str | None
    algorithm: Algorithm
    verifies: Verify


class ClientKeys(msgspec.Struct, frozen=True):
    """A client's usable keys."""

    keys: tuple[ClientKey, ...]

    def candidate(self, algorithm: str, kid: str | None) -> ClientKey | None:
        """Return the one key an assertion can mean, ``None`` when there is none or a choice.

        Without a ``kid`` a key is only found if no other fits (RFC 7515 section 4.1.4).
        """
        fitting = [key for key in self.keys if key.algorithm == algorithm]
        if kid is not None:
            fitting = [key for key in fitting if key.kid == kid]
        return fitting[0] if len(fitting) == 1 else None


@functools.lru_cache(maxsize=1024)
def read(text: str) -> ClientKeys:
    """Return the keys of a registered JWK Set's text. Raises ``BadKeys``."""
    if len(text) > LONGEST:
        raise BadKeys(f"A key set has at most {LONGEST:,} characters.")
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise BadKeys("This is not JSON.") from None
    return of_document(document)


def of_document(document: object) -> ClientKeys:
    """Return the usable keys of a JWK Set; what it says for other purposes is passed over.

    Raises ``BadKeys`` for what is no set, holds a secret part, or has no usable key.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise BadKeys('A key set looks like {"keys": [...]}.')
    if len(listed) > MOST_KEYS:
        raise BadKeys(f"A key set has at most {MOST_KEYS} keys.")
    if any(not _SECRET_MEMBERS.isdisjoint(each) for each in listed):
        raise BadKeys("The set holds a private or symmetric key. Paste only public keys.")
    found = tuple(key for each in listed for key in _keys(each))
    if not found:
        raise BadKeys(
            "There is no usable key: P-256 for ES256, RSA from 2048 bits for RS256 and PS256, "
            "or Ed25519 for EdDSA."
        )
    return ClientKeys(found)


def problems(authentication: str, jwks: str, jwks_uri: str) -> Mapping[str, str]:
    """Say by field what is wrong with the way a confidential client wants to prove itself."""
    if authentication == "secret":
        return {}
    if authentication != "private_key_jwt":
        return {"authentication": "Choose how the application proves itself."}
    if bool(jwks) == bool(jwks_uri):
        return {"jwks": "Enter either a key set or the address of one."}
    if jwks_uri:
        wrong = uri_objection(jwks_uri)
        return {"jwks_uri": wrong} if wrong else {}
    try:
        read(jwks)
    except BadKeys as error:
        return {"jwks": str(error)}
    return {}


def uri_objection(uri: str) -> str | None:
    """Say why ``uri`` may not be registered; where it leads is checked at every fetch."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
        loopback = parts.scheme == "http" and host in _LOOPBACK and parts.port != 0
        good = loopback or (parts.scheme == "https" and parts.port != 0)
    except ValueError:
        good, host, parts = False, None, None
    if not uri.isascii() or not uri.isprintable() or len(uri) > _LONGEST_URI:
        good = False
    if parts is None or not good or not host or "@" in parts.netloc or "#" in uri or " " in uri:
        return "Enter an address like https://example.com/jwks.json."
    return None


def _keys(jwk: Mapping[str, Any]) -> Sequence[ClientKey]:
    """Return a JWK's key under each algorithm it may be used with; none for what cannot verify."""
    kid, wanted = jwk.get("kid"), jwk.get("alg")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list):
        return ()
    if "verify" not in operations or not isinstance(kid, str | None):
        return ()
    try:
        key = _MAKERS[str(jwk.get("kty"))](jwk)
    except (KeyError, ValueError, TypeError):
        return ()
    found = [name for name in ALGORITHMS if wanted in {None, name} and _fits(name, key)]
    return [ClientKey(kid, name, signatures.verifier(name, key)) for name in found]


def _fits(algorithm: Algorithm, key: PublicKeyObject) -> bool:
    try:
        signatures.describe(algorithm, key)
    except ValueError:
        return False
    return True


def _rsa(jwk: Mapping[str, Any]) -> PublicKeyObject:
    n, e = _bytes(jwk["n"]), int.from_bytes(_bytes(jwk["e"]), "big")
    if e > _LARGEST_EXPONENT:
        raise ValueError("checking would be slow")
    return rsa.RSAPublicNumbers(e, int.from_bytes(n, "big")).public_key()


def _curve(jwk: Mapping[str, Any]) -> PublicKeyObject:
    x, y = _bytes(jwk["x"]), _bytes(jwk["y"])
    if jwk.get("crv") != "P-256" or len(x) != _COORDINATE or len(y) != _COORDINATE:
        raise ValueError("not a point of P-256")
    numbers = (int.from_bytes(x, "big"), int.from_bytes(y, "big"))
    return ec.EllipticCurvePublicNumbers(*numbers, ec.SECP256R1()).public_key()


def _edwards(jwk: Mapping[str, Any]) -> PublicKeyObject:
    if jwk.get("crv") != "Ed25519":
        raise ValueError("not Ed25519")
    return ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"]))


_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], PublicKeyObject]] = {
    "RSA": _rsa,
    "EC": _curve,
    "OKP": _edwards,
}


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) > _LONGEST_NUMBER:
        raise ValueError("not a number of a sensible length")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
