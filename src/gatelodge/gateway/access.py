"""Whether a known caller may call an operation, and where its call goes."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import msgspec

from gatelodge.catalog import addresses, subscriptions
from gatelodge.catalog.apis import Api, Operation
from gatelodge.catalog.applications import Application
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.gateway.errors import (
    NotSubscribed,
    NoUpstream,
    ScopeMissing,
    SubscriptionBlocked,
    SubscriptionInactive,
    WrongAudience,
    WrongSubject,
)
from gatelodge.identity.users import User
from gatelodge.oauth.clients import Client, Environment

_OTHER_AUDIENCE = {True: "application", False: "user"}
"""Whose operations are closed to an access token, by whether it stands for a user."""


class Caller(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Whom a good access token stands for, as the records are now.

    ``identity`` is what upstreams are told; without a user the application calls for itself.
    ``audience`` are the paths below the tenant the access token is for, ``None`` for all.
    """

    client: Client
    application: Application
    subscriptions: Mapping[int, Subscription]
    user: User | None
    scopes: AbstractSet[str]
    identity: tuple[tuple[bytes, bytes], ...]
    audience: AbstractSet[str] | None = None


def check(api: Api, operation: Operation, caller: Caller) -> str:
    """Return the upstream for this call.

    An operation's scopes are all needed (OpenAPI 3.1 section 4.8.30). Raises one of ``errors``: an
    access token for other APIs is none here (RFC 8707 section 2), and the subscription is looked at
    before the rest, because what an API demands is its subscribers' business.
    """
    if caller.audience is not None and caller.audience.isdisjoint(addresses.contexts(api)):
        raise WrongAudience
    subscription = check_subscription(caller.subscriptions.get(api.id))
    if operation.audience == _OTHER_AUDIENCE[caller.user is not None]:
        raise WrongSubject
    if not operation.scopes <= caller.scopes:
        raise ScopeMissing(" ".join(sorted(operation.scopes)))
    # What was approved when the access token was issued may have been taken back since.
    if not operation.scopes.isdisjoint(api.sensitive_scopes) and not operation.scopes.isdisjoint(
        subscriptions.awaiting(api, subscription)
    ):
        raise ScopeMissing(" ".join(sorted(operation.scopes)))
    return upstream(api, caller.client.environment)


def check_subscription(subscription: Subscription | None) -> Subscription:
    """Return the subscription if it is active. Raises one of ``errors``."""
    if subscription is None:
        raise NotSubscribed
    if subscription.state == "blocked":
        raise SubscriptionBlocked
    if subscription.state != "active":
        raise SubscriptionInactive
    return subscription


def upstream(api: Api, environment: Environment) -> str:
    """Return where keys of this environment lead. Raises ``NoUpstream``."""
    found = api.production_upstream if environment == "production" else api.sandbox_upstream
    if found is None:
        raise NoUpstream(environment)
    return found
