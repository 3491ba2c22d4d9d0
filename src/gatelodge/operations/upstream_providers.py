"""Talking to OpenID providers: their metadata and keys, kept for a while, and who signed in.

One conversation at a time with each provider for what is shared; what could not be fetched is not
asked for again for some seconds, so that a provider in trouble is not hammered.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from gatelodge.identity.linked import LinkedIdentity
from gatelodge.oauth import foreign_keys, upstream, upstream_identity
from gatelodge.oauth.errors import UpstreamAway, UpstreamProblem
from gatelodge.oauth.foreign_keys import BadKeySet, ForeignKey
from gatelodge.oauth.upstream import Granted, Metadata
from gatelodge.oauth.upstream_identity import Identity, KeysChanged
from gatelodge.providers import Provider, Side

KEEP_METADATA = 3_600
"""For how many seconds a provider's metadata counts; when it is away, until it is back."""

KEEP_KEYS = 3_600
ASK_KEYS_AGAIN = 30
"""How many seconds apart a key that is not known makes us fetch the keys again."""

ASK_AGAIN = 5
"""For how many seconds a provider that did not answer is not asked again."""

_OK = 200


class Ask(Protocol):
    """Sends one request to a provider: limits of size and time, no redirects.

    Raises ``UpstreamAway``.
    """

    async def __call__(
        self, address: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Get a document, or send a form; return status and body of the answer."""
        ...


class UpstreamProviders:
    """The configured providers, and what is known of them at the moment."""

    def __init__(self, providers: Sequence[Provider], ask: Ask, clock: Callable[[], int]) -> None:
        self._known = {each.id: _Known(each, ask, clock) for each in providers}
        self._ask = ask

    def serving(self, side: Side) -> Sequence[Provider]:
        """Return the providers people of this side may sign in with, in the file's order."""
        return [known.provider for known in self._known.values() if side in known.provider.sides]

    def find(self, side: Side, provider_id: str) -> Provider | None:
        """Return one of them by its id."""
        known = self._known.get(provider_id)
        return known.provider if known is not None and side in known.provider.sides else None

    def offered(self, side: Side, links: Sequence[LinkedIdentity]) -> Sequence[Provider]:
        """Return the providers a person with these links may link an account of."""
        taken = {link.issuer for link in links}
        return [each for each in self.serving(side) if each.issuer not in taken]

    def named(self, links: Sequence[LinkedIdentity]) -> Sequence[tuple[LinkedIdentity, str]]:
        """Return the links, each with its provider's name; the issuer's when it is gone."""
        names = {known.provider.issuer: known.provider.name for known in self._known.values()}
        return [(link, names.get(link.issuer, link.issuer)) for link in links]

    async def metadata(self, provider: Provider) -> Metadata:
        """Return what a provider says of itself. Raises ``UpstreamProblem``."""
        return await self._known[provider.id].metadata()

    async def grant(
        self, provider: Provider, redirect_uri: str, code: str, verifier: str
    ) -> Granted:
        """Redeem a code. Raises ``UpstreamProblem``."""
        metadata = await self.metadata(provider)
        headers, form = upstream.token_request(provider, metadata, redirect_uri, code, verifier)
        status, answer = await self._ask(metadata.token_endpoint, headers, form)
        return upstream.read_granted(status, answer)

    async def identify(
        self, provider: Provider, granted: Granted, *, nonce: str, now: int
    ) -> Identity:
        """Return who signed in. Raises ``UpstreamProblem``."""
        known = self._known[provider.id]
        metadata = await known.metadata()
        keys = await known.keys()
        try:
            identity = upstream_identity.check_id_token(
                provider, metadata, keys, granted, nonce=nonce, now=now
            )
        except KeysChanged:
            keys = await known.newer_keys()
            identity = upstream_identity.check_id_token(
                provider, metadata, keys, granted, nonce=nonce, now=now
            )
        return await self._with_address(metadata, granted, identity)

    async def _with_address(
        self, metadata: Metadata, granted: Granted, identity: Identity
    ) -> Identity:
        """Add what only the userinfo endpoint says; signing in does not depend on it."""
        if identity.email or metadata.userinfo_endpoint is None:
            return identity
        headers = {"authorization": f"Bearer {granted.access_token}"}
        try:
            status, body = await self._ask(metadata.userinfo_endpoint, headers)
        except UpstreamAway:
            return identity
        return upstream_identity.with_userinfo(identity, body) if status == _OK else identity


class _Known:
    """One provider: what it last said, and when."""

    def __init__(self, provider: Provider, ask: Ask, clock: Callable[[], int]) -> None:
        self.provider = provider
        self._ask = ask
        self._clock = clock
        self._turn = asyncio.Lock()
        self._metadata: tuple[int, Metadata] | None = None
        self._keys: tuple[int, Sequence[ForeignKey]] | None = None
        self._failed: tuple[int, UpstreamProblem] | None = None

    async def metadata(self) -> Metadata:
        """Return the metadata; an old one when the provider does not answer."""
        async with self._turn:
            return await self._read_metadata()

    async def keys(self) -> Sequence[ForeignKey]:
        """Return the keys, at most ``KEEP_KEYS`` old."""
        async with self._turn:
            now = self._clock()
            if self._keys is None or now - self._keys[0] >= KEEP_KEYS:
                self._keys = now, await self._fetch_keys()
            return self._keys[1]

    async def newer_keys(self) -> Sequence[ForeignKey]:
        """Return the keys fetched anew, unless that was done a moment ago."""
        async with self._turn:
            now = self._clock()
            if self._keys is None or now - self._keys[0] >= ASK_KEYS_AGAIN:
                self._keys = now, await self._fetch_keys()
            return self._keys[1]

    async def _read_metadata(self) -> Metadata:
        now = self._clock()
        if self._metadata is not None and now - self._metadata[0] < KEEP_METADATA:
            return self._metadata[1]
        try:
            body = await self._fetch(self.provider.issuer.rstrip("/") + upstream.DISCOVERY)
        except UpstreamAway:
            if self._metadata is None:
                raise
            return self._metadata[1]
        self._metadata = now, upstream.read_metadata(self.provider, body)
        return self._metadata[1]

    async def _fetch_keys(self) -> Sequence[ForeignKey]:
        metadata = await self._read_metadata()
        try:
            return foreign_keys.read_key_set(await self._fetch(metadata.jwks_uri))
        except BadKeySet as error:
            raise UpstreamProblem(f"its keys cannot be read: {error}") from error

    async def _fetch(self, address: str) -> bytes:
        """Return a document; one that could not be had a moment ago is not asked for."""
        now = self._clock()
        if self._failed is not None and now - self._failed[0] < ASK_AGAIN:
            raise UpstreamAway(f"not asked again yet: {self._failed[1]}")
        try:
            status, body = await self._ask(address, {})
        except UpstreamAway as error:
            self._failed = now, error
            raise
        if status != _OK:
            away = UpstreamAway(f"it answered {status}")
            self._failed = now, away
            raise away
        self._failed = None
        return body
