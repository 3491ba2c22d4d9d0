"""The subscription: application x API x plan, with a state."""

from typing import Literal

import msgspec

from gatelodge.catalog.apis import Api
from gatelodge.catalog.errors import Conflict, Invalid

SubscriptionState = Literal["pending", "active", "blocked", "rejected"]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One application's right to call one API within one plan."""

    id: int
    application_id: int
    api_id: int
    plan: str
    state: SubscriptionState
    created_at: int


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
