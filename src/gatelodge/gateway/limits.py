"""Exact call limits: fixed windows that the first call opens.

A window of ``period`` seconds begins with the first call after the last one ended, so that no two
windows touch and a caller who waits for the reset always finds the whole limit. All limits of a
call are looked at before any is spent: a refused call costs nothing.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Literal

import msgspec

from gatelodge.catalog.plans import Plan
from gatelodge.catalog.quotas import QUOTAS

Name = Literal["quota", "plan"]

MOST_WINDOWS = 1_000_000
"""How many windows of one length are kept; beyond, the one nearest to its end is forgotten."""

UNLIMITED = 999_999_999_999_999
"""What is counted towards where there is no limit: the largest integer of RFC 9651."""


class Limit(msgspec.Struct, frozen=True, eq=False):
    """At most ``calls`` in a window of ``period`` seconds, counted under ``owner``."""

    name: Name
    owner: Hashable
    calls: int
    period: int


class Standing(msgspec.Struct, frozen=True):
    """How a limit stands: ``remaining`` calls until ``reset_at`` (seconds since the epoch)."""

    limit: Limit
    remaining: int
    reset_at: int


def of_quota(name: str, application_id: int, user_id: int) -> Limit:
    """Return a per-token quota: of a user of an application, or of it itself (0), over all APIs."""
    quota = QUOTAS[name]
    return Limit("quota", (application_id, user_id), _calls(quota.limit), quota.period)


def of_plan(plan: Plan, application_id: int, api_id: int) -> Limit:
    """Return the plan's limit: an application's calls of one API, whoever its users are."""
    return Limit("plan", (application_id, api_id), _calls(plan.limit), plan.period)


def _calls(limit: int | None) -> int:
    return UNLIMITED if limit is None else limit


class UsedUp(Exception):
    """A limit is used up; ``standing`` says which and until when, ``standings`` has all of them."""

    def __init__(self, standing: Standing, standings: Sequence[Standing]) -> None:
        super().__init__(standing.limit.name)
        self.standing = standing
        self.standings = standings


class _Window(msgspec.Struct, eq=False):
    """One open window."""

    ends_at: int
    used: int


class Limits:
    """The open windows of one node."""

    def __init__(self, most: int = MOST_WINDOWS) -> None:
        self._most = most
        self._periods: dict[int, OrderedDict[Hashable, _Window]] = {}

    def spend(self, limits: Sequence[Limit], now: int) -> Sequence[Standing]:
        """Count one call against every limit and return how each stands after it.

        Raises ``UsedUp`` with the first one that has nothing left, and spends nothing then.
        """
        windows: list[_Window | None] = []
        for limit in limits:
            window = self._open(limit, now)
            if limit.calls <= (0 if window is None else window.used):
                standings = self.look(limits, now)
                raise UsedUp(standings[len(windows)], standings)
            windows.append(window)
        return [
            self._spend(limit, window, now) for limit, window in zip(limits, windows, strict=True)
        ]

    def look(self, limits: Sequence[Limit], now: int) -> Sequence[Standing]:
        """Return how each limit stands, without counting a call."""
        standings = []
        for limit in limits:
            window = self._open(limit, now)
            used, ends_at = (
                (0, now + limit.period) if window is None else (window.used, window.ends_at)
            )
            standings.append(Standing(limit, max(limit.calls - used, 0), ends_at))
        return standings

    def _open(self, limit: Limit, now: int) -> _Window | None:
        windows = self._periods.get(limit.period)
        window = None if windows is None else windows.get((limit.name, limit.owner))
        if window is None or window.ends_at <= now:
            return None
        # One that began in the future is of a clock that was wrong then.
        return window if window.ends_at <= now + limit.period else None

    def _spend(self, limit: Limit, window: _Window | None, now: int) -> Standing:
        if window is None:
            window = self._begin(limit, now)
        window.used += 1
        return Standing(limit, limit.calls - window.used, window.ends_at)

    def _begin(self, limit: Limit, now: int) -> _Window:
        windows = self._periods.setdefault(limit.period, OrderedDict())
        key = (limit.name, limit.owner)
        windows.pop(key, None)
        # Windows of one length end in the order they began: what is over stands in front.
        while windows:
            first = next(iter(windows.values()))
            if first.ends_at > now and len(windows) < self._most:
                break
            windows.popitem(last=False)
        begun = windows[key] = _Window(now + limit.period, 0)
        return begun
