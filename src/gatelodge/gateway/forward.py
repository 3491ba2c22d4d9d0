"""Sends a request to its upstream: another server, or an application mounted in this process."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.types import ASGIApp, Receive, Send

from gatelodge.gateway.mounted import call_mounted
from gatelodge.gateway.upstreams.address import Address, UpstreamRequest, parse_upstream
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
from gatelodge.gateway.upstreams.pool import Pool
from gatelodge.web.sweep import Sweep

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
_REMEMBERED: Final = 1024


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
        self._limits = limits or ForwardLimits()
        self._tls = tls
        self._sweep = Sweep(self._limits.tick_seconds)
        self._pools: dict[tuple[bool, str, int], Pool] = {}
        self._routes: dict[str, tuple[Address, Pool]] = {}

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
        address, pool = self._routes.get(upstream) or self._route(upstream)
        await Exchange(address, pool, self._sweep, request).run(receive, send)

    async def close(self) -> None:
        """Close every connection; exchanges in flight fail."""
        for pool in self._pools.values():
            pool.close()
        self._sweep.stop()
        # Transports close in the loop's next turn.
        await asyncio.sleep(0)

    def _route(self, upstream: str) -> tuple[Address, Pool]:
        address = parse_upstream(upstream)
        origin = (address.tls, address.host, address.port)
        pool = self._pools.get(origin)
        if pool is None:
            tls = self._trust() if address.tls else None
            pool = Pool(address, limits=self._limits, sweep=self._sweep, tls=tls)
            self._pools[origin] = pool
        if len(self._routes) >= _REMEMBERED:
            self._routes.clear()
        self._routes[upstream] = (address, pool)
        return address, pool

    def _trust(self) -> ssl.SSLContext:
        if self._tls is None:
            # Reading the certificates takes 20 ms: not before the first https upstream.
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls
