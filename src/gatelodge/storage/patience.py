"""How long callers wait for a database that neither answers nor breaks the connection.

A network that swallows what is sent, a disk that hangs: nothing fails, and everybody would wait. So
callers wait for some seconds, and once that was in vain, new ones are refused at once but for one
at a time, which finds out when the database answers again.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from gatelodge.storage.errors import StoreUnavailable

SECONDS = 5.0
"""How long a server's callers wait; ``gatelodge.storage.connections`` gives a dead line longer."""

T = TypeVar("T")


class Patience:
    """The patience of those who ask for one kind of thing; endless until ``end_after`` is called.

    What a caller no longer waits for may still be done.
    """

    def __init__(self) -> None:
        self.seconds: float | None = None
        self._waiting = 0
        self._silent = False

    def end_after(self, seconds: float) -> None:
        """Let callers wait for so many seconds at most from now on."""
        self.seconds = seconds

    def check(self) -> None:
        """Raise ``StoreUnavailable`` for who would wait for what others wait for in vain."""
        if self._silent and self._waiting:
            raise StoreUnavailable("the database has not answered for a while")

    async def of(self, answer: Awaitable[T]) -> T:
        """Wait for an answer. Raises ``StoreUnavailable`` when it takes too long."""
        self._waiting += 1
        try:
            async with asyncio.timeout(self.seconds) as limit:
                found = await answer
        except TimeoutError:
            if not limit.expired():
                raise
            self._silent = True
            raise StoreUnavailable("the database does not answer in time") from None
        finally:
            self._waiting -= 1
        self._silent = False
        return found
