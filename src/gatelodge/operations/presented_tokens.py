"""Reading a presented access token: what it says, be it signed or stored."""

from collections.abc import Callable

import msgspec

from gatelodge.oauth import digests, opaque, tokens
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidToken
from gatelodge.oauth.jose import KeyRing
from gatelodge.oauth.tokens import AccessClaims
from gatelodge.storage import access_tokens, clients
from gatelodge.storage.engine import Store
from gatelodge.storage.live import Live


class AccessTokenReader(msgspec.Struct, frozen=True, kw_only=True):
    """Reads access tokens of this installation; ``digest_key`` is for those that are stored."""

    issuer: str
    store: Store
    live: Live
    signing_keys: Callable[[], KeyRing]
    digest_key: bytes

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return f"AccessTokenReader({self.issuer})"

    async def read(self, text: str, now: int, asking: Client | None = None) -> AccessClaims:
        """Return what an access token says that is ours and alive at ``now``.

        A client that asks about its own saves the look-up of whose a stored one is.

        The same text says the same until its ``exp``. Whether it was revoked, and whether its
        client and user still are in action, is the caller's to ask. Raises ``InvalidToken``.
        """
        if text.startswith(opaque.ACCESS_TOKEN + "_"):
            return await self._stored(text, now, asking)
        return tokens.verify_jwt(self.signing_keys(), text, self.issuer, now)

    async def _stored(self, text: str, now: int, asking: Client | None) -> AccessClaims:
        presented = opaque.read(opaque.ACCESS_TOKEN, text)
        if presented is None:
            raise InvalidToken
        row = await self.store.read(access_tokens.find, presented.row_id)
        digest = digests.digest(self.digest_key, presented.secret)
        if row is None or not digests.same(row.digest, digest) or now >= row.expires_at:
            raise InvalidToken
        own = asking is not None and asking.id == row.client_row
        client = asking if own else await self.store.read(clients.find, row.client_row)
        user = None if row.user_id is None else await self.live.user(row.user_id)
        if client is None or (row.user_id is not None and user is None):
            raise InvalidToken
        login_name = None if user is None else user.login_name
        return tokens.claims_of(row, client.client_id, login_name, self.issuer)
