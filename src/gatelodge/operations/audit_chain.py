"""The activity log's seals: each line is bound to all before it, under the installation's secret.

A line's seal is BLAKE2b, keyed, over its number, the seal before it and everything the line says.
Whoever can write to the database and does not have the secret can seal nothing. They could take
seals away and let the node seal what they made of the log: so nodes keep the number and seal of the
last line (``Head``) outside the database, and neither seal nor verify a log that lacks it. Lines
are sealed a moment after they were written, by one node at a time, so that acts never wait for each
other.
"""

import hmac
from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from gatelodge.settings import Secrets
from gatelodge.storage import audit, locks
from gatelodge.storage.audit import Event, Sealed
from gatelodge.storage.connections import Connection

_BATCH = 1_000
_SEAL_BYTES = 32
_FIRST = bytes(_SEAL_BYTES)
_encode = msgspec.json.Encoder(order="deterministic").encode


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The end of the sealed log: how many lines it has, and the last one's seal, in hex."""

    number: int
    seal: str

    def __str__(self) -> str:
        """Return it in the form that ``read_head`` reads."""
        return f"{self.number}:{self.seal}"


class Broken(Exception):
    """The log is not what was sealed; ``number`` is the first line that is wrong."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"line {number}: {reason}")
        self.number = number


def seal_key(secrets: Secrets) -> bytes:
    """Return the key of the seals."""
    return secrets.derive("audit-seals")


def seal_new(conn: Connection, key: bytes, kept: Head | None = None) -> Head:
    """Seal what was written since the last time; return the log's head.

    Raises ``Broken`` for a log that does not hold the ``kept`` head any more.
    """
    locks.take(conn, "audit")
    if kept is not None and audit.seal_of(conn, kept.number) != bytes.fromhex(kept.seal):
        raise Broken(kept.number, "it is not the one whose seal was kept")
    number, before = audit.last_seal(conn) or (0, _FIRST)
    for event in audit.unsealed(conn, _BATCH):
        number += 1
        before = _seal(key, number, before, event)
        audit.seal(conn, event.id, number, before)
    return Head(number=number, seal=before.hex())


def read_head(text: str) -> Head | None:
    """Return the head that was written down, ``None`` where nothing was. Raises ``ValueError``."""
    if not text:
        return None
    number, _, seal = text.strip().partition(":")
    if not number.isdigit() or len(bytes.fromhex(seal)) != _SEAL_BYTES:
        message = "a head is a number, a colon and 64 hexadecimal digits"
        raise ValueError(message)
    return Head(number=int(number), seal=seal.lower())


def verify(key: bytes, lines: Iterable[Sealed], kept: Head | None = None) -> Head:
    """Return the head of a log whose seals all hold. Raises ``Broken`` at the first that does not.

    ``kept`` is a head from before: the log has to contain it.
    """
    number, before = 0, _FIRST
    for line in lines:
        number += 1
        if line.number != number:
            raise Broken(number, "it is missing")
        seal = _seal(key, number, before, line.event)
        if not hmac.compare_digest(seal, line.seal):
            raise Broken(number, "it is not what was sealed, or the one before it was replaced")
        if kept is not None and kept.number == number and kept.seal != seal.hex():
            raise Broken(number, "it is not the one whose seal was kept")
        before = seal
    if kept is not None and kept.number > number:
        raise Broken(number + 1, f"the log ends here, and had {kept.number} lines before")
    return Head(number=number, seal=before.hex())


def _seal(key: bytes, number: int, before: bytes, event: Event) -> bytes:
    content = number.to_bytes(8, "big") + before + _encode(event)
    return blake2b(content, key=key, digest_size=_SEAL_BYTES).digest()
