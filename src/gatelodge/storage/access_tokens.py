"""Opaque access tokens; a JWT access token is never stored."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from gatelodge.oauth.access import AccessToken
from gatelodge.storage import upserts
from gatelodge.storage.schema import access_tokens

_FIND_ALL = select(access_tokens).where(access_tokens.c.id.in_(bindparam("ids", expanding=True)))
_FIND = select(access_tokens).where(access_tokens.c.id == bindparam("row_id"))


def save(conn: Connection, issued: Sequence[AccessToken]) -> Sequence[None]:
    """Store new opaque access tokens (set-based)."""
    conn.execute(insert(access_tokens), [msgspec.structs.asdict(row) for row in issued])
    return [None] * len(issued)


def keep(conn: Connection, issued: Sequence[AccessToken]) -> Sequence[AccessToken]:
    """Store access tokens unless rows with their ids are there, and return those rows (set-based).

    Requests that repeat one refresh all offer the same row; whoever comes first is believed.
    """
    rows = [msgspec.structs.asdict(row) for row in sorted(issued, key=lambda row: row.id)]
    conn.execute(upserts.insert(conn, access_tokens).on_conflict_do_nothing(), rows)
    found = conn.execute(_FIND_ALL, {"ids": sorted({row.id for row in issued})}).mappings()
    stored = {row["id"]: AccessToken(**row) for row in found}
    return [stored[row.id] for row in issued]


def find(conn: Connection, id_: int) -> AccessToken | None:
    """Return the opaque access token in row ``id_``; the caller compares its digest."""
    row = conn.execute(_FIND, {"row_id": id_}).mappings().first()
    return AccessToken(**row) if row is not None else None


def forget(conn: Connection, before: int) -> int:
    """Remove the tokens made before row id ``before``: expired whatever their lifetime was."""
    return conn.execute(delete(access_tokens).where(access_tokens.c.id < before)).rowcount
