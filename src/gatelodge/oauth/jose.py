"""Signing and verifying compact JWS with keys of our own (RFC 7515, RFC 8725).

Thin on purpose: an access token is signed on every token request, so header segments are made
once per signing key. All signatures but PS256's, which are salted, are deterministic (RFC 6979,
8032): a retried refresh returns the very token it lost, with PS256 the same claims signed again.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256

import msgspec

from gatelodge.oauth import signatures
from gatelodge.oauth.errors import InvalidToken
from gatelodge.oauth.signatures import ALGORITHMS, Algorithm, PrivateKey, PublicKeyObject, encode64

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type (RFC 9068 section 2.1)
PLAIN_TYPE = "JWT"
LOGOUT_TYPE = "logout+jwt"
_TYPES = (ACCESS_TOKEN_TYPE, PLAIN_TYPE, LOGOUT_TYPE)

_LONGEST = 16_384
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    """The only header fields ever accepted: no crit, no jku, no jwk, no x5u."""

    alg: str
    kid: str
    typ: str


_read_header = msgspec.json.Decoder(_Header).decode
_encode = msgspec.json.Encoder().encode


def _decode64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class PublicKey:
    """A published key: verifies, and describes itself as a JWK.

    Raises ``ValueError`` for a key that does not fit its algorithm or is too weak.
    """

    __slots__ = ("algorithm", "jwk", "kid", "verifies")

    def __init__(self, kid: str, algorithm: Algorithm, key: PublicKeyObject) -> None:
        self.kid = kid
        self.algorithm = algorithm
        described = signatures.describe(algorithm, key)
        self.jwk = {"kid": kid, "use": "sig", "alg": algorithm, **described}
        self.verifies = signatures.verifier(algorithm, key)


class SigningKey:
    """A private key with its headers made ready; ``public`` is what others may know of it."""

    __slots__ = ("_prefixes", "_signature", "algorithm", "kid", "public")

    def __init__(self, kid: str, algorithm: Algorithm, private_key: PrivateKey) -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.public = PublicKey(kid, algorithm, private_key.public_key())
        self._signature = signatures.signer(algorithm, private_key)
        self._prefixes = {typ: self._prefix(typ) for typ in _TYPES}

    def __repr__(self) -> str:
        """Show nothing of the private part."""
        return f"SigningKey({self.kid}, {self.algorithm})"

    def sign(self, typ: str, payload: bytes) -> str:
        """Return the compact JWS of ``payload`` under the header for ``typ``."""
        signed = self._prefixes[typ] + urlsafe_b64encode(payload).rstrip(b"=")
        signature = self._signature(signed)
        return (signed + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()

    def _prefix(self, typ: str) -> bytes:
        header = _encode({"typ": typ, "alg": self.algorithm, "kid": self.kid})
        return encode64(header).encode() + b"."


class KeyRing:
    """The signing keys in use by algorithm, and every key still published.

    A retiring key no longer signs but verifies until what it signed has expired; a coming one is
    published before it signs.
    """

    __slots__ = ("active", "published")

    def __init__(
        self, active: Mapping[Algorithm, SigningKey], others: Iterable[PublicKey] = ()
    ) -> None:
        self.active = dict(active)
        keys = [*(key.public for key in self.active.values()), *others]
        self.published = {key.kid: key for key in keys}

    def signer(self, algorithm: Algorithm) -> SigningKey:
        """Return the key that signs with ``algorithm`` now."""
        return self.active[algorithm]

    def without(self, kid: str) -> "KeyRing":
        """Return this ring with one key no longer published: what it signs is refused."""
        ring = KeyRing(self.active, self.published.values())
        ring.published.pop(kid, None)
        return ring

    def jwk_set(self) -> dict[str, list[dict[str, str]]]:
        """Return the public parts (RFC 7517 section 5)."""
        return {"keys": [key.jwk for key in self.published.values()]}

    def verify(self, text: str, typ: str, algorithms: Iterable[str] = ALGORITHMS) -> bytes:
        """Return the payload of a compact JWS that one of these keys has signed.

        Refuses another ``typ``, an algorithm that is not listed or not the key's own, and any
        further header field. Raises ``InvalidToken``.
        """
        found = _COMPACT.fullmatch(text) if len(text) <= _LONGEST else None
        if found is None:
            raise InvalidToken
        try:
            header = _read_header(_decode64(found[1]))
            payload, signature = _decode64(found[2]), _decode64(found[3])
        except (msgspec.DecodeError, ValueError):
            raise InvalidToken from None
        key = self.published.get(header.kid)
        if key is None or header.typ != typ or header.alg != key.algorithm:
            raise InvalidToken
        signed = text[: found.start(3) - 1].encode()
        if header.alg not in algorithms or not key.verifies(signature, signed):
            raise InvalidToken
        return payload


def thumbprint(algorithm: Algorithm, key: PublicKeyObject) -> str:
    """Return the key's JWK thumbprint, its ``kid`` (RFC 7638)."""
    described = dict(sorted(signatures.describe(algorithm, key).items()))
    return encode64(sha256(_encode(described)).digest())
