"""Signing keys: private parts are stored sealed only; opening them is the caller's business."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection, insert, select

from gatelodge.storage import changes
from gatelodge.storage.schema import signing_keys


class StoredSigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A signing key at rest; an ``active`` one signs, a ``retiring`` one is only published."""

    id: int
    kid: str
    algorithm: str
    sealed: bytes
    state: Literal["active", "retiring"]
    created_at: int


def all_of(conn: Connection) -> Sequence[StoredSigningKey]:
    """Return every signing key, the newest first."""
    rows = conn.execute(select(signing_keys).order_by(signing_keys.c.id.desc()))
    return [StoredSigningKey(**row) for row in rows.mappings()]


def add_missing(
    conn: Connection, candidates: Sequence[StoredSigningKey]
) -> Sequence[StoredSigningKey]:
    """Store the candidates whose algorithm has no active key yet; return all keys afterwards.

    Two nodes that start together may both add one; either verifies, and the newest signs.
    """
    have = {key.algorithm for key in all_of(conn) if key.state == "active"}
    missing = [key for key in candidates if key.algorithm not in have]
    if missing:
        conn.execute(insert(signing_keys), [msgspec.structs.asdict(key) for key in missing])
        changes.append(conn, "signing_key", 0)
    return all_of(conn)
