"""How many requests a node answers at once; one more is told at once to come again."""

from gatelodge.web import edge, health
from gatelodge.web.http import ASGIApp, Headers, Receive, Reply, Scope, Send, send_reply

MOST_IN_FLIGHT = 2048

_JSON: Headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_BUSY = edge.busy("Too many requests are being answered. Please try again.")
_REPLY = Reply(_BUSY.status.value, edge.explanation(_BUSY), _JSON + _BUSY.headers)


class Crowd:
    """An application with at most ``most`` requests inside.

    Health is asked for all the same: a balancer that hears nothing takes a busy node for a dead
    one, and its load to the others.
    """

    def __init__(self, app: ASGIApp, most: int = MOST_IN_FLIGHT) -> None:
        self._app = app
        self._most = most
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or refuse it."""
        if self._inside >= self._most and scope["path"] not in health.PATHS:
            await send_reply(_REPLY, (), send)
            return
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
