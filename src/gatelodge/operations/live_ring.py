"""The ring of signing keys that a running node uses, made anew when the change log says so."""

import asyncio
import contextlib
from collections.abc import Sequence
from contextvars import Context

import structlog

from gatelodge.oauth.jose import KeyRing, SigningKey
from gatelodge.oauth.signatures import Algorithm
from gatelodge.operations import sealed_keys
from gatelodge.settings import Secrets
from gatelodge.storage import signing_keys
from gatelodge.storage.changes import Change
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.storage.signing_keys import StoredSigningKey

_PAUSE = 1.0
_log = structlog.get_logger(__name__)


class LiveRing:
    """Holds the ring as it is now; ``hear`` is for ``Live.subscribe``, before others verify.

    A key that is gone is taken out of the ring as soon as the change is heard. What follows needs
    a read and is awaited in the background: until then the ring as it was signs.
    """

    def __init__(self, store: Store, secrets: Secrets) -> None:
        self._store = store
        self._secrets = secrets
        self._opened: dict[int, SigningKey] = {}
        self._ring = KeyRing({})
        self._epoch = 0
        self._reading: asyncio.Task[None] | None = None

    def current(self) -> KeyRing:
        """Return the ring as it is now."""
        return self._ring

    async def load(self) -> None:
        """Read and open the keys; a change heard meanwhile has them read again.

        Raises ``UnreadableSigningKeys`` and ``StoreUnavailable``.
        """
        epoch = -1
        while epoch != self._epoch:
            epoch = self._epoch
            stored = await self._store.read(signing_keys.all_of)
            found = await asyncio.to_thread(self._open, stored)
        self._opened = found
        self._ring = _ring(stored, found)

    def hear(self, change: Change) -> None:
        """Forget a key that is gone at once, and have the ring read again."""
        if change.kind != "signing_key":
            return
        self._epoch += 1
        gone = self._opened.pop(change.ref, None)
        if gone is not None:
            self._ring = self._ring.without(gone.kid)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(
                self._reload(), name="gatelodge-signing-keys", context=Context()
            )

    async def stop(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    async def _reload(self) -> None:
        while True:
            try:
                await self.load()
            except (StoreUnavailable, sealed_keys.UnreadableSigningKeys) as error:
                _log.warning("signing_keys_not_read", cause=str(error))
                await asyncio.sleep(_PAUSE)
            else:
                return

    def _open(self, stored: Sequence[StoredSigningKey]) -> dict[int, SigningKey]:
        # Opening an RSA key takes milliseconds: off the loop, and once for each key.
        before = dict(self._opened)
        return {
            key.id: before.get(key.id) or sealed_keys.opened(self._secrets, key) for key in stored
        }


def _ring(newest_first: Sequence[StoredSigningKey], opened: dict[int, SigningKey]) -> KeyRing:
    active: dict[Algorithm, SigningKey] = {}
    for key in newest_first:
        if key.state == "active":
            active.setdefault(opened[key.id].algorithm, opened[key.id])
    signing = {key.kid for key in active.values()}
    others = [opened[key.id].public for key in newest_first if key.kid not in signing]
    return KeyRing(active, others)
