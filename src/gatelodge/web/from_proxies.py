"""Endpoints that only the proxies in front may ask."""

from collections.abc import Sequence

from gatelodge import proxies
from gatelodge.web.http import ASGIApp, Receive, Reply, Scope, Send, send_reply

PEER = "peer"
"""Where the scope keeps who is connected, once ``client`` is the one a proxy speaks for."""

_PLAIN = b"/gate/"
_NOT_THERE = Reply(404, b'{"error":"not_found"}', ((b"content-type", b"application/json"),))


def from_proxies(app: ASGIApp, trusted: Sequence[proxies.Network]) -> ASGIApp:
    """Return ``app`` for those whose connection comes from ``trusted``; others find nothing.

    Nor does who spells ``/gate/`` with escapes: a proxy that keeps its callers out may not have
    known the path.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        peer = scope.get(PEER) or scope.get("client") or ("",)
        if scope["raw_path"].startswith(_PLAIN) and proxies.is_trusted(peer[0], trusted):
            await app(scope, receive, send)
        else:
            await send_reply(_NOT_THERE, (), send)

    return answer
