"""What may be used once: the database decides, Valkey spares it the replays.

The database remembers what Valkey may lose when it restarts or fails over, so a first use is always
written there before it counts. A replay that Valkey knows of costs no write: whoever sends one
assertion again and again does not keep the database busy.
"""

import contextlib

from gatelodge.storage import spent
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.storage.valkey import Valkey, ValkeyAway


class Replays:
    """Tells first uses from others, for all nodes together."""

    def __init__(self, store: Store, valkey: Valkey | None) -> None:
        self._store = store
        self._valkey = valkey

    async def spend(self, digest: bytes, until: int) -> bool:
        """Spend it; true for exactly one of all who try before ``until``.

        Raises ``StoreUnavailable``: whether it is spent then, the next try tells.
        """
        valkey = self._valkey
        if valkey is None:
            return await self._store.write(spent.spend, digest, until)
        key = f"{valkey.prefix}:once:{digest.hex()}"
        try:
            first = await valkey.call("SET", key, 1, "NX", "EXAT", until)
        except ValkeyAway:
            first = True
        if not first:
            return False
        try:
            return await self._store.write(spent.spend, digest, until)
        except StoreUnavailable:
            with contextlib.suppress(ValkeyAway):
                await valkey.call("DEL", key)
            raise
