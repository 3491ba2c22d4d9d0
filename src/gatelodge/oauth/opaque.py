"""Opaque credentials: a readable prefix, the row's identifier, 256 random bits and a checksum.

``PREFIX_`` and base64url without padding of eight bytes of row identifier, 32 bytes of secret and
a CRC-32 over prefix and both. The identifier finds the row, the secret's digest is compared, and
the checksum lets scanners and typing errors be told apart from attacks without a look-up.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64

import msgspec

CODE = "glac"
DEVICE_CODE = "gldc"
REFRESH_TOKEN = "glrt"  # noqa: S105 - a prefix
ACCESS_TOKEN = "glat"  # noqa: S105 - a prefix
DEVELOPER_SESSION = "glds"
USER_SESSION = "glus"
INVITE = "glin"
UPSTREAM_STATE = "glup"
RESET = "glpr"
PERSONAL_TOKEN = "glpt"  # noqa: S105 - a prefix
CONSUMER_SECRET = "glcs"  # noqa: S105 - a prefix; its row identifier is always 0

SECRET_BYTES = 32
_LENGTH = 59
_LARGEST_ROW = (1 << 63) - 1


class Opaque(msgspec.Struct, frozen=True):
    """What an opaque credential says: where to look, and what to compare."""

    row_id: int
    secret: bytes


def write(prefix: str, row_id: int, secret: bytes) -> str:
    """Return the text of a credential; ``secret`` is 32 fresh random bytes."""
    body = row_id.to_bytes(8, "big") + secret
    check = zlib.crc32(prefix.encode() + body).to_bytes(4, "big")
    return f"{prefix}_{urlsafe_b64encode(body + check).rstrip(b'=').decode()}"


def read(prefix: str, text: str) -> Opaque | None:
    """Return what ``text`` says, or ``None`` for anything ``write`` would not have written."""
    if len(text) != len(prefix) + 1 + _LENGTH or not text.startswith(prefix + "_"):
        return None
    try:
        raw = urlsafe_b64decode(text[len(prefix) + 1 :] + "=")
    except (BadBase64, ValueError):
        return None
    found = Opaque(int.from_bytes(raw[:8], "big"), raw[8:-4])
    if found.row_id > _LARGEST_ROW:  # no database could look it up
        return None
    if len(found.secret) != SECRET_BYTES or write(prefix, found.row_id, found.secret) != text:
        return None
    return found
