"""Which pages of other origins may read an answer (RFC 9700 section 2.6).

A client's own pages: the origins of its registered redirect URIs. Never with cookies, and never at
the authorization endpoint. A preflight does not say which client will ask, so it promises nothing:
the answer to the request itself carries the origin, or the browser keeps it from the page.
"""

from gatelodge.oauth import redirects
from gatelodge.oauth.clients import Client
from gatelodge.web.http import Endpoint, Headers, Reply, Request

ANY_ORIGIN: Headers = ((b"access-control-allow-origin", b"*"),)
_VARY = (b"vary", b"origin")


def allow(request: Request, client: Client) -> None:
    """Let the client's pages read whatever the answer to this request will be."""
    origin = request.header(b"origin")
    if origin is None:
        return
    own = {redirects.origin(uri) for uri in client.redirect_uris}
    if origin.decode("latin-1") in own:
        request.answer_headers = ((b"access-control-allow-origin", origin), _VARY)


def preflight(methods: str) -> Endpoint:
    """Return the endpoint that answers a browser's question before the request."""
    told: Headers = (
        (b"access-control-allow-methods", methods.encode()),
        (b"access-control-allow-headers", b"authorization, content-type"),
        (b"access-control-max-age", b"600"),
        _VARY,
    )

    async def answer(request: Request) -> Reply:
        origin = request.header(b"origin")
        if origin is None:
            return Reply(204, b"", ((b"allow", methods.encode()),))
        return Reply(204, b"", ((b"access-control-allow-origin", origin), *told))

    return answer
