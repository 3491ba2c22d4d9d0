"""Server metadata at both well-known paths (RFC 8414, OpenID Connect Discovery)."""

from gatelodge.authserver.cors import ANY_ORIGIN
from gatelodge.oauth import discovery
from gatelodge.web import conditional
from gatelodge.web.http import Headers, Reply, Request, json_reply

_HEADERS: Headers = ((b"cache-control", b"public, max-age=3600"), *ANY_ORIGIN)


class DiscoveryEndpoint:
    """Serves the same document whatever Host the request names."""

    def __init__(self, issuer: str) -> None:
        found = json_reply(discovery.metadata(issuer), headers=_HEADERS)
        self._reply = conditional.tagged(found)

    async def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        return conditional.fresh(request, self._reply)
