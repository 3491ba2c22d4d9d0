"""What every request and answer of the program gets: an identifier, its sender, a few headers."""

import os
from collections.abc import Sequence

from structlog.contextvars import bind_contextvars

from gatelodge import proxies
from gatelodge.settings import Settings
from gatelodge.web.from_proxies import PEER
from gatelodge.web.http import ASGIApp, Headers, Message, Receive, Scope, Send
from gatelodge.web.plain_http import in_the_clear

_HSTS: Headers = ((b"strict-transport-security", b"max-age=31536000"),)
_SNIFFING = b"x-content-type-options"


def around(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the program with what every request gets."""
    identified = RequestId(app, secure=settings.secure)
    trusted = proxies.networks(settings.trusted_proxies)
    if not trusted:
        return identified
    plain = RequestId(in_the_clear(settings.issuer), secure=False) if settings.secure else None
    return BehindProxies(identified, trusted, plain)


class BehindProxies:
    """Puts the client's own address into the scope of what trusted proxies hand on.

    What they say came to them over plain HTTP goes to ``plain``, if there is one.
    """

    def __init__(
        self, app: ASGIApp, trusted: Sequence[proxies.Network], plain: ASGIApp | None = None
    ) -> None:
        self._app = app
        self._trusted = trusted
        self._plain = plain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other messages of the server pass through."""
        if scope["type"] == "http" and (peer := scope.get("client")):
            address = proxies.client_address(peer[0], scope["headers"], self._trusted)
            if self._plain and proxies.came_in_the_clear(peer[0], scope["headers"], self._trusted):
                await self._plain(scope, receive, send)
                return
            if address != peer[0]:
                scope = {**scope, "client": (address, 0), PEER: peer}
        await self._app(scope, receive, send)


class RequestId:
    """Gives each request a fresh identifier, whatever its sender says, and each answer the same.

    ``scope["state"]["request_id"]`` holds it, and so does every log line and every line of the
    activity log that the request leads to. Answers get ``X-Request-Id`` and, unless they say
    something of their own, ``nosniff``; over TLS browsers are told to stay with it (RFC 6797).
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._always: Headers = _HSTS if secure else ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other messages of the server pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = os.urandom(16).hex()
        # Starlette hands its lifespan's state to every request; this one's is its own.
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        # The server has a task for each request, and with it a context that ends.
        bind_contextvars(request_id=request_id)
        more = ((b"x-request-id", request_id.encode()), *self._always)

        async def identified(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), *more]
                if all(name != _SNIFFING for name, _ in headers):
                    headers.append((_SNIFFING, b"nosniff"))
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, identified)
