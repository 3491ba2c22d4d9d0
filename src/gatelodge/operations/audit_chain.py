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

from gatelodge.operations.actor import Act
from gatelodge.settings import Secrets
from gatelodge.storage import audit, audit_parts, locks
from gatelodge.storage.audit import Event, Sealed
from gatelodge.storage.audit_parts import Anchor
from gatelodge.storage.connections import Connection

_BATCH = 1_000
_SEAL_BYTES = 32
_NOTHING_DROPPED = Anchor(number=0, seal=bytes(_SEAL_BYTES), at=0)
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
    begin = beginning(conn, key)
    if kept is not None and not _holds(conn, begin, kept):
        raise Broken(kept.number, "it is not the one whose seal was kept")
    number, before = audit.last_seal(conn) or (begin.number, begin.seal)
    for event in audit.unsealed(conn, _BATCH):
        number += 1
        before = _seal(key, number, before, event)
        audit.seal(conn, event.id, number, before)
    return Head(number=number, seal=before.hex())


def beginning(conn: Connection, key: bytes) -> Anchor:
    """Return the line after which the log begins. Raises ``Broken`` as ``proven`` does."""
    return proven(key, audit_parts.anchor(conn))


def proven(key: bytes, found: Anchor | None) -> Anchor:
    """Return the line after which a log begins, number 0 where nothing was dropped.

    Raises ``Broken`` for one that was not written by whoever has the secret.
    """
    if found is None:
        return _NOTHING_DROPPED
    if not hmac.compare_digest(found.proof, _proof(key, found)):
        raise Broken(found.number, "somebody else says that the lines up to it were dropped")
    return found


def drop_old(conn: Connection, act: Act, key: bytes, kept: int) -> Anchor | None:
    """Drop what is older than ``kept`` seconds, a table at a time; return the last line that went.

    Raises ``Broken`` where the log does not begin where we let it begin.
    """
    locks.take(conn, "audit")
    beginning(conn, key)
    last = None
    while (table := audit_parts.oldest(conn, act.now, kept)) is not None:
        gone = audit_parts.drop(conn, table)
        last = msgspec.structs.replace(gone, proof=_proof(key, gone))
        audit_parts.write_anchor(conn, last)
    if last is not None:
        act.record(conn, "audit.drop", "audit", None, {"last": last.number, "at": last.at})
    return last


def _holds(conn: Connection, begin: Anchor, kept: Head) -> bool:
    if kept.number == begin.number:
        return begin.seal == bytes.fromhex(kept.seal)
    return audit.seal_of(conn, kept.number) == bytes.fromhex(kept.seal)


def _proof(key: bytes, begin: Anchor) -> bytes:
    content = (_encode([begin.number, begin.at]), begin.seal)
    return blake2b(b"".join(content), key=key, digest_size=_SEAL_BYTES, person=b"anchor").digest()


def read_head(text: str) -> Head | None:
    """Return the head that was written down, ``None`` where nothing was. Raises ``ValueError``."""
    if not text:
        return None
    number, _, seal = text.strip().partition(":")
    if not number.isdigit() or len(bytes.fromhex(seal)) != _SEAL_BYTES:
        message = "a head is a number, a colon and 64 hexadecimal digits"
        raise ValueError(message)
    return Head(number=int(number), seal=seal.lower())


def verify(
    key: bytes, lines: Iterable[Sealed], kept: Head | None = None, begin: Anchor = _NOTHING_DROPPED
) -> Head:
    """Return the head of a log whose seals all hold. Raises ``Broken`` at the first that does not.

    ``kept`` is a head from before: the log has to contain it, unless it was dropped since.
    ``begin`` is the log's ``beginning``.
    """
    number, before = begin.number, begin.seal
    if kept is not None and kept.number == number and kept.seal != before.hex():
        raise Broken(number, "it is not the one whose seal was kept")
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
