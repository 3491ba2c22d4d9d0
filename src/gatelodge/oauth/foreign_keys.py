"""Keys that others publish, and the compact JWS they sign (RFC 7515, 7517, 7518, 8037, 8725).

For texts of other issuers, whose headers say more than ours do. Public-key algorithms only: there
is no way in for ``none`` or for a key made of a published one.
"""

from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
_CURVES: Mapping[str, tuple[ec.EllipticCurve, str, int]] = {
    "P-256": (ec.SECP256R1(), "ES256", 32),
    "P-384": (ec.SECP384R1(), "ES384", 48),
    "P-521": (ec.SECP521R1(), "ES512", 66),
}
_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_EDWARDS = frozenset({"EdDSA", "Ed25519"})

ALGORITHMS = _RSA | _EDWARDS | {"ES256", "ES384", "ES512"}
"""Every algorithm a foreign text may be signed with."""

_SMALLEST_RSA, _LARGEST_RSA = 2048, 8192
_LARGEST_EXPONENT = 1 << 32
_MOST_KEYS = 64
_LONGEST = 32_768

KeyObject = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class BadSignature(Exception):
    """The text was not signed by the key and with the algorithm it has to be."""


class UnknownKey(BadSignature):
    """None of the keys can have signed it: the set may be an old one."""


class BadKeySet(Exception):
    """What was published is no set of keys."""


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True):
    """One published key and the algorithms it may verify."""

    kid: str | None
    algorithms: frozenset[str]
    key: KeyObject


class _Set(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


def read_key_set(body: bytes) -> Sequence[ForeignKey]:
    """Return the usable keys of a JWK set; others are passed over (RFC 7517 section 5).

    Raises ``BadKeySet``.
    """
    try:
        found = msgspec.json.decode(body, type=_Set)
    except msgspec.DecodeError as error:
        raise BadKeySet(str(error)) from error
    read = [_read_key(jwk) for jwk in found.keys[:_MOST_KEYS]]
    return [key for key in read if key is not None]


def verify(text: str, keys: Sequence[ForeignKey], algorithms: Collection[str]) -> tuple[str, bytes]:
    """Return algorithm and payload of a JWS that one of ``keys`` signed with one of ``algorithms``.

    Raises ``BadSignature``, and ``UnknownKey`` when no key fits the header.
    """
    header, payload, signature = _parts(text)
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in algorithms or algorithm not in ALGORITHMS:
        raise BadSignature("an algorithm that is not allowed")
    if "crit" in header or str(header.get("typ", "JWT")).casefold() != "jwt":
        raise BadSignature("another kind of text, or one that needs what is not known here")
    fitting = [
        key for key in keys if algorithm in key.algorithms and (kid is None or key.kid == kid)
    ]
    if not fitting:
        raise UnknownKey("no published key fits its header")
    signed = text.rpartition(".")[0].encode()
    if not any(_verifies(key.key, algorithm, signature, signed) for key in fitting):
        raise BadSignature("the signature is wrong")
    return algorithm, payload


def _parts(text: str) -> tuple[dict[str, Any], bytes, bytes]:
    parts = text.split(".")
    if len(text) > _LONGEST or len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise BadSignature("it is no compact JWS")
    try:
        header = msgspec.json.decode(_decode64(parts[0]), type=dict[str, Any])
        return header, _decode64(parts[1]), _decode64(parts[2])
    except (msgspec.DecodeError, ValueError) as error:
        raise BadSignature("it is no compact JWS") from error


def _decode64(text: str) -> bytes:
    if not text.isascii() or not text.replace("-", "a").replace("_", "a").isalnum():
        raise ValueError("not base64url")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _read_key(jwk: Mapping[str, Any]) -> ForeignKey | None:
    if jwk.get("use", "sig") != "sig":
        return None
    try:
        key, algorithms = _key_object(jwk)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if "alg" in jwk:
        algorithms &= {jwk["alg"]} if isinstance(jwk["alg"], str) else set()
    kid = jwk.get("kid")
    return ForeignKey(kid=kid if isinstance(kid, str) else None, algorithms=algorithms, key=key)


def _key_object(jwk: Mapping[str, Any]) -> tuple[KeyObject, frozenset[str]]:
    match jwk["kty"]:
        case "RSA":
            n, e = _number(jwk["n"]), _number(jwk["e"])
            if not _SMALLEST_RSA <= n.bit_length() <= _LARGEST_RSA or e > _LARGEST_EXPONENT:
                raise ValueError("an RSA key that is too weak, or too dear to use")
            return rsa.RSAPublicNumbers(e, n).public_key(), _RSA
        case "EC":
            curve, algorithm, _ = _CURVES[jwk["crv"]]
            numbers = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve)
            return numbers.public_key(), frozenset({algorithm})
        case "OKP" if jwk["crv"] == "Ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(_decode64(jwk["x"])), _EDWARDS
        case _:
            raise ValueError("a kind of key not known here")


def _number(text: str) -> int:
    return int.from_bytes(_decode64(text), "big")


def _verifies(key: KeyObject, algorithm: str, signature: bytes, signed: bytes) -> bool:
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            size = _CURVES[f"P-{key.curve.key_size}"][2]
            key.verify(_der(signature, size), signed, ec.ECDSA(_HASHES[algorithm[2:]]))
        else:
            _verify_rsa(key, algorithm, signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _verify_rsa(key: rsa.RSAPublicKey, algorithm: str, signature: bytes, signed: bytes) -> None:
    digest = _HASHES[algorithm[2:]]
    if algorithm.startswith("PS"):
        pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
        key.verify(signature, signed, pss, digest)
    else:
        key.verify(signature, signed, padding.PKCS1v15(), digest)


def _der(signature: bytes, size: int) -> bytes:
    if len(signature) != 2 * size:
        raise ValueError("a signature of another length")
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    return encode_dss_signature(r, s)
