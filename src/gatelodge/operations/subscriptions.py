"""Acts on subscriptions: subscribe, change the plan, unsubscribe, block, approve scopes."""

from collections.abc import Collection

import msgspec

from gatelodge.catalog import subscriptions as rules
from gatelodge.catalog.apis import Api
from gatelodge.catalog.errors import NoSuch
from gatelodge.catalog.subscriptions import Subscription, SubscriptionState
from gatelodge.operations.actor import Act
from gatelodge.operations.applications import visible
from gatelodge.storage import apis, changes, subscriptions
from gatelodge.storage.connections import Connection


def subscribe(
    conn: Connection, act: Act, application_id: int, api_id: int, plan: str
) -> Subscription:
    """Subscribe an application to an API under one of the API's plans.

    Raises ``NoSuch``, ``Invalid``, and ``Conflict`` for a second subscription or an API that takes
    none.
    """
    application = visible(conn, act.actor, application_id)
    api = _offered(conn, api_id)
    existing = [s for s in subscriptions.of_application(conn, application_id) if s.api_id == api_id]
    rules.check_new(api, plan, existing[0] if existing else None)
    subscription = Subscription(
        id=act.ids.next(),
        application_id=application.id,
        api_id=api.id,
        plan=plan,
        state="active",
        created_at=act.now,
    )
    subscriptions.add(conn, subscription)
    changing = act.changing(None, subscription)
    _changed(conn, changing, subscription, "subscription.add", api)
    return subscription


def change_plan(conn: Connection, act: Act, subscription_id: int, plan: str) -> Subscription:
    """Put a subscription under another of the API's plans."""
    subscription = _owned(conn, act, subscription_id)
    api = _offered(conn, subscription.api_id)
    rules.check_plan(api, plan)
    subscriptions.change_plan(conn, subscription_id, plan)
    after = msgspec.structs.replace(subscription, plan=plan)
    changing = act.changing(subscription, after)
    _changed(conn, changing, after, "subscription.change", api)
    return after


def unsubscribe(conn: Connection, act: Act, subscription_id: int) -> Subscription:
    """End a subscription; the gateway refuses the application's next call to that API."""
    subscription = _owned(conn, act, subscription_id)
    subscriptions.remove(conn, subscription_id)
    api = apis.find(conn, subscription.api_id)
    changing = act.changing(subscription, None)
    _changed(conn, changing, subscription, "subscription.remove", api)
    return subscription


def block(conn: Connection, act: Act, subscription_id: int) -> Subscription:
    """Shut one application out of one API (publishers and administrators)."""
    subscription = _managed(conn, act, subscription_id)
    state = rules.blocked(subscription)
    return _store_state(conn, act, subscription, state, "subscription.block")


def unblock(conn: Connection, act: Act, subscription_id: int) -> Subscription:
    """Lift a block (publishers and administrators)."""
    subscription = _managed(conn, act, subscription_id)
    state = rules.unblocked(subscription)
    return _store_state(conn, act, subscription, state, "subscription.unblock")


def approve(
    conn: Connection, act: Act, subscription_id: int, scopes: Collection[str]
) -> Subscription:
    """Let an application have sensitive scopes of an API (publishers and administrators).

    Raises ``Invalid`` for scopes that are none of those, ``NoSuch`` and ``NotAllowed``.
    """
    subscription = _managed(conn, act, subscription_id)
    names = rules.approved(_offered(conn, subscription.api_id), subscription, scopes)
    return _store_scopes(conn, act, subscription, names, "subscription.approve")


def withdraw(
    conn: Connection, act: Act, subscription_id: int, scopes: Collection[str]
) -> Subscription:
    """Take approved scopes back: the gateway refuses them from the next call on (publishers).

    Raises ``Conflict`` for scopes that were not approved, ``NoSuch`` and ``NotAllowed``.
    """
    subscription = _managed(conn, act, subscription_id)
    names = rules.withdrawn(subscription, scopes)
    return _store_scopes(conn, act, subscription, names, "subscription.withdraw")


def _store_scopes(
    conn: Connection, act: Act, before: Subscription, names: str, name: str
) -> Subscription:
    subscriptions.change_approved_scopes(conn, before.id, names)
    after = msgspec.structs.replace(before, approved_scopes=names)
    changing = act.changing(before, after)
    _changed(conn, changing, after, name, apis.find(conn, after.api_id))
    return after


def _store_state(
    conn: Connection, act: Act, before: Subscription, state: SubscriptionState, name: str
) -> Subscription:
    subscriptions.change_state(conn, before.id, state)
    after = msgspec.structs.replace(before, state=state)
    changing = act.changing(before, after)
    _changed(conn, changing, after, name, apis.find(conn, after.api_id))
    return after


def _managed(conn: Connection, act: Act, subscription_id: int) -> Subscription:
    act.actor.require("publisher", "administrator")
    found = subscriptions.find(conn, subscription_id)
    if found is None:
        raise NoSuch("subscription")
    return found


def _owned(conn: Connection, act: Act, subscription_id: int) -> Subscription:
    found = subscriptions.find(conn, subscription_id)
    if found is None:
        raise NoSuch("subscription")
    visible(conn, act.actor, found.application_id)
    return found


def _offered(conn: Connection, api_id: int) -> Api:
    api = apis.find(conn, api_id)
    if api is None or api.state == "created":
        raise NoSuch("API")
    return api


def _changed(
    conn: Connection, act: Act, subscription: Subscription, name: str, api: Api | None
) -> None:
    changes.append(conn, "application", subscription.application_id)
    detail = {
        "api": f"{api.name} {api.version}" if api else str(subscription.api_id),
        "plan": subscription.plan,
    }
    if name in {"subscription.approve", "subscription.withdraw"}:
        detail["scopes"] = subscription.approved_scopes or "none"
    act.record(conn, name, "application", subscription.application_id, detail)
