"""Connections to one origin: the idle ones, and how many there may be."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque

from gatelodge.gateway.upstreams.address import Address
from gatelodge.gateway.upstreams.connection import UpstreamConnection
from gatelodge.gateway.upstreams.faults import UpstreamBroken, UpstreamTimeout, UpstreamUnreachable
from gatelodge.gateway.upstreams.limits import ForwardLimits
from gatelodge.web.sweep import Sweep


class Pool:
    """Lends connections; the one used last is lent first, so that few are kept warm."""

    def __init__(
        self,
        address: Address,
        *,
        limits: ForwardLimits,
        sweep: Sweep,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._address = address
        self._limits = limits
        self._sweep = sweep
        self._tls = tls
        self._idle: deque[UpstreamConnection] = deque()
        self._open: set[UpstreamConnection] = set()
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take_idle(self) -> UpstreamConnection | None:
        """Return a connection used before, None when there is none."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable():
                return connection
        return None

    async def acquire(self) -> UpstreamConnection:
        """Return an idle connection or a new one, waiting for it when too many are in use.

        Raises UpstreamUnreachable and UpstreamTimeout.
        """
        while True:
            connection = self.take_idle()
            if connection is not None:
                return connection
            if len(self._open) < self._limits.connections:
                return await self._connect()
            await self._wait()

    async def acquire_new(self) -> UpstreamConnection:
        """Return a new connection; idle ones are dropped, one of them has just proved dead.

        Raises UpstreamUnreachable and UpstreamTimeout.
        """
        while self._idle:
            self._idle.pop().abort()
        while len(self._open) >= self._limits.connections:
            await self._wait()
        return await self._connect()

    def release(self, connection: UpstreamConnection) -> None:
        """Take a connection back; one that cannot be used again is closed."""
        if not connection.end() or len(self._idle) >= self._limits.idle_connections:
            connection.abort()
            return
        connection.idle_since = self._sweep.now
        if not self._idle:
            self._sweep.add(self)
        self._idle.append(connection)
        self._wake_one()

    def lost(self, connection: UpstreamConnection) -> None:
        """Forget a closed connection."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._wake_one()

    def check(self, now: float) -> None:
        """Close what has been idle for too long."""
        while self._idle and now - self._idle[0].idle_since > self._limits.idle_seconds:
            self._idle.popleft().abort()
        if not self._idle:
            self._sweep.discard(self)

    def close(self) -> None:
        """Close every connection; exchanges in flight fail."""
        for connection in tuple(self._open):
            connection.fail(UpstreamBroken("The gateway is closing."))

    async def _wait(self) -> None:
        if len(self._waiting) >= self._limits.waiting:
            raise UpstreamUnreachable("Too many requests wait for the upstream.")
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._limits.queue_seconds):
                await turn
        except TimeoutError:
            raise UpstreamUnreachable("All connections to the upstream are in use.") from None
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif turn.cancelled():
                # Woken and cancelled at once: the next in line gets the turn.
                self._wake_one()

    def _wake_one(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    async def _connect(self) -> UpstreamConnection:
        address = self._address
        connection = UpstreamConnection(self, self._limits, self._sweep)
        self._open.add(connection)
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection,
                    address.host,
                    address.port,
                    ssl=self._tls,
                    server_hostname=address.host if self._tls else None,
                )
        except TimeoutError:
            self._give_up(connection)
            raise UpstreamTimeout("The upstream did not accept the connection in time.") from None
        except OSError as error:
            self._give_up(connection)
            raise UpstreamUnreachable(f"The upstream cannot be reached: {error}") from error
        except BaseException:
            self._give_up(connection)
            raise
        return connection

    def _give_up(self, connection: UpstreamConnection) -> None:
        connection.abort()
        self.lost(connection)
