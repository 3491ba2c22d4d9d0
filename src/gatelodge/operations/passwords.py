"""Hashing and checking passwords: Argon2id in a few threads of low priority.

A hash takes 30 ms of a core. At the lowest priority it leaves the event loop alone, and a bounded
queue turns a flood of sign-ins into 503 instead of into minutes of waiting.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gatelodge.identity.errors import PoolFull
from gatelodge.identity.passwords import prepared

__all__ = ["PasswordPool", "PoolFull"]

T = TypeVar("T")

_LOWEST_PRIORITY = 19
_MEMORY_KIB = 19 * 1024


class PasswordPool:
    """Checks passwords beside the event loop. Use it from one loop; ``close`` it at the end.

    ``refused`` is how many were turned away.
    """

    def __init__(self, threads: int = 2, waiting: int = 64) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=_MEMORY_KIB, parallelism=1)
        self._most = threads + waiting
        self._pending = 0
        self.refused = 0
        self._executor = ThreadPoolExecutor(
            threads, "gatelodge-password", initializer=_lower_priority
        )
        # Of a password nobody has; costs what a real one costs.
        self._dummy = self._hasher.hash(os.urandom(16))

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
        return await self._run(lambda: self._hasher.hash(prepared(password)))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Say whether the password is the hashed one; without a hash it is wrong, as slowly.

        Raises ``PoolFull``.
        """
        return await self._run(lambda: self._matches(password_hash, password))

    def close(self) -> None:
        """Wait for what is being hashed and end the threads."""
        self._executor.shutdown()

    def _matches(self, password_hash: str | None, password: str) -> bool:
        try:
            self._hasher.verify(password_hash or self._dummy, prepared(password))
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self.full:
            self.refused += 1
            raise PoolFull
        self._pending += 1
        future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        # Not at the end of this call: a caller that goes away leaves its work in the queue.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, _: object) -> None:
        self._pending -= 1


def _lower_priority() -> None:
    if sys.platform == "linux":  # elsewhere this would slow the whole process down
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST_PRIORITY)
