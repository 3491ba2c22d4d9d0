"""Access tokens that were verified once, remembered by digest until they expire."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from gatelodge.gateway.access import Caller
from gatelodge.gateway.errors import BadCredentials, InvalidCredentials, MissingCredentials
from gatelodge.oauth.errors import InvalidToken
from gatelodge.oauth.tokens import AccessClaims
from gatelodge.operations.presented_tokens import AccessTokenReader
from gatelodge.storage.changes import Change

MOST_REMEMBERED = 10_000
"""How many verified access tokens are remembered: beyond, the one not used longest is forgotten."""

_LONGEST = 16_384
_DIGEST_BYTES = 16


class Verified(msgspec.Struct, kw_only=True, eq=False):
    """What a verified access token says; ``caller`` is what it stood for when last asked.

    ``audience`` are the paths below the tenant it is for, ``None`` for all.
    """

    consumer_key: str
    access_token_id: int
    family_id: int | None
    user_id: int | None
    scope: str
    audience: frozenset[str] | None
    expires_at: int
    caller: Caller | None = None


class VerifiedTokens:
    """Reads an access token the first time and remembers what it says.

    The text itself is not kept: the digest's key lives and dies with this process.
    """

    def __init__(self, reader: AccessTokenReader, tenant: str, most: int = MOST_REMEMBERED) -> None:
        self._reader = reader
        self._base = f"{reader.issuer}/t/{tenant}"
        self._most = most
        self._digest_key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, Verified] = OrderedDict()

    def peek(self, presented: bytes, now: int) -> tuple[bytes, Verified | None]:
        """Return the digest, and what is remembered under it and alive at ``now``."""
        digest = hashlib.blake2b(
            presented, digest_size=_DIGEST_BYTES, key=self._digest_key
        ).digest()
        known = self._known.get(digest)
        if known is None or now >= known.expires_at:
            return digest, None
        self._known.move_to_end(digest)
        return digest, known

    async def verify(self, presented: bytes, digest: bytes, now: int) -> Verified:
        """Read and remember an access token. Raises ``InvalidCredentials``."""
        self._known.pop(digest, None)
        try:
            claims = await self._reader.read(presented.decode("ascii"), now)
        except (InvalidToken, UnicodeDecodeError):
            raise InvalidCredentials from None
        known = self._known[digest] = self._verified(claims)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return known

    def _verified(self, claims: AccessClaims) -> Verified:
        return Verified(
            consumer_key=claims.client_id,
            access_token_id=claims.access_token_id,
            family_id=claims.family_id,
            user_id=claims.user_id,
            scope=claims.scope,
            audience=self._audience(claims),
            expires_at=claims.exp,
        )

    def _audience(self, claims: AccessClaims) -> frozenset[str] | None:
        """Return where the access token may go; for the issuer is for all it protects."""
        if claims.aud == self._reader.issuer:
            return None
        return frozenset(each.removeprefix(self._base) for each in claims.audience)

    def hear(self, change: Change) -> None:
        """Forget everything when signing keys change: what one signed is as good as the key."""
        if change.kind == "signing_key":
            self._known.clear()


def bearer_text(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the access token of the one Authorization header (RFC 6750 section 2.1).

    An access token in the query or the body is not looked for (RFC 9700 section 4.3.2). Raises
    ``MissingCredentials``, ``BadCredentials``, ``InvalidCredentials``.
    """
    found: bytes | None = None
    for name, value in headers:
        if name == b"authorization":
            if found is not None:
                raise BadCredentials
            found = value
    scheme, _, presented = (found or b"").partition(b" ")
    if scheme.lower() != b"bearer":
        raise MissingCredentials
    presented = presented.strip(b" ")
    if not presented or len(presented) > _LONGEST:
        raise InvalidCredentials
    return presented
