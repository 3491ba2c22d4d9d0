"""The file of a backup: a readable head, then sealed pieces that cannot be cut, moved or exchanged.

Each piece is AES-256-GCM under a key of the file's own, derived from the installation's secret and
the head. Its nonce is its number, and whether it is the last one is authenticated (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): a file that lost its end does not
open. The whole is read and written in pieces, however large it is.
"""

import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatelodge.settings import Secrets
from gatelodge.storage.copies import KEPT, Part

MAGIC = b"gatelodge backup 1\n"
_HEAD_BYTES = 4_096
_LENGTH_BYTES = 4
_PIECE_BYTES = 64 * 1024 * 1024
_WRITTEN_BYTES = 8 * 1024 * 1024
_MORE, _LAST = b"\0", b"\1"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may know of a backup; ``made_at`` is in seconds since the epoch."""

    version: str
    schema: str
    made_at: int
    salt: bytes


class UnreadableBackup(Exception):
    """The file is no backup, was damaged or cut, or was made under another secret."""


def head(version: str, schema: str, now: int) -> Head:
    """Return the head of a new backup."""
    return Head(version=version, schema=schema, made_at=now, salt=os.urandom(16))


def write(file: BinaryIO, secrets: Secrets, top: Head, parts: Iterable[Part]) -> int:
    """Write a backup; return how many rows are in it."""
    described = msgspec.json.encode(top)
    file.write(MAGIC + described + b"\n")
    box, number, rows = _box(secrets, described), 0, 0
    for part in parts:
        for piece in _pieces(part):
            _seal(file, box, number, _MORE, piece)
            number += 1
        rows += len(part.rows)
    _seal(file, box, number, _LAST, msgspec.msgpack.encode(rows))
    return rows


def _pieces(part: Part) -> Iterator[bytes]:
    """Yield the part in pieces of a size that is read back, however large its rows are."""
    encoded = msgspec.msgpack.encode(part)
    if len(encoded) <= _WRITTEN_BYTES or len(part.rows) == 1:
        yield encoded
        return
    middle = len(part.rows) // 2
    for rows in (part.rows[:middle], part.rows[middle:]):
        yield from _pieces(Part(table=part.table, rows=rows))


def read_head(file: BinaryIO) -> tuple[Head, bytes]:
    """Return the head, and its very bytes. Raises ``UnreadableBackup``."""
    if file.readline(len(MAGIC)) != MAGIC:
        raise UnreadableBackup("it is no backup of Gatelodge")
    described = file.readline(_HEAD_BYTES).removesuffix(b"\n")
    try:
        return msgspec.json.decode(described, type=Head), described
    except msgspec.DecodeError as error:
        raise UnreadableBackup("its head cannot be read") from error


def read(file: BinaryIO, secrets: Secrets, described: bytes) -> Iterator[Part]:
    """Yield what is in it, after its head. Raises ``UnreadableBackup`` at the first wrong byte."""
    box, number, rows = _box(secrets, described), 0, 0
    decode = msgspec.msgpack.Decoder(Part).decode
    while True:
        opened, is_last = _open(box, number, _sealed(file))
        if is_last:
            break
        part = decode(opened)
        if part.table not in KEPT:
            raise UnreadableBackup(f"this version keeps no {part.table} in backups")
        yield part
        number, rows = number + 1, rows + len(part.rows)
    if msgspec.msgpack.decode(opened) != rows or file.read(1):
        raise UnreadableBackup("there is more or less in it than was written")


def _box(secrets: Secrets, described: bytes) -> AESGCM:
    key = blake2b(described, key=secrets.derive("backups"), digest_size=32).digest()
    return AESGCM(key)


def _seal(file: BinaryIO, box: AESGCM, number: int, place: bytes, content: bytes) -> None:
    sealed = box.encrypt(number.to_bytes(12, "big"), content, place)
    file.write(len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)


def _sealed(file: BinaryIO) -> bytes:
    length = int.from_bytes(file.read(_LENGTH_BYTES), "big")
    sealed = file.read(length) if 0 < length <= _PIECE_BYTES else b""
    if not sealed or len(sealed) != length:
        raise UnreadableBackup("it is cut off or damaged")
    return sealed


def _open(box: AESGCM, number: int, sealed: bytes) -> tuple[bytes, bool]:
    nonce = number.to_bytes(12, "big")
    for place in (_MORE, _LAST):
        try:
            return box.decrypt(nonce, sealed, place), place == _LAST
        except InvalidTag:
            continue
    message = "it was damaged, or made under another installation secret"
    raise UnreadableBackup(message)
