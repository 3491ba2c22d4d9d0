"""Secrets of authenticator apps: sealed at rest under the installation's secret, bound to one."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatelodge.identity.factors import Person
from gatelodge.settings import Secrets

_NONCE = 12
_PURPOSE = "totp-secrets"


class UnreadableTotpSecret(Exception):
    """The stored secret was sealed under another installation secret, or for somebody else."""


def sealed(secrets: Secrets, person: Person, secret: bytes) -> bytes:
    """Return what is stored of a secret; it opens for this person only."""
    nonce = os.urandom(_NONCE)
    return nonce + _box(secrets).encrypt(nonce, secret, _whose(person))


def opened(secrets: Secrets, person: Person, stored: bytes) -> bytes:
    """Return a person's secret. Raises ``UnreadableTotpSecret``."""
    try:
        return _box(secrets).decrypt(stored[:_NONCE], stored[_NONCE:], _whose(person))
    except InvalidTag as error:
        message = "a secret of an authenticator app was sealed under another secret"
        raise UnreadableTotpSecret(message) from error


def _whose(person: Person) -> bytes:
    return f"{person.kind}:{person.id}".encode()


def _box(secrets: Secrets) -> AESGCM:
    return AESGCM(secrets.derive(_PURPOSE))
