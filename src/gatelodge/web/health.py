"""Health for load balancers: alive says the process answers, ready says that it can do its work."""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from gatelodge.storage.errors import StorageError
from gatelodge.web.errors import reply_for
from gatelodge.web.http import ASGIApp, Headers, Reply, Request, asgi, json_reply

_log = structlog.get_logger(__name__)
LIVE, READY = "/health/live", "/health/ready"
PATHS = frozenset({LIVE, READY})
_GET = frozenset({"GET"})
_NEVER_CACHED: Headers = ((b"cache-control", b"no-store"),)


def endpoints(probe: Callable[[], Awaitable[object]]) -> Mapping[str, ASGIApp]:
    """Return both endpoints by path; ``probe`` raises a ``StorageError`` when the store is away."""

    async def live(_: Request) -> Reply:
        return json_reply({"status": "live"}, headers=_NEVER_CACHED)

    async def ready(_: Request) -> Reply:
        try:
            await probe()
        except StorageError as error:
            _log.warning("not_ready", cause=str(error))
            body = {"status": "not ready", "reason": "the database does not answer"}
            return json_reply(body, 503, (*_NEVER_CACHED, (b"retry-after", b"1")))
        return json_reply({"status": "ready"}, headers=_NEVER_CACHED)

    return {
        LIVE: asgi(live, methods=_GET, refuse=reply_for),
        READY: asgi(ready, methods=_GET, refuse=reply_for),
    }
