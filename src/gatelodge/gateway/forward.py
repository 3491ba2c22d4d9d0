"""Sends a request to its upstream: another server, or an application mounted in this process."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.types import ASGIApp, Receive, Send

from gatelodge.gateway.mounted import call_mounted
from gatelodge.gateway.upstreams.address import UpstreamRequest
from gatelodge.gateway.upstreams.exchange import Exchange
from gatelodge.gateway.upstreams.faults import (
    AnswerCut,
    CallerGone,
    UpstreamBroken,
    UpstreamFault,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from gatelodge.gateway.upstreams.limits import ForwardLimits
from gatelodge.gateway.upstreams.pools import Pools

__all__ = [
    "AnswerCut",
    "CallerGone",
    "ForwardLimits",
    "Forwarder",
    "Upstream",
    "UpstreamBroken",
    "UpstreamFault",
    "UpstreamRequest",
    "UpstreamTimeout",
    "UpstreamUnreachable",
]

_MOUNTED: Final = "app:"


class Upstream(msgspec.Struct, frozen=True):
    """Where an API's calls go: ``http(s)://host[:port][/base]``, or ``app:NAME`` in process."""

    url: str


class Forwarder:
    """Owns the connections to all upstreams; to be used from one event loop."""

    def __init__(
        self,
        mounted: Mapping[str, ASGIApp],
        *,
        limits: ForwardLimits | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._mounted = mounted
        self._pools = Pools(limits or ForwardLimits(), tls)

    async def send(
        self, upstream: str, request: UpstreamRequest, receive: Receive, send: Send
    ) -> None:
        """Stream the body from ``receive`` to the upstream and its answer to ``send``.

        Raises UpstreamFault; AnswerCut, once a part of the answer was sent, must be left to rise.
        """
        if upstream.startswith(_MOUNTED):
            app = self._mounted.get(upstream.removeprefix(_MOUNTED))
            if app is None:
                raise UpstreamUnreachable("No application of that name is mounted.")
            await call_mounted(app, request, receive, send)
            return
        address, pool = self._pools.route(upstream)
        await Exchange(address, pool, self._pools.sweep, request).run(receive, send)

    async def close(self) -> None:
        """Close every connection; exchanges in flight fail."""
        self._pools.close()
        # Transports close in the loop's next turn.
        await asyncio.sleep(0)
