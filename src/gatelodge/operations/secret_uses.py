"""When consumer secrets were last used: noted in memory, written once a minute for all of them."""

import structlog

from gatelodge.storage import clients
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable

_log = structlog.get_logger(__name__)


class SecretUses:
    """One node's notes since the last flush; what a killed node had noted is lost."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._used: dict[int, int] = {}

    def note(self, secret_id: int, now: int) -> None:
        """Note one use; this is all that a request pays."""
        self._used[secret_id] = now

    async def flush(self) -> None:
        """Write what was noted; what cannot be written now is kept for the next time."""
        used, self._used = self._used, {}
        if not used:
            return
        try:
            await self._store.write(clients.note_uses, used)
        except StoreUnavailable as error:
            self._used = used | self._used
            _log.warning("secret_uses_not_written", cause=str(error))
