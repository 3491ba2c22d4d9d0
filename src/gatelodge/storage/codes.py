"""Authorization codes: saved once, spent once."""

import hmac
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from gatelodge.oauth.codes import Code
from gatelodge.storage.token_schema import codes


class SpendCode(msgspec.Struct, frozen=True, kw_only=True):
    """A request to spend the code in row ``id`` whose secret has ``digest``, for one client."""

    id: int
    digest: bytes
    client_row: int
    now: int


class CodeSpend(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: ``code`` is ``None`` when there is no such code for that client."""

    code: Code | None
    first: bool


def save(conn: Connection, issued: Sequence[Code]) -> Sequence[None]:
    """Store new codes (set-based)."""
    codes.insert(conn, [msgspec.structs.asdict(code) for code in issued])
    return [None] * len(issued)


_FIND = {
    table: select(table)
    .where(table.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(table.c.id)
    .with_for_update()
    for table in codes.tables
}
_SPEND = {
    table: update(table)
    .where(table.c.id.in_(bindparam("ids", expanding=True)), table.c.spent_at.is_(None))
    .values(spent_at=bindparam("now"))
    .returning(table.c.id)
    for table in codes.tables
}


def spend(conn: Connection, requests: Sequence[SpendCode]) -> Sequence[CodeSpend]:
    """Spend codes (set-based): for each code exactly one request ever sees ``first``.

    A request with a wrong secret or of a foreign client leaves the code as it is (RFC 9700
    section 4.5: it must not be able to take the code from its owner).
    """
    stored: dict[int, Code] = {}
    for table, ids in codes.divide(conn, {request.id for request in requests}, int):
        found = conn.execute(_FIND[table], {"ids": ids})
        stored |= {row["id"]: Code(**row) for row in found.mappings()}
    winners: dict[int, SpendCode] = {}
    for request in requests:
        code = _owned(stored, request)
        if code is not None and code.spent_at is None:
            winners.setdefault(request.id, request)
    if winners:
        spent = _spend(conn, winners)
        winners = {id_: winner for id_, winner in winners.items() if id_ in spent}
    return [
        CodeSpend(code=_owned(stored, request), first=winners.get(request.id) is request)
        for request in requests
    ]


def _spend(conn: Connection, winners: dict[int, SpendCode]) -> set[int]:
    now = max(winner.now for winner in winners.values())
    spent: set[int] = set()
    for table, ids in codes.divide(conn, winners, int):
        spent |= set(conn.execute(_SPEND[table], {"ids": ids, "now": now}).scalars())
    return spent


def _owned(stored: dict[int, Code], request: SpendCode) -> Code | None:
    code = stored.get(request.id)
    if code is None or code.client_row != request.client_row:
        return None
    return code if hmac.compare_digest(code.digest, request.digest) else None
