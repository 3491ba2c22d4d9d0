"""Signing in with a password: one act for the sign-in pages and the password grant.

Attempts are counted before the password is looked at; within this process attempts for one name
wait for one another, so that many right passwords sent side by side do not count as guesses.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from gatelodge.identity import sign_in as rules
from gatelodge.identity.developers import Developer
from gatelodge.identity.errors import PoolFull, SignInRefused
from gatelodge.identity.sign_in import Failures, KnownBrowser
from gatelodge.identity.users import User
from gatelodge.oauth import digests
from gatelodge.operations.passwords import PasswordPool
from gatelodge.settings import Secrets
from gatelodge.storage import developers, sign_in_failures, users
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store

_MOST_WAITING = 64
_log = structlog.get_logger(__name__)


class SignIn:
    """Signs users and developers in. Every refusal looks and takes the same."""

    def __init__(self, store: Store, pool: PasswordPool, secrets: Secrets) -> None:
        self._store = store
        self._pool = pool
        self._key = secrets.derive("sign-in-failures")
        self._queues: dict[bytes, _Queue] = {}

    async def user(
        self, login: str, password: str, now: int, browser: KnownBrowser | None = None
    ) -> User:
        """Return the user with this login (without realm) and password.

        Raises ``SignInRefused`` and ``PoolFull``.
        """
        found = await self._store.read(users.find_by_login, login)
        name = rules.counted_as(None if found is None else found.id, login, browser)
        password_hash = None if found is None else found.password_hash
        await self._prove(f"user {name}", password_hash, password, now)
        if found is None or found.state != "active":
            raise SignInRefused
        return found

    async def developer(
        self, email: str, password: str, now: int, browser: KnownBrowser | None = None
    ) -> Developer:
        """Return the developer with this folded e-mail address and password.

        Raises ``SignInRefused`` and ``PoolFull``.
        """
        found = await self._store.read(developers.find_by_email, email)
        name = rules.counted_as(None if found is None else found.id, email, browser)
        password_hash = None if found is None else found.password_hash
        await self._prove(f"developer {name}", password_hash, password, now)
        if found is None or found.state != "active":
            raise SignInRefused
        return found

    async def _prove(self, name: str, password_hash: str | None, password: str, now: int) -> None:
        if self._pool.full:  # before it is counted: a busy server must not lock anybody out
            raise PoolFull
        digest = digests.digest(self._key, name.encode())
        async with self._turn(digest):
            before = await self._store.write(_count, digest, now)
            # A paused name costs as much time as a wrong password, so that nobody can tell.
            counted = None if before is None else password_hash
            try:
                right = await self._pool.verify(counted, password)
            except PoolFull:
                if before is not None:
                    await self._store.write(sign_in_failures.save, digest, before)
                raise
            if not right:
                # What was typed is not logged: it may be a password in the wrong field.
                who = name if password_hash else "unknown"
                _log.info("sign_in_refused", who=who, paused=before is None)
                raise SignInRefused(locked=before is None)
            await self._store.write(sign_in_failures.clear, digest)

    @contextlib.asynccontextmanager
    async def _turn(self, digest: bytes) -> AsyncIterator[None]:
        queue = self._queues.setdefault(digest, _Queue())
        if queue.length >= _MOST_WAITING:
            raise PoolFull
        queue.length += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[digest]


class _Queue:
    """Those who sign in under one name at the moment."""

    def __init__(self) -> None:
        self.length = 0
        self.lock = asyncio.Lock()


def _count(conn: Connection, digest: bytes, now: int) -> Failures | None:
    """Count an attempt and return what was remembered before; ``None`` while paused."""
    before = sign_in_failures.lock(conn, digest)
    after = rules.attempt(before, now)
    if after is None:
        return None
    sign_in_failures.save(conn, digest, after)
    return before
