"""The JWK set (RFC 7517): the public part of every signing key still or soon in use."""

from gatelodge.authserver.context import Context
from gatelodge.authserver.cors import ANY_ORIGIN
from gatelodge.oauth.jose import KeyRing
from gatelodge.oauth.signing_keys import JWK_SET_KEPT
from gatelodge.web import conditional
from gatelodge.web.http import Headers, Reply, Request, json_reply

_HEADERS: Headers = (
    (b"cache-control", b"public, max-age=%d" % JWK_SET_KEPT),
    *ANY_ORIGIN,
)


class JwksEndpoint:
    """Publishes the ring; a coming key is published long before its first signature."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ring = context.signing_keys()
        self._reply = _published(self._ring)

    async def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        ring = self._context.signing_keys()
        if ring is not self._ring:
            self._ring, self._reply = ring, _published(ring)
        return conditional.fresh(request, self._reply)


def _published(ring: KeyRing) -> Reply:
    return conditional.tagged(json_reply(ring.jwk_set(), headers=_HEADERS))
