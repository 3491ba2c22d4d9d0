"""Passkeys on pages: challenges bound to a browser and good once, and the answers in forms."""

import os

import msgspec
import structlog
from starlette.requests import Request

from gatelodge.identity import factors as rules
from gatelodge.identity.errors import PasskeyRefused
from gatelodge.identity.factors import Passkey, Person
from gatelodge.identity.sessions import Kind
from gatelodge.operations.ceremonies import CHALLENGE_BYTES, Ceremonies, Options, credential_of
from gatelodge.storage import passkeys as stored
from gatelodge.storage.engine import Store
from gatelodge.web.browser_seals import BrowserSeals
from gatelodge.web.clock import Clock
from gatelodge.web.forms import Form
from gatelodge.web.sealing import BadSeal

LIFETIME = 1_800
"""How long, in seconds, a page may wait for a passkey: as long as a sign-in page may stand."""

_SIGN_IN = "passkey-sign-in"
_MAKE = "passkey-make"
_log = structlog.get_logger(__name__)


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What a form carries: the browser's options as JSON, and their challenge sealed."""

    options: str
    challenge: str


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Who a passkey belongs to and what it proved (RFC 8176)."""

    person: Person
    amr: tuple[str, ...]


class _Challenge(msgspec.Struct, frozen=True, kw_only=True):
    challenge: bytes
    kind: Kind
    person_id: int | None
    until: int


class Passkeys:
    """Asks browsers for passkeys and takes their answers."""

    def __init__(
        self, store: Store, seals: BrowserSeals, ceremonies: Ceremonies, clock: Clock
    ) -> None:
        self._store = store
        self._seals = seals
        self._ceremonies = ceremonies
        self._clock = clock

    def for_anybody(self, request: Request, kind: Kind) -> Prompt:
        """Return what a sign-in page asks for: any passkey of this site, unlocked."""
        challenge = self._fresh(kind, None)
        options = self._ceremonies.request_options(challenge.challenge, None)
        return self._prompt(request, _SIGN_IN, challenge, options)

    async def for_person(self, request: Request, person: Person) -> Prompt | None:
        """Return what a second step asks for; ``None`` for who has no passkey."""
        found = await self._store.read(stored.of, person)
        if not found:
            return None
        challenge = self._fresh(person.kind, person.id)
        options = self._ceremonies.request_options(challenge.challenge, found)
        return self._prompt(request, _SIGN_IN, challenge, options)

    async def to_make(self, request: Request, person: Person, account: str) -> Prompt:
        """Return what a browser is asked to make a passkey for ``account``."""
        existing = await self._store.read(stored.of, person)
        challenge = self._fresh(person.kind, person.id)
        options = self._ceremonies.creation_options(person, account, challenge.challenge, existing)
        return self._prompt(request, _MAKE, challenge, options)

    async def signed(
        self, request: Request, form: Form, kind: Kind, person_id: int | None
    ) -> Proof:
        """Return who signed a form's challenge; ``person_id`` says who it has to be, if anybody.

        The challenge is spent with it. Raises ``PasskeyRefused``.
        """
        challenge = self._opened(request, _SIGN_IN, form)
        answer = form.one("credential")
        passkey = await self._store.read(stored.find, credential_of(answer))
        if (challenge.kind, challenge.person_id) != (kind, person_id) or passkey is None:
            raise PasskeyRefused
        if passkey.kind != kind or person_id not in {None, passkey.person_id}:
            raise PasskeyRefused
        signed = await self._ceremonies.check_signature(
            answer, challenge.challenge, passkey, alone=person_id is None
        )
        await self._spend(challenge)
        now = self._clock()
        if not await self._store.write(stored.use, passkey, signed.sign_count, now):
            _log.warning("passkey_counter_behind", passkey=passkey.id)
            raise PasskeyRefused
        amr = rules.passkey_methods(single_device=passkey.single_device, verified=signed.verified)
        return Proof(person=passkey.person, amr=amr)

    async def made(self, request: Request, form: Form, person: Person, passkey_id: int) -> Passkey:
        """Return the passkey a form brings; its challenge is spent. Raises ``PasskeyRefused``."""
        challenge = self._opened(request, _MAKE, form)
        if (challenge.kind, challenge.person_id) != (person.kind, person.id):
            raise PasskeyRefused
        made = await self._ceremonies.check_new(form.one("credential"), challenge.challenge)
        await self._spend(challenge)
        return Passkey(
            id=passkey_id,
            kind=person.kind,
            person_id=person.id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            single_device=made.single_device,
            name=" ".join(form.one("name").split()),
            created_at=self._clock(),
        )

    def _fresh(self, kind: Kind, person_id: int | None) -> _Challenge:
        return _Challenge(
            challenge=os.urandom(CHALLENGE_BYTES),
            kind=kind,
            person_id=person_id,
            until=self._clock() + LIFETIME,
        )

    def _prompt(
        self, request: Request, purpose: str, challenge: _Challenge, options: Options
    ) -> Prompt:
        return Prompt(
            options=msgspec.json.encode(options).decode(),
            challenge=self._seals.seal(request, purpose, challenge, challenge.until),
        )

    def _opened(self, request: Request, purpose: str, form: Form) -> _Challenge:
        try:
            return self._seals.unseal(request, purpose, form.one("challenge"), _Challenge)
        except BadSeal:
            raise PasskeyRefused from None

    async def _spend(self, challenge: _Challenge) -> None:
        if not await self._seals.spend(challenge.challenge, challenge.until):
            raise PasskeyRefused
