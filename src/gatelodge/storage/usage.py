"""How often APIs are called, by hour, application, API, environment and status."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, select

from gatelodge.storage import upserts
from gatelodge.storage.schema import usage

HOUR = 3_600


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """A number of calls of one kind in one hour; ``application_id`` is 0 for unknown callers."""

    hour: int
    application_id: int
    api_id: int
    environment: str
    status: int
    calls: int


_KEY = ["hour", "application_id", "api_id", "environment", "status"]


def add(conn: Connection, counted: Sequence[Calls]) -> None:
    """Add to what was counted before; other nodes may add at the same time."""
    # In one order everywhere, so that two nodes never wait for each other's rows.
    ordered = sorted(counted, key=msgspec.structs.astuple)
    if not ordered:
        return
    adding = upserts.insert(conn, usage)
    more = {"calls": usage.c.calls + adding.excluded.calls}
    conn.execute(
        adding.on_conflict_do_update(index_elements=_KEY, set_=more),
        [msgspec.structs.asdict(row) for row in ordered],
    )


def of_application(conn: Connection, application_id: int, since: int) -> Sequence[Calls]:
    """Return an application's calls from the hour ``since`` (seconds since the epoch) on."""
    query = (
        select(usage)
        .where(usage.c.application_id == application_id, usage.c.hour >= since)
        .order_by(usage.c.hour, usage.c.api_id, usage.c.environment, usage.c.status)
    )
    return [Calls(**row) for row in conn.execute(query).mappings()]


def total(conn: Connection, api_id: int, since: int) -> int:
    """Return how often an API was called from the hour ``since`` on, refused calls included."""
    query = select(func.coalesce(func.sum(usage.c.calls), 0)).where(
        usage.c.api_id == api_id, usage.c.hour >= since
    )
    return int(conn.execute(query).scalar_one())
