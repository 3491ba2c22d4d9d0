"""How long to wait before asking again: as told, else longer each time, with jitter."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

_SECONDS = re.compile(r"\d{1,9}(\.\d+)?")
_NEXT_ACCESS = re.compile(r"(\d{4})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})\+0000")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Retrying(msgspec.Struct, frozen=True, kw_only=True):
    """How often a request is repeated, and how long waits may be, in seconds.

    A server that asks for more patience than ``longest`` is not waited for: the error says when.
    ``chance`` returns a number from 0 to 1; waits without a server's word are between half and
    all of ``first`` doubled for each attempt, so that many clients do not come back at once.
    """

    attempts: int = 3
    first: float = 0.5
    longest: float = 60.0
    chance: Callable[[], float] = random.random

    def backoff(self, attempt: int) -> float:
        """Return the wait after this many failed attempts (from 1), without a server's word."""
        whole = min(self.longest, self.first * 2.0 ** (attempt - 1))
        return whole / 2 * (1 + self.chance())

    def wait(self, attempt: int, told: float | None) -> float | None:
        """Return how long to wait before the next attempt; None to give up."""
        if attempt >= self.attempts:
            return None
        if told is None or told <= 0:
            return self.backoff(attempt)
        # The jitter comes on top: never before the time the server named.
        return told + self.backoff(1) if told <= self.longest else None


def told_wait(retry_after: str, next_access_time: str, now: float) -> float | None:
    """Return the seconds a server asks for: ``Retry-After`` in either form, else WSO2's time."""
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    when = _http_date(text) if text else None
    if when is None or when <= now:
        when = _next_access(next_access_time) or when
    return None if when is None else max(0.0, when - now)


def _http_date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _next_access(text: str) -> float | None:
    """Read `2026-Aug-21 10:05:00+0000 UTC`, by our own table: month names follow the locale."""
    found = _NEXT_ACCESS.match(text)
    if found is None or found[2] not in _MONTHS:
        return None
    year, day, hour, minute, second = (int(found[n]) for n in (1, 3, 4, 5, 6))
    month = _MONTHS.index(found[2]) + 1
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
