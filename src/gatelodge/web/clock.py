"""The time as requests see it: injected everywhere, so that tests can move it.

A machine's clock is set forward and back while a server runs. What has expired is not to live again
for that, and what was revoked or spent is not to be forgotten before its time.
"""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns the seconds since the epoch (UTC)."""

HELD = 300
"""A step back by up to so many seconds is not followed: time stands still until it has passed."""


class Held:
    """A clock that does not go back by a little.

    After a larger step back it was wrong before, and standing still would last too long.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._latest = 0

    def __call__(self) -> int:
        """Return the time."""
        now = int(self._clock())
        if not self._latest - HELD <= now < self._latest:
            self._latest = now
        return self._latest


class Certain:
    """A clock for what may be forgotten: it follows no step forward, which may have been wrong.

    It goes on as fast as ``elapsed``, which nobody sets, and is never ahead of ``clock``.
    """

    def __init__(self, clock: Clock, elapsed: Callable[[], float]) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._began = clock() - elapsed()

    def __call__(self) -> int:
        """Return a time that has surely come."""
        return min(self._clock(), int(self._began + self._elapsed()))


now = Held(time.time)
"""The time of this machine."""

certain = Certain(now, time.monotonic)
"""The time by which something is old enough to be removed for good."""
