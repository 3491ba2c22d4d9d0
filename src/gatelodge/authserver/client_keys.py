"""The keys a client proves itself with: registered here, or fetched from where it publishes them.

Fetched sets are kept; a key name that is not in one is looked for anew, yet whoever makes names up
causes one fetch a minute. While the client's server is away its last set goes on for an hour.
"""

import asyncio
from typing import Final

import msgspec
import structlog

from gatelodge.oauth import client_keys
from gatelodge.oauth.client_assertion import Assertion
from gatelodge.oauth.client_keys import BadKeys, ClientKeys
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidClient
from gatelodge.storage.live import Bounded
from gatelodge.web.fetching import Fetcher
from gatelodge.web.reaching import FetchFailed, Reach

FRESH: Final = 600
USABLE: Final = 3_600
PAUSE: Final = 60

_log = structlog.get_logger(__name__)


class _Kept(msgspec.Struct):
    """What is known of one address: its last good set, and when it was last tried."""

    keys: ClientKeys | None = None
    fetched_at: int = 0
    tried_at: int = -PAUSE
    trying: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)


class ClientKeySource:
    """Finds a client's keys; one for each node."""

    def __init__(self, fetcher: Fetcher, reach: Reach) -> None:
        self._fetcher = fetcher
        self._reach: Reach = reach
        self._kept: Bounded[tuple[int, str], _Kept] = Bounded(10_000)

    async def find(self, client: Client, assertion: Assertion, now: int) -> ClientKeys:
        """Return the keys that may have signed ``assertion``. Raises ``InvalidClient``."""
        if not client.jwks_uri:
            return client_keys.read(client.jwks)
        place = (client.id, client.jwks_uri)
        kept = self._kept.get(place)
        if kept is None:
            kept = _Kept()
            self._kept.put(place, kept)
        if not _answers(kept, assertion, now):
            async with kept.trying:
                # Whoever waited here finds what the one before has fetched.
                if not _answers(kept, assertion, now) and now - kept.tried_at >= PAUSE:
                    await self._fetch(client, kept, now)
        if kept.keys is None or now - kept.fetched_at > USABLE:
            raise InvalidClient("The client's keys could not be fetched from its jwks_uri.")
        return kept.keys

    async def _fetch(self, client: Client, kept: _Kept, now: int) -> None:
        kept.tried_at = now
        try:
            document = await self._fetcher.get_json(client.jwks_uri, self._reach)
            kept.keys = client_keys.of_document(document)
        except (FetchFailed, BadKeys) as error:
            _log.warning("client_keys_not_fetched", client_id=client.client_id, cause=str(error))
        else:
            kept.fetched_at = now


def _answers(kept: _Kept, assertion: Assertion, now: int) -> bool:
    """Say whether what is kept is fresh and has the key the assertion names."""
    if kept.keys is None or now - kept.fetched_at > FRESH:
        return False
    return kept.keys.candidate(assertion.algorithm, assertion.kid) is not None
