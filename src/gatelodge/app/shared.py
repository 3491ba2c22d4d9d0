"""What processes share beside the database, and what each does alone where nothing is shared.

They count in one Valkey, and send their spans to one collector.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from gatelodge.app import traces
from gatelodge.gateway.shared_limits import Counter, OwnLimits, SharedLimits
from gatelodge.operations.replays import Replays
from gatelodge.settings import Secrets, Settings
from gatelodge.storage import sole_server
from gatelodge.storage.engine import Store
from gatelodge.storage.valkey import Valkey
from gatelodge.web.tracing import Tracing


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What counts calls, tells first uses from replays, asks whether these answer, and traces."""

    counter: Counter
    replays: Replays
    ping: Callable[[], Awaitable[object]] | None = None
    tracing: Tracing | None = None


def alone(settings: Settings) -> contextlib.AbstractContextManager[None]:
    """Be the one server of a database that is for one. Raises ``AlreadyServed``."""
    return sole_server.held(settings.database)


@contextlib.asynccontextmanager
async def opened(settings: Settings, secrets: Secrets, store: Store) -> AsyncIterator[Shared]:
    """Open what there is of it for the length of the block."""
    async with (
        traces.running(store, settings.tenant) as tracing,
        _counting(settings, secrets, store) as found,
    ):
        yield msgspec.structs.replace(found, tracing=tracing)


@contextlib.asynccontextmanager
async def _counting(settings: Settings, secrets: Secrets, store: Store) -> AsyncIterator[Shared]:
    if not settings.valkey_url:
        yield Shared(counter=OwnLimits(), replays=Replays(store, None))
        return
    # Named after the installation: one Valkey may serve several.
    prefix = f"gatelodge:{secrets.derive('valkey').hex()[:12]}"
    valkey = Valkey(settings.valkey_url, prefix)
    try:
        yield Shared(
            counter=SharedLimits(valkey, settings.when_valkey_is_away),
            replays=Replays(store, valkey),
            ping=lambda: valkey.call("PING"),
        )
    finally:
        await valkey.close()
