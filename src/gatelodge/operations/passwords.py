"""Hashing and checking passwords: Argon2id in a few processes of low priority.

A hash takes 30 ms of a core. In a process of its own it leaves the event loop alone, and a bounded
queue turns a flood of sign-ins into 503 instead of into minutes of waiting.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from gatelodge.identity.errors import PoolFull
from gatelodge.identity.passwords import prepared
from gatelodge.operations import hashing
from gatelodge.operations.hasher import Hasher

__all__ = ["PasswordPool", "PoolFull"]

T = TypeVar("T")


_PROCESSES = 2


class PasswordPool:
    """Checks passwords beside the event loop. Use it from one loop; ``close`` it at the end.

    ``refused`` is how many were turned away. There are two processes where there are two cores.
    """

    def __init__(self, processes: int | None = None, waiting: int = 64) -> None:
        processes = processes or min(_PROCESSES, _cores())
        self._most = processes + waiting
        self._pending = 0
        self.refused = 0
        # Threads that wait for the processes, as many as there are.
        self._executor = ThreadPoolExecutor(processes, "gatelodge-password")
        self._hashers: SimpleQueue[Hasher] = SimpleQueue()
        for _ in range(processes):
            self._hashers.put(Hasher())
        # Of a password nobody has; costs what a real one costs.
        self._dummy = hashing.hasher().hash(os.urandom(16))

    @property
    def full(self) -> bool:
        """Whether the next password would be turned away."""
        return self._pending >= self._most

    @property
    def waiting(self) -> int:
        """How many passwords are being hashed or wait for it."""
        return self._pending

    async def hash(self, password: str) -> str:
        """Return the Argon2 string of a password. Raises ``PoolFull``."""
        return await self._run(lambda hasher: hasher.hash(prepared(password)))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Say whether the password is the hashed one; without a hash it is wrong, as slowly.

        Raises ``PoolFull``.
        """
        hashed = password_hash or self._dummy
        right = await self._run(lambda hasher: hasher.verify(hashed, prepared(password)))
        return right and bool(password_hash)

    def close(self) -> None:
        """Wait for what is being hashed and end the processes."""
        self._executor.shutdown()
        while not self._hashers.empty():
            self._hashers.get().close()

    async def _run(self, work: Callable[[Hasher], T]) -> T:
        if self.full:
            self.refused += 1
            raise PoolFull
        self._pending += 1
        future = asyncio.get_running_loop().run_in_executor(self._executor, self._lend, work)
        # Not at the end of this call: a caller that goes away leaves its work in the queue.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, _: object) -> None:
        self._pending -= 1

    def _lend(self, work: Callable[[Hasher], T]) -> T:
        hasher = self._hashers.get()
        try:
            return work(hasher)
        finally:
            self._hashers.put(hasher)


def _cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # not every system has it
    return len(allowed(0)) if allowed else os.cpu_count() or 1
