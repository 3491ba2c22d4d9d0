"""Whether a known caller may call an operation, and where its call goes."""

from collections.abc import Set as AbstractSet

import msgspec

from gatelodge.catalog.apis import Api, Operation
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.gateway.errors import (
    NotSubscribed,
    NoUpstream,
    ScopeMissing,
    SubscriptionBlocked,
    SubscriptionInactive,
    WrongSubject,
)
from gatelodge.oauth.clients import Environment


class Bearer(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What of a caller decides: the key's environment, the scopes, and whether it is a user."""

    environment: Environment
    scopes: AbstractSet[str]
    stands_for_user: bool


def check(api: Api, operation: Operation, subscription: Subscription | None, bearer: Bearer) -> str:
    """Return the upstream for this call.

    An operation's scopes are all needed (OpenAPI 3.1 section 4.8.30). Raises one of ``errors``: the
    subscription is looked at first, because what an API demands is its subscribers' business.
    """
    check_subscription(subscription)
    if operation.audience == "user" and not bearer.stands_for_user:
        raise WrongSubject
    if not operation.scopes <= bearer.scopes:
        raise ScopeMissing(" ".join(sorted(operation.scopes)))
    return upstream(api, bearer.environment)


def check_subscription(subscription: Subscription | None) -> None:
    """Raise unless the subscription is active."""
    if subscription is None:
        raise NotSubscribed
    if subscription.state == "blocked":
        raise SubscriptionBlocked
    if subscription.state != "active":
        raise SubscriptionInactive


def upstream(api: Api, environment: Environment) -> str:
    """Return where keys of this environment lead. Raises ``NoUpstream``."""
    found = api.production_upstream if environment == "production" else api.sandbox_upstream
    if found is None:
        raise NoUpstream(environment)
    return found
