"""The authorization server's machine-read endpoints, put together; pages are in ``browser``."""

from collections.abc import Mapping

from gatelodge.authserver import cors
from gatelodge.authserver.context import Context, SignInUser
from gatelodge.authserver.device_authorization import DeviceAuthorizationEndpoint
from gatelodge.authserver.discovery import DiscoveryEndpoint
from gatelodge.authserver.document import DocumentEndpoint
from gatelodge.authserver.grants.every import grants
from gatelodge.authserver.introspection import IntrospectionEndpoint
from gatelodge.authserver.jwks import JwksEndpoint
from gatelodge.authserver.revocation import RevocationEndpoint
from gatelodge.authserver.token import TokenEndpoint
from gatelodge.authserver.userinfo import UserinfoEndpoint
from gatelodge.web.errors import reply_for
from gatelodge.web.http import ASGIApp, Endpoint, asgi

_GET = frozenset({"GET"})
_POST = frozenset({"POST"})
_BOTH = _GET | _POST


def endpoints(context: Context, sign_in: SignInUser) -> Mapping[str, ASGIApp]:
    """Return the application for each path; aliases are the composition root's business."""
    metadata = _app(DiscoveryEndpoint(context.issuer), _GET, crossing=True)
    return {
        "/token": _app(TokenEndpoint(context, grants(context, sign_in)), _POST, crossing=True),
        "/device_authorization": _app(DeviceAuthorizationEndpoint(context), _POST, crossing=True),
        "/revoke": _app(RevocationEndpoint(context), _POST, crossing=True),
        "/introspect": _app(IntrospectionEndpoint(context), _POST, crossing=False),
        "/userinfo": _app(UserinfoEndpoint(context), _BOTH, crossing=True),
        "/jwks": _app(JwksEndpoint(context), _GET, crossing=True),
        "/openapi.json": _app(DocumentEndpoint(context.issuer), _GET, crossing=True),
        "/.well-known/oauth-authorization-server": metadata,
        "/.well-known/openid-configuration": metadata,
    }


def _app(endpoint: Endpoint, methods: frozenset[str], *, crossing: bool) -> ASGIApp:
    """Return an endpoint's application; ``crossing`` ones answer pages of other origins too."""
    preflight = cors.preflight(", ".join(sorted(methods))) if crossing else None
    return asgi(endpoint, methods=methods, refuse=reply_for, preflight=preflight)
