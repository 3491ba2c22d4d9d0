"""All pools of this process, found by the upstream's URL."""

from __future__ import annotations

import ssl
from typing import Final

from gatelodge.gateway.upstreams.address import Address, parse_upstream
from gatelodge.gateway.upstreams.limits import ForwardLimits
from gatelodge.gateway.upstreams.pool import Pool
from gatelodge.web.sweep import Sweep

_REMEMBERED: Final = 1024


class Pools:
    """One pool per origin, shared by every upstream URL of that origin, and their one sweep."""

    def __init__(self, limits: ForwardLimits, tls: ssl.SSLContext | None) -> None:
        self._limits = limits
        self._tls = tls
        self._pools: dict[tuple[bool, str, int], Pool] = {}
        self._routes: dict[str, tuple[Address, Pool]] = {}
        self.sweep = Sweep(limits.tick_seconds)

    def route(self, upstream: str) -> tuple[Address, Pool]:
        """Return where ``upstream`` is and the pool to call it with.

        Raises UpstreamUnreachable for a URL that cannot be one.
        """
        return self._routes.get(upstream) or self._remember(upstream, parse_upstream(upstream))

    def close(self) -> None:
        """Close every connection; exchanges in flight fail."""
        for pool in self._pools.values():
            pool.close()
        self.sweep.stop()

    def _remember(self, upstream: str, address: Address) -> tuple[Address, Pool]:
        origin = (address.tls, address.host, address.port)
        pool = self._pools.get(origin)
        if pool is None:
            tls = self._trust() if address.tls else None
            pool = Pool(address, limits=self._limits, sweep=self.sweep, tls=tls)
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
