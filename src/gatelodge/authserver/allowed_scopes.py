"""Which scopes a client may ask for: the base ones and those of the APIs it is subscribed to."""

from collections.abc import Collection, Sequence

from gatelodge.catalog import subscriptions
from gatelodge.catalog.apis import Api
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.oauth import scopes
from gatelodge.oauth.clients import Client
from gatelodge.storage.live import Live

CALLABLE = frozenset({"published", "deprecated"})
"""The states in which an API version answers."""


async def allowed(live: Live, client: Client, wanted: Collection[str]) -> Collection[str]:
    """Return the allowed scopes; the application is only looked at if ``wanted`` needs it."""
    if scopes.only_base(wanted):
        return scopes.BASE
    found = set(scopes.BASE)
    for api, subscription in await subscribed(live, client):
        found.update(subscriptions.granted_scopes(api, subscription))
    return found


async def callable_apis(live: Live, client: Client) -> Sequence[Api]:
    """Return the APIs the client's application may call."""
    return [api for api, _ in await subscribed(live, client)]


async def subscribed(live: Live, client: Client) -> Sequence[tuple[Api, Subscription]]:
    """Return the APIs the client's application may call, each with its subscription."""
    view = await live.application(client.application_id)
    if view is None:
        return ()
    return [
        (api, subscription)
        for api in (await live.catalogue()).apis
        if (subscription := view.subscriptions.get(api.id)) is not None
        and subscription.state == "active"
        and api.state in CALLABLE
    ]
