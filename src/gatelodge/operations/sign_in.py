"""Signing in with a password: one act for the sign-in pages and the password grant."""

from collections import Counter

import structlog

from gatelodge.identity import sign_in as rules
from gatelodge.identity.developers import Developer
from gatelodge.identity.errors import PoolFull, SignInRefused
from gatelodge.identity.factors import Person
from gatelodge.identity.sign_in import KnownBrowser
from gatelodge.identity.users import User
from gatelodge.operations.attempts import Attempts, Outcome
from gatelodge.operations.passwords import PasswordPool
from gatelodge.settings import Secrets
from gatelodge.storage import developers, factors, users
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store

_log = structlog.get_logger(__name__)


class SignIn:
    """Signs users and developers in. Every refusal looks and takes the same.

    ``outcomes`` counts attempts by the kind of person, and whether they were right, wrong, paused
    or too many at once (busy).
    """

    def __init__(self, store: Store, pool: PasswordPool, secrets: Secrets) -> None:
        self._store = store
        self._pool = pool
        self._attempts = Attempts(store, secrets.derive("sign-in-failures"))
        self.outcomes: Counter[tuple[str, ...]] = Counter()

    async def user(
        self, login: str, password: str, now: int, browser: KnownBrowser | None = None
    ) -> User:
        """Return the user with this login (without realm) and password.

        Raises ``SignInRefused`` and ``PoolFull``.
        """
        self._refuse_when_full("user")
        found = await self._store.read(users.find_by_login, login)
        name = rules.counted_as(None if found is None else found.id, login, browser)
        password_hash = None if found is None else found.password_hash
        await self._prove(f"user {name}", password_hash, password, now)
        if found is None or found.state != "active":
            raise SignInRefused
        return found

    async def user_by_password_alone(self, login: str, password: str, now: int) -> User:
        """Return the user for an application that asked for the password itself.

        For who has a second factor every password is wrong here, and counted so: no application
        gets past that factor, nor learns whether the password was right (RFC 9700 section 2.4).
        Raises ``SignInRefused`` and ``PoolFull``.
        """
        self._refuse_when_full("user")
        found, second = await self._store.read(_with_second_factor, login)
        name = rules.counted_as(None if found is None else found.id, login, None)
        if found is not None and second:
            _log.info("password_grant_refused", user_id=found.id, cause="second factor")
        password_hash = None if found is None or second else found.password_hash
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
        self._refuse_when_full("developer")
        found = await self._store.read(developers.find_by_email, email)
        name = rules.counted_as(None if found is None else found.id, email, browser)
        password_hash = None if found is None else found.password_hash
        await self._prove(f"developer {name}", password_hash, password, now)
        if found is None or found.state != "active":
            raise SignInRefused
        return found

    def _refuse_when_full(self, kind: str) -> None:
        # Before anything is read: in a storm most are refused, and that is to cost next to nothing.
        # And before it is counted: a busy server must not lock anybody out.
        if self._pool.full:
            self._pool.refused += 1
            self.outcomes[kind, "busy"] += 1
            raise PoolFull

    async def _prove(self, name: str, password_hash: str | None, password: str, now: int) -> None:
        kind = name.partition(" ")[0]

        async def prove(paused: bool) -> bool:  # noqa: FBT001 - how attempts hand it over
            # A paused name costs as much time as a wrong password, so that nobody can tell.
            return await self._pool.verify(None if paused else password_hash, password)

        outcome = await self._attempts.run(name, now, prove)
        self.outcomes[kind, _word(outcome)] += 1
        if not outcome.right:
            # What was typed is not logged: it may be a password in the wrong field.
            who = name if password_hash else "unknown"
            _log.info("sign_in_refused", who=who, paused=outcome.paused)
            raise SignInRefused(locked=outcome.paused)


def _word(outcome: Outcome) -> str:
    if outcome.paused:
        return "paused"
    return "right" if outcome.right else "wrong"


def _with_second_factor(conn: Connection, login: str) -> tuple[User | None, bool]:
    found = users.find_by_login(conn, login)
    return found, found is not None and factors.has_any(conn, Person("user", found.id))
