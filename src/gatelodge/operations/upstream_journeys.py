"""The way to a provider and back: bound to the browser, taken once, checked before it counts."""

import os
from collections.abc import Callable, Sequence

import msgspec

from gatelodge.identity.errors import UpstreamRefused
from gatelodge.oauth import digests, opaque, upstream
from gatelodge.oauth.errors import Cancelled, UpstreamAway, UpstreamProblem
from gatelodge.oauth.upstream import Callback
from gatelodge.oauth.upstream_identity import Identity
from gatelodge.operations.upstream_providers import UpstreamProviders
from gatelodge.providers import Provider, Side
from gatelodge.settings import Secrets
from gatelodge.storage import upstream_attempts
from gatelodge.storage.engine import Store
from gatelodge.storage.upstream_attempts import Attempt

LIFETIME = 900
"""For how many seconds a person may take at the provider."""

_DIGEST = "upstream-attempt"
_PLACES: dict[Side, str] = {"developer": "login", "user": "signin"}


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Who came back from a provider, or why nobody did; ``attempt`` says where to go on."""

    attempt: Attempt
    identity: Identity | None = None
    problem: UpstreamProblem | None = None


class Journeys:
    """Sends browsers to providers and takes them back, for both sides."""

    def __init__(
        self,
        store: Store,
        providers: UpstreamProviders,
        secrets: Secrets,
        issuer: str,
        clock: Callable[[], int],
    ) -> None:
        self.providers = providers
        self._store = store
        self._key = secrets.derive(_DIGEST)
        self._issuer = issuer
        self._clock = clock

    def redirect_uri(self, side: Side, provider: Provider) -> str:
        """Return where a provider sends people back: nobody else's answers come there."""
        return f"{self._issuer}/{_PLACES[side]}/with/{provider.id}/callback"

    def browser(self, cookie: str) -> bytes:
        """Return what is kept of a browser's own random cookie."""
        return digests.digest(self._key, b"browser" + cookie.encode())

    async def leave(
        self,
        side: Side,
        provider: Provider,
        cookie: str,
        back: str,
        *,
        person_id: int | None = None,
        again: bool = False,
    ) -> str:
        """Return the address of the provider's sign-in page. Raises ``UpstreamProblem``.

        ``back`` is where it goes on afterwards, ``person_id`` who wants to link an account.
        ``again`` asks the provider not to take an old sign-in for an answer.
        """
        metadata = await self.providers.metadata(provider)
        secret = os.urandom(opaque.SECRET_BYTES)
        attempt = Attempt(
            id=self._store.ids.next(),
            digest=digests.digest(self._key, secret),
            browser=self.browser(cookie),
            provider=provider.id,
            side=side,
            back=back,
            person_id=person_id,
            expires_at=self._clock() + LIFETIME,
        )
        await self._store.write(upstream_attempts.add, attempt)
        state = opaque.write(opaque.UPSTREAM_STATE, attempt.id, secret)
        question = upstream.Question(
            redirect_uri=self.redirect_uri(side, provider),
            state=state,
            nonce=upstream.nonce_of(self._key, secret),
            verifier=upstream.verifier_of(self._key, secret),
            again=again,
        )
        return upstream.authorization_address(provider, metadata, question)

    async def arrive(self, side: Side, provider: Provider, cookie: str, query: bytes) -> Arrival:
        """Return who came back. Raises ``UpstreamProblem`` for an answer nobody here asked for.

        The attempt is spent before anything else of the answer is looked at.
        """
        callback = upstream.read_callback(query)
        presented = opaque.read(opaque.UPSTREAM_STATE, callback.state)
        if presented is None:
            raise UpstreamProblem("the answer has no state of ours")
        digest = digests.digest(self._key, presented.secret)
        now = self._clock()
        spend = upstream_attempts.spend
        attempt = await self._store.write(spend, presented.row_id, digest, now)
        if attempt is None:
            raise UpstreamProblem("the state was used already, or is too old")
        if not digests.same(attempt.browser, self.browser(cookie)):
            raise UpstreamProblem("the answer came to another browser")
        if attempt.side != side or attempt.provider != provider.id:
            raise UpstreamProblem("the answer came to another provider's address")
        try:
            identity = await self._identity(side, provider, callback, presented.secret)
        except UpstreamProblem as problem:
            return Arrival(attempt=attempt, problem=problem)
        return Arrival(attempt=attempt, identity=identity)

    async def _identity(
        self, side: Side, provider: Provider, callback: Callback, secret: bytes
    ) -> Identity:
        metadata = await self.providers.metadata(provider)
        code = upstream.check_callback(callback, metadata)
        uri = self.redirect_uri(side, provider)
        verifier = upstream.verifier_of(self._key, secret)
        granted = await self.providers.grant(provider, uri, code, verifier)
        nonce = upstream.nonce_of(self._key, secret)
        return await self.providers.identify(provider, granted, nonce=nonce, now=self._clock())


def methods(provider: Provider, who: Identity) -> Sequence[str]:
    """Return what signing in with a provider has proven (RFC 8176 has no word for it but mfa).

    Its word on a second factor counts where the operator says so.
    """
    return ("fed", "mfa") if provider.trust_second_factor and who.second_factor else ("fed",)


def explained(provider: Provider, problem: UpstreamProblem) -> tuple[str, int]:
    """Return what the sign-in page says of a problem, and its status.

    Raises ``UpstreamRefused`` for what a person can do nothing about.
    """
    if isinstance(problem, Cancelled):
        return f"You did not sign in with {provider.name}.", 200
    if isinstance(problem, UpstreamAway):
        return f"{provider.name} does not answer at the moment. You can use your password.", 503
    raise UpstreamRefused(provider.name) from problem
