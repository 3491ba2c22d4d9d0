"""The signature algorithms of our signing keys, and a key's description as a JWK (RFC 7518, 8037).

Each algorithm is a row: how a key is recognised and described, how it signs and verifies. A key
belongs to one algorithm (RFC 8725 section 3.1), even where two could share its kind.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256, sha512
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

Algorithm = Literal["ES256", "RS256", "PS256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "RS256", "PS256", "EdDSA")

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PublicKeyObject = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]

_HALF = 32
_SMALLEST_RSA = 2048
_SHA256 = hashes.SHA256()
# Deterministic (RFC 6979): the same claims always give the same text.
_ECDSA = ec.ECDSA(_SHA256, deterministic_signing=True)
_PKCS1 = padding.PKCS1v15()
# RFC 7518 section 3.5: the salt is as long as the hash, for signing and for verifying.
_PSS = padding.PSS(padding.MGF1(_SHA256), padding.PSS.DIGEST_LENGTH)
_RSA_PADDINGS: dict[str, padding.PKCS1v15 | padding.PSS] = {"RS256": _PKCS1, "PS256": _PSS}


def encode64(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signer(algorithm: Algorithm, key: PrivateKey) -> Sign:
    """Return the function that signs bytes with ``key``; it must fit, see ``describe``."""
    if isinstance(key, rsa.RSAPrivateKey):
        rsa_key, pad = key, _RSA_PADDINGS[algorithm]
        return lambda signed: rsa_key.sign(signed, pad, _SHA256)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign
    curve_key = key

    def by_curve(signed: bytes) -> bytes:
        r, s = decode_dss_signature(curve_key.sign(signed, _ECDSA))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")

    return by_curve


def verifier(algorithm: Algorithm, key: PublicKeyObject) -> Verify:
    """Return the function that says whether a signature is ``key``'s over some bytes."""
    check = _check(algorithm, key)

    def verifies(signature: bytes, signed: bytes) -> bool:
        try:
            check(signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True

    return verifies


def _check(algorithm: Algorithm, key: PublicKeyObject) -> Callable[[bytes, bytes], None]:
    if isinstance(key, rsa.RSAPublicKey):
        rsa_key, pad = key, _RSA_PADDINGS[algorithm]
        return lambda signature, signed: rsa_key.verify(signature, signed, pad, _SHA256)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key.verify
    curve_key = key
    return lambda signature, signed: curve_key.verify(_der(signature), signed, _ECDSA)


def describe(algorithm: Algorithm, key: PublicKeyObject) -> dict[str, str]:
    """Return the public members of the key's JWK.

    Raises ``ValueError`` for a key that does not fit its algorithm or is too weak.
    """
    if algorithm in _RSA_PADDINGS and isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _SMALLEST_RSA:
            raise ValueError("an RSA key must have at least 2048 bits")
        rsa_numbers = key.public_numbers()
        return {"kty": "RSA", "n": _number(rsa_numbers.n), "e": _number(rsa_numbers.e)}
    if algorithm == "EdDSA" and isinstance(key, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": encode64(key.public_bytes_raw())}
    if (
        algorithm == "ES256"
        and isinstance(key, ec.EllipticCurvePublicKey)
        and isinstance(key.curve, ec.SECP256R1)
    ):
        numbers = key.public_numbers()
        x, y = numbers.x.to_bytes(_HALF, "big"), numbers.y.to_bytes(_HALF, "big")
        return {"kty": "EC", "crv": "P-256", "x": encode64(x), "y": encode64(y)}
    raise ValueError(f"this key cannot be used with {algorithm}")


def half_hash(algorithm: Algorithm, text: str) -> str:
    """Return the left half of a text's hash, the hash being the one its signature uses.

    OpenID Connect Core section 3.1.3.6. Ed25519 hashes with SHA-512 (RFC 8032 section 5.1).
    """
    hashed = sha512 if algorithm == "EdDSA" else sha256
    digest = hashed(text.encode()).digest()
    return encode64(digest[: len(digest) // 2])


def _number(value: int) -> str:
    return encode64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _der(signature: bytes) -> bytes:
    if len(signature) != 2 * _HALF:
        raise ValueError("an ES256 signature has 64 bytes")
    r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
    return encode_dss_signature(r, s)
