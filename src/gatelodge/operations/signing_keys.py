"""The installation's signing keys: made on the first start, sealed at rest, opened into memory."""

import os
from collections.abc import Sequence
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatelodge.oauth import jose
from gatelodge.oauth.jose import ALGORITHMS, Algorithm, KeyRing, PrivateKey, SigningKey
from gatelodge.settings import Secrets
from gatelodge.storage import signing_keys
from gatelodge.storage.engine import Store
from gatelodge.storage.signing_keys import StoredSigningKey

_RSA_BITS = 2048
_NONCE = 12
_PURPOSE = "signing-keys"


class UnreadableSigningKeys(Exception):
    """The stored signing keys were sealed under another installation secret."""


async def load(store: Store, secrets: Secrets, now: int) -> KeyRing:
    """Return the ring of signing keys; make what is missing.

    Raises ``UnreadableSigningKeys`` when the installation secret is not the one they were sealed
    with.
    """
    box = AESGCM(secrets.derive(_PURPOSE))
    stored = await store.read(signing_keys.all_of)
    if not {key.algorithm for key in stored if key.state == "active"} >= set(ALGORITHMS):
        fresh = [_fresh(algorithm, box, store.ids.next(), now) for algorithm in ALGORITHMS]
        stored = await store.write(signing_keys.add_missing, fresh)
    return _ring([(key, _opened(key, box)) for key in stored])


def _ring(newest_first: Sequence[tuple[StoredSigningKey, SigningKey]]) -> KeyRing:
    active: dict[Algorithm, SigningKey] = {}
    for stored, opened in newest_first:
        if stored.state == "active":
            active.setdefault(opened.algorithm, opened)
    others = [opened.public for _, opened in newest_first if opened not in active.values()]
    return KeyRing(active, others)


def _fresh(algorithm: Algorithm, box: AESGCM, id_: int, now: int) -> StoredSigningKey:
    private_key: PrivateKey
    if algorithm == "ES256":
        private_key = ec.generate_private_key(ec.SECP256R1())
    else:
        private_key = rsa.generate_private_key(public_exponent=65_537, key_size=_RSA_BITS)
    kid = jose.thumbprint(algorithm, private_key.public_key())
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


def _opened(key: StoredSigningKey, box: AESGCM) -> SigningKey:
    try:
        der = box.decrypt(key.sealed[:_NONCE], key.sealed[_NONCE:], key.kid.encode())
    except InvalidTag as error:
        message = "the signing keys in the database were sealed under another secret"
        raise UnreadableSigningKeys(message) from error
    private_key = serialization.load_der_private_key(der, password=None)
    return SigningKey(key.kid, cast("Algorithm", key.algorithm), cast("PrivateKey", private_key))
