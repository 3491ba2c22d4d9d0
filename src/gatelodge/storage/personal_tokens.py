"""Personal access tokens: digests of them, never the text."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from gatelodge.identity.personal_tokens import PersonalToken
from gatelodge.storage.personal_schema import personal_tokens

_NOTE_USE = (
    update(personal_tokens)
    .where(
        personal_tokens.c.id == bindparam("row"),
        func.coalesce(personal_tokens.c.last_used_at, 0) < bindparam("at"),
    )
    .values(last_used_at=bindparam("at"))
)


def add(conn: Connection, made: PersonalToken) -> None:
    """Store a new one."""
    conn.execute(
        insert(personal_tokens), msgspec.structs.asdict(made) | {"scopes": sorted(made.scopes)}
    )


def find(conn: Connection, row_id: int) -> PersonalToken | None:
    """Return the one in this row, an expired one included."""
    found = conn.execute(select(personal_tokens).where(personal_tokens.c.id == row_id))
    row = found.mappings().one_or_none()
    return None if row is None else _record(row)


def of_developer(conn: Connection, developer_id: int) -> Sequence[PersonalToken]:
    """Return a developer's, the newest first, expired ones included."""
    rows = conn.execute(
        select(personal_tokens)
        .where(personal_tokens.c.developer_id == developer_id)
        .order_by(personal_tokens.c.id.desc())
    )
    return [_record(row) for row in rows.mappings()]


def remove(conn: Connection, row_id: int) -> None:
    """Remove one; it is refused from the commit on."""
    conn.execute(delete(personal_tokens).where(personal_tokens.c.id == row_id))


def remove_all(conn: Connection, developer_id: int) -> int:
    """Remove every one of a developer; return how many."""
    mine = personal_tokens.c.developer_id == developer_id
    return conn.execute(delete(personal_tokens).where(mine)).rowcount


def note_uses(conn: Connection, used: Mapping[int, int]) -> None:
    """Write down when they were last used; a later time that stands there already stays."""
    rows = [{"row": id_, "at": used[id_]} for id_ in sorted(used)]
    if rows:
        conn.execute(_NOTE_USE, rows)


def _record(row: RowMapping) -> PersonalToken:
    return PersonalToken(**{**row, "scopes": frozenset(row["scopes"])})
