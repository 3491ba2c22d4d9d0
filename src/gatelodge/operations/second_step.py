"""The second step of a sign-in: a code of an app or off the paper, counted like passwords."""

from collections.abc import Sequence

import structlog

from gatelodge.identity import factors as rules
from gatelodge.identity import recovery_codes, totp
from gatelodge.identity.errors import SecondStepRefused
from gatelodge.identity.factors import Person
from gatelodge.identity.sign_in import KnownBrowser, counted_as
from gatelodge.oauth import digests
from gatelodge.operations import sealed_totp
from gatelodge.operations.actor import Act
from gatelodge.operations.attempts import Attempts
from gatelodge.settings import Secrets
from gatelodge.storage import factors
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store

RECOVERY = "recovery-codes"
"""The purpose of the key that digests recovery codes."""

_log = structlog.get_logger(__name__)


class SecondStep:
    """Says whether a second step is needed, and checks codes. Every refusal looks the same."""

    def __init__(self, store: Store, secrets: Secrets) -> None:
        self._store = store
        self._secrets = secrets
        # Counted apart from passwords: the right password must not forget wrong codes.
        self._attempts = Attempts(store, secrets.derive("second-step-failures"))

    async def needed(self, person: Person, amr: Sequence[str]) -> bool:
        """Say whether what was proven so far (RFC 8176) is not enough for this person."""
        return rules.second_step_needed(amr, await self._store.read(factors.of, person))

    async def code(
        self, act: Act, person: Person, typed: str, browser: KnownBrowser | None = None
    ) -> tuple[str, ...]:
        """Spend a code and return what it proves.

        Raises ``SecondStepRefused``, and ``PoolFull`` when many try for one person at once.
        """

        async def prove(paused: bool) -> bool:  # noqa: FBT001 - how attempts hand it over
            if paused:
                return False
            return await self._store.write(_spend, act, person, typed, self._secrets)

        name = f"{person.kind} {counted_as(person.id, '', browser)}"
        outcome = await self._attempts.run(name, act.now, prove)
        if not outcome.right:
            _log.info("second_step_refused", who=name, paused=outcome.paused)
            raise SecondStepRefused
        return rules.ONE_TIME_CODE


def recovery_digest(secrets: Secrets, typed: str) -> bytes:
    """Return what is stored of a recovery code."""
    return digests.digest(secrets.derive(RECOVERY), recovery_codes.canonical(typed).encode())


def _spend(conn: Connection, act: Act, person: Person, typed: str, secrets: Secrets) -> bool:
    if totp.looks_like_code(typed):
        return _spend_step(conn, act, person, typed, secrets)
    if not recovery_codes.looks_like_code(typed):
        return False
    before = factors.of(conn, person)
    spent = factors.spend_recovery_code(conn, person, recovery_digest(secrets, typed), act.now)
    if spent:
        after = factors.of(conn, person)
        name, detail = f"{person.kind}.recovery-code", {"left": after.recovery_codes}
        changing = act.changing(before, after)
        changing.record(conn, name, person.kind, person.id, detail)
    return spent


def _spend_step(conn: Connection, act: Act, person: Person, typed: str, secrets: Secrets) -> bool:
    stored = factors.find_totp(conn, person)
    if stored is None:
        return False
    secret = sealed_totp.opened(secrets, person, stored.sealed)
    step = totp.matching_step(secret, typed, act.now, stored.last_step)
    return step is not None and factors.spend_step(conn, person, step)
