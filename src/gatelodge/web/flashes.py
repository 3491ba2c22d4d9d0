"""What a session's next page shows once.

Between the form and the page it waits in the store, sealed and bound to the session; the page that
shows it takes it away, so neither a reload nor Back shows it again.
"""

from typing import Generic, TypeVar

import msgspec

from gatelodge.settings import Secrets
from gatelodge.storage import flashes
from gatelodge.storage.engine import Store
from gatelodge.web import sealing
from gatelodge.web.clock import Clock

_LIFETIME = 600

F = TypeVar("F", bound=msgspec.Struct)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a page shows once: a sentence, recovery codes."""

    text: str = ""
    recovery_codes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show nothing of the codes."""
        return f"Notice({self.text})"


class Flashes(Generic[F]):
    """Keeps and takes what sessions are shown once; ``empty`` is what there is otherwise."""

    def __init__(
        self, store: Store, secrets: Secrets, clock: Clock, *, empty: F, purpose: str
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._empty = empty
        self._purpose = purpose

    async def keep(self, session_id: int, flash: F) -> None:
        """Keep one for the session's next page."""
        until = self._clock() + _LIFETIME
        sealed = sealing.seal(self._secrets, self._bound(session_id), flash, until)
        stored = flashes.StoredFlash(
            id=self._store.ids.next(),
            session_id=session_id,
            sealed=sealed.encode(),
            expires_at=until,
        )
        await self._store.write(flashes.add, stored)

    async def take(self, session_id: int) -> F:
        """Take the session's newest one; all are gone afterwards."""
        now = self._clock()
        if not await self._store.read(flashes.waiting, session_id):
            return self._empty
        taken = await self._store.write(flashes.take, session_id, now)
        if not taken:
            return self._empty
        purpose, kind = self._bound(session_id), type(self._empty)
        return sealing.unseal(self._secrets, purpose, taken[-1].decode(), kind, now)

    def _bound(self, session_id: int) -> str:
        return f"{self._purpose}:{session_id}"
