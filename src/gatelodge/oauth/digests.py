"""Keyed digests of 256-bit secrets: what is stored instead of codes, tokens and consumer secrets.

A slow hash protects secrets that people choose; for 32 random bytes a keyed BLAKE2b is as strong
and costs a microsecond. The keys come from the installation's secret, one per purpose; the
purposes are named here so that who writes a digest and who compares it agree.
"""

import hashlib
import hmac

CONSUMER_SECRET = "consumer-secret"  # noqa: S105 - a purpose's name; digested is the whole text
CODE = "code"
DEVICE_CODE = "device-code"
USER_CODE = "user-code"
REFRESH_TOKEN = "refresh-token"  # noqa: S105 - a purpose's name
ACCESS_TOKEN = "access-token"  # noqa: S105 - a purpose's name
PERSONAL_TOKEN = "personal-token"  # noqa: S105 - a purpose's name
REFRESH_SUCCESSOR = "refresh-successor"
ACCESS_SUCCESSOR = "access-successor"
SESSION = "session-of-a-client"


def digest(key: bytes, value: bytes) -> bytes:
    """Return the 32-byte keyed digest of ``value``; ``key`` has 1 to 64 bytes."""
    return hashlib.blake2b(value, digest_size=32, key=key).digest()


def same(left: bytes, right: bytes) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(left, right)


def successor(key: bytes, parent_secret: bytes, successor_id: int) -> bytes:
    """Derive the secret that follows ``parent_secret`` under the row ``successor_id``.

    The holder of the parent gets the same successor however often a lost answer is asked for
    again, and the store never holds a secret (design: idempotent grace of rotation).
    """
    return digest(key, parent_secret + successor_id.to_bytes(8, "big"))
