"""Subscriptions: application x API x plan, with a state."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from gatelodge.catalog.apis import Api
from gatelodge.catalog.subscriptions import Subscription, SubscriptionState, awaiting
from gatelodge.storage.schema import applications, developers, subscriptions

_FIELDS = [column.name for column in subscriptions.c]
_OF_APPLICATION = (
    select(subscriptions)
    .where(subscriptions.c.application_id == bindparam("application"))
    .order_by(subscriptions.c.id)
)


def add(conn: Connection, subscription: Subscription) -> None:
    """Store a new subscription; the caller has made sure that there is none for this API."""
    conn.execute(insert(subscriptions), msgspec.structs.asdict(subscription))


def find(conn: Connection, subscription_id: int) -> Subscription | None:
    """Return the subscription with this id."""
    rows = conn.execute(select(subscriptions).where(subscriptions.c.id == subscription_id))
    row = rows.mappings().one_or_none()
    return None if row is None else Subscription(**row)


def of_application(conn: Connection, application_id: int) -> list[Subscription]:
    """Return an application's subscriptions in whatever state, the oldest first."""
    rows = conn.execute(_OF_APPLICATION, {"application": application_id})
    return [Subscription(**row) for row in rows.mappings()]


def of_owner(conn: Connection, owner_id: int) -> Sequence[Subscription]:
    """Return the subscriptions of all applications of one developer."""
    rows = conn.execute(
        select(subscriptions)
        .join(applications, applications.c.id == subscriptions.c.application_id)
        .where(applications.c.owner_id == owner_id)
        .order_by(subscriptions.c.id)
    )
    return [Subscription(**row) for row in rows.mappings()]


class Subscriber(Subscription, frozen=True, kw_only=True):
    """A subscription, whose it is, and the scopes that wait for a publisher's approval."""

    application: str
    developer: str
    waiting_scopes: tuple[str, ...]


def of_api(conn: Connection, api: Api) -> list[Subscriber]:
    """Return the subscriptions to an API, the oldest first."""
    rows = conn.execute(
        select(subscriptions, applications.c.name.label("app"), developers.c.email)
        .join(applications, applications.c.id == subscriptions.c.application_id)
        .join(developers, developers.c.id == applications.c.owner_id)
        .where(subscriptions.c.api_id == api.id)
        .order_by(subscriptions.c.id)
    )
    return [_subscriber(api, row) for row in rows.mappings()]


def _subscriber(api: Api, row: RowMapping) -> Subscriber:
    found = Subscription(**{name: row[name] for name in _FIELDS})
    return Subscriber(
        **msgspec.structs.asdict(found),
        application=row["app"],
        developer=row["email"],
        waiting_scopes=tuple(sorted(awaiting(api, found))),
    )


def change_plan(conn: Connection, subscription_id: int, plan: str) -> None:
    """Put a subscription under another plan."""
    conn.execute(
        update(subscriptions).where(subscriptions.c.id == subscription_id).values(plan=plan)
    )


def change_state(conn: Connection, subscription_id: int, state: SubscriptionState) -> None:
    """Put a subscription into another state."""
    conn.execute(
        update(subscriptions).where(subscriptions.c.id == subscription_id).values(state=state)
    )


def change_approved_scopes(conn: Connection, subscription_id: int, scopes: str) -> None:
    """Write down which sensitive scopes a subscription brings."""
    row = subscriptions.c.id == subscription_id
    conn.execute(update(subscriptions).where(row).values(approved_scopes=scopes))


def remove(conn: Connection, subscription_id: int) -> None:
    """Remove a subscription."""
    conn.execute(delete(subscriptions).where(subscriptions.c.id == subscription_id))
