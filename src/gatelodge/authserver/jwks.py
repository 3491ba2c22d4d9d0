"""The JWK set (RFC 7517): the public part of every signing key still or soon in use."""

from gatelodge.authserver.context import Context
from gatelodge.authserver.cors import ANY_ORIGIN
from gatelodge.web.http import Headers, Reply, Request, json_reply

_HEADERS: Headers = ((b"cache-control", b"public, max-age=900"), *ANY_ORIGIN)


class JwksEndpoint:
    """Publishes the ring; a coming key is published long before its first signature."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, _: Request) -> Reply:
        """Answer one request."""
        return json_reply(self._context.signing_keys().jwk_set(), headers=_HEADERS)
