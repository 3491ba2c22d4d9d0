"""The activity log: who did what to which object, when and from where; rows are only added."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from gatelodge.storage.schema import audit


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the activity log; ``detail`` holds plain JSON and never a secret."""

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


def record(conn: Connection, event: Event) -> None:
    """Add one line; it becomes durable with the act it tells of."""
    conn.execute(insert(audit), msgspec.structs.asdict(event))


def of_object(
    conn: Connection,
    object_kind: str,
    object_id: int,
    limit: int = 50,
    *,
    before: int | None = None,
) -> Sequence[Event]:
    """Return the newest lines about one object, the newest first; those before a row if given."""
    wanted = (audit.c.object_kind == object_kind) & (audit.c.object_id == object_id)
    if before is not None:
        wanted &= audit.c.id < before
    rows = conn.execute(select(audit).where(wanted).order_by(audit.c.id.desc()).limit(limit))
    return [Event(**row) for row in rows.mappings()]
