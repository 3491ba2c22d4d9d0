"""Which scopes a client may ask for: the base ones and those of the APIs it is subscribed to."""

from collections.abc import Collection

from gatelodge.oauth import scopes
from gatelodge.oauth.clients import Client
from gatelodge.storage.live import Live

_CALLABLE = frozenset({"published", "deprecated"})


async def allowed(live: Live, client: Client, wanted: Collection[str]) -> Collection[str]:
    """Return the allowed scopes; the application is only looked at if ``wanted`` needs it."""
    if scopes.only_base(wanted):
        return scopes.BASE
    view = await live.application(client.application_id)
    if view is None:
        return scopes.BASE
    found = set(scopes.BASE)
    for api in (await live.catalogue()).apis:
        subscription = view.subscriptions.get(api.id)
        if subscription and subscription.state == "active" and api.state in _CALLABLE:
            found.update(api.scopes)
    return found
