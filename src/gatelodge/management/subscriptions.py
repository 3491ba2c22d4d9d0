"""Subscriptions of an application: list, subscribe, show, change the plan, unsubscribe."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gatelodge.catalog.errors import NoSuch
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.management import applications, matching, paging
from gatelodge.management.call import Answer, Call, Operation
from gatelodge.management.paging import Items
from gatelodge.management.shown import moment, row
from gatelodge.operations import subscriptions as acts
from gatelodge.storage import subscriptions
from gatelodge.storage.connections import Connection
from gatelodge.web.rows import row_id

PATH = f"{applications.ONE}/subscriptions"
ONE = f"{PATH}/{{subscription_id}}"


class SubscriptionShown(msgspec.Struct, frozen=True, kw_only=True):
    """An application's right to call an API under a plan; which sensitive scopes it may have."""

    id: str
    application_id: str
    api_id: str
    plan: str
    state: str
    approved_scopes: Sequence[str]
    created_at: datetime


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which API to subscribe to, and under which of its plans."""

    api_id: str
    plan: str


class SubscriptionChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan it is to be under."""

    plan: str


def shown(one: Subscription) -> SubscriptionShown:
    """Return a subscription as it is answered."""
    return SubscriptionShown(
        id=row(one.id),
        application_id=row(one.application_id),
        api_id=row(one.api_id),
        plan=one.plan,
        state=one.state,
        approved_scopes=one.approved_scopes.split(),
        created_at=moment(one.created_at),
    )


def list_subscriptions(conn: Connection, call: Call) -> Answer:
    """List an application's subscriptions, the oldest first."""
    page = paging.read(call.query)
    stored = subscriptions.of_application(conn, applications.of(conn, call).id)
    found = [one for one in stored if page.row is None or one.id > page.row]
    items = [shown(one) for one in found[: page.limit]]
    following = paging.following([one.id for one in found], page)
    return Answer(value=Items(items=items, next_cursor=following))


def subscribe(conn: Connection, call: Call) -> Answer:
    """Subscribe an application to an API."""
    application = applications.of(conn, call)
    body: NewSubscription = call.body
    api_id = row_id(body.api_id)
    if api_id is None:
        raise NoSuch("API")
    made = shown(acts.subscribe(conn, call.act, application.id, api_id, body.plan))
    location = f"{applications.PATH}/{application.id}/subscriptions/{made.id}"
    return Answer(value=made, tagged=made, location=location)


def show_subscription(conn: Connection, call: Call) -> Answer:
    """Show a subscription."""
    found = shown(_of(conn, call))
    return Answer(value=found, tagged=found)


def change_plan(conn: Connection, call: Call) -> Answer:
    """Put a subscription under another plan."""
    before = _of(conn, call)
    matching.check(call, shown(before))
    after = shown(acts.change_plan(conn, call.act, before.id, call.body.plan))
    return Answer(value=after, tagged=after)


def unsubscribe(conn: Connection, call: Call) -> Answer:
    """End a subscription; the gateway refuses the next call."""
    found = _of(conn, call)
    matching.check(call, shown(found))
    acts.unsubscribe(conn, call.act, found.id)
    return Answer()


def _of(conn: Connection, call: Call) -> Subscription:
    application = applications.of(conn, call)
    found = subscriptions.find(conn, call.row("subscription_id", "subscription"))
    if found is None or found.application_id != application.id:
        raise NoSuch("subscription")
    return found


OPERATIONS: Sequence[Operation] = (
    Operation(
        method="GET",
        path=PATH,
        scope="subscriptions:read",
        unit=list_subscriptions,
        answer=Items[SubscriptionShown],
        query=paging.PARAMETERS,
    ),
    Operation(
        method="POST",
        path=PATH,
        scope="subscriptions:write",
        unit=subscribe,
        body=NewSubscription,
        answer=SubscriptionShown,
        status=201,
        tagged=True,
    ),
    Operation(
        method="GET",
        path=ONE,
        scope="subscriptions:read",
        unit=show_subscription,
        answer=SubscriptionShown,
        tagged=True,
    ),
    Operation(
        method="PATCH",
        path=ONE,
        scope="subscriptions:write",
        unit=change_plan,
        body=SubscriptionChange,
        answer=SubscriptionShown,
        matched=True,
        tagged=True,
    ),
    Operation(
        method="DELETE",
        path=ONE,
        scope="subscriptions:write",
        unit=unsubscribe,
        status=204,
        matched=True,
    ),
)
