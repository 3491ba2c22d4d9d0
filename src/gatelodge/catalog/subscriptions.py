"""The subscription: application x API x plan, with a state."""

from typing import Literal

import msgspec

SubscriptionState = Literal["pending", "active", "blocked", "rejected"]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One application's right to call one API within one plan."""

    id: int
    application_id: int
    api_id: int
    plan: str
    state: SubscriptionState
    created_at: int
