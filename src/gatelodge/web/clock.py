"""The time as requests see it: injected everywhere, so that tests can move it."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns the seconds since the epoch (UTC)."""


def now() -> int:
    """Return the time of this machine."""
    return int(time.time())
