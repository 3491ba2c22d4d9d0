"""When secrets were last used: noted in memory, written once a minute for all of them."""

from collections.abc import Callable, Mapping

import structlog

from gatelodge.storage import clients, personal_tokens
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable

_log = structlog.get_logger(__name__)


class SecretUses:
    """One node's notes since the last flush; what a killed node had noted is lost."""

    def __init__(self, store: Store) -> None:
        self._consumer_secrets = _Notes(store, clients.note_uses)
        self._personal_tokens = _Notes(store, personal_tokens.note_uses)

    def note(self, secret_id: int, now: int) -> None:
        """Note one use of a consumer secret; this is all that a request pays."""
        self._consumer_secrets.used[secret_id] = now

    def note_personal(self, row_id: int, now: int) -> None:
        """Note one use of a personal access token."""
        self._personal_tokens.used[row_id] = now

    async def flush(self) -> None:
        """Write what was noted; what cannot be written now is kept for the next time."""
        await self._consumer_secrets.flush()
        await self._personal_tokens.flush()


class _Notes:
    def __init__(
        self, store: Store, write: Callable[[Connection, Mapping[int, int]], None]
    ) -> None:
        self._store = store
        self._write = write
        self.used: dict[int, int] = {}

    async def flush(self) -> None:
        used, self.used = self.used, {}
        if not used:
            return
        try:
            await self._store.write(self._write, used)
        except StoreUnavailable as error:
            self.used = used | self.used
            _log.warning("secret_uses_not_written", cause=str(error))
