"""Metadata of each API as a protected resource (RFC 9728), at the paths its 401 points to."""

from gatelodge.authserver.allowed_scopes import CALLABLE
from gatelodge.authserver.context import Context
from gatelodge.authserver.cors import ANY_ORIGIN, preflight
from gatelodge.catalog import addresses
from gatelodge.oauth import discovery
from gatelodge.web.errors import reply_for
from gatelodge.web.http import ASGIApp, Headers, HttpError, Reply, Request, asgi, json_reply

_HEADERS: Headers = ((b"cache-control", b"public, max-age=60"), *ANY_ORIGIN)


class NoSuchResource(HttpError):
    """There is no API at the path that follows the well-known one."""

    status = 404


class ProtectedResourceEndpoint:
    """Tells a client that was refused which authorization server to ask, and for what."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, request: Request) -> Reply:
        """Answer one request. Raises ``NoSuchResource``."""
        request.answer_headers = ANY_ORIGIN
        wanted = request.path.removeprefix(discovery.RESOURCE_METADATA)
        for api in (await self._context.live.catalogue()).apis:
            if api.state in CALLABLE and wanted in addresses.paths(api, self._context.tenant):
                document = discovery.protected_resource(
                    self._context.issuer,
                    wanted,
                    f"{api.name} {api.version}",
                    api.scopes,
                    addresses.page(api),
                )
                request.answer_headers = ()
                return json_reply(document, headers=_HEADERS)
        raise NoSuchResource("No API is offered at this path.")


def protected_resources(context: Context) -> ASGIApp:
    """Return the application for every path that starts with ``discovery.RESOURCE_METADATA``."""
    endpoint = ProtectedResourceEndpoint(context)
    return asgi(endpoint, methods=frozenset({"GET"}), refuse=reply_for, preflight=preflight("GET"))
