"""The second step of a sign-in as pages need it: half signed in, asked, proven, finished once."""

import hmac
import os
from collections.abc import Sequence
from hashlib import blake2b

import msgspec
from starlette.requests import Request

from gatelodge.identity import factors as rules
from gatelodge.identity.factors import Factors, Person
from gatelodge.identity.sessions import Kind
from gatelodge.operations.actor import Act, Actor
from gatelodge.operations.second_step import SecondStep
from gatelodge.storage import factors, people
from gatelodge.storage.engine import Store
from gatelodge.two_step.passkeys import Passkeys, Prompt
from gatelodge.web.browser_seals import BrowserSeals
from gatelodge.web.clock import Clock
from gatelodge.web.forms import Form
from gatelodge.web.sealing import BadSeal
from gatelodge.web.sessions import Sessions

LIFETIME = 600
"""How long, in seconds, the second step may take."""

_PURPOSE = "half-signed-in"
_NONCE_BYTES = 16


class Half(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has proven one factor in this browser, by ``amr`` (RFC 8176).

    ``bound`` is a digest of what their password was: a new one ends what the old one began.
    """

    nonce: bytes
    kind: Kind
    person_id: int
    amr: tuple[str, ...]
    bound: bytes
    until: int

    @property
    def person(self) -> Person:
        """Who it is."""
        return Person(self.kind, self.person_id)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of the second step shows: what the person has."""

    factors: Factors
    passkey: Prompt | None


class SecondSteps:
    """Shared by the sign-in of developers and that of users."""

    def __init__(
        self,
        store: Store,
        steps: SecondStep,
        seals: BrowserSeals,
        passkeys: Passkeys,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        self._store = store
        self._steps = steps
        self._seals = seals
        self._sessions = sessions
        self._clock = clock
        self.passkeys = passkeys

    async def begin(self, request: Request, person: Person, amr: Sequence[str]) -> str | None:
        """Return who is half signed in, sealed; ``None`` if nothing more is to be proven."""
        if not await self._steps.needed(person, amr):
            return None
        until = self._clock() + LIFETIME
        half = Half(
            nonce=os.urandom(_NONCE_BYTES),
            kind=person.kind,
            person_id=person.id,
            amr=tuple(amr),
            bound=await self._bound(person),
            until=until,
        )
        return self._seals.seal(request, _PURPOSE, half, until)

    def opened(self, request: Request, text: str, kind: Kind) -> Half:
        """Return who is half signed in. Raises ``BadSeal``."""
        half = self._seals.unseal(request, _PURPOSE, text, Half)
        if half.kind != kind:
            raise BadSeal
        return half

    async def asked(self, request: Request, half: Half) -> Asked:
        """Return what the page has to ask for."""
        found = await self._store.read(factors.of, half.person)
        prompt = await self.passkeys.for_person(request, half.person)
        return Asked(factors=found, passkey=prompt)

    async def prove(self, request: Request, form: Form, half: Half, name: str) -> tuple[str, ...]:
        """Return what both steps prove together; ``half`` is spent with it.

        Raises ``SecondStepRefused``, ``PasskeyRefused`` and ``PoolFull``, and ``BadSeal`` when the
        sign-in was finished already or the password is another one by now.
        """
        if form.one("credential"):
            proof = await self.passkeys.signed(request, form, half.kind, half.person_id)
            amr = proof.amr
        else:
            known = self._sessions.known(request, half.kind)
            act = self._act(request, half, name)
            amr = await self._steps.code(act, half.person, form.one("code"), known)
        same = hmac.compare_digest(half.bound, await self._bound(half.person))
        if not same or not await self._seals.spend(half.nonce, half.until):
            raise BadSeal
        return rules.together(half.amr, amr)

    async def _bound(self, person: Person) -> bytes:
        found = await self._store.read(people.find, person.kind, person.id)
        password_hash = None if found is None else found.password_hash
        return blake2b((password_hash or "").encode(), digest_size=32).digest()

    def _act(self, request: Request, half: Half, name: str) -> Act:
        address = request.client.host if request.client else ""
        actor = Actor(kind=half.kind, id=half.person_id, name=name, address=address)
        return Act(actor=actor, now=self._clock(), ids=self._store.ids)
