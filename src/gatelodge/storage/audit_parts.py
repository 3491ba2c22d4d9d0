"""Old lines of the activity log go whole tables at a time; what they ended with is written down."""

import msgspec
from sqlalchemy import Connection, Table, func, insert, select

from gatelodge.storage import rings
from gatelodge.storage.audit_schema import audit, audit_anchors


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """The last line that was dropped: number, seal and time; ``proof`` says that we dropped it."""

    number: int
    seal: bytes
    at: int
    proof: bytes = b""


def anchor(conn: Connection) -> Anchor | None:
    """Return where the log begins, ``None`` where nothing was ever dropped."""
    query = select(audit_anchors).order_by(audit_anchors.c.number.desc()).limit(1)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else Anchor(**row)


def write_anchor(conn: Connection, last: Anchor) -> None:
    """Write down where the log begins from now on."""
    conn.execute(insert(audit_anchors), msgspec.structs.asdict(last))


def oldest(conn: Connection, now: int, kept: int) -> Table | None:
    """Return the table to drop: the log begins in it, and all its lines are sealed and too old.

    ``kept`` is in seconds.
    """
    firsts = _firsts(conn)
    for table in audit.old(conn, now, kept):
        unsealed = conn.scalar(select(table.c.id).where(table.c.seal_no.is_(None)).limit(1))
        if unsealed is None and firsts[table] == min(firsts.values()):
            return table
    return None


def drop(conn: Connection, table: Table) -> Anchor:
    """Empty the table that ``oldest`` returned; return the last line that is gone, unproven.

    A line that was written late can be sealed after the first of the next table: it goes there.
    """
    others = {other: first for other, first in _firsts(conn).items() if other is not table}
    last = select(table.c.seal_no, table.c.seal, table.c.at).order_by(table.c.seal_no.desc())
    if others:
        following = min(others, key=others.__getitem__)
        late = table.c.seal_no > others[following]
        moved = insert(following).from_select(list(table.c.keys()), select(table).where(late))
        conn.execute(moved)
        last = last.where(~late)
    row = conn.execute(last.limit(1)).one()
    rings.empty(conn, table)
    return Anchor(number=row.seal_no, seal=row.seal, at=row.at)


def _firsts(conn: Connection) -> dict[Table, int]:
    """Return the number of the first sealed line of each table that has one."""
    found = {table: conn.scalar(select(func.min(table.c.seal_no))) for table in audit.tables}
    return {table: first for table, first in found.items() if first is not None}
