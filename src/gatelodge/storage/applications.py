"""Applications: what developers register."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from gatelodge.catalog.applications import Application
from gatelodge.catalog.names import folded
from gatelodge.storage.client_schema import clients
from gatelodge.storage.schema import applications, subscriptions

_COLUMNS = [column for column in applications.c if column.name != "name_folded"]
_FIND = select(*_COLUMNS).where(applications.c.id == bindparam("row_id"))


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a list of applications; ``environments`` are those with a consumer key."""

    application: Application
    subscriptions: int
    environments: frozenset[str]


def add(conn: Connection, application: Application) -> None:
    """Store a new application; the caller has made sure that the name is free."""
    conn.execute(insert(applications), _row(application))


def replace(conn: Connection, application: Application) -> None:
    """Store an application's changed values under its id."""
    conn.execute(
        update(applications).where(applications.c.id == application.id).values(_row(application))
    )


def remove(conn: Connection, application_id: int) -> None:
    """Remove an application; its consumer keys, secrets and subscriptions go with it."""
    conn.execute(delete(applications).where(applications.c.id == application_id))


def find(conn: Connection, application_id: int) -> Application | None:
    """Return the application with this id."""
    rows = conn.execute(_FIND, {"row_id": application_id})
    row = rows.mappings().one_or_none()
    return None if row is None else Application(**row)


def find_named(conn: Connection, owner_id: int, name: str) -> Application | None:
    """Return a developer's application with this name, ignoring case and width."""
    rows = conn.execute(
        select(*_COLUMNS).where(
            applications.c.owner_id == owner_id, applications.c.name_folded == folded(name)
        )
    )
    row = rows.mappings().one_or_none()
    return None if row is None else Application(**row)


def of_owner(conn: Connection, owner_id: int) -> Sequence[Application]:
    """Return every application of a developer, by name: for pages that let one be chosen."""
    rows = conn.execute(
        select(*_COLUMNS)
        .where(applications.c.owner_id == owner_id)
        .order_by(applications.c.name_folded)
    )
    return [Application(**row) for row in rows.mappings()]


def count(conn: Connection, owner_id: int, search: str = "") -> int:
    """Return how many applications of a developer have ``search`` in name or description."""
    query = select(func.count()).select_from(applications).where(_matching(owner_id, search))
    return conn.execute(query).scalar_one()


def summaries(
    conn: Connection, owner_id: int, search: str = "", *, limit: int = 50, offset: int = 0
) -> Sequence[Summary]:
    """Return one page of a developer's applications by name, with what a list says of each."""
    query = select(*_COLUMNS).where(_matching(owner_id, search))
    rows = conn.execute(query.order_by(applications.c.name_folded).limit(limit).offset(offset))
    found = [Application(**row) for row in rows.mappings()]
    ids = [application.id for application in found]
    counts = (
        select(subscriptions.c.application_id, func.count())
        .where(subscriptions.c.application_id.in_(ids))
        .group_by(subscriptions.c.application_id)
    )
    subscribed: dict[int, int] = {row[0]: row[1] for row in conn.execute(counts)}
    environments: dict[int, set[str]] = {}
    for application_id, environment in conn.execute(
        select(clients.c.application_id, clients.c.environment).where(
            clients.c.application_id.in_(ids)
        )
    ):
        environments.setdefault(application_id, set()).add(environment)
    return [
        Summary(
            application=application,
            subscriptions=subscribed.get(application.id, 0),
            environments=frozenset(environments.get(application.id, ())),
        )
        for application in found
    ]


def after(
    conn: Connection, owner_id: int, row: int | None, limit: int, search: str = ""
) -> Sequence[Application]:
    """Return a developer's applications beyond a row, the oldest first."""
    wanted = _matching(owner_id, search)
    if row is not None:
        wanted &= applications.c.id > row
    rows = conn.execute(select(*_COLUMNS).where(wanted).order_by(applications.c.id).limit(limit))
    return [Application(**row) for row in rows.mappings()]


def _matching(owner_id: int, search: str) -> ColumnElement[bool]:
    owned = applications.c.owner_id == owner_id
    words = folded(search)
    if not words:
        return owned
    return owned & (
        applications.c.name_folded.contains(words, autoescape=True)
        | func.lower(applications.c.description).contains(words, autoescape=True)
    )


def _row(application: Application) -> dict[str, object]:
    return msgspec.structs.asdict(application) | {"name_folded": folded(application.name)}
