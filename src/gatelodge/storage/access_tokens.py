"""Opaque access tokens; a JWT access token is never stored."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, select

from gatelodge.oauth.access import AccessToken
from gatelodge.storage import upserts
from gatelodge.storage.token_schema import access_tokens

_FIND_ALL = {
    table: select(table).where(table.c.id.in_(bindparam("ids", expanding=True)))
    for table in access_tokens.tables
}
_FIND = {
    table: select(table).where(table.c.id == bindparam("row_id")) for table in access_tokens.tables
}


def save(conn: Connection, issued: Sequence[AccessToken]) -> Sequence[None]:
    """Store new opaque access tokens (set-based)."""
    access_tokens.insert(conn, [msgspec.structs.asdict(row) for row in issued])
    return [None] * len(issued)


def keep(conn: Connection, issued: Sequence[AccessToken]) -> Sequence[AccessToken]:
    """Store access tokens unless rows with their ids are there, and return those rows (set-based).

    Requests that repeat one refresh all offer the same row; whoever comes first is believed.
    """
    stored: dict[int, AccessToken] = {}
    for table, own in access_tokens.divide(conn, issued):
        rows = [msgspec.structs.asdict(row) for row in sorted(own, key=lambda row: row.id)]
        conn.execute(upserts.insert(conn, table).on_conflict_do_nothing(), rows)
        found = conn.execute(_FIND_ALL[table], {"ids": sorted({row.id for row in own})})
        stored |= {row["id"]: AccessToken(**row) for row in found.mappings()}
    return [stored[row.id] for row in issued]


def find(conn: Connection, id_: int) -> AccessToken | None:
    """Return the opaque access token in row ``id_``; the caller compares its digest."""
    found = conn.execute(_FIND[access_tokens.at(conn, id_)], {"row_id": id_})
    row = found.mappings().first()
    return AccessToken(**row) if row is not None else None
