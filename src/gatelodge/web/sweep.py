"""One coarse clock that visits everything that must not wait for ever.

A timer per request costs more than many of the requests it watches.  Instead whatever waits
writes down ``sweep.now`` when its wait began, and is asked every tick whether it waited too long.
"""

from __future__ import annotations

import asyncio
from typing import Protocol


class Watched(Protocol):
    """What a sweep visits."""

    def check(self, now: float) -> None:
        """Act when something has waited too long; ``now`` is the loop's time in seconds."""


class Sweep:
    """Visits its members every ``tick_seconds``; costs nothing while it has none.

    ``now`` is the loop's time in seconds as of the last tick, so a limit is kept to within one
    tick.  To be used from one event loop.
    """

    __slots__ = ("_members", "_tick_seconds", "_timer", "now")

    def __init__(self, tick_seconds: float) -> None:
        self._tick_seconds = tick_seconds
        self._members: set[Watched] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.now = 0.0

    def add(self, member: Watched) -> None:
        """Visit ``member`` from now on."""
        self._members.add(member)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self.now = loop.time()
            self._timer = loop.call_later(self._tick_seconds, self._tick, loop)

    def discard(self, member: Watched) -> None:
        """Visit ``member`` no more."""
        self._members.discard(member)

    def stop(self) -> None:
        """Forget every member and the timer."""
        self._members.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._members:
            self._timer = None
            return
        self.now = loop.time()
        self._timer = loop.call_later(self._tick_seconds, self._tick, loop)
        for member in tuple(self._members):
            member.check(self.now)
