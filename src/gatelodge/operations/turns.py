"""Turns: within this process those who want the same thing wait for one another."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from gatelodge.identity.errors import PoolFull

_MOST_WAITING = 64


class Turns:
    """Lets one at a time in under each name; a crowd that is too large is turned away."""

    def __init__(self) -> None:
        self._queues: dict[bytes, _Queue] = {}

    @contextlib.asynccontextmanager
    async def of(self, name: bytes) -> AsyncIterator[None]:
        """Wait until nobody else is inside under this name. Raises ``PoolFull``."""
        queue = self._queues.setdefault(name, _Queue())
        if queue.length >= _MOST_WAITING:
            raise PoolFull
        queue.length += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[name]


class _Queue:
    """Those who are inside or wait under one name at the moment."""

    def __init__(self) -> None:
        self.length = 0
        self.lock = asyncio.Lock()
