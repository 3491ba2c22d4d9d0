"""Refresh tokens: saved, rotated once, and answered the same way to everybody who asks again."""

import hmac
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from gatelodge.oauth.refresh import RefreshToken, family_end
from gatelodge.storage import revocations
from gatelodge.storage.token_schema import refresh_tokens


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """A request to replace the token in row ``id`` by a successor with a fresh id and digest.

    Scope, user, family and sign-in time pass from the row to its successor unchanged
    (RFC 9700 section 4.14.2).
    """

    id: int
    digest: bytes
    client_row: int
    now: int
    successor_id: int
    successor_digest: bytes
    successor_expires_at: int
    sign_in_lifetime: int


class RotationResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it.

    ``row`` is the token as it stands now, ``None`` when that client has no such token. ``rotated``
    is true for the one request that replaced it; ``revoked`` says that its family, user or client
    was ended.
    """

    row: RefreshToken | None
    rotated: bool
    revoked: bool


def save(conn: Connection, issued: Sequence[RefreshToken]) -> Sequence[None]:
    """Store new refresh tokens (set-based)."""
    refresh_tokens.insert(conn, [msgspec.structs.asdict(row) for row in issued])
    return [None] * len(issued)


_FIND = {
    table: select(table).where(table.c.id == bindparam("row_id")) for table in refresh_tokens.tables
}
_LOCK = {
    table: select(table)
    .where(table.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(table.c.id)
    .with_for_update()
    for table in refresh_tokens.tables
}
_ROTATE = {
    table: update(table)
    .where(table.c.id == bindparam("row_id"), table.c.rotated_at.is_(None))
    .values(rotated_at=bindparam("at"), successor_id=bindparam("successor"))
    for table in refresh_tokens.tables
}


def rotate(conn: Connection, requests: Sequence[Rotation]) -> Sequence[RotationResult]:
    """Rotate refresh tokens (set-based): for each token exactly one request sees ``rotated``.

    The rows are locked first, so the requests of other nodes wait and then see the successor.
    """
    stored: dict[int, RefreshToken] = {}
    for table, ids in refresh_tokens.divide(conn, {request.id for request in requests}, int):
        found = conn.execute(_LOCK[table], {"ids": ids})
        stored |= {row["id"]: RefreshToken(**row) for row in found.mappings()}
    ended = revocations.concerning(
        conn,
        (row.family_id for row in stored.values()),
        (row.user_id for row in stored.values()),
        (row.client_row for row in stored.values()),
    )
    winners: dict[int, Rotation] = {}
    for request in requests:
        row = _owned(stored, request)
        if row is not None and _may_rotate(row, request) and not _is_revoked(ended, row):
            winners.setdefault(row.id, request)
    if winners:
        _replace(conn, stored, winners)
    return [
        RotationResult(
            row=(row := _owned(stored, request)),
            rotated=winners.get(request.id) is request,
            revoked=row is not None and _is_revoked(ended, row),
        )
        for request in requests
    ]


def _replace(
    conn: Connection, stored: dict[int, RefreshToken], winners: dict[int, Rotation]
) -> None:
    """Mark the winners' tokens rotated, insert their successors, and note it in ``stored``."""
    marks, successors = [], []
    for id_, won in winners.items():
        row = stored[id_]
        end = family_end(row, won.sign_in_lifetime)
        marks.append({"row_id": id_, "at": won.now, "successor": won.successor_id})
        successors.append(
            msgspec.structs.asdict(row)
            | {
                "id": won.successor_id,
                "digest": won.successor_digest,
                "issued_at": won.now,
                "expires_at": min(won.successor_expires_at, end),
                "family_expires_at": end,
            }
        )
        stored[id_] = msgspec.structs.replace(
            row, rotated_at=won.now, successor_id=won.successor_id
        )
    for table, own in refresh_tokens.divide(conn, marks, lambda mark: mark["row_id"]):
        conn.execute(_ROTATE[table], own)
    refresh_tokens.insert(conn, successors)


def _may_rotate(row: RefreshToken, request: Rotation) -> bool:
    end = min(row.expires_at, family_end(row, request.sign_in_lifetime))
    return row.rotated_at is None and request.now < end


def _is_revoked(ended: revocations.Revocations, row: RefreshToken) -> bool:
    return ended.cover(
        token_id=row.id, family_id=row.family_id, client_row=row.client_row, user_id=row.user_id
    )


def _owned(stored: dict[int, RefreshToken], request: Rotation) -> RefreshToken | None:
    row = stored.get(request.id)
    if row is None or row.client_row != request.client_row:
        return None
    return row if hmac.compare_digest(row.digest, request.digest) else None


def find(conn: Connection, id_: int) -> RefreshToken | None:
    """Return the token in row ``id_``, whatever its state."""
    found = conn.execute(_FIND[refresh_tokens.at(conn, id_)], {"row_id": id_})
    row = found.mappings().first()
    return RefreshToken(**row) if row is not None else None
