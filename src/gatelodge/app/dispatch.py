"""Who answers a path: endpoints by exact path, the gateway, the management API, then pages."""

from collections.abc import Mapping, Sequence

from gatelodge.gateway.asked import CHECK
from gatelodge.management import application as management
from gatelodge.oauth.discovery import RESOURCE_METADATA
from gatelodge.web.http import ASGIApp, Receive, Scope, Send

OAUTH_PATHS = (
    "/authorize",
    "/device_authorization",
    "/token",
    "/revoke",
    "/introspect",
    "/userinfo",
    "/jwks",
    "/endsession",
)
_ELSEWHERE = {"/device_authorization": "/device_authorize"}
"""What WSO2 calls an endpoint of ours."""

TENANTS = "/t/"
_CHECK = f"{CHECK}/"
_MANAGEMENT = f"{management.ROOT}/"
_RESOURCES = RESOURCE_METADATA + TENANTS


class Dispatch:
    """Hands each request on, with one look into a dictionary for the hot paths."""

    def __init__(
        self,
        exact: Mapping[str, ASGIApp],
        gateway: ASGIApp,
        resources: ASGIApp,
        managing: ASGIApp,
        pages: ASGIApp,
    ) -> None:
        self._exact = exact
        self._resources = resources
        self._gateway = gateway
        self._management = managing
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on."""
        path: str = scope["path"]
        app = self._exact.get(path)
        if app is None:
            app = self._by_prefix(path)
        await app(scope, receive, send)

    def _by_prefix(self, path: str) -> ASGIApp:
        if path.startswith(TENANTS):
            return self._gateway
        if path.startswith(_MANAGEMENT):
            return self._management
        if path.startswith(_CHECK):
            return self._exact[CHECK]
        return self._resources if path.startswith(_RESOURCES) else self._pages


def with_aliases(found: Mapping[str, ASGIApp], tenant: str) -> Mapping[str, ASGIApp]:
    """Add the paths that clients of VBC and WSO2 know: ``/oauth2/token``, ``/t/TENANT/...``."""
    aliases = {
        alias: found[path]
        for path in OAUTH_PATHS
        if path in found
        for alias in alias_paths(path, tenant)
    }
    return aliases | dict(found)


def alias_paths(path: str, tenant: str) -> Sequence[str]:
    """Return the further paths an OAuth endpoint answers on."""
    names = dict.fromkeys((path, _ELSEWHERE.get(path, path)))
    below = ("/oauth2", f"{TENANTS}{tenant}/oauth2")
    return [prefix + name for name in names for prefix in below]


async def closed(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse what comes before the start is done or after the stop has begun."""
    del scope, receive
    headers = [(b"content-length", b"0"), (b"retry-after", b"1")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
