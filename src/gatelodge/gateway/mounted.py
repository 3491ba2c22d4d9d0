"""Upstreams inside this process: plain ASGI applications."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from gatelodge.gateway.upstreams.address import UpstreamRequest

# What describes the body on the way in; the application needs it as the caller sent it.
_OF_THE_CALLER: Final = frozenset({b"host", b"content-length", b"transfer-encoding"})


async def call_mounted(
    app: ASGIApp, request: UpstreamRequest, receive: Receive, send: Send
) -> None:
    """Call ``app``, mounted at the ``root_path`` of the request's scope, where there is one.

    What the application raises rises unchanged: it is our own code, not an upstream's fault.
    """
    await app(_scope(request), receive, send)


def _scope(request: UpstreamRequest) -> Scope:
    raw_path, _, query = request.target.partition(b"?")
    root: str = request.scope.get("root_path", "")
    path = root.encode("ascii") + (raw_path or b"/")
    return {
        **request.scope,
        "method": request.method.decode("ascii"),
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "root_path": root,
        "headers": _headers(request),
    }


def _headers(request: UpstreamRequest) -> list[tuple[bytes, bytes]]:
    kept = [header for header in request.headers if header[0] not in _OF_THE_CALLER]
    return [each for each in request.scope["headers"] if each[0] in _OF_THE_CALLER] + kept
