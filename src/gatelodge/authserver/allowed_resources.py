"""Which resources a client may ask for (RFC 8707): the APIs it is subscribed to, and userinfo."""

from collections.abc import Collection, Sequence

from gatelodge.authserver.allowed_scopes import callable_apis
from gatelodge.authserver.context import Context
from gatelodge.catalog import addresses
from gatelodge.oauth import resources
from gatelodge.oauth.clients import Client


async def within_reach(
    context: Context, client: Client, wanted: Sequence[object]
) -> Collection[str]:
    """Return the resources a client may ask for; nothing is looked at if none is ``wanted``."""
    if not wanted:
        return ()
    found = {resources.userinfo(context.issuer)}
    for api in await callable_apis(context.live, client):
        found.update(context.issuer + path for path in addresses.paths(api, context.tenant))
    return found


async def asked(context: Context, client: Client, wanted: Sequence[str]) -> str:
    """Return the resources of a token request. Raises ``InvalidTarget``."""
    return resources.grant(wanted, await within_reach(context, client, wanted))
