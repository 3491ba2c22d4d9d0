"""Sealed values: what travels through a browser that may carry it but neither read nor change it.

AES-GCM under a key of the purpose's own, so that a value sealed for one purpose opens for no
other; url-safe text.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatelodge.settings import Secrets
from gatelodge.web.http import HttpError

V = TypeVar("V", bound=msgspec.Struct)

_NONCE_BYTES = 12
_LONGEST = 32_768


class BadSeal(HttpError):
    """The text was not sealed here for this purpose, was changed, or is too old."""

    def __init__(self) -> None:
        super().__init__(
            "This page is no longer valid. Go back to the application and start again."
        )


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    until: int
    value: msgspec.Raw


def seal(secrets: Secrets, purpose: str, value: msgspec.Struct, until: int) -> str:
    """Return ``value`` as sealed text that opens until ``until`` (seconds since the epoch)."""
    plain = msgspec.msgpack.encode(_Envelope(until, msgspec.Raw(msgspec.msgpack.encode(value))))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + _box(secrets, purpose).encrypt(nonce, plain, None)
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(
    secrets: Secrets, purpose: str, text: str, kind: type[V], now: int, longest: int = _LONGEST
) -> V:
    """Return the value of ``kind`` that was sealed for this purpose. Raises ``BadSeal``.

    What comes back from a browser is short; what lay in the store may be ``longest``.
    """
    if len(text) > longest:
        raise BadSeal
    try:
        sealed = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        plain = _box(secrets, purpose).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        envelope = msgspec.msgpack.decode(plain, type=_Envelope)
        value = msgspec.msgpack.decode(envelope.value, type=kind)
    except (BadBase64, InvalidTag, ValueError, msgspec.MsgspecError):
        raise BadSeal from None
    if now >= envelope.until:
        raise BadSeal
    return value


def _box(secrets: Secrets, purpose: str) -> AESGCM:
    return AESGCM(secrets.derive(f"seal:{purpose}"))
