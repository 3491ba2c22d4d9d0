"""Following the change log without missing a row that was numbered early and committed late.

PostgreSQL hands numbers out before a transaction commits: row 102 can appear before row 101. Those
that were skipped are asked for again until they appear or have had ``PATIENCE`` chances; a number
that belonged to a transaction that was undone never appears.
"""

from collections.abc import Sequence

from gatelodge.storage.changes import Change

PATIENCE = 600
_MOST = 1_000


class Follower:
    """What has been read of the log; ``last`` is the highest number seen."""

    def __init__(self, last: int) -> None:
        self.last = last
        self._missing: dict[int, int] = {}

    @property
    def missing(self) -> Sequence[int]:
        """The numbers that were skipped and may still come."""
        return list(self._missing)

    def take(self, rows: Sequence[Change]) -> Sequence[Change]:
        """Return the rows that were not seen before, in order, and remember them as seen."""
        fresh = []
        for row in sorted(rows, key=lambda row: row.id):
            if row.id > self.last:
                skipped = range(max(self.last + 1, row.id - _MOST), row.id)
                self._missing.update(dict.fromkeys(skipped, PATIENCE))
                self.last = row.id
                fresh.append(row)
            elif self._missing.pop(row.id, None) is not None:
                fresh.append(row)
        return fresh

    def wait(self) -> None:
        """Count one more reading in which the missing rows did not come."""
        self._missing = {
            number: chances - 1 for number, chances in self._missing.items() if chances > 1
        }
