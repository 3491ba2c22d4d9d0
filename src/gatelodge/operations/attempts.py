"""Attempts at something that can be guessed: counted before they are looked at, then paused.

Within this process attempts under one name wait for one another, so that many right ones sent side
by side do not count as guesses.
"""

from collections.abc import Awaitable, Callable

import msgspec

from gatelodge.identity import sign_in as rules
from gatelodge.identity.errors import PoolFull
from gatelodge.identity.sign_in import Failures
from gatelodge.oauth import digests
from gatelodge.operations.turns import Turns
from gatelodge.storage import sign_in_failures
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt; a paused one is never right."""

    right: bool
    paused: bool


class Attempts:
    """Counts attempts by name; ``key`` digests the names."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key
        self._turns = Turns()

    async def run(self, name: str, now: int, prove: Callable[[bool], Awaitable[bool]]) -> Outcome:
        """Count an attempt, let ``prove`` look at it, and forget the failures if it is right.

        ``prove`` is told whether the name is paused, in which case it says no, as slowly as
        otherwise. Raises ``PoolFull``, whose attempt is not counted.
        """
        digest = digests.digest(self._key, name.encode())
        async with self._turns.of(digest):
            before = await self._store.write(_count, digest, now)
            try:
                right = await prove(before is None)
            except PoolFull:
                if before is not None:
                    await self._store.write(sign_in_failures.save, digest, before)
                raise
            if before is not None and right:
                await self._store.write(sign_in_failures.clear, digest)
            return Outcome(right=right and before is not None, paused=before is None)


def _count(conn: Connection, digest: bytes, now: int) -> Failures | None:
    """Count an attempt and return what was remembered before; ``None`` while paused."""
    before = sign_in_failures.lock(conn, digest)
    after = rules.attempt(before, now)
    if after is None:
        return None
    sign_in_failures.save(conn, digest, after)
    return before
