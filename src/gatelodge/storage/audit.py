"""The activity log: who did what to which object, when and from where; rows are only added."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, union_all, update

from gatelodge.storage.audit_schema import audit


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the activity log; what it holds is plain JSON and never a secret.

    ``before`` and ``after`` are the object's fields that the act changed. Seals cover the encoding:
    whatever is added has a default, so that lines from before are encoded as they were.
    """

    id: int
    at: int
    actor_kind: str
    actor_id: int | None
    actor_name: str
    address: str
    act: str
    object_kind: str
    object_id: int | None
    detail: dict[str, Any]
    request_id: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its number and seal (``operations.audit_chain``)."""

    number: int
    seal: bytes
    event: Event


_LINES = union_all(*(select(table) for table in audit.tables)).subquery("lines")
"""Every line, in whichever table it is."""

_EVENT = [_LINES.c[name] for name in Event.__struct_fields__]


def record(conn: Connection, event: Event) -> None:
    """Add one line; it becomes durable with the act it tells of."""
    audit.insert(conn, [msgspec.structs.asdict(event)])


def of_object(
    conn: Connection,
    object_kind: str,
    object_id: int,
    limit: int = 50,
    *,
    before: int | None = None,
) -> Sequence[Event]:
    """Return the newest lines about one object, the newest first; those before a row if given."""
    wanted = (_LINES.c.object_kind == object_kind) & (_LINES.c.object_id == object_id)
    if before is not None:
        wanted &= _LINES.c.id < before
    rows = conn.execute(select(*_EVENT).where(wanted).order_by(_LINES.c.id.desc()).limit(limit))
    return [Event(**row) for row in rows.mappings()]


def newest(conn: Connection, limit: int) -> Sequence[Event]:
    """Return the newest lines, the newest first."""
    rows = conn.execute(select(*_EVENT).order_by(_LINES.c.id.desc()).limit(limit))
    return [Event(**row) for row in rows.mappings()]


def unsealed(conn: Connection, limit: int) -> Sequence[Event]:
    """Return lines without a seal, the oldest first."""
    query = select(*_EVENT).where(_LINES.c.seal_no.is_(None)).order_by(_LINES.c.id).limit(limit)
    return [Event(**row) for row in conn.execute(query).mappings()]


def waiting(conn: Connection) -> int:
    """Return how many lines have no seal."""
    query = select(func.count()).select_from(_LINES).where(_LINES.c.seal_no.is_(None))
    return int(conn.execute(query).scalar_one())


def last_seal(conn: Connection) -> tuple[int, bytes] | None:
    """Return number and seal of the line sealed last."""
    query = select(_LINES.c.seal_no, _LINES.c.seal).where(_LINES.c.seal_no.is_not(None))
    row = conn.execute(query.order_by(_LINES.c.seal_no.desc()).limit(1)).one_or_none()
    return None if row is None else (row.seal_no, row.seal)


def seal_of(conn: Connection, number: int) -> bytes | None:
    """Return the seal of the line with this number."""
    found: bytes | None = conn.scalar(select(_LINES.c.seal).where(_LINES.c.seal_no == number))
    return found


def seal(conn: Connection, event_id: int, number: int, value: bytes) -> None:
    """Give a line its number and seal."""
    table = audit.at(conn, event_id)
    conn.execute(update(table).where(table.c.id == event_id).values(seal_no=number, seal=value))


def sealed_after(conn: Connection, number: int, limit: int) -> Sequence[Sealed]:
    """Return sealed lines after a number, in their order."""
    query = select(_LINES).where(_LINES.c.seal_no > number).order_by(_LINES.c.seal_no).limit(limit)
    return [
        Sealed(
            number=row["seal_no"],
            seal=row["seal"],
            event=Event(**{column.name: row[column.name] for column in _EVENT}),
        )
        for row in conn.execute(query).mappings()
    ]


def sealed_lines(conn: Connection, rows: int) -> Iterator[Sealed]:
    """Yield every sealed line that is there in order, read some rows at a time."""
    last = 0
    while lines := sealed_after(conn, last, rows):
        yield from lines
        last = lines[-1].number
