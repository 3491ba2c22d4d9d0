"""Counts calls in memory and writes them in batches, so that counting costs a call nothing."""

from collections import Counter

import structlog

from gatelodge.storage import usage
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.storage.usage import HOUR, Calls

MOST_KINDS = 50_000
"""How many kinds of calls wait to be written; while a database is away for hours, more are lost."""

_log = structlog.get_logger(__name__)

_Kind = tuple[int, int, int, str, int]


class Usage:
    """One node's counts since the last flush, and since its start.

    ``calls`` are all by API and class of the status, ``refusals`` those over a limit by its name. A
    node that is killed loses what it counted since then: at most the flush interval.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counts: Counter[_Kind] = Counter()
        self._lost = 0
        self.calls: Counter[tuple[int, int]] = Counter()
        self.refusals = Counter({"quota": 0, "plan": 0})

    @property
    def waiting(self) -> int:
        """How many kinds of calls were counted since the last flush."""
        return len(self._counts)

    def count(
        self, now: int, *, application_id: int, api_id: int, environment: str, status: int
    ) -> None:
        """Count one call."""
        kind = (now - now % HOUR, application_id, api_id, environment, status)
        if len(self._counts) < MOST_KINDS or kind in self._counts:
            self._counts[kind] += 1
        else:
            self._lost += 1
        self.calls[api_id, status // 100] += 1

    async def flush(self) -> None:
        """Write what was counted; what cannot be written now is kept for the next time."""
        if self._lost:
            _log.error("usage_lost", calls=self._lost)
            self._lost = 0
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        rows = [
            Calls(
                hour=hour,
                application_id=application_id,
                api_id=api_id,
                environment=environment,
                status=status,
                calls=calls,
            )
            for (hour, application_id, api_id, environment, status), calls in counts.items()
        ]
        try:
            await self._store.write(usage.add, rows)
        except StoreUnavailable as error:
            self._counts.update(counts)
            _log.warning("usage_not_written", cause=str(error))
