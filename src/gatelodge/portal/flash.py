"""What the next page shows once: a notice, a consumer secret, a test token.

Between the form and the page it waits in the store, sealed and bound to the session; the page that
shows it takes it away, so neither a reload nor Back shows it again.
"""

import msgspec

from gatelodge.settings import Secrets
from gatelodge.storage import flashes
from gatelodge.storage.engine import Store
from gatelodge.web import sealing
from gatelodge.web.clock import Clock

_LIFETIME = 600
_PURPOSE = "portal-flash"


class Minted(msgspec.Struct, frozen=True, kw_only=True):
    """A test token with its scope and its end (seconds since the epoch)."""

    access_token: str
    scope: str
    expires_at: int

    def __repr__(self) -> str:
        """Show nothing of the access token."""
        return f"Minted({self.scope})"


class Flash(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown once; the last notice counts."""

    notice: str = ""
    consumer_secret: str | None = None
    test_token: Minted | None = None

    def __repr__(self) -> str:
        """Show nothing of the secrets."""
        return f"Flash({self.notice})"


class Flashes:
    """Keeps and takes flashes of browser sessions."""

    def __init__(self, store: Store, secrets: Secrets, clock: Clock) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock

    async def keep(self, session_id: int, flash: Flash) -> None:
        """Keep one for the session's next page."""
        until = self._clock() + _LIFETIME
        sealed = sealing.seal(self._secrets, self._purpose(session_id), flash, until)
        stored = flashes.StoredFlash(
            id=self._store.ids.next(),
            session_id=session_id,
            sealed=sealed.encode(),
            expires_at=until,
        )
        await self._store.write(flashes.add, stored)

    async def take(self, session_id: int) -> Flash:
        """Take the session's newest one; all are gone afterwards."""
        now = self._clock()
        if not await self._store.read(flashes.waiting, session_id):
            return Flash()
        taken = await self._store.write(flashes.take, session_id, now)
        if not taken:
            return Flash()
        return sealing.unseal(
            self._secrets, self._purpose(session_id), taken[-1].decode(), Flash, now
        )

    def _purpose(self, session_id: int) -> str:
        return f"{_PURPOSE}:{session_id}"
