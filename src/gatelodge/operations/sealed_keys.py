"""Signing keys made, sealed at rest under the installation's secret, and opened into memory."""

import os
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatelodge.oauth import jose
from gatelodge.oauth.jose import SigningKey
from gatelodge.oauth.signatures import Algorithm, PrivateKey
from gatelodge.settings import Secrets
from gatelodge.storage.signing_keys import StoredSigningKey

_RSA_BITS = 2048
_NONCE = 12
_PURPOSE = "signing-keys"


class UnreadableSigningKeys(Exception):
    """The stored signing keys were sealed under another installation secret."""


def fresh(secrets: Secrets, algorithm: Algorithm, id_: int, now: int) -> StoredSigningKey:
    """Return a new coming key; an RSA key takes a noticeable part of a second."""
    private_key = _private_key(algorithm)
    kid = jose.thumbprint(algorithm, private_key.public_key())
    while kid.startswith("-"):  # commands take it as an argument, where this would be an option
        private_key = _private_key(algorithm)
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
        sealed=nonce + _box(secrets).encrypt(nonce, der, kid.encode()),
        state="coming",
        since=now,
        created_at=now,
    )


def opened(secrets: Secrets, key: StoredSigningKey) -> SigningKey:
    """Return a stored key ready to sign. Raises ``UnreadableSigningKeys``."""
    try:
        der = _box(secrets).decrypt(key.sealed[:_NONCE], key.sealed[_NONCE:], key.kid.encode())
    except InvalidTag as error:
        message = "the signing keys in the database were sealed under another secret"
        raise UnreadableSigningKeys(message) from error
    private_key = serialization.load_der_private_key(der, password=None)
    return SigningKey(key.kid, cast("Algorithm", key.algorithm), cast("PrivateKey", private_key))


def _box(secrets: Secrets) -> AESGCM:
    return AESGCM(secrets.derive(_PURPOSE))


def _private_key(algorithm: Algorithm) -> PrivateKey:
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65_537, key_size=_RSA_BITS)
