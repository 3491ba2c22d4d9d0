"""The installation's signing keys: made on the first start, sealed at rest, opened into memory."""

import os
from collections.abc import Mapping, Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatelodge.settings import Secrets
from gatelodge.storage import signing_keys
from gatelodge.storage.engine import Store
from gatelodge.storage.signing_keys import StoredSigningKey

ALGORITHMS = ("ES256", "RS256")
_RSA_BITS = 2048
_NONCE = 12
_PURPOSE = "signing-keys"


class UnreadableSigningKeys(Exception):
    """The stored signing keys were sealed under another installation secret."""


class OpenedSigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A signing key in memory; ``active`` ones sign, the others are only published."""

    kid: str
    algorithm: str
    private_key: PrivateKeyTypes
    active: bool


async def load(store: Store, secrets: Secrets, now: int) -> Sequence[OpenedSigningKey]:
    """Return every signing key, the newest first; make what is missing.

    Raises ``UnreadableSigningKeys`` when the installation secret is not the one they were sealed
    with.
    """
    box = AESGCM(secrets.derive(_PURPOSE))
    stored = await store.read(signing_keys.all_of)
    if not {key.algorithm for key in stored if key.state == "active"} >= set(ALGORITHMS):
        fresh = [_fresh(algorithm, box, store.ids.next(), now) for algorithm in ALGORITHMS]
        stored = await store.write(signing_keys.add_missing, fresh)
    return [_opened(key, box) for key in stored]


def _fresh(algorithm: str, box: AESGCM, id_: int, now: int) -> StoredSigningKey:
    private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if algorithm == "ES256":
        private_key = ec.generate_private_key(ec.SECP256R1())
    else:
        private_key = rsa.generate_private_key(public_exponent=65_537, key_size=_RSA_BITS)
    kid = _fingerprint(private_key)
    der = private_key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    nonce = os.urandom(_NONCE)
    return StoredSigningKey(
        id=id_,
        kid=kid,
        algorithm=algorithm,
        sealed=nonce + box.encrypt(nonce, der, kid.encode()),
        state="active",
        created_at=now,
    )


def _fingerprint(private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """Return a name that only this key has, so that no two keys share a ``kid``."""
    public = private_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public)
    return digest.finalize().hex()[:32]


def _opened(key: StoredSigningKey, box: AESGCM) -> OpenedSigningKey:
    try:
        der = box.decrypt(key.sealed[:_NONCE], key.sealed[_NONCE:], key.kid.encode())
    except InvalidTag as error:
        message = "the signing keys in the database were sealed under another secret"
        raise UnreadableSigningKeys(message) from error
    return OpenedSigningKey(
        kid=key.kid,
        algorithm=key.algorithm,
        private_key=serialization.load_der_private_key(der, password=None),
        active=key.state == "active",
    )


def newest_by_algorithm(keys: Sequence[OpenedSigningKey]) -> Mapping[str, OpenedSigningKey]:
    """Return the key that signs for each algorithm."""
    return {key.algorithm: key for key in reversed(keys) if key.active}
