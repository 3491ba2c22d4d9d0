"""Traces for OpenTelemetry, where its variables ask for them; nothing where they do not."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping

from gatelodge import __version__
from gatelodge.app.surfaces import Surfaces
from gatelodge.gateway.forward import Forwarder
from gatelodge.gateway.traced import TracedForwarder
from gatelodge.storage.engine import Store
from gatelodge.web import tracing
from gatelodge.web.http import ASGIApp
from gatelodge.web.tracing import Tracing


@contextlib.asynccontextmanager
async def running(store: Store, tenant: str) -> AsyncIterator[Tracing | None]:
    """Trace what the store writes for the length of the block, and send the last spans at its end.

    Yields what traces the rest.
    """
    provider = tracing.provider(__version__) if tracing.wanted(os.environ) else None
    if provider is None:
        yield None
        return
    found = store.tracer = Tracing(provider, Surfaces(tenant))
    try:
        yield found
    finally:
        store.tracer = None
        # Where they go may be away.
        await asyncio.to_thread(provider.shutdown)


def around(found: Tracing | None, app: ASGIApp) -> ASGIApp:
    """Return the application, traced where that is wanted."""
    return app if found is None else found.around(app)


def forwarder(found: Tracing | None, mounted: Mapping[str, ASGIApp]) -> Forwarder:
    """Return the gateway's way to upstreams, traced where that is wanted."""
    return Forwarder(mounted) if found is None else TracedForwarder(mounted, found)
