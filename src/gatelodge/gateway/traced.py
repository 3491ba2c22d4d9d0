"""The way to upstreams with a span for each call, which the upstream's own spans follow."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
from starlette.types import ASGIApp, Receive, Send

from gatelodge.gateway.forward import Forwarder, UpstreamRequest
from gatelodge.web.tracing import Tracing, replaced


class TracedForwarder(Forwarder):
    """A forwarder whose calls are spans, and carry their context (W3C Trace Context)."""

    def __init__(self, mounted: Mapping[str, ASGIApp], tracing: Tracing) -> None:
        super().__init__(mounted)
        self._tracing = tracing

    async def send(
        self, upstream: str, request: UpstreamRequest, receive: Receive, send: Send
    ) -> None:
        """Forward as ``Forwarder`` does."""
        host = urlsplit(upstream).hostname or upstream
        with self._tracing.leaving(request.method.decode("latin-1"), host, send) as (seen, ours):
            headers = replaced(request.headers, ours)
            request = msgspec.structs.replace(request, headers=headers)
            await super().send(upstream, request, receive, seen)
