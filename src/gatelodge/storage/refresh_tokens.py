"""Refresh tokens: saved, rotated once, and answered the same way to everybody who asks again."""

import hmac
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gatelodge.oauth.refresh import RefreshToken, family_end
from gatelodge.storage import revocations
from gatelodge.storage.schema import refresh_tokens


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
    conn.execute(insert(refresh_tokens), [msgspec.structs.asdict(row) for row in issued])
    return [None] * len(issued)


_FIND = (
    select(refresh_tokens)
    .where(refresh_tokens.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(refresh_tokens.c.id)
    .with_for_update()
)
_ROTATE = (
    update(refresh_tokens)
    .where(refresh_tokens.c.id == bindparam("row_id"), refresh_tokens.c.rotated_at.is_(None))
    .values(rotated_at=bindparam("at"), successor_id=bindparam("successor"))
)


def rotate(conn: Connection, requests: Sequence[Rotation]) -> Sequence[RotationResult]:
    """Rotate refresh tokens (set-based): for each token exactly one request sees ``rotated``.

    The rows are locked first, so the requests of other nodes wait and then see the successor.
    """
    ids = sorted({request.id for request in requests})
    stored = {
        row["id"]: RefreshToken(**row) for row in conn.execute(_FIND, {"ids": ids}).mappings()
    }
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
    conn.execute(_ROTATE, marks)
    conn.execute(insert(refresh_tokens), successors)


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
    row = conn.execute(select(refresh_tokens).where(refresh_tokens.c.id == id_)).mappings().first()
    return RefreshToken(**row) if row is not None else None


def forget(conn: Connection, before: int) -> int:
    """Remove the tokens made before row id ``before``: expired for good, replays included."""
    return conn.execute(delete(refresh_tokens).where(refresh_tokens.c.id < before)).rowcount
