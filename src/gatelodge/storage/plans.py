"""Plans: the limits of subscriptions, in the order pages list them."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, insert, select

from gatelodge.catalog.plans import STANDARD_PLANS, Plan
from gatelodge.storage import changes, locks
from gatelodge.storage.schema import plans

_SELECT = select(plans).order_by(plans.c.position, plans.c.name)


def all(conn: Connection) -> Sequence[Plan]:  # noqa: A001 - read as ``plans.all``
    """Return every plan."""
    return [_record(row) for row in conn.execute(_SELECT)]


def find(conn: Connection, name: str) -> Plan | None:
    """Return the plan of this name."""
    row = conn.execute(select(plans).where(plans.c.name == name)).one_or_none()
    return None if row is None else _record(row)


def ensure_standard(conn: Connection) -> None:
    """Give an installation without plans the standard ones."""
    locks.take(conn, "installation")
    if conn.execute(select(plans.c.name).limit(1)).first() is not None:
        return
    conn.execute(
        insert(plans),
        [
            {
                "name": plan.name,
                "position": position,
                "calls": plan.limit,
                "period": plan.period,
                "description": plan.description,
            }
            for position, plan in enumerate(STANDARD_PLANS)
        ],
    )
    changes.append(conn, "api", 0)


def _record(row: Row[*tuple[object, ...]]) -> Plan:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return Plan(
        name=values["name"],
        limit=values["calls"],
        period=values["period"],
        description=values["description"],
    )
