"""The subscription: application x API x plan, with a state."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from gatelodge.catalog.apis import Api
from gatelodge.catalog.errors import Conflict, Invalid

SubscriptionState = Literal["pending", "active", "blocked", "rejected"]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One application's right to call one API within one plan.

    ``approved_scopes`` are the sensitive ones a publisher lets it have, separated by spaces.
    """

    id: int
    application_id: int
    api_id: int
    plan: str
    state: SubscriptionState
    created_at: int
    approved_scopes: str = ""


def check_new(api: Api, plan: str, existing: Subscription | None) -> None:
    """Raise unless an application may newly subscribe to ``api`` under ``plan``.

    A deprecated API keeps its subscribers and takes no new ones.
    """
    if existing is not None:
        raise Conflict(f"The application is already subscribed to {api.name} {api.version}.")
    if api.state != "published":
        raise Conflict(f"{api.name} {api.version} takes no new subscriptions.")
    check_plan(api, plan)


def check_plan(api: Api, plan: str) -> None:
    """Raise ``Invalid`` unless ``api`` is offered under ``plan``."""
    if plan not in api.plans:
        raise Invalid({"plan": "Choose one of the plans this API is offered under."})


def blocked(subscription: Subscription) -> SubscriptionState:
    """Return the state after a publisher blocks the subscription."""
    if subscription.state != "active":
        raise Conflict("Only an active subscription can be blocked.")
    return "blocked"


def unblocked(subscription: Subscription) -> SubscriptionState:
    """Return the state after a publisher lifts a block."""
    if subscription.state != "blocked":
        raise Conflict("Only a blocked subscription can be unblocked.")
    return "active"


def awaiting(api: Api, subscription: Subscription) -> frozenset[str]:
    """Return the sensitive scopes of ``api`` that the application does not have."""
    return api.sensitive_scopes.difference(subscription.approved_scopes.split())


def granted_scopes(api: Api, subscription: Subscription) -> Mapping[str, str]:
    """Return the scopes that an active subscription brings, with their meanings."""
    missing = awaiting(api, subscription)
    return {name: text for name, text in api.scopes.items() if name not in missing}


def approved(api: Api, subscription: Subscription, names: Iterable[str]) -> str:
    """Return ``approved_scopes`` after a publisher approves. Raises ``Invalid``."""
    wanted = frozenset(names)
    unknown = wanted - api.sensitive_scopes
    if unknown or not wanted:
        offered = ", ".join(sorted(api.sensitive_scopes)) or "none"
        raise Invalid({"scopes": f"Scopes of {api.name} that need approval: {offered}."})
    return " ".join(sorted(wanted.union(subscription.approved_scopes.split())))


def withdrawn(subscription: Subscription, names: Iterable[str]) -> str:
    """Return ``approved_scopes`` after a publisher takes some back. Raises ``Conflict``."""
    had, wanted = frozenset(subscription.approved_scopes.split()), frozenset(names)
    if not wanted or not wanted <= had:
        listed = ", ".join(sorted(had)) or "none"
        raise Conflict(f"Approved scopes of this subscription: {listed}.")
    return " ".join(sorted(had - wanted))
